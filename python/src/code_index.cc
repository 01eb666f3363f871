// CodeIndex over NumPy arrays, with arguments checked.
#include "hashlens/code_index.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <shared_mutex>
#include <string>

#include "python/src/bindings.h"
#include "python/src/errors.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;

using CodeArray = nb::ndarray<const uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using MaskArray = nb::ndarray<const bool, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Table = nb::ndarray<nb::numpy, T, nb::ndim<2>>;

constexpr int kMinBits = 8;
constexpr int kMaxBits = 512;

// An array that owns `count` values behind `values`.
template <typename T>
Table<T> Give(std::unique_ptr<T[]> values, size_t rows, size_t columns) {
  T* data = values.get();
  const nb::capsule owner(values.release(), [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return Table<T>(data, {rows, columns}, owner);
}

// Thread-safe: what changes it waits for searches, and they for it.
class Codes {
 public:
  explicit Codes(int bits) : index_(Checked(bits)) {}

  int bits() const { return index_.bits(); }
  size_t code_bytes() const { return index_.code_bytes(); }
  uint64_t rows() const {
    const std::shared_lock lock = Shared();
    return index_.rows();
  }
  uint64_t prepared_rows() const {
    const std::shared_lock lock = Shared();
    return index_.prepared_rows();
  }

  void Add(const CodeArray& codes) {
    const std::span<const uint8_t> packed = Packed(codes);
    const nb::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    index_.Append(packed);
  }
  void Prepare(int threads) {
    Check([&] {
      const nb::gil_scoped_release release;
      const std::lock_guard lock(mutex_);
      return index_.Prepare(CheckedThreads(threads));
    }());
  }
  Table<uint8_t> All() const {
    const std::shared_lock lock = Shared();
    const uint64_t rows = index_.rows();
    auto codes = std::make_unique<uint8_t[]>(std::max<uint64_t>(1, rows * code_bytes()));
    {
      const nb::gil_scoped_release release;
      for (uint64_t row = 0; row < rows; ++row)
        index_.GetCode(row, {codes.get() + row * code_bytes(), code_bytes()});
    }
    return Give(std::move(codes), rows, code_bytes());
  }
  // (distances, rows, strategies), the first two m x (longest list), padded with -1.
  nb::tuple Search(const CodeArray& queries, std::optional<uint64_t> k, int radius,
                   const std::optional<MaskArray>& allowed, int threads,
                   std::string_view strategy) const;

 private:
  static int Checked(int bits) {
    if (bits < kMinBits || bits > kMaxBits)
      Raise(InvalidArgument("codes of " + std::to_string(bits) + " bits; 8 to 512 are possible"));
    return bits;
  }
  static int CheckedThreads(int threads) { return std::max(1, threads); }
  std::shared_lock<std::shared_mutex> Shared() const {
    const nb::gil_scoped_release release;
    return std::shared_lock(mutex_);
  }
  std::span<const uint8_t> Packed(const CodeArray& codes) const;
  static std::optional<Bitmap> Allowed(const std::optional<MaskArray>& mask, uint64_t rows);

  mutable std::shared_mutex mutex_;
  CodeIndex index_;
};

std::span<const uint8_t> Codes::Packed(const CodeArray& codes) const {
  if (codes.shape(1) != code_bytes()) {
    Raise(InvalidArgument("codes of " + std::to_string(bits()) + " bits have " +
                          std::to_string(code_bytes()) + " bytes a row, and these have " +
                          std::to_string(codes.shape(1))));
  }
  const std::span<const uint8_t> packed(codes.data(), codes.size());
  const int used = bits() % 8;
  if (used == 0) return packed;
  for (size_t last = code_bytes() - 1; last < packed.size(); last += code_bytes()) {
    if (packed[last] >> used != 0) {
      Raise(InvalidArgument("row " + std::to_string(last / code_bytes()) +
                            ": bits beyond the code's length are set in its last byte"));
    }
  }
  return packed;
}

std::optional<Bitmap> Codes::Allowed(const std::optional<MaskArray>& mask, uint64_t rows) {
  if (!mask) return std::nullopt;
  if (mask->shape(0) != rows) {
    Raise(InvalidArgument("allowed has " + std::to_string(mask->shape(0)) +
                          " values for an index of " + std::to_string(rows) + " rows"));
  }
  Bitmap bitmap(rows);
  for (uint64_t row = 0; row < rows; ++row)
    if (mask->data()[row]) bitmap.Set(row);
  return bitmap;
}

nb::tuple Codes::Search(const CodeArray& queries, std::optional<uint64_t> k, int radius,
                        const std::optional<MaskArray>& allowed, int threads,
                        std::string_view strategy) const {
  const auto chosen = StrategyByName(strategy);
  if (!chosen) {
    Raise(InvalidArgument("strategy " + std::string(strategy) +
                          ": there are auto, scan, distinct, balls, buckets and mih"));
  }
  const std::span<const uint8_t> packed = Packed(queries);
  const std::shared_lock lock = Shared();
  const std::optional<Bitmap> rows = Allowed(allowed, index_.rows());
  const CodeQuery query{.k = std::min(k.value_or(index_.rows()), index_.rows()),
                        .radius = radius,
                        .allowed = rows ? &*rows : nullptr,
                        .threads = CheckedThreads(threads),
                        .strategy = *chosen};
  std::vector<CodeTrace> traces;
  std::vector<std::vector<Neighbor>> found;
  std::unique_ptr<int32_t[]> distances;
  std::unique_ptr<int64_t[]> places;
  size_t longest = 0;
  {
    const nb::gil_scoped_release release;
    if (query.k > 0) {
      found = index_.Search(packed, query, &traces);
    } else {
      found.resize(queries.shape(0));
    }
    for (const auto& list : found) longest = std::max(longest, list.size());
    const size_t count = std::max<size_t>(1, found.size() * longest);
    distances = std::make_unique<int32_t[]>(count);
    places = std::make_unique<int64_t[]>(count);
    std::fill_n(distances.get(), count, -1);
    std::fill_n(places.get(), count, -1);
    for (size_t q = 0; q < found.size(); ++q) {
      for (size_t i = 0; i < found[q].size(); ++i) {
        distances[q * longest + i] = static_cast<int32_t>(found[q][i].distance);
        places[q * longest + i] = static_cast<int64_t>(found[q][i].row);
      }
    }
  }
  nb::list ways;
  for (const CodeTrace& trace : traces) ways.append(StrategyName(trace.strategy));
  return nb::make_tuple(Give(std::move(distances), found.size(), longest),
                        Give(std::move(places), found.size(), longest), ways);
}

}  // namespace

void BindCodeIndex(nb::module_& module) {
  nb::class_<Codes>(module, "Codes", "Codes in memory. Thread-safe.")
      .def(nb::init<int>(), nb::arg("bits"))
      .def_prop_ro("bits", &Codes::bits)
      .def_prop_ro("code_bytes", &Codes::code_bytes)
      .def_prop_ro("rows", &Codes::rows)
      .def_prop_ro("prepared_rows", &Codes::prepared_rows)
      .def("add", &Codes::Add, nb::arg("codes"))
      .def("prepare", &Codes::Prepare, nb::arg("threads"))
      .def("all", &Codes::All)
      .def("search", &Codes::Search, nb::arg("queries"), nb::arg("k").none(), nb::arg("radius"),
           nb::arg("allowed").none(), nb::arg("threads"), nb::arg("strategy"),
           nb::sig("def search(self, queries: numpy.typing.NDArray[numpy.uint8], k: int | None, "
                   "radius: int, allowed: numpy.typing.NDArray[numpy.bool_] | None, threads: int, "
                   "strategy: str) -> tuple[numpy.typing.NDArray[numpy.int32], "
                   "numpy.typing.NDArray[numpy.int64], list[str]]"));
}

}  // namespace hashlens::python
