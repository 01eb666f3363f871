#include "library/arrange.h"

#include <algorithm>

#include "base/try.h"
#include "index/arrangement.h"
#include "library/snapshot.h"

namespace hashlens {
namespace {

constexpr uint64_t kUncovered = 5;      // one of so many images may be outside
constexpr uint64_t kPreparedStep = 64;  // fewer rows than these may always be left out
constexpr double kWorth = 0.8;
constexpr double kLoadRowNs = 10;
constexpr double kLoadWordNs = 5;

bool AllAreArranged(const CodeIndex& codes) {
  return codes.rows() - codes.prepared_rows() < kPreparedStep;
}

double Words(uint64_t rows, int bits) {
  const int words = (bits + 63) / 64;
  return static_cast<double>(rows) * words;
}

}  // namespace

bool MostAreArranged(const CodeIndex& codes) {
  return codes.rows() - codes.prepared_rows() <= std::max(codes.rows() / kUncovered, kPreparedStep);
}

Result<bool> ArrangeCodes(const Layout& layout, const Catalog& catalog, ArrangeWhen when,
                          int threads, const ProgressFunction& progress,
                          const std::stop_token& stop, uint64_t at_least) {
  HL_ASSIGN(const CatalogSnapshot state, catalog.ReadSnapshot());
  const uint64_t rows = state.rows();
  if (rows < at_least) return false;
  HL_ASSIGN(const std::shared_ptr<const Snapshot> snapshot, Snapshot::Load(layout, catalog));
  // One that cannot be used, for whatever reason, is made anew.
  const auto arranged = snapshot->WithArrangement(layout.Arrangement());
  const bool good =
      arranged.ok() && (when == ArrangeWhen::kDue ? MostAreArranged((*arranged)->codes())
                                                  : AllAreArranged((*arranged)->codes()));
  if (good || stop.stop_requested()) return false;
  if (progress) progress({"arranging codes", 0, rows, 0, 0});
  HL_ASSIGN(const std::shared_ptr<const Snapshot> prepared, snapshot->Prepared(threads));
  HL_TRY(prepared->codes().SavePrepared(layout.Arrangement()));
  return true;
}

bool IsWorthItsMemory(const Layout& layout) {
  const auto file = ArrangementFile::Open(layout.Arrangement());
  return file.ok() && file->work() < kWorth;
}

double LoadingNs(uint64_t rows, int bits) {
  return static_cast<double>(rows) * kLoadRowNs + Words(rows, bits) * kLoadWordNs;
}

double ScanningNs(uint64_t rows, int bits, size_t queries) {
  const CodeCosts costs;
  return Words(rows, bits) * static_cast<double>(queries) *
         (queries > 1 ? costs.scan_word_batch : costs.scan_word);
}

}  // namespace hashlens
