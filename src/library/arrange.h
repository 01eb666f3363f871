// The arrangement of a library's codes: derived from them, kept beside them, never needed for a
// right answer. Without it, or with one of fewer images, what it does not cover is scanned.
#ifndef HASHLENS_LIBRARY_ARRANGE_H_
#define HASHLENS_LIBRARY_ARRANGE_H_

#include <stop_token>

#include "hashlens/code_index.h"
#include "hashlens/types.h"
#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Of fewer images none is made: a scan takes no time.
inline constexpr uint64_t kArrangedImages = 50'000;

enum class ArrangeWhen {
  kDue,      // when it covers less than four fifths of the images
  kPartial,  // when it does not cover all
};

// Whether no more than a fifth of the rows have to be scanned.
bool MostAreArranged(const CodeIndex& codes);

// Arranges the codes anew when that is due; gives whether it did. The caller holds the write lock.
// Takes seconds, and for a while three times the memory of the codes, for millions of images.
Result<bool> ArrangeCodes(const Layout& layout, const Catalog& catalog, ArrangeWhen when,
                          int threads, const ProgressFunction& progress,
                          const std::stop_token& stop, uint64_t at_least = kArrangedImages);

// Whether searches that go by the library's arrangement are expected to be clearly quicker. It
// takes about as much memory as the codes and 10 bytes an image.
bool IsWorthItsMemory(const Layout& layout);

// About what reading the arrangement of so many rows takes, and a scan of them for so many queries.
double LoadingNs(uint64_t rows, int bits);
double ScanningNs(uint64_t rows, int bits, size_t queries);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_ARRANGE_H_
