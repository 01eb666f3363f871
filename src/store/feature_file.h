// The features of one segment: a file of rows, each with its own checksum. See docs/FORMAT.md.
#ifndef HASHLENS_STORE_FEATURE_FILE_H_
#define HASHLENS_STORE_FEATURE_FILE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

// The rows come behind it.
inline constexpr size_t kFeatureFileHeaderBytes = 64;

// How a file keeps a value; what it gives out is fp16 either way.
enum class FeatureType : uint32_t {
  kFp16 = 1,
  kInt8 =
      2,  // base/int8_row.h: values come back rounded, and the same however often they are copied
};

// Writes a new file row by row. One thread. The file lasts only after Finish.
class FeatureFileWriter {
 public:
  static Result<FeatureFileWriter> Create(const Path& path, int dim, FeatureType type);
  // dim floats, rounded to fp16. kInvalidArgument for kInt8 when a value is not finite.
  Status Append(std::span<const float> feature);
  // dim fp16 values as they are, as compaction copies them.
  Status AppendStored(std::span<const uint16_t> feature);
  // Completes the header, syncs, closes. The writer is then done.
  Status Finish();
  uint64_t rows() const;

 private:
  FeatureFileWriter(FileWriter file, int dim, FeatureType type);
  Status AppendRow(ByteSpan row);
  FileWriter file_;
  int dim_;
  FeatureType type_;
  uint64_t rows_ = 0;
};

// Rows as they were read. Used for one read after the other, it asks for memory once.
struct StoredRows {
  std::vector<uint16_t> values;   // fp16, row by row
  std::vector<std::byte> stored;  // as they lie in the file
};

// Open for reading. Thread-safe. Opening checks header and size, reading a row checks the row.
// Rows are read, not mapped: memory stays what is asked for, and a failing disk is a Status.
class FeatureFile {
 public:
  static Result<FeatureFile> Open(const Path& path);
  int dim() const { return dim_; }
  uint64_t rows() const { return rows_; }
  FeatureType type() const { return type_; }
  // Bytes from one row to the next.
  uint64_t stride() const { return stride_; }
  // count * dim fp16 values of consecutive rows, which must exist. kCorruption when a row's
  // checksum is wrong.
  Status Read(uint64_t first, uint64_t count, StoredRows* rows) const;
  // The same, for a read now and then.
  Result<std::vector<uint16_t>> Rows(uint64_t first, uint64_t count) const;
  // Asks the system to bring `count` consecutive rows into memory soon.
  void Prefetch(uint64_t first, uint64_t count) const;
  // Checks every row.
  Status Verify() const;

 private:
  OpenedFile file_;
  int dim_ = 0;
  FeatureType type_ = FeatureType::kFp16;
  uint64_t rows_ = 0;
  uint64_t stride_ = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_STORE_FEATURE_FILE_H_
