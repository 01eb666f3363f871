// Databases of labelled pictures, read one record at a time.
#ifndef HASHLENS_SOURCE_RECORD_SOURCE_H_
#define HASHLENS_SOURCE_RECORD_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "hashlens/data_options.h"
#include "hashlens/status.h"

namespace hashlens {

struct Record {
  std::string key;             // as the database has it
  std::string picture;         // bytes of a picture file; raw pixels come as PGM or PPM
  std::vector<float> feature;  // in the place of a picture
  std::optional<int64_t> label;
  Status problem;  // not ok: the record is broken, why, and it has neither picture nor feature
};

// A record of more is broken.
inline constexpr uint64_t kMaxRecordBytes = uint64_t{1} << 30;

// Open for reading; nothing in the database's folder is made, changed or locked. It must not be
// written to meanwhile.
class RecordSource {
 public:
  virtual ~RecordSource() = default;
  // How many records there are; 0: not known before they are read.
  virtual uint64_t size() const = 0;
  // Each record once, in the database's order; none at the end. A damaged database is kCorruption
  // and names the file; reading is over then. One thread.
  virtual Result<std::optional<Record>> Next() = 0;
  // The record of a key that Next gave; kNotFound. Any number of threads, also while one is in
  // Next.
  virtual Result<Record> Read(std::string_view key) const = 0;
};

enum class SourceKind { kNone, kLmdb, kLevelDb, kHdf5 };

// What is at `path`, by what a look tells: a folder with data.mdb or a file *.mdb, *.lmdb; a folder
// with CURRENT and MANIFEST-*; a file that starts as HDF5 does, or *.h5, *.hdf5.
SourceKind KindOfSource(const Path& path);

// kNotFound, kInvalidArgument (no database, no such dataset), kCorruption, kUnsupported, kIoError.
Result<std::unique_ptr<RecordSource>> OpenSource(const Path& path, const DataOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_RECORD_SOURCE_H_
