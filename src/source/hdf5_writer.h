// Writing an HDF5 file of datasets that grow by rows.
#ifndef HASHLENS_SOURCE_HDF5_WRITER_H_
#define HASHLENS_SOURCE_HDF5_WRITER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"

namespace hashlens {

// One thread. Rows are buffered, about a megabyte of each dataset, which is what a chunk of the
// file has; a dataset of fewer rows has one chunk of just these.
class Hdf5Writer {
 public:
  // In the place of what is there; the caller gives a name that is its own. shown: what messages
  // call the file. kNotFound: the folder is not there.
  static Result<std::unique_ptr<Hdf5Writer>> Create(const Path& file, const Path& shown);
  virtual ~Hdf5Writer() = default;

  // A dataset of rows of this shape (float32 or uint8), without a row; its number, from 0.
  virtual Result<size_t> AddFloats(const std::string& name, const std::vector<uint64_t>& shape) = 0;
  virtual Result<size_t> AddBytes(const std::string& name, const std::vector<uint64_t>& shape) = 0;
  // Of one text (UTF-8) or number a row. `rows` rows come before: empty texts, or `fill`.
  virtual Result<size_t> AddTexts(const std::string& name) = 0;
  virtual Result<size_t> AddIntegers(const std::string& name, uint64_t rows, int64_t fill) = 0;

  // One more row; of the dataset's kind and size. A text ends at its first NUL byte.
  virtual Status AppendFloats(size_t dataset, std::span<const float> row) = 0;
  virtual Status AppendBytes(size_t dataset, std::span<const uint8_t> row) = 0;
  virtual Status AppendText(size_t dataset, const std::string& text) = 0;
  virtual Status AppendInteger(size_t dataset, int64_t number) = 0;

  // Writes everything, makes it last and closes. The writer is then done.
  virtual Status Finish() = 0;
};

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_HDF5_WRITER_H_
