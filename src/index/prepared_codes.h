// Rows arranged for the strategies other than the scan, and the choice among them.
#ifndef HASHLENS_INDEX_PREPARED_CODES_H_
#define HASHLENS_INDEX_PREPARED_CODES_H_

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "hashlens/code_index.h"
#include "index/grouped_codes.h"
#include "index/substring_tables.h"

namespace hashlens {

// What is asked for, as the strategies see it.
struct KeyQuery {
  const uint64_t* words = nullptr;  // the code
  Wanted wanted;
  uint32_t limit = 0;      // only distances below it
  uint64_t first_key = 0;  // only keys (index/scan_kernel.h) from it on
  const Bitmap* allowed = nullptr;
  uint64_t allowed_rows = 0;  // how many rows that leaves

  NearestKeys Start() const { return NearestKeys(wanted, limit, first_key); }
};

// Always the same answers; thread-safe.
class PreparedCodes {
 public:
  // Of the first `rows` rows.
  PreparedCodes(const CodeBlocks& blocks, uint64_t rows, int threads)
      : rows_(rows), grouped_(blocks, rows, threads) {
    MakeTables();
  }
  // Of a file.
  explicit PreparedCodes(Arrangement arrangement)
      : rows_(arrangement.rows.size()), grouped_(std::move(arrangement)) {
    MakeTables();
  }
  PreparedCodes(const PreparedCodes&) = delete;  // the tables refer to grouped_
  PreparedCodes& operator=(const PreparedCodes&) = delete;

  uint64_t rows() const { return rows_; }
  const Arrangement& arrangement() const { return grouped_.arrangement(); }
  uint64_t bytes() const {
    return grouped_.bytes() + (whole_ ? whole_->bytes() : 0) + (cut_ ? cut_->bytes() : 0);
  }
  bool Can(Strategy strategy) const {
    const bool tables = strategy == Strategy::kBuckets || strategy == Strategy::kMih;
    return !tables || TablesOf(strategy) != nullptr;
  }

  // The likely quickest strategy, with what it was chosen by; kScan is for the caller to do.
  // `together`: queries that are scanned at once.
  CodeTrace Choose(const KeyQuery& query, const CodeCosts& costs, size_t together) const;
  // The expected time of a search for the k nearest to one of the codes, of that of a scan: 0..1.
  double Work(size_t k, const CodeCosts& costs) const;
  // The wanted keys, ascending, by trace->strategy, which is not kScan or kAuto. Adds to *trace
  // what was done, and the ties that were cut.
  std::vector<uint64_t> Search(const KeyQuery& query, const CodeCosts& costs,
                               CodeTrace* trace) const;

 private:
  void MakeTables();
  // What a strategy looks into; nullptr for one without, or of which the codes are too long or too
  // short.
  const SubstringTables* TablesOf(Strategy strategy) const;
  // Of what each strategy is expected to take.
  Strategy Best(std::array<double, kStrategies> ns) const;

  uint64_t rows_;
  GroupedCodes grouped_;
  std::optional<SubstringTables> whole_;  // of kBuckets
  std::optional<SubstringTables> cut_;    // of kMih
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_PREPARED_CODES_H_
