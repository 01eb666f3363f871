// A library that is read.
#include "hashlens/library.h"

#include <nanobind/stl/string_view.h>

#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/open_options.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;

// Thread-safe, as Library is.
class Reader {
 public:
  Reader(const Path& path, const OpenOptions& options) : library_(OpenLibrary(path, options)) {}

  bool Refresh() {
    return Take(WithoutGil([&] { return library_.Refresh(); }));
  }
  // One SearchResult, or one exception, a query.
  nb::list Search(const std::vector<Query>& queries, SearchOptions options) const {
    const auto search = [&] { return library_.Search(queries, options); };
    LongCall call{nb::none()};
    options.stop = call.stop();
    // Those that may take long can be interrupted.
    const bool is_long = options.bucket >= 0 || options.all_features;
    auto results = Take(is_long ? call.Run(search) : WithoutGil(search));
    nb::list answers;
    for (auto& result : results) {
      if (result.ok()) {
        answers.append(nb::cast(std::move(result).value()));
      } else {
        answers.append(MakeError(result.status()));
      }
    }
    return answers;
  }
  Path PathOf(uint64_t id) const {
    return Take(WithoutGil([&] { return library_.PathOf(id); }));
  }
  std::vector<Category> Categories(uint64_t id, size_t top) const {
    return Take(WithoutGil([&] { return library_.Categories(id, top); }));
  }
  LibraryInfo Info() const {
    return Take(WithoutGil([&] { return library_.Info(); }));
  }
  std::vector<Failure> Failures(bool with_skipped) const {
    return Take(WithoutGil([&] { return library_.Failures(with_skipped); }));
  }
  std::vector<std::pair<Tag, uint64_t>> TagCounts() const {
    std::vector<std::pair<Tag, uint64_t>> counts;
    for (auto& count : Take(WithoutGil([&] { return library_.TagCounts(); })))
      counts.emplace_back(std::move(count.tag), count.images);
    return counts;
  }
  std::vector<StoredSegment> Segments() const {
    return Take(WithoutGil([&] { return library_.Segments(); }));
  }
  void Export(const Path& folder, nb::object progress) const {
    LongCall call(std::move(progress));
    Check(call.Run([&] { return library_.Export(folder, call.progress(), call.stop()); }));
  }

 private:
  template <typename Work>
  static auto WithoutGil(Work work) -> decltype(work()) {
    const nb::gil_scoped_release release;
    return work();
  }
  static Library OpenLibrary(const Path& path, const OpenOptions& options) {
    return Take(WithoutGil([&] { return Library::Open(path, options); }));
  }

  Library library_;
};

SearchOptions MakeSearchOptions(size_t k, size_t candidates, std::optional<size_t> most_candidates,
                                int radius, int bucket, bool all_features,
                                std::string_view strategy, std::optional<Cursor> after, bool rerank,
                                const Filter& filter) {
  const auto chosen = StrategyByName(strategy);
  if (!chosen) {
    Raise(InvalidArgument("strategy " + std::string(strategy) +
                          ": there are auto, scan, distinct, balls, buckets and mih"));
  }
  return {.k = k,
          .candidates = candidates,
          .most_candidates = most_candidates.value_or(SearchOptions().most_candidates),
          .radius = radius,
          .bucket = bucket,
          .all_features = all_features,
          .strategy = *chosen,
          .after = std::move(after),
          .rerank = rerank,
          .filter = filter};
}

std::vector<ImageInfo> Images(const Path& library, const Filter& filter, uint64_t limit) {
  std::vector<ImageInfo> images;
  LongCall call{nb::none()};
  Check(call.Run([&] {
    return ListImages(library, filter, [&](const ImageInfo& image) {
      if (images.size() < limit) images.push_back(image);
      return images.size() < limit && !call.stop().stop_requested();
    });
  }));
  return images;
}

}  // namespace

void BindLibrary(nb::module_& module) {
  BindOpenOptions(module);
  nb::class_<Reader>(module, "Reader", "A library, read. Thread-safe.")
      .def(nb::init<const Path&, const OpenOptions&>(), nb::arg("path"), nb::arg("options"))
      .def("refresh", &Reader::Refresh)
      .def(
          "search",
          [](const Reader& self, const std::vector<Query>& queries, size_t k, size_t candidates,
             std::optional<size_t> most_candidates, int radius, int bucket, bool all_features,
             std::string_view strategy, std::optional<Cursor> after, bool rerank,
             const Filter& filter) {
            return self.Search(queries, MakeSearchOptions(k, candidates, most_candidates, radius,
                                                          bucket, all_features, strategy,
                                                          std::move(after), rerank, filter));
          },
          nb::arg("queries"), nb::arg("k"), nb::arg("candidates"),
          nb::arg("most_candidates") = nb::none(), nb::arg("radius"), nb::arg("bucket"),
          nb::arg("all_features"), nb::arg("strategy"), nb::arg("after") = nb::none(),
          nb::arg("rerank"), nb::arg("filter"),
          nb::sig("def search(self, queries: collections.abc.Sequence[Query], k: int, "
                  "candidates: int, most_candidates: int | None, radius: int, bucket: int, "
                  "all_features: bool, strategy: str, after: Cursor | None, rerank: bool, "
                  "filter: Filter) -> list[SearchResult | Exception]"))
      .def("path_of", &Reader::PathOf, nb::arg("id"))
      .def("categories", &Reader::Categories, nb::arg("id"), nb::arg("top"))
      .def("info", &Reader::Info)
      .def("failures", &Reader::Failures, nb::arg("with_skipped"))
      .def("tag_counts", &Reader::TagCounts)
      .def("segments", &Reader::Segments)
      .def("export", &Reader::Export, nb::arg("folder"), nb::arg("progress").none());
  module.def("list_images", &Images, nb::arg("library"), nb::arg("filter"), nb::arg("limit"));
  module.def("library_path", &LibraryPath, nb::arg("path"));
  module.def(
      "verify",
      [](const Path& path, nb::object progress) {
        LongCall call(std::move(progress));
        return Take(call.Run([&] { return VerifyLibraryAt(path, call.progress(), call.stop()); }));
      },
      nb::arg("path"), nb::arg("progress").none());
}

}  // namespace hashlens::python
