// How good codes and features are.
#include <nanobind/nanobind.h>

#include "hashlens/eval.h"
#include "python/src/bindings.h"
#include "python/src/errors.h"
#include "python/src/long_call.h"
#include "python/src/record.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;
using Path = std::filesystem::path;

EvalReport Run(const Path& database, const Path& queries, const Path& model, int bits, size_t k,
               size_t candidates, size_t sample_database, size_t sample_queries, uint64_t seed,
               bool baselines, const OpenOptions& open, nb::object progress) {
  LongCall call(std::move(progress));
  const EvalOptions options{.model = model,
                            .database = database,
                            .queries = queries,
                            .bits = bits,
                            .k = k,
                            .candidates = candidates,
                            .sample_database = sample_database,
                            .sample_queries = sample_queries,
                            .seed = seed,
                            .baselines = baselines,
                            .open = open,
                            .progress = call.progress(),
                            .stop = call.stop()};
  return Take(call.Run([&] { return Evaluate(options); }));
}

void BindMethod(nb::module_& module) {
  Record<EvalPoint>(module, "EvalPoint", "Means over all queries at one length of the answer.")
      .Field("k", &EvalPoint::k, "length")
      .Field("precision", &EvalPoint::precision, "part of the first k that is relevant, 0..1")
      .Field("recall", &EvalPoint::recall, "part of the relevant that is in the first k, 0..1");
  Record<EvalMethod>(module, "EvalMethod", "One way of ranking the database, judged.")
      .Field("name", &EvalMethod::name, "\"codes\", \"codes + re-rank\", \"features\", ...")
      .Field("about", &EvalMethod::about, "parameters, for people")
      .Field("baseline", &EvalMethod::baseline, "one of the methods to compare with")
      .Field("bits", &EvalMethod::bits, "of a code; 0: none")
      .Field("bytes_per_image", &EvalMethod::bytes_per_image, "stored")
      .Field("map_at_k", &EvalMethod::map_at_k, "mAP@k (Lin et al. 2015), 0..1")
      .Field("map_all", &EvalMethod::map_all, "mAP over the whole database")
      .Field("expected_map_at_k", &EvalMethod::expected_map_at_k,
             "exact mean over all orders of equally near codes")
      .Field("expected_map_all", &EvalMethod::expected_map_all, "the same over all")
      .Field("at", &EvalMethod::at, "points, k rising")
      .Field("precision_at_recall", &EvalMethod::precision_at_recall,
             "at recall 0, 0.01, ... 1; or empty")
      .Field("precision_radius2", &EvalMethod::precision_radius2, "within Hamming distance 2")
      .Field("empty_radius2", &EvalMethod::empty_radius2, "part of the queries with none there")
      .Field("distinct_codes", &EvalMethod::distinct_codes, "in the database")
      .Field("candidates", &EvalMethod::candidates, "ranked by feature: mean over queries")
      .Field("neighbours_found_10", &EvalMethod::neighbours_found_10,
             "of an approximate search: part of the true nearest 10")
      .Field("neighbours_found_k", &EvalMethod::neighbours_found_k, "the same of k")
      .Field("search_ms", &EvalMethod::search_ms, "of one query on one thread, median")
      .Field("rerank_ms", &EvalMethod::rerank_ms, "of search_ms");
}

}  // namespace

void BindEvaluation(nb::module_& module) {
  BindMethod(module);
  Record<EvalSide>(module, "EvalSide", "The database, or the queries, of an evaluation.")
      .Field("data", &EvalSide::data, "as given")
      .Field("pictures", &EvalSide::pictures, "that could be read")
      .Field("failed", &EvalSide::failed, "that could not, and were left out")
      .Field("failures", &EvalSide::failures, "the first few, \"path: reason\"")
      .Field("classes", &EvalSide::classes, "with pictures on this side");
  Record<EvalReport>(module, "EvalReport", "How well a model finds pictures of the same class.")
      .Field("model", &EvalReport::model, "name")
      .Field("model_path", &EvalReport::model_path, "its folder")
      .Field("feature_digest", &EvalReport::feature_digest, "of the model")
      .Field("dim", &EvalReport::dim, "numbers of a feature")
      .Field("database", &EvalReport::database, "what was searched")
      .Field("queries", &EvalReport::queries, "what was searched for")
      .Field("classes", &EvalReport::classes, "on either side")
      .Field("multi_label", &EvalReport::multi_label, "a picture may have several labels")
      .Field("in_both", &EvalReport::in_both, "queries that are in the database, too")
      .Field("unanswerable", &EvalReport::unanswerable, "queries that nothing is relevant to")
      .Field("decode_ms", &EvalReport::decode_ms, "of one picture, mean")
      .Field("network_ms", &EvalReport::network_ms, "of one picture, mean")
      .Field("methods", &EvalReport::methods, "ways of ranking, judged")
      .Field("notes", &EvalReport::notes, "for people");
  module.def("evaluate", &Run, nb::arg("database"), nb::arg("queries"), nb::arg("model"),
             nb::arg("bits"), nb::arg("k"), nb::arg("candidates"), nb::arg("sample_database"),
             nb::arg("sample_queries"), nb::arg("seed"), nb::arg("baselines"), nb::arg("options"),
             nb::arg("progress").none());
}

}  // namespace hashlens::python
