// Codes kept once each, in groups around centres: what the strategies `distinct` and `balls`
// search.
#ifndef HASHLENS_INDEX_GROUPED_CODES_H_
#define HASHLENS_INDEX_GROUPED_CODES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "hashlens/bitmap.h"
#include "index/arrangement.h"
#include "index/code_blocks.h"
#include "index/equal_codes.h"
#include "index/nearest_keys.h"

namespace hashlens {

// A group is a centre and the codes nearest to it, by their distance to it. With the triangle
// inequality |d(query, centre) - d(code, centre)| <= d(query, code), only a stretch of each group
// can hold codes nearer to the query than some limit: the rest is passed over, and nothing is
// missed. Immutable; thread-safe.
class GroupedCodes {
 public:
  // Of the first `rows` rows (below 2^32).
  GroupedCodes(const CodeBlocks& blocks, uint64_t rows, int threads);
  // As another one was.
  explicit GroupedCodes(Arrangement arrangement);

  const Arrangement& arrangement() const { return parts_; }
  // Each different code once. Its place there is its number here.
  const CodeBlocks& codes() const { return parts_.codes; }
  uint64_t groups() const { return parts_.centres.rows(); }
  // Ascending.
  std::span<const uint32_t> RowsOf(uint64_t code) const {
    const uint32_t start = parts_.starts[code];
    return {&parts_.rows[start], parts_.starts[code + 1] - start};
  }
  uint64_t bytes() const { return parts_.bytes() + groups_.size() * sizeof(groups_[0]); }

  // Adds what rows (nullptr: all) may be among the nearest. Gives how many codes were compared,
  // centres included.
  uint64_t SearchAll(const uint64_t* query, const Bitmap* allowed, NearestKeys* nearest) const;
  uint64_t SearchBalls(const uint64_t* query, const Bitmap* allowed, NearestKeys* nearest) const;
  // As SearchBalls, but for the few groups around the query only: enough for a good limit.
  void SearchNearestBalls(const uint64_t* query, const Bitmap* allowed, NearestKeys* nearest) const;
  // About what SearchBalls goes through when nothing at `limit` or farther matters.
  struct Reach {
    double groups = 0;  // with a stretch to compare
    double codes = 0;   // in these stretches
  };
  Reach ReachOf(const uint64_t* query, uint32_t limit) const;

  // Adds the allowed rows of a code.
  void AddRows(uint64_t code, uint32_t distance, const Bitmap* allowed, NearestKeys* nearest) const;

 private:
  struct Stretch {
    uint64_t begin = 0;
    uint64_t end = 0;
  };
  struct Group {
    uint32_t begin = 0;  // of its codes
    uint32_t end = 0;
    uint16_t nearest = 0;  // distances of the first and the last to the centre
    uint16_t farthest = 0;
  };

  // Keys of all centres; the nearest few first and in order.
  std::vector<uint64_t> CentresOf(const uint64_t* query) const;
  // Brings the codes that were found, and their rows, into the order of groups and distances.
  void Arrange(const CodeBlocks& found, const EqualCodes& equal, std::span<const uint64_t> nearest);
  void FindBounds();
  // The codes of a group whose distance from the centre allows one below `limit` from the query.
  Stretch Within(const Group& group, uint32_t centre_distance, uint32_t limit) const;
  // The codes from begin to end - 1. `keys` is room that calls share.
  void SearchStretch(const uint64_t* query, Stretch stretch, const Bitmap* allowed,
                     std::vector<uint64_t>* keys, NearestKeys* nearest) const;

  Arrangement parts_;
  std::vector<Group> groups_;
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_GROUPED_CODES_H_
