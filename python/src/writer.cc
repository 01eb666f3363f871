// What changes a library. Each function takes the library's lock, does its work, commits it and
// gives the lock back.
#include <nanobind/ndarray.h>

#include "hashlens/database.h"
#include "hashlens/library.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;

// use: LibraryWriter& -> Status or Result.
template <typename Use>
auto WithWriter(LongCall* call, const Path& path, const CreateOptions& create,
                const OpenOptions& open, Use use) {
  return call->Run([&]() -> decltype(use(std::declval<LibraryWriter&>())) {
    auto writer = LibraryWriter::OpenOrCreate(path, create, open);
    if (!writer.ok()) return writer.status();
    return use(*writer);
  });
}

void Create(const Path& path, const CreateOptions& create, const OpenOptions& open) {
  LongCall call{nb::none()};
  Check(WithWriter(&call, path, create, open, [](LibraryWriter&) { return Status(); }));
}

IndexReport Index(const Path& path, const CreateOptions& create, const OpenOptions& open,
                  std::vector<Path> paths, std::vector<std::string> exclude, std::vector<Tag> tags,
                  bool prune, bool retry, bool hidden, bool reread, uint64_t batch,
                  const DataOptions& data, const Path& label_names, nb::object progress) {
  LongCall call(std::move(progress));
  const IndexPathsOptions options{.files = {.paths = std::move(paths),
                                            .exclude = std::move(exclude),
                                            .tags = std::move(tags),
                                            .prune = prune,
                                            .retry = retry,
                                            .hidden = hidden,
                                            .reread = reread,
                                            .batch = batch,
                                            .progress = call.progress(),
                                            .stop = call.stop()},
                                  .data = data,
                                  .label_names = label_names};
  return Take(call.Run([&]() -> Result<IndexReport> {
    if (Status status = CheckPaths(options); !status.ok()) return status;
    auto writer = LibraryWriter::OpenOrCreate(path, create, open);
    if (!writer.ok()) return writer.status();
    return IndexPaths(&*writer, options);
  }));
}

using FeatureArray = nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// From a tuple (name, picture file's bytes, feature or None, tags).
GivenPicture Given(const nb::tuple& item) {
  GivenPicture given;
  const auto name = nb::cast<nb::bytes>(item[0]);
  given.name.assign(name.c_str(), name.size());
  const auto bytes = nb::cast<nb::bytes>(item[1]);
  given.bytes.assign(bytes.c_str(), bytes.size());
  if (!item[2].is_none()) {
    const auto feature = nb::cast<FeatureArray>(item[2]);
    given.feature.assign(feature.data(), feature.data() + feature.size());
  }
  given.tags = nb::cast<std::vector<Tag>>(item[3]);
  return given;
}

// next: called without arguments; gives a tuple as above, or None at the end.
IndexReport Add(const Path& path, const CreateOptions& create, const OpenOptions& open,
                const Path& source, const nb::object& next, std::vector<Tag> tags, bool retry,
                uint64_t batch, uint64_t total, nb::object progress) {
  LongCall call(std::move(progress));
  const auto ask = [&]() -> Result<std::optional<GivenPicture>> {
    std::optional<GivenPicture> given;
    const bool answered = call.CallPython([&] {
      const nb::object item = next();
      if (!item.is_none()) given = Given(nb::cast<nb::tuple>(item));
    });
    if (!answered) return Cancelled("stopped by an error in Python");
    return given;
  };
  const AddOptions options{.source = source,
                           .next = ask,
                           .tags = std::move(tags),
                           .retry = retry,
                           .batch = batch,
                           .total = total,
                           .progress = call.progress(),
                           .stop = call.stop()};
  return Take(WithWriter(&call, path, create, open,
                         [&](LibraryWriter& writer) { return writer.Add(options); }));
}

// What two runs did, one after the other.
IndexReport Merged(IndexReport first, const IndexReport& second) {
  AddReport(second, &first);
  return first;
}

uint64_t Remove(const Path& path, const OpenOptions& open, std::vector<uint64_t> ids,
                std::vector<Path> paths, const Filter& filter) {
  LongCall call{nb::none()};
  const ImageSelection images{std::move(ids), std::move(paths), filter};
  return Take(WithWriter(&call, path, {}, open,
                         [&](LibraryWriter& writer) { return writer.Remove(images); }));
}

uint64_t ChangeTags(const Path& path, const OpenOptions& open, std::vector<uint64_t> ids,
                    std::vector<Path> paths, const Filter& filter, std::vector<Tag> add,
                    std::vector<Tag> remove, std::vector<std::string> remove_keys) {
  LongCall call{nb::none()};
  const ImageSelection images{std::move(ids), std::move(paths), filter};
  const TagChange change{std::move(add), std::move(remove), std::move(remove_keys)};
  return Take(WithWriter(&call, path, {}, open,
                         [&](LibraryWriter& writer) { return writer.ChangeTags(images, change); }));
}

void Fit(const Path& path, const OpenOptions& open, std::string method, int bits, uint64_t seed,
         uint64_t sample, nb::object progress) {
  LongCall call(std::move(progress));
  const FitOptions options{.method = std::move(method),
                           .bits = bits,
                           .seed = seed,
                           .sample = sample,
                           .progress = call.progress(),
                           .stop = call.stop()};
  Check(WithWriter(&call, path, {}, open,
                   [&](LibraryWriter& writer) { return writer.Fit(options); }));
}

// Images that were judged, and those of them that are unsure.
std::pair<uint64_t, uint64_t> TagCategories(const Path& path, const OpenOptions& open,
                                            double probability, nb::object progress) {
  LongCall call(std::move(progress));
  const CategoryTagOptions options{
      .probability = probability, .progress = call.progress(), .stop = call.stop()};
  const CategoryTagReport report = Take(WithWriter(
      &call, path, {}, open, [&](LibraryWriter& writer) { return writer.TagCategories(options); }));
  return {report.judged, report.unsure};
}

uint64_t Rebuild(const Path& path, const OpenOptions& open, nb::object progress) {
  LongCall call(std::move(progress));
  return Take(WithWriter(&call, path, {}, open, [&](LibraryWriter& writer) {
    return writer.RebuildCodes(call.progress(), call.stop());
  }));
}

CompactReport Compact(const Path& path, const OpenOptions& open,
                      const std::optional<std::string>& features, nb::object progress) {
  LongCall call(std::move(progress));
  CompactOptions options{.progress = call.progress(), .stop = call.stop()};
  if (features) options.features = Take(ParseFeatureForm(*features));
  return Take(WithWriter(&call, path, {}, open,
                         [&](LibraryWriter& writer) { return writer.Compact(options); }));
}

}  // namespace

void BindWriter(nb::module_& module) {
  module.def("create", &Create, nb::arg("path"), nb::arg("create"), nb::arg("options"));
  module.def("index", &Index, nb::arg("path"), nb::arg("create"), nb::arg("options"),
             nb::arg("paths"), nb::arg("exclude"), nb::arg("tags"), nb::arg("prune"),
             nb::arg("retry"), nb::arg("hidden"), nb::arg("reread"), nb::arg("batch"),
             nb::arg("data"), nb::arg("label_names"), nb::arg("progress").none());
  module.def("add", &Add, nb::arg("path"), nb::arg("create"), nb::arg("options"), nb::arg("source"),
             nb::arg("next"), nb::arg("tags"), nb::arg("retry"), nb::arg("batch"), nb::arg("total"),
             nb::arg("progress").none());
  module.def("merged", &Merged, nb::arg("sum"), nb::arg("more"));
  module.def("remove", &Remove, nb::arg("path"), nb::arg("options"), nb::arg("ids"),
             nb::arg("paths"), nb::arg("filter"));
  module.def("change_tags", &ChangeTags, nb::arg("path"), nb::arg("options"), nb::arg("ids"),
             nb::arg("paths"), nb::arg("filter"), nb::arg("add"), nb::arg("remove"),
             nb::arg("remove_keys"));
  module.def("fit", &Fit, nb::arg("path"), nb::arg("options"), nb::arg("method"), nb::arg("bits"),
             nb::arg("seed"), nb::arg("sample"), nb::arg("progress").none());
  module.def("tag_categories", &TagCategories, nb::arg("path"), nb::arg("options"),
             nb::arg("probability"), nb::arg("progress").none());
  module.def("rebuild_codes", &Rebuild, nb::arg("path"), nb::arg("options"),
             nb::arg("progress").none());
  module.def("compact", &Compact, nb::arg("path"), nb::arg("options"), nb::arg("features").none(),
             nb::arg("progress").none());
}

}  // namespace hashlens::python
