#include "source/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "base/try.h"
#include "source/hdf5_library.h"

namespace hashlens {
namespace {

constexpr size_t kMaxRank = 4;
constexpr size_t kNamedDatasets = 8;
// Chunks of a dataset that are kept decompressed: at least this much of them, and all that a row
// has a part in, up to the second bound. Beyond it rows are read in blocks.
constexpr uint64_t kChunkCacheBytes = uint64_t{64} << 20;
constexpr uint64_t kMaxChunkCacheBytes = uint64_t{512} << 20;
constexpr uint64_t kRowBlockBytes = uint64_t{128} << 20;
constexpr size_t kChunkSlots = 12'421;  // a prime, well above the chunks that fit

// A file, or a dataset, that libhdf5 refuses to open.
Status Unreadable(const std::string& what, const std::string& reason) {
  if (reason.find("version number") == reason.npos)
    return Corruption(what + ": libhdf5 cannot open it: " + reason);
  return Unsupported(what + ": written in a newer format of HDF5 than libhdf5 " +
                     std::to_string(H5_VERS_MAJOR) + "." + std::to_string(H5_VERS_MINOR) +
                     " reads (" + reason + "); write it without libver=\"latest\"");
}

// Called for a link to another file, wherever on the way to a dataset it is; `met` is a bool.
herr_t RefuseOtherFile(const char*, const char*, const char*, const char*, unsigned*, hid_t,
                       void* met) {
  *static_cast<bool*>(met) = true;
  return -1;
}

// Filters that are plug-ins, by their registered numbers.
std::string FilterName(H5Z_filter_t filter) {
  constexpr std::pair<H5Z_filter_t, std::string_view> kKnown[] = {{H5Z_FILTER_DEFLATE, "gzip"},
                                                                  {H5Z_FILTER_SZIP, "szip"},
                                                                  {307, "bzip2"},
                                                                  {32'000, "lzf"},
                                                                  {32'001, "blosc"},
                                                                  {32'004, "lz4"},
                                                                  {32'008, "bitshuffle"},
                                                                  {32'013, "zfp"},
                                                                  {32'015, "zstd"},
                                                                  {32'026, "blosc2"}};
  for (const auto& [number, name] : kKnown) {
    if (number == filter) return std::string(name);
  }
  return "filter " + std::to_string(filter);
}

class Dataset : public Hdf5Dataset {
 public:
  // block_rows: rows that are read at once; 1 where each can be read alone.
  Dataset(std::string name, Hdf5Handle id, Hdf5Handle space, std::vector<uint64_t> shape, Kind kind,
          uint64_t block_rows)
      : name_(std::move(name)),
        id_(std::move(id)),
        space_(std::move(space)),
        shape_(std::move(shape)),
        kind_(kind),
        block_rows_(block_rows) {}
  ~Dataset() override {
    const std::lock_guard lock(Hdf5Mutex());
    id_ = Hdf5Handle();
    space_ = Hdf5Handle();
  }

  const std::vector<uint64_t>& shape() const override { return shape_; }
  Kind kind() const override { return kind_; }

  Status ReadBytes(uint64_t row, std::string* out) const override {
    return ReadByBlocks(row, H5T_NATIVE_UCHAR, &bytes_, out);
  }
  Status ReadFloats(uint64_t row, std::vector<float>* out) const override {
    return ReadByBlocks(row, H5T_NATIVE_FLOAT, &floats_, out);
  }
  Status ReadIntegers(uint64_t row, std::vector<int64_t>* out) const override {
    if (!IsUnsigned64()) return ReadByBlocks(row, H5T_NATIVE_INT64, &integers_, out);
    // libhdf5 would make the largest int64 of every larger number.
    std::vector<uint64_t> values;
    HL_TRY(ReadByBlocks(row, H5T_NATIVE_UINT64, &unsigned_, &values));
    for (const uint64_t value : values) {
      if (value > uint64_t{std::numeric_limits<int64_t>::max()})
        return Corruption(name_ + ": " + std::to_string(value) + " is over 2^63 - 1");
    }
    out->assign(values.begin(), values.end());
    return {};
  }

 private:
  bool IsUnsigned64() const {
    const std::lock_guard lock(Hdf5Mutex());
    const Hdf5Handle type(H5Dget_type(id_.get()), H5Tclose);
    return H5Tget_class(type.get()) == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE &&
           H5Tget_size(type.get()) == sizeof(uint64_t);
  }

  // Rows that were read together; one type of them is ever used.
  template <typename Values>
  struct Block {
    uint64_t first = 0;
    uint64_t rows = 0;
    Values values;
  };

  template <typename Values>
  Status ReadByBlocks(uint64_t row, hid_t type, Block<Values>* block, Values* out) const {
    if (block_rows_ == 1) return Read(row, 1, type, out);
    const std::lock_guard lock(block_mutex_);
    if (row < block->first || row >= block->first + block->rows) {
      const uint64_t first = row / block_rows_ * block_rows_;
      block->rows = 0;
      const uint64_t rows = std::min(block_rows_, shape_[0] - first);
      HL_TRY(Read(first, rows, type, &block->values));
      block->first = first;
      block->rows = rows;
    }
    const auto values = static_cast<std::ptrdiff_t>(block->values.size() / block->rows);
    const auto begin =
        block->values.begin() + static_cast<std::ptrdiff_t>(row - block->first) * values;
    out->assign(begin, begin + values);
    return {};
  }

  template <typename Values>
  Status Read(uint64_t first, uint64_t count, hid_t type, Values* out) const {
    std::vector<hsize_t> start(shape_.size(), 0);
    std::vector<hsize_t> extent(shape_.begin(), shape_.end());
    start[0] = first;
    extent[0] = count;
    uint64_t values = 1;
    for (const hsize_t side : extent) values *= side;
    out->resize(values);
    const std::lock_guard lock(Hdf5Mutex());
    const Hdf5Handle file_space(H5Scopy(space_.get()), H5Sclose);
    const Hdf5Handle memory(
        H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
    if (!file_space.ok() || !memory.ok() ||
        H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                            nullptr) < 0 ||
        H5Dread(id_.get(), type, memory.get(), file_space.get(), H5P_DEFAULT, out->data()) < 0)
      return Corruption(name_ + ", row " + std::to_string(first) + ": " + Hdf5Reason());
    return {};
  }

  std::string name_;  // for people, with the file's
  Hdf5Handle id_;
  Hdf5Handle space_;
  std::vector<uint64_t> shape_;
  Kind kind_;
  uint64_t block_rows_;
  mutable std::mutex block_mutex_;  // of the blocks
  mutable Block<std::string> bytes_;
  mutable Block<std::vector<float>> floats_;
  mutable Block<std::vector<int64_t>> integers_;
  mutable Block<std::vector<uint64_t>> unsigned_;
};

class File : public Hdf5File {
 public:
  File(Path path, Hdf5Handle id) : path_(std::move(path)), id_(std::move(id)) {}
  ~File() override {
    const std::lock_guard lock(Hdf5Mutex());
    id_ = Hdf5Handle();
  }

  bool Has(const std::string& name) const override {
    const std::lock_guard lock(Hdf5Mutex());
    return H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0;
  }

  Result<std::unique_ptr<Hdf5Dataset>> Open(const std::string& name) const override {
    const std::lock_guard lock(Hdf5Mutex());
    const std::string title = Printable(path_) + ": dataset " + Printable(std::string_view(name));
    HL_TRY(CheckLink(name, title));
    HL_ASSIGN(Hdf5Handle id, OpenDataset(name, title, kChunkCacheBytes));
    HL_TRY(CheckStorage(id, title));
    Hdf5Handle space(H5Dget_space(id.get()), H5Sclose);
    HL_ASSIGN(std::vector<uint64_t> shape, ShapeOf(space, title));
    HL_ASSIGN(const Hdf5Dataset::Kind kind, KindOf(id, title));
    const uint64_t row_chunks = ChunkBytesOfRow(id, shape);
    uint64_t block_rows = 1;
    if (row_chunks > kMaxChunkCacheBytes) {
      block_rows = BlockRows(shape);
    } else if (row_chunks > kChunkCacheBytes) {
      id = Hdf5Handle();  // libhdf5 keeps the settings of a dataset that is open
      HL_ASSIGN(id, OpenDataset(name, title, row_chunks));
    }
    return std::unique_ptr<Hdf5Dataset>(std::make_unique<Dataset>(
        title, std::move(id), std::move(space), std::move(shape), kind, block_rows));
  }

 private:
  // A name must not lead out of the file.
  Status CheckLink(const std::string& name, const std::string& title) const {
    H5L_info_t info{};
    for (size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
      const std::string part = name.substr(0, end);
      if (part.empty() || H5Lget_info(id_.get(), part.c_str(), &info, H5P_DEFAULT) < 0)
        return NotFound(title + ": is not there" + Names());
      if (info.type != H5L_TYPE_HARD && info.type != H5L_TYPE_SOFT)
        return Unsupported(title + ": is in another file");
      if (end == std::string::npos) return {};
    }
  }

  Result<Hdf5Handle> OpenDataset(const std::string& name, const std::string& title,
                                 uint64_t cache_bytes) const {
    const Hdf5Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(access.get(), kChunkSlots, cache_bytes, 1);
    bool other_file = false;
    H5Pset_elink_cb(access.get(), RefuseOtherFile, &other_file);
    Hdf5Handle id(H5Dopen2(id_.get(), name.c_str(), access.get()), H5Dclose);
    if (id.ok()) return id;
    const std::string reason = Hdf5Reason();  // of this call
    if (other_file)
      return InvalidArgument(title +
                             ": is no dataset of this file; links are not followed to others");
    if (H5Oexists_by_name(id_.get(), name.c_str(), H5P_DEFAULT) <= 0)
      return NotFound(title + ": is not there" + Names());
    H5O_info_t info{};
    if (H5Oget_info_by_name2(id_.get(), name.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0 &&
        info.type != H5O_TYPE_DATASET)
      return InvalidArgument(title + ": is no dataset" + Names());
    return Unreadable(title, reason);
  }

  // Bytes of all chunks that a row has a part in; 0 when there are no chunks to decompress.
  static uint64_t ChunkBytesOfRow(const Hdf5Handle& id, const std::vector<uint64_t>& shape) {
    const Hdf5Handle creation(H5Dget_create_plist(id.get()), H5Pclose);
    hsize_t chunk[kMaxRank] = {};
    const int rank = static_cast<int>(shape.size());
    if (H5Pget_layout(creation.get()) != H5D_CHUNKED || H5Pget_nfilters(creation.get()) <= 0 ||
        H5Pget_chunk(creation.get(), rank, chunk) != rank)
      return 0;
    const Hdf5Handle type(H5Dget_type(id.get()), H5Tclose);
    // A chunk is under 4 GiB; chunks at the edge are whole. In floating point, as it may be much.
    double bytes = static_cast<double>(H5Tget_size(type.get()));
    for (size_t i = 0; i < shape.size(); ++i) {
      if (chunk[i] == 0) return 0;
      const uint64_t across = i == 0 ? 1 : shape[i] / chunk[i] + (shape[i] % chunk[i] != 0);
      bytes *= static_cast<double>(chunk[i]) * static_cast<double>(across);
    }
    return bytes < 1e18 ? static_cast<uint64_t>(bytes) : uint64_t{1} << 60;
  }

  // Of 8 bytes a number at the most.
  static uint64_t BlockRows(const std::vector<uint64_t>& shape) {
    uint64_t rows = kRowBlockBytes / sizeof(int64_t);
    for (size_t i = 1; i < shape.size(); ++i) rows /= shape[i];
    return std::clamp<uint64_t>(rows, 1, shape[0]);
  }

  static Status CheckFilters(const Hdf5Handle& creation, const std::string& title) {
    const int filters = H5Pget_nfilters(creation.get());
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0;
      size_t values = 0;
      unsigned settings = 0;
      const H5Z_filter_t filter = H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags,
                                                 &values, nullptr, 0, nullptr, &settings);
      if (filter < 0 || H5Zfilter_avail(filter) > 0) continue;
      return Unsupported(title + ": is compressed with " + FilterName(filter) +
                         ", which libhdf5 itself cannot read; `h5repack -f GZIP=4 OLD NEW` "
                         "where it can be read, or compression=\"gzip\" of h5py, writes it for "
                         "all");
    }
    return {};
  }

  static Status CheckStorage(const Hdf5Handle& id, const std::string& title) {
    const Hdf5Handle creation(H5Dget_create_plist(id.get()), H5Pclose);
    if (!creation.ok()) return Corruption(title + ": " + Hdf5Reason());
    if (H5Pget_layout(creation.get()) == H5D_VIRTUAL || H5Pget_external_count(creation.get()) != 0)
      return Unsupported(title + ": its values are in another file");
    return CheckFilters(creation, title);
  }

  static Result<std::vector<uint64_t>> ShapeOf(const Hdf5Handle& space, const std::string& title) {
    const int rank = space.ok() ? H5Sget_simple_extent_ndims(space.get()) : -1;
    if (rank < 1 || rank > static_cast<int>(kMaxRank))
      return InvalidArgument(title + ": has " + std::to_string(std::max(rank, 0)) +
                             " dimensions; 1 to 4 can be read, rows first");
    hsize_t sides[kMaxRank] = {};
    H5Sget_simple_extent_dims(space.get(), sides, nullptr);
    std::vector<uint64_t> shape(sides, sides + rank);
    uint64_t room = std::numeric_limits<int64_t>::max();
    for (const uint64_t side : shape) {
      if (side == 0) return InvalidArgument(title + ": is empty");
      room /= side;
    }
    if (room == 0) return Corruption(title + ": is larger than can be");
    return shape;
  }

  static Result<Hdf5Dataset::Kind> KindOf(const Hdf5Handle& id, const std::string& title) {
    const Hdf5Handle type(H5Dget_type(id.get()), H5Tclose);
    const H5T_class_t form = type.ok() ? H5Tget_class(type.get()) : H5T_NO_CLASS;
    if (form == H5T_FLOAT) return Hdf5Dataset::Kind::kFloats;
    if (form == H5T_INTEGER) {
      const bool bytes = H5Tget_size(type.get()) == 1 && H5Tget_sign(type.get()) == H5T_SGN_NONE;
      return bytes ? Hdf5Dataset::Kind::kBytes : Hdf5Dataset::Kind::kIntegers;
    }
    return InvalidArgument(title + ": holds neither numbers nor pixels");
  }

  // "; there are a, b" of the file's topmost level.
  std::string Names() const {
    std::vector<std::string> names;
    const auto note = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
      auto* const all = static_cast<std::vector<std::string>*>(out);
      all->emplace_back(name);
      return all->size() > kNamedDatasets ? 1 : 0;
    };
    H5Literate(id_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, note, &names);
    if (names.empty()) return {};
    std::string text = "; there are ";
    for (size_t i = 0; i < std::min(names.size(), kNamedDatasets); ++i)
      text += (i == 0 ? "" : ", ") + Printable(std::string_view(names[i]));
    return names.size() > kNamedDatasets ? text + ", ..." : text;
  }

  Path path_;
  Hdf5Handle id_;
};

}  // namespace

Result<std::unique_ptr<Hdf5File>> OpenHdf5File(const Path& file) {
  HL_TRY(OpenRegularFile(file).status());
  const std::lock_guard lock(Hdf5Mutex());
  QuietHdf5();
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  Hdf5Handle id(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!id.ok()) {
    const std::string reason = Hdf5Reason();
    if (reason.find("version number") != reason.npos) return Unreadable(Printable(file), reason);
    return Corruption(Printable(file) + ": not an HDF5 file that can be read: " + reason);
  }
  return std::unique_ptr<Hdf5File>(std::make_unique<File>(file, std::move(id)));
}

}  // namespace hashlens
