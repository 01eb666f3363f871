// Measuring a library as a whole.
#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/verbs.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct BenchLibraryArguments {
  std::string library;
  std::vector<std::string> tags;
  bool json = false;
  LibraryBenchOptions bench;
};

nlohmann::json TimesJson(const QueryTimes& times) {
  return {{"p50_ms", times.p50},
          {"p95_ms", times.p95},
          {"p99_ms", times.p99},
          {"stages_ms",
           {{"decode", times.stages.decode},
            {"network", times.stages.network},
            {"codes", times.stages.codes},
            {"rerank", times.stages.rerank}}}};
}

nlohmann::json BenchJson(const LibraryBench& bench) {
  nlohmann::json json = {{"version", 1},
                         {"images", bench.images},
                         {"open_ms", bench.open_ms},
                         {"first_query_ms", bench.first_query_ms},
                         {"by_id", TimesJson(bench.by_id)},
                         {"by_id_batch_per_s", bench.by_id_batch_per_s},
                         {"code_bytes", bench.code_bytes},
                         {"rss_bytes", bench.rss_bytes},
                         {"peak_rss_bytes", bench.peak_rss_bytes}};
  if (bench.by_picture) json["by_picture"] = TimesJson(*bench.by_picture);
  if (bench.cold) json["cold"] = TimesJson(*bench.cold);
  for (const FilterTimes& filtered : bench.filtered) {
    json["filtered"].push_back({{"key", filtered.tag.first},
                                {"value", filtered.tag.second},
                                {"matches", filtered.matches},
                                {"first_ms", filtered.first_ms},
                                {"again", TimesJson(filtered.again)}});
  }
  if (bench.adding) {
    json["adding"] = TimesJson(*bench.adding);
    json["adding"]["added"] = bench.added;
    json["adding"]["added_per_s"] = bench.added_per_second;
  }
  return json;
}

std::string Row(const std::string& name, const QueryTimes& times) {
  return fmt::format("  {:<32} {:9.2f} {:9.2f} {:9.2f}   {:.2f}, {:.2f}, {:.2f}, {:.2f}\n", name,
                     times.p50, times.p95, times.p99, times.stages.decode, times.stages.network,
                     times.stages.codes, times.stages.rerank);
}

double Megabytes(uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

std::string BenchText(const LibraryBench& bench) {
  std::string text = fmt::format("{} images\n  open {:.1f} ms, first query {:.2f} ms\n",
                                 bench.images, bench.open_ms, bench.first_query_ms);
  text += fmt::format("  {:<32} {:>9} {:>9} {:>9}   decode, network, codes, re-rank (medians)\n",
                      "milliseconds a query", "p50", "p95", "p99");
  text += Row("by id", bench.by_id);
  text += fmt::format("    in batches: {:.0f} queries/s\n", bench.by_id_batch_per_s);
  if (bench.by_picture) text += Row("by picture", *bench.by_picture);
  for (const FilterTimes& filtered : bench.filtered) {
    const auto& [key, value] = filtered.tag;
    text += Row(fmt::format("{}={} ({} images)", key, value, filtered.matches), filtered.again);
    text += fmt::format("    the first with this filter: {:.2f}\n", filtered.first_ms);
  }
  if (bench.cold) text += Row("features not in memory", *bench.cold);
  if (bench.adding)
    text +=
        Row(fmt::format("while {:.0f} images/s are added", bench.added_per_second), *bench.adding);
  return text +
         fmt::format("  memory {:.1f} MB resident, {:.1f} MB peak, of which codes {:.1f} MB\n",
                     Megabytes(bench.rss_bytes), Megabytes(bench.peak_rss_bytes),
                     Megabytes(bench.code_bytes));
}

ExitCode RunLibrary(BenchLibraryArguments* arguments, Session* session) {
  LibraryBenchOptions& options = arguments->bench;
  options.open = session->open;
  options.stop = session->stop();
  options.tags = ParseTags(arguments->tags);
  const auto bench = BenchLibrary(arguments->library, options);
  if (!bench.ok()) return session->Fail(bench.status());
  if (arguments->json)
    session->PrintJson(BenchJson(*bench));
  else
    session->Print(BenchText(*bench));
  return kExitDone;
}

}  // namespace

Verb BenchLibraryVerb(Command* bench, Session* session) {
  auto arguments = std::make_shared<BenchLibraryArguments>();
  Command* verb = bench->AddVerb(
      "library", "Opening a library and asking it, one query at a time and in batches");
  AddLibraryArgument(verb, &arguments->library);
  LibraryBenchOptions& options = arguments->bench;
  verb->AddOption("--queries", &options.queries, "Ids, spread over the library; and pictures")
      ->ShowDefault()
      ->Check(AtLeastOne());
  verb->AddOption("--batch", &options.batch, "Ids of a batch")->ShowDefault()->Check(AtLeastOne());
  verb->AddOption("--picture", &options.pictures, "Picture files, asked for in turn besides ids")
      ->Check(ExistingFile());
  verb->AddOption("-k", &options.search.k, "Hits")->ShowDefault()->Check(InRange(1, 10'000));
  AddTagOption(verb, "--tag", "Also with only the images that carry it; of several, each alone",
               &arguments->tags);
  verb->AddFlag("--cold", &options.cold, "Also with the features dropped from memory each time");
  verb->AddFlag("--adding", &options.adding,
                "Also while images are added: to a library of make-library alone, for good");
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  verb->Footer(
      "Examples:\n  hashlens bench make-library big --rows 2500000\n  hashlens bench library big "
      "--picture cat.jpg --cold --tag share=half --tag share=rare --adding");
  return {verb, [arguments, session] { return RunLibrary(arguments.get(), session); }};
}

}  // namespace hashlens
