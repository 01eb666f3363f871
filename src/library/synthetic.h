// Made-up images in a library, as an index run would leave them: for measuring and testing.
#ifndef HASHLENS_LIBRARY_SYNTHETIC_H_
#define HASHLENS_LIBRARY_SYNTHETIC_H_

#include <functional>
#include <random>
#include <span>
#include <string_view>

#include "library/layout.h"
#include "store/catalog.h"

namespace hashlens {

// Where the made-up images are said to be; there is no such folder.
inline constexpr std::string_view kSyntheticRoot = "/synthetic";

// The caller holds the write lock. One thread.
class SyntheticWriter {
 public:
  static Result<SyntheticWriter> Open(const Layout& layout);

  Catalog* catalog() { return &catalog_; }
  // Commits `rows` images (one segment) and gives the id of the first; the others' follow.
  // make_feature fills one feature, of any length.
  Result<uint64_t> Add(uint64_t rows, const std::function<void(std::span<float>)>& make_feature);

 private:
  SyntheticWriter(const Layout& layout, Catalog catalog, uint64_t root)
      : layout_(layout), catalog_(std::move(catalog)), root_(root) {}

  Layout layout_;
  Catalog catalog_;
  uint64_t root_;
};

// Tags images from `first` on: every second one share=half, one of 100 share=percent, one of 10,000
// share=rare, by their ids.
Status AddShareTags(uint64_t first, uint64_t count, Catalog* catalog);

// Independent numbers around 0.
void FillRandomly(std::span<float> feature, std::mt19937_64* random);

// Whether the library holds nothing but such images.
Result<bool> IsSynthetic(const Catalog& catalog);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_SYNTHETIC_H_
