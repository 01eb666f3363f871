// Datasets of an HDF5 file, read by rows. Internal to src/source.
#ifndef HASHLENS_SOURCE_HDF5_FILE_H_
#define HASHLENS_SOURCE_HDF5_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"

namespace hashlens {

class Hdf5Dataset {
 public:
  enum class Kind { kBytes, kIntegers, kFloats };
  virtual ~Hdf5Dataset() = default;
  // Rows first; none is 0, and their product is less than 2^63.
  virtual const std::vector<uint64_t>& shape() const = 0;
  virtual Kind kind() const = 0;
  // The values of a row, which is there. Any number of threads.
  virtual Status ReadBytes(uint64_t row, std::string* out) const = 0;
  virtual Status ReadFloats(uint64_t row, std::vector<float>* out) const = 0;
  virtual Status ReadIntegers(uint64_t row, std::vector<int64_t>* out) const = 0;
};

class Hdf5File {
 public:
  virtual ~Hdf5File() = default;
  // By path in the file. kNotFound, which names some of those that are there. kUnsupported, with
  // the reason, for what this libhdf5 cannot read.
  virtual Result<std::unique_ptr<Hdf5Dataset>> Open(const std::string& name) const = 0;
  virtual bool Has(const std::string& name) const = 0;
};

// Without a lock on the file. What lies in other files, and filters that libhdf5 would have to load
// as a plug-in, are refused.
Result<std::unique_ptr<Hdf5File>> OpenHdf5File(const Path& file);

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_HDF5_FILE_H_
