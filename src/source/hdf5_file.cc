#include "source/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kMaxRank = 4;
constexpr size_t kNamedDatasets = 8;
constexpr size_t kChunkCacheBytes = size_t{64} << 20;
constexpr size_t kChunkSlots = 12'421;  // a prime, well above the chunks that fit

// Held during every call of libhdf5.
std::mutex& LibraryMutex() {
  static std::mutex mutex;
  return mutex;
}

// An identifier of libhdf5's; made and destroyed with the mutex held.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t get() const { return id_; }
  bool ok() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

// The innermost reason that libhdf5 knows for its last failure.
std::string Reason() {
  std::string reason;
  const auto note = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, note, &reason);
  return reason.empty() ? "libhdf5 cannot read it" : Printable(std::string_view(reason));
}

// Called for a link to another file, wherever on the way to a dataset it is.
herr_t RefuseOtherFile(const char*, const char*, const char*, const char*, unsigned*, hid_t,
                       void*) {
  return -1;
}

class Dataset : public Hdf5Dataset {
 public:
  Dataset(std::string name, Handle id, Handle space, std::vector<uint64_t> shape, Kind kind)
      : name_(std::move(name)),
        id_(std::move(id)),
        space_(std::move(space)),
        shape_(std::move(shape)),
        kind_(kind) {}
  ~Dataset() override {
    const std::lock_guard lock(LibraryMutex());
    id_ = Handle();
    space_ = Handle();
  }

  const std::vector<uint64_t>& shape() const override { return shape_; }
  Kind kind() const override { return kind_; }

  Status ReadBytes(uint64_t first, uint64_t count, std::string* out) const override {
    return Read(first, count, H5T_NATIVE_UCHAR, out);
  }
  Status ReadFloats(uint64_t first, uint64_t count, std::vector<float>* out) const override {
    return Read(first, count, H5T_NATIVE_FLOAT, out);
  }
  Status ReadIntegers(uint64_t first, uint64_t count, std::vector<int64_t>* out) const override {
    if (!IsUnsigned64()) return Read(first, count, H5T_NATIVE_INT64, out);
    // libhdf5 would make the largest int64 of every larger number.
    std::vector<uint64_t> values;
    HL_TRY(Read(first, count, H5T_NATIVE_UINT64, &values));
    for (const uint64_t value : values) {
      if (value > uint64_t{std::numeric_limits<int64_t>::max()})
        return Corruption(name_ + ": " + std::to_string(value) + " is over 2^63 - 1");
    }
    out->assign(values.begin(), values.end());
    return {};
  }

 private:
  bool IsUnsigned64() const {
    const std::lock_guard lock(LibraryMutex());
    const Handle type(H5Dget_type(id_.get()), H5Tclose);
    return H5Tget_class(type.get()) == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_NONE &&
           H5Tget_size(type.get()) == sizeof(uint64_t);
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
    const std::lock_guard lock(LibraryMutex());
    const Handle file_space(H5Scopy(space_.get()), H5Sclose);
    const Handle memory(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                        H5Sclose);
    if (!file_space.ok() || !memory.ok() ||
        H5Sselect_hyperslab(file_space.get(), H5S_SELECT_SET, start.data(), nullptr, extent.data(),
                            nullptr) < 0 ||
        H5Dread(id_.get(), type, memory.get(), file_space.get(), H5P_DEFAULT, out->data()) < 0)
      return Corruption(name_ + ", row " + std::to_string(first) + ": " + Reason());
    return {};
  }

  std::string name_;  // for people, with the file's
  Handle id_;
  Handle space_;
  std::vector<uint64_t> shape_;
  Kind kind_;
};

class File : public Hdf5File {
 public:
  File(Path path, Handle id) : path_(std::move(path)), id_(std::move(id)) {}
  ~File() override {
    const std::lock_guard lock(LibraryMutex());
    id_ = Handle();
  }

  bool Has(const std::string& name) const override {
    const std::lock_guard lock(LibraryMutex());
    return H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0;
  }

  Result<std::unique_ptr<Hdf5Dataset>> Open(const std::string& name) const override {
    const std::lock_guard lock(LibraryMutex());
    const std::string title = Printable(path_) + ": dataset " + Printable(std::string_view(name));
    HL_TRY(CheckLink(name, title));
    const Handle access(H5Pcreate(H5P_DATASET_ACCESS), H5Pclose);
    H5Pset_chunk_cache(access.get(), kChunkSlots, kChunkCacheBytes, 1);
    H5Pset_elink_cb(access.get(), RefuseOtherFile, nullptr);
    Handle id(H5Dopen2(id_.get(), name.c_str(), access.get()), H5Dclose);
    if (!id.ok() && H5Lexists(id_.get(), name.c_str(), H5P_DEFAULT) > 0)
      return InvalidArgument(title +
                             ": is no dataset of this file; links are not followed to others");
    if (!id.ok()) return NotFound(title + ": is not there" + Names());
    HL_TRY(CheckStorage(id, title));
    Handle space(H5Dget_space(id.get()), H5Sclose);
    HL_ASSIGN(std::vector<uint64_t> shape, ShapeOf(space, title));
    HL_ASSIGN(const Hdf5Dataset::Kind kind, KindOf(id, title));
    return std::unique_ptr<Hdf5Dataset>(
        std::make_unique<Dataset>(title, std::move(id), std::move(space), std::move(shape), kind));
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

  static Status CheckStorage(const Handle& id, const std::string& title) {
    const Handle creation(H5Dget_create_plist(id.get()), H5Pclose);
    if (!creation.ok()) return Corruption(title + ": " + Reason());
    if (H5Pget_layout(creation.get()) == H5D_VIRTUAL || H5Pget_external_count(creation.get()) != 0)
      return Unsupported(title + ": its values are in another file");
    return {};
  }

  static Result<std::vector<uint64_t>> ShapeOf(const Handle& space, const std::string& title) {
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

  static Result<Hdf5Dataset::Kind> KindOf(const Handle& id, const std::string& title) {
    const Handle type(H5Dget_type(id.get()), H5Tclose);
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
  Handle id_;
};

}  // namespace

Result<std::unique_ptr<Hdf5File>> OpenHdf5File(const Path& file) {
  HL_TRY(OpenRegularFile(file).status());
  const std::lock_guard lock(LibraryMutex());
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // it would print
  H5PLset_loading_state(0);
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  Handle id(H5Fopen(file.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
  if (!id.ok())
    return Corruption(Printable(file) + ": not an HDF5 file that can be read: " + Reason());
  return std::unique_ptr<Hdf5File>(std::make_unique<File>(file, std::move(id)));
}

}  // namespace hashlens
