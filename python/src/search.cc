// Questions and answers of searches.
#include <nanobind/ndarray.h>
#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "hashlens/options.h"
#include "hashlens/types.h"
#include "python/src/bindings.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;

// A column of the hits as a NumPy array that owns its memory.
template <typename T, typename Get>
nb::ndarray<nb::numpy, T, nb::ndim<1>> Column(const std::vector<Hit>& hits, Get get) {
  auto values = std::make_unique<T[]>(std::max<size_t>(hits.size(), 1));
  std::transform(hits.begin(), hits.end(), values.get(), get);
  T* data = values.get();
  const nb::capsule owner(values.release(), [](void* p) noexcept { delete[] static_cast<T*>(p); });
  return nb::ndarray<nb::numpy, T, nb::ndim<1>>(data, {hits.size()}, owner);
}

void BindQuestions(nb::module_& module) {
  nb::class_<Query>(module, "Query", "A picture file, a picture's bytes, an id, or a text.")
      .def(
          "__init__",
          [](Query* self, std::filesystem::path file, uint64_t id, std::optional<nb::bytes> bytes,
             std::optional<std::string> text) {
            new (self) Query{.file = std::move(file), .id = id, .text = std::move(text)};
            if (bytes) self->bytes.emplace(bytes->c_str(), bytes->size());
          },
          nb::arg("file") = std::filesystem::path(), nb::arg("id") = 0,
          nb::arg("bytes") = nb::none(), nb::arg("text") = nb::none())
      .def_prop_ro("bytes", [](const Query& query) -> std::optional<nb::bytes> {
        if (!query.bytes) return std::nullopt;
        return nb::bytes(query.bytes->data(), query.bytes->size());
      });
  nb::class_<Filter>(module, "Filter", "Which images are meant.")
      .def(
          "__init__",
          [](Filter* self, std::vector<Tag> tags, std::vector<std::filesystem::path> under,
             std::optional<int64_t> added_since) {
            new (self) Filter{std::move(tags), std::move(under), added_since};
          },
          nb::arg("tags"), nb::arg("under"), nb::arg("added_since_ms") = nb::none());
  nb::class_<Cursor>(module, "Cursor", "A place in the order of codes, where a page ends.")
      .def(
          "__init__",
          [](Cursor* self, uint32_t hamming, uint64_t id, std::string codes) {
            new (self) Cursor{hamming, id, std::move(codes)};
          },
          nb::arg("hamming"), nb::arg("id"), nb::arg("codes") = "")
      .def_ro("hamming", &Cursor::hamming, "bits")
      .def_ro("id", &Cursor::id)
      .def_ro("codes", &Cursor::codes, "which codes: a new fit has another order")
      .def(
          "__getstate__",
          [](const Cursor& cursor) {
            return nb::make_tuple(cursor.hamming, cursor.id, cursor.codes);
          },
          nb::sig("def __getstate__(self) -> tuple[int, int, str]"))
      .def(
          "__setstate__",
          [](Cursor& self, const nb::tuple& state) {
            Cursor cursor{nb::cast<uint32_t>(state[0]), nb::cast<uint64_t>(state[1]),
                          nb::cast<std::string>(state[2])};
            new (&self) Cursor(std::move(cursor));
          },
          nb::sig("def __setstate__(self, state: tuple[int, int, str]) -> None"))
      .def("__repr__", [](const Cursor& cursor) {
        return nb::str("Cursor(hamming={}, id={}, codes={!r})")
            .format(cursor.hamming, cursor.id, cursor.codes);
      });
}

}  // namespace

void BindSearch(nb::module_& module) {
  BindQuestions(module);
  Record<Hit>(module, "Hit", "An image that was found.")
      .Field("rank", &Hit::rank, "1 is the best")
      .Field("id", &Hit::id, "of the image")
      .Field("path", &Hit::path, "absolute")
      .Field("hamming", &Hit::hamming, "bits in which the codes differ")
      .Field("distance", &Hit::distance, "of the features, 0..2; None without re-rank")
      .Field("width", &Hit::width, "of the picture, upright, pixels")
      .Field("height", &Hit::height, "of the picture, upright, pixels");
  Record<StageTimes>(module, "StageTimes", "Milliseconds of one query.")
      .Field("decode", &StageTimes::decode, "reading, decoding, preparing the picture")
      .Field("network", &StageTimes::network, "making its feature")
      .Field("codes", &StageTimes::codes, "searching codes; in a batch, its share")
      .Field("rerank", &StageTimes::rerank, "comparing features");
  Record<SearchResult>(module, "SearchResult", "What a query found.")
      .Computed(
          "query",
          [](const SearchResult& r) {
            return nb::steal<nb::str>(PyUnicode_DecodeFSDefaultAndSize(
                r.query.data(), static_cast<Py_ssize_t>(r.query.size())));
          },
          "its name")
      .Kept(
          "query",  // bytes, as it may be a path of any
          [](const SearchResult& r) { return nb::bytes(r.query.data(), r.query.size()); },
          [](SearchResult* r, const nb::bytes& query) {
            r->query = {query.c_str(), query.size()};
          })
      .Computed(
          "strategy", [](const SearchResult& r) { return StrategyName(r.codes.strategy); },
          "how the codes were searched")
      .Kept(
          "strategy",
          [](const SearchResult& r) { return std::string(StrategyName(r.codes.strategy)); },
          [](SearchResult* r, const std::string& name) {
            r->codes.strategy = StrategyByName(name).value_or(Strategy::kAuto);
          })
      .Field("exact", &SearchResult::exact,
             "whether the hits are what `promise` says without exception")
      .Field("query_damage", &SearchResult::query_damage,
             "why only part of the query's picture is there; empty: it is whole")
      .Field("promise", &SearchResult::promise, "in words, what the hits are the first of")
      .Field("rows", &SearchResult::rows, "images searched, after filters")
      .Field("candidates", &SearchResult::candidates, "images ranked by feature")
      .Field("ties_cut", &SearchResult::ties_cut,
             "images as near by code as the last candidate that were left out")
      .Field("hits", &SearchResult::hits, "best first")
      .Field("next", &SearchResult::next, "where the next page begins; None: there is no more")
      .Field("times_ms", &SearchResult::stages_ms, "of its stages")
      .Computed(
          "ids",
          [](const SearchResult& r) {
            return Column<uint64_t>(r.hits, [](const Hit& hit) { return hit.id; });
          },
          "of the hits, uint64")
      .Computed(
          "hamming",
          [](const SearchResult& r) {
            return Column<uint32_t>(r.hits, [](const Hit& hit) { return hit.hamming; });
          },
          "of the hits, uint32")
      .Computed(
          "distances",
          [](const SearchResult& r) {
            return Column<float>(r.hits, [](const Hit& hit) {
              return hit.distance.value_or(std::numeric_limits<float>::quiet_NaN());
            });
          },
          "of the hits, float32; NaN without re-rank");
}

}  // namespace hashlens::python
