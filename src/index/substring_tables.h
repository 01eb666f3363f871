// Tables from parts of codes to the codes that have them: what `buckets` and `mih` search.
#ifndef HASHLENS_INDEX_SUBSTRING_TABLES_H_
#define HASHLENS_INDEX_SUBSTRING_TABLES_H_

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "index/code_blocks.h"
#include "index/grouped_codes.h"

namespace hashlens {

// Multi-index hashing (Norouzi, Punjani and Fleet 2012): the code is cut into m parts, each with a
// table of its own; a code within a * m + t of the query is within a of it in one of the parts, or
// within a - 1 in ... one of those after t. With one part it is the paper's buckets and their
// neighbours: the bucket of the query's code, then all at distance 1, 2, ... Thread-safe.
class SubstringTables {
 public:
  static constexpr int kMaxWholeBits = 32;  // of codes that are one part
  static constexpr int kMinPartBits = 8;
  static bool CanBeWhole(int bits) { return bits <= kMaxWholeBits; }
  static bool CanBeCut(int bits) { return bits >= 2 * kMinPartBits; }

  // Of grouped.codes(), which must outlive this; whole or cut, as their length allows. Tables that
  // have about as many buckets as there are codes are made at once where they are small, others,
  // which are seldom the best way, when they are first wanted.
  SubstringTables(const GroupedCodes& grouped, bool whole);
  SubstringTables(const SubstringTables&) = delete;
  SubstringTables& operator=(const SubstringTables&) = delete;

  size_t parts() const { return parts_.size(); }
  uint64_t bytes() const;
  bool made() const { return made_.load(std::memory_order_acquire); }
  // Notes what the tables would have spared a query, and tells whether they would have paid by now:
  // whatever comes, no more than twice the least possible time is spent.
  bool WouldHavePaid(double spared_ns) const;

  struct Work {
    double probes = 0;      // buckets looked into
    double candidates = 0;  // codes found there
  };
  // What finding everything below `limit` is likely to take.
  Work Expect(uint32_t limit) const;
  // Makes the tables when they are not there yet. Adds the allowed rows (nullptr: all) that may be
  // among the nearest, by growing radius, until nothing nearer than the limit is left unseen: then
  // true. False when that would take more than `most`; what was added until then is right, but not
  // complete.
  bool Search(const uint64_t* query, const Bitmap* allowed, Work most, NearestKeys* nearest,
              Work* done) const;

 private:
  struct Part {
    int shift = 0;   // first bit
    int width = 0;   // bits
    int bucket = 0;  // bits of a bucket's number; fewer than width: some values share one
    int slot = 0;    // bits of a place in `filled`; as many as `bucket`, or more where values share
    std::vector<uint64_t> filled;  // a bit each: whether a bucket has such a value; most look-ups
                                   // end here
    std::vector<uint32_t> ends;    // of each bucket's items; it begins where the one before ends
    std::vector<uint32_t> items;   // numbers of codes
    double own_bucket = 0;         // mean size of the bucket that a stored code is in
  };

  void Make() const;
  void MakePart(Part* part) const;
  // By the pairs of a sample of the codes that are equal in this part.
  double OwnBucket(const Part& part) const;

  static uint64_t PartOf(const uint64_t* code, const Part& part);
  static uint64_t SlotOf(uint64_t value, const Part& part);
  // How many bits, and in `words` which, a code and the query differ in.
  uint32_t Difference(uint64_t code, const uint64_t* query, uint64_t* words) const;
  // The stage in which a code with these differences is met first.
  uint32_t FirstStage(const uint64_t* difference) const;
  void LookInto(const Part& part, uint64_t value, const uint64_t* query, uint32_t stage,
                const Bitmap* allowed, NearestKeys* nearest, Work* done) const;
  // Adds what is met in this stage or later: where there are more buckets left than codes.
  void Sweep(const uint64_t* query, uint32_t stage, const Bitmap* allowed, NearestKeys* nearest,
             Work* done) const;

  const GroupedCodes& grouped_;
  mutable std::vector<Part> parts_;  // their tables: empty, and not to be read, until made_
  mutable std::mutex making_;
  mutable std::atomic<bool> made_{false};
  mutable std::atomic<double> spared_ns_{0};  // what tables that are not made would have spared
};

// The distance within which k of `rows` rows lie where codes of that length are as dense as on
// average; queries like the codes have theirs nearer.
uint32_t AverageRadius(int bits, size_t k, uint64_t rows);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_SUBSTRING_TABLES_H_
