// What searches other than the scan go by, as plain data; and the file that keeps it.
#ifndef HASHLENS_INDEX_ARRANGEMENT_H_
#define HASHLENS_INDEX_ARRANGEMENT_H_

#include <cstdint>
#include <vector>

#include "base/file.h"
#include "index/code_blocks.h"

namespace hashlens {

// The different codes of some rows, in groups around centres; in a group, by distance to its
// centre. A code's place is its number.
struct Arrangement {
  explicit Arrangement(int bits) : codes(bits), centres(bits) {}

  CodeBlocks codes;
  CodeBlocks centres;            // of group 0, of group 1, ...
  std::vector<uint32_t> rows;    // of code 0, of code 1, ...; ascending for each
  std::vector<uint32_t> starts;  // where the rows of a code start; codes + 1
  std::vector<uint16_t> radii;   // distance of each code to its centre; ascending in a group
  std::vector<uint32_t> groups;  // where the codes of a group start; groups + 1

  uint64_t bytes() const;
};

// Replaces the file in one step. fingerprint: of the rows' codes (CodeBlocks). work: see below. See
// docs/FORMAT.md.
Status WriteArrangement(const Path& file, const Arrangement& arrangement, uint64_t fingerprint,
                        double work);

// A file of that kind. Opening reads the header alone.
class ArrangementFile {
 public:
  // kNotFound; kCorruption; kUnsupported for a newer version.
  static Result<ArrangementFile> Open(const Path& path);

  int bits() const { return bits_; }
  uint64_t rows() const { return rows_; }
  uint64_t fingerprint() const { return fingerprint_; }
  // What a search for one of the codes was expected to take when this was made, of what a scan
  // takes: 0..1, in thousandths.
  double work() const { return work_; }
  // kCorruption when a byte is not as it was written, or a number is out of its range: what comes
  // back is safe to search, whatever the file is like. kIoError also without memory.
  Result<Arrangement> Read() const;
  // Whether every byte is as it was written. Takes no memory to speak of.
  Status Verify() const;

 private:
  Status CheckNumbers(const Arrangement& arrangement) const;

  OpenedFile file_;
  int bits_ = 0;
  uint64_t rows_ = 0;
  uint64_t codes_ = 0;
  uint64_t groups_ = 0;
  uint64_t fingerprint_ = 0;
  double work_ = 1;
  uint32_t crc_ = 0;  // of all that follows the header
};

}  // namespace hashlens

#endif  // HASHLENS_INDEX_ARRANGEMENT_H_
