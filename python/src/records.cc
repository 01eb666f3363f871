// What functions answer, as Python sees it.
#include <nanobind/stl/string_view.h>

#include "hashlens/library.h"
#include "hashlens/types.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;

// An aware datetime in UTC.
nb::object Moment(int64_t ms_since_1970) {
  const nb::module_ datetime = nb::module_::import_("datetime");
  return datetime.attr("datetime")
      .attr("fromtimestamp")(static_cast<double>(ms_since_1970) / 1000,
                             datetime.attr("timezone").attr("utc"));
}

void BindReports(nb::module_& module) {
  Record<ReductionReport>(module, "ReductionReport",
                          "What storing features smaller saved and lost, measured on the library.")
      .Computed(
          "form", [](const ReductionReport& r) { return FeatureFormName(r.form); },
          "\"full\", \"int8\" or \"pca:N\"")
      .Kept(
          "form", [](const ReductionReport& r) { return FeatureFormName(r.form); },
          [](ReductionReport* r, const std::string& name) {
            r->form = Take(ParseFeatureForm(name));
          })
      .Field("images", &ReductionReport::images, "images of the library")
      .Field("dim_before", &ReductionReport::dim_before, "numbers of a feature before")
      .Field("dim_after", &ReductionReport::dim_after, "numbers of a feature now")
      .Field("bytes_before", &ReductionReport::bytes_before, "of the feature files")
      .Field("bytes_after", &ReductionReport::bytes_after, "of the feature files")
      .Field("queries", &ReductionReport::queries, "images that were searched for, to measure")
      .Field("sample", &ReductionReport::sample, "images that they were searched among")
      .Field("overlap", &ReductionReport::overlap,
             "of the 10 nearest by full feature, the share that smaller ones find, 0..1")
      .Field("distance_change", &ReductionReport::distance_change,
             "mean absolute change of the distance to these 10")
      .Field("seconds", &ReductionReport::seconds, "that it took");
  Record<IndexReport>(module, "IndexReport", "What adding pictures did.")
      .Field("added", &IndexReport::added, "images that came into the library")
      .Field("replaced", &IndexReport::replaced, "changed pictures among the added")
      .Field("damaged", &IndexReport::damaged,
             "pictures among the added of which only part is there")
      .Field("unchanged", &IndexReport::unchanged, "pictures that were there already")
      .Field("failed", &IndexReport::failed,
             "pictures that could not be read; Library.failures() names them")
      .Field("missing", &IndexReport::missing,
             "named paths that are not there and broken lines of lists, among the failed")
      .Field("tagged", &IndexReport::tagged, "unchanged pictures that got the tags of the call")
      .Field("skipped", &IndexReport::skipped, "files that are no pictures")
      .Field("vanished", &IndexReport::vanished, "images whose files are gone")
      .Field("pruned", &IndexReport::pruned, "of the vanished, those removed from the library")
      .Field("vanished_paths", &IndexReport::vanished_paths, "the first few")
      .Field("failures", &IndexReport::failures, "the first few, \"path: reason\"")
      .Field("warnings", &IndexReport::warnings, "for people")
      .Field("interrupted", &IndexReport::interrupted, "stopped; what was done is kept")
      .Field("fitted", &IndexReport::fitted, "codes were fitted to this library at the end")
      .Field("kept_codes", &IndexReport::kept_codes,
             "the model named when the library was opened has other codes than it")
      .Field("reduction", &IndexReport::reduction, "None unless features were made smaller")
      .Field("seconds", &IndexReport::seconds, "of everything")
      .Field("fit_seconds", &IndexReport::fit_seconds, "of fitting codes")
      .Field("decode_seconds", &IndexReport::decode_seconds, "summed over threads")
      .Field("network_seconds", &IndexReport::network_seconds, "summed over threads");
  Record<VerifyReport>(module, "VerifyReport", "What reading every stored byte showed.")
      .Field("images", &VerifyReport::images, "images of the library")
      .Field("segments", &VerifyReport::segments, "pairs of feature and code files")
      .Field("bytes", &VerifyReport::bytes, "read and checked")
      .Field("problems", &VerifyReport::problems, "empty: every byte is as it was written");
  Record<CompactReport>(module, "CompactReport", "What compacting did.")
      .Field("segments_before", &CompactReport::segments_before, "pairs of files before")
      .Field("segments_after", &CompactReport::segments_after, "pairs of files now")
      .Field("purged", &CompactReport::purged, "removed images whose space was given back")
      .Field("reduction", &CompactReport::reduction, "None unless features were made smaller")
      .Field("warnings", &CompactReport::warnings, "for people");
}

void BindLibraryRecords(nb::module_& module) {
  Record<LibraryInfo>(module, "LibraryInfo", "A library in figures.")
      .Field("path", &LibraryInfo::path, "its folder")
      .Field("images", &LibraryInfo::images, "images in it")
      .Field("removed", &LibraryInfo::removed, "removed images, on disk until compact()")
      .Field("failures", &LibraryInfo::failures, "pictures that could not be read")
      .Field("skipped", &LibraryInfo::skipped, "files that are no pictures")
      .Field("segments", &LibraryInfo::segments, "pairs of feature and code files")
      .Field("feature_bytes", &LibraryInfo::feature_bytes, "on disk")
      .Field("code_bytes", &LibraryInfo::code_bytes, "on disk")
      .Field("catalog_bytes", &LibraryInfo::catalog_bytes, "on disk")
      .Field("model_bytes", &LibraryInfo::model_bytes, "on disk")
      .Field("distinct_codes", &LibraryInfo::distinct_codes, "different codes")
      .Field("arranged", &LibraryInfo::arranged, "images whose codes are kept arranged")
      .Field("arrangement_bytes", &LibraryInfo::arrangement_bytes, "on disk")
      .Field("arrangement_problem", &LibraryInfo::arrangement_problem,
             "why arranged codes cannot be used; mostly empty")
      .Field("model", &LibraryInfo::model, "name of the network")
      .Field("feature_digest", &LibraryInfo::feature_digest, "names model and form of the features")
      .Field("dim", &LibraryInfo::dim, "numbers of a stored feature")
      .Computed(
          "features",
          [](const LibraryInfo& info) -> std::optional<std::string> {
            if (!info.features) return std::nullopt;
            return FeatureFormName(*info.features);
          },
          "\"full\", \"int8\" or \"pca:N\"; None: the model's files are damaged")
      .Kept(
          "features",
          [](const LibraryInfo& info) {
            return info.features ? FeatureFormName(*info.features) : std::string();
          },
          [](LibraryInfo* info, const std::string& name) {
            if (!name.empty()) info->features = Take(ParseFeatureForm(name));
          })
      .Field("model_dim", &LibraryInfo::model_dim, "numbers of a feature as the network makes it")
      .Field("bits", &LibraryInfo::bits, "bits of a code")
      .Field("head_method", &LibraryInfo::head_method, "how the codes were learned")
      .Field("head_fitted", &LibraryInfo::head_fitted, "to this library's own pictures")
      .Field("format_version", &LibraryInfo::format_version, "of the files on disk")
      .Field("roots", &LibraryInfo::roots, "folders that were indexed");
  Record<ImageInfo>(module, "ImageInfo", "What a library says of an image.")
      .Field("id", &ImageInfo::id, "from 1 on; never used again")
      .Field("path", &ImageInfo::path, "absolute")
      .Field("bytes", &ImageInfo::bytes, "of the file")
      .Field("width", &ImageInfo::width, "pixels, upright")
      .Field("height", &ImageInfo::height, "pixels, upright")
      .Field("format", &ImageInfo::format, "\"jpeg\", ...")
      .Computed(
          "added_at", [](const ImageInfo& image) { return Moment(image.added_at_ms); },
          "datetime in UTC")
      .Kept(
          "added_at_ms", [](const ImageInfo& image) { return image.added_at_ms; },
          [](ImageInfo* image, int64_t ms) { image->added_at_ms = ms; })
      .Field("tags", &ImageInfo::tags, "(key, value) pairs, in order");
  Record<Failure>(module, "Failure", "A file that could not be indexed.")
      .Field("path", &Failure::path, "absolute")
      .Field("reason", &Failure::reason, "in plain words")
      .Field("skipped", &Failure::skipped, "no picture, passed over")
      .Computed(
          "at", [](const Failure& failure) { return Moment(failure.at_ms); }, "datetime in UTC")
      .Kept(
          "at_ms", [](const Failure& failure) { return failure.at_ms; },
          [](Failure* failure, int64_t ms) { failure->at_ms = ms; });
}

void BindStoredSegment(nb::module_& module) {
  Record<StoredSegment>(module, "StoredSegment", "Where a part of a library's rows lies on disk.")
      .Field("codes_file", &StoredSegment::codes_file, "absolute")
      .Field("features_file", &StoredSegment::features_file, "absolute")
      .Field("rows", &StoredSegment::rows, "of either file")
      .Field("ids_at", &StoredSegment::ids_at, "bytes from the start of the code file")
      .Field("codes_at", &StoredSegment::codes_at, "bytes from the start of the code file")
      .Field("features_at", &StoredSegment::features_at, "bytes from the start of the feature file")
      .Field("feature_stride", &StoredSegment::feature_stride, "bytes from one row to the next")
      .Field("code_bytes", &StoredSegment::code_bytes, "of a code")
      .Field("dim", &StoredSegment::dim, "numbers of a feature")
      .Field("int8", &StoredSegment::int8, "low and high in fp16, then a byte a number")
      .Field("removed", &StoredSegment::removed, "rows of removed images");
}

void BindModelRecords(nb::module_& module) {
  Record<ModelHead>(module, "ModelHead", "One length of codes that a model has.")
      .Field("bits", &ModelHead::bits, "bits of a code")
      .Field("method", &ModelHead::method, "how it was learned");
  Record<Category>(module, "Category", "What a picture shows, as a model's classifier has it.")
      .Field("name", &Category::name, "\"golden retriever\"")
      .Field("id", &Category::id, "in the vocabulary of the classes, such as WordNet's; or \"\"")
      .Field("probability", &Category::probability, "0..1");
  Record<ModelInfo>(module, "ModelInfo", "A model package.")
      .Field("path", &ModelInfo::path, "its folder")
      .Field("name", &ModelInfo::name, "of the network")
      .Field("dim", &ModelInfo::dim, "numbers of a feature")
      .Field("input_size", &ModelInfo::input_size, "pixels of a side")
      .Field("feature_digest", &ModelInfo::feature_digest, "models of one digest fit together")
      .Field("heads", &ModelInfo::heads, "lengths of codes that it has")
      .Field("text", &ModelInfo::text, "words can be queries")
      .Field("classes", &ModelInfo::classes, "that classify() knows; 0: it has no classifier");
  Record<FormatInfo>(module, "FormatInfo", "A picture format.")
      .Field("name", &FormatInfo::name, "\"jpeg\", ...")
      .Field("decodable", &FormatInfo::decodable, "whether this machine reads it")
      .Field("reader", &FormatInfo::reader, "the library that does")
      .Field("left_out", &FormatInfo::left_out, "what of such files is not read");
  Record<DecoderInfo>(module, "DecoderInfo", "The process that decodes pictures.")
      .Field("program", &DecoderInfo::program, "hashlens-decode; empty when it was not found")
      .Field("problem", &DecoderInfo::problem, "why it does not work; empty when it does")
      .Field("no_new_privileges", &DecoderInfo::no_new_privileges,
             "programs that it could start would gain no rights")
      .Field("system_call_filter", &DecoderInfo::system_call_filter,
             "no files, network or processes: seccomp")
      .Field("landlock", &DecoderInfo::landlock, "no files: version of Landlock; 0: not there");
}

}  // namespace

void BindRecords(nb::module_& module) {
  BindReports(module);
  BindLibraryRecords(module);
  BindStoredSegment(module);
  BindModelRecords(module);
}

}  // namespace hashlens::python
