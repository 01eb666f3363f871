#include "source/hdf5_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <utility>

#include "base/try.h"
#include "source/hdf5_library.h"

namespace hashlens {
namespace {

constexpr uint64_t kChunkBytes = uint64_t{1} << 20;

// A dataset, and rows of it that were not written yet.
struct GrowingDataset {
  std::string name;
  Hdf5Handle id;                // of the dataset in the file, made when the first rows are written
  Hdf5Handle type;              // of a value in memory
  Hdf5Handle stored;            // of a value in the file
  std::optional<int64_t> fill;  // of rows that were not written
  std::vector<hsize_t> row;     // shape of one row; empty: one value
  uint64_t row_bytes = 0;
  uint64_t chunk_rows = 1;
  uint64_t written = 0;            // rows
  std::vector<std::byte> values;   // of the rows to be written
  std::vector<std::string> texts;  // the same of texts
  bool is_texts = false;

  uint64_t waiting() const { return is_texts ? texts.size() : values.size() / row_bytes; }
};

// Of the last failure of libhdf5.
Status Hdf5Failure(const std::string& doing, const Path& shown) {
  if (const int error = Hdf5SystemError(); error != 0) return ErrnoStatus(error, doing, shown);
  return IoError(doing + " " + Printable(shown) + ": " + Hdf5Reason());
}

class Writer : public Hdf5Writer {
 public:
  Writer(Path path, Path shown, Hdf5Handle file)
      : path_(std::move(path)), shown_(std::move(shown)), file_(std::move(file)) {}
  ~Writer() override {
    const std::lock_guard lock(Hdf5Mutex());
    datasets_.clear();
    file_ = Hdf5Handle();
  }

  Result<size_t> AddFloats(const std::string& name, const std::vector<uint64_t>& shape) override {
    const std::lock_guard lock(Hdf5Mutex());
    return Add(name, {shape.begin(), shape.end()}, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE);
  }
  Result<size_t> AddBytes(const std::string& name, const std::vector<uint64_t>& shape) override {
    const std::lock_guard lock(Hdf5Mutex());
    return Add(name, {shape.begin(), shape.end()}, H5T_NATIVE_UCHAR, H5T_STD_U8LE);
  }
  Result<size_t> AddIntegers(const std::string& name, uint64_t rows, int64_t fill) override {
    const std::lock_guard lock(Hdf5Mutex());
    HL_ASSIGN(const size_t number, Add(name, {}, H5T_NATIVE_INT64, H5T_STD_I64LE));
    datasets_[number].written = rows;
    datasets_[number].fill = fill;
    return number;
  }
  Result<size_t> AddTexts(const std::string& name) override {
    const std::lock_guard lock(Hdf5Mutex());
    const Hdf5Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    if (!type.ok() || H5Tset_size(type.get(), H5T_VARIABLE) < 0 ||
        H5Tset_cset(type.get(), H5T_CSET_UTF8) < 0)
      return Failed();
    HL_ASSIGN(const size_t number, Add(name, {}, type.get(), type.get()));
    datasets_[number].is_texts = true;
    return number;
  }

  Status AppendFloats(size_t dataset, std::span<const float> row) override {
    return Append(dataset, std::as_bytes(row));
  }
  Status AppendBytes(size_t dataset, std::span<const uint8_t> row) override {
    return Append(dataset, std::as_bytes(row));
  }
  Status AppendInteger(size_t dataset, int64_t number) override {
    return Append(dataset, std::as_bytes(std::span(&number, 1)));
  }
  Status AppendText(size_t dataset, const std::string& text) override {
    datasets_[dataset].texts.push_back(text);
    return Flush(&datasets_[dataset], false);
  }

  Status Finish() override {
    for (GrowingDataset& dataset : datasets_) HL_TRY(Flush(&dataset, true));
    {
      const std::lock_guard lock(Hdf5Mutex());
      datasets_.clear();
      if (H5Fflush(file_.get(), H5F_SCOPE_GLOBAL) < 0 || H5Fclose(file_.Release()) < 0)
        return Failed();
    }
    const FileHandle written(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!written.open() || ::fsync(written.fd()) != 0) return ErrnoStatus(errno, "syncing", shown_);
    return {};
  }

 private:
  Status Failed() const { return Hdf5Failure("writing", shown_); }

  // memory, stored: the types of a value, of which copies are kept. With the mutex held.
  Result<size_t> Add(const std::string& name, const std::vector<hsize_t>& row, hid_t memory,
                     hid_t stored) {
    GrowingDataset dataset;
    dataset.name = name;
    dataset.row = row;
    dataset.row_bytes = H5Tget_size(memory);
    for (const hsize_t side : row) dataset.row_bytes *= side;
    dataset.chunk_rows = std::max<uint64_t>(1, kChunkBytes / dataset.row_bytes);
    dataset.type = Hdf5Handle(H5Tcopy(memory), H5Tclose);
    dataset.stored = Hdf5Handle(H5Tcopy(stored), H5Tclose);
    if (!dataset.type.ok() || !dataset.stored.ok()) return Failed();
    datasets_.push_back(std::move(dataset));
    return datasets_.size() - 1;
  }

  // Makes the dataset in the file, of the rows that are not to be written. chunk_rows: of a chunk.
  // With the mutex held.
  Status Make(GrowingDataset* dataset, uint64_t chunk_rows) {
    const auto with_rows = [&](hsize_t first) {
      std::vector<hsize_t> shape = dataset->row;
      shape.insert(shape.begin(), first);
      return shape;
    };
    const auto extent = with_rows(dataset->written);
    const auto most = with_rows(H5S_UNLIMITED);
    const auto chunk = with_rows(chunk_rows);
    const int rank = static_cast<int>(extent.size());
    const Hdf5Handle space(H5Screate_simple(rank, extent.data(), most.data()), H5Sclose);
    const Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    if (!space.ok() || !creation.ok() || H5Pset_chunk(creation.get(), rank, chunk.data()) < 0)
      return Failed();
    if (dataset->fill &&
        H5Pset_fill_value(creation.get(), dataset->type.get(), &*dataset->fill) < 0)
      return Failed();
    dataset->id = Hdf5Handle(H5Dcreate2(file_.get(), dataset->name.c_str(), dataset->stored.get(),
                                        space.get(), H5P_DEFAULT, creation.get(), H5P_DEFAULT),
                             H5Dclose);
    return dataset->id.ok() ? Status() : Failed();
  }

  Status Append(size_t number, ByteSpan row) {
    GrowingDataset& dataset = datasets_[number];
    dataset.values.insert(dataset.values.end(), row.begin(), row.end());
    return Flush(&dataset, false);
  }

  // Writes what waits, when it fills a chunk or `all` is to be written.
  Status Flush(GrowingDataset* dataset, bool all) {
    const uint64_t rows = dataset->waiting();
    if (!all && rows < dataset->chunk_rows) return {};
    const std::lock_guard lock(Hdf5Mutex());
    if (!dataset->id.ok()) {
      const uint64_t few = all ? std::max<uint64_t>(1, dataset->written + rows) : UINT64_MAX;
      HL_TRY(Make(dataset, std::min(dataset->chunk_rows, few)));
    }
    if (rows == 0) return {};
    std::vector<hsize_t> start(dataset->row.size() + 1, 0);
    std::vector<hsize_t> extent = dataset->row;
    extent.insert(extent.begin(), dataset->written + rows);
    start.front() = dataset->written;
    if (H5Dset_extent(dataset->id.get(), extent.data()) < 0) return Failed();
    extent.front() = rows;
    const Hdf5Handle space(H5Dget_space(dataset->id.get()), H5Sclose);
    const Hdf5Handle memory(
        H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
    std::vector<const char*> texts;
    for (const std::string& text : dataset->texts) texts.push_back(text.c_str());
    const void* values = dataset->is_texts ? static_cast<const void*>(texts.data())
                                           : static_cast<const void*>(dataset->values.data());
    if (!space.ok() || !memory.ok() ||
        H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                            nullptr) < 0 ||
        H5Dwrite(dataset->id.get(), dataset->type.get(), memory.get(), space.get(), H5P_DEFAULT,
                 values) < 0)
      return Failed();
    dataset->written += rows;
    dataset->values.clear();
    dataset->texts.clear();
    return {};
  }

  Path path_;
  Path shown_;  // in messages
  Hdf5Handle file_;
  std::vector<GrowingDataset> datasets_;
};

}  // namespace

Result<std::unique_ptr<Hdf5Writer>> Hdf5Writer::Create(const Path& file, const Path& shown) {
  const std::lock_guard lock(Hdf5Mutex());
  QuietHdf5();
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  Hdf5Handle id(H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!id.ok()) return Hdf5Failure("creating", shown);
  return std::unique_ptr<Hdf5Writer>(std::make_unique<Writer>(file, shown, std::move(id)));
}

}  // namespace hashlens
