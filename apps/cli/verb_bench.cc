#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "apps/cli/verbs.h"
#include "hashlens/bench.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

constexpr double kMegabyte = 1e6;

struct BenchArguments {
  bool json = false;
  std::string library;
  IngestBenchOptions ingest;
  SearchBenchOptions search;
};

ExitCode RunBenchIngest(BenchArguments* arguments, Session* session) {
  IngestBenchOptions& options = arguments->ingest;
  options.open = session->open;
  options.progress = session->progress();
  options.stop = session->stop();
  const auto bench = BenchIngest(options);
  if (!bench.ok()) return session->Fail(bench.status());
  if (arguments->json) {
    session->PrintJson({{"version", 1},
                        {"images", bench->images},
                        {"jobs", bench->jobs},
                        {"decode_images_per_s", bench->decode_rate},
                        {"network_images_per_s", bench->network_rate},
                        {"whole_images_per_s", bench->whole_rate},
                        {"bound_images_per_s", bench->bound_rate},
                        {"efficiency", bench->efficiency},
                        {"fit_seconds", bench->fit_seconds},
                        {"images_per_s_with_fit", bench->rate_with_fit},
                        {"peak_rss_bytes", bench->peak_rss_bytes}});
    return kExitDone;
  }
  session->Print(fmt::format(
      "{} images, {} threads\n  decode alone   {:8.1f} images/s\n  network alone  "
      "{:8.1f} images/s\n"
      "  whole          {:8.1f} images/s to a committed library, {:.2f} of the {:.1f} that both "
      "stages allow\n"
      "  with the fit   {:8.1f} images/s; fitting codes to a new library took {:.2f} s, once\n"
      "  peak memory    {:8.1f} MB\n",
      bench->images, bench->jobs, bench->decode_rate, bench->network_rate, bench->whole_rate,
      bench->efficiency, bench->bound_rate, bench->rate_with_fit, bench->fit_seconds,
      static_cast<double>(bench->peak_rss_bytes) / kMegabyte));
  return kExitDone;
}

ExitCode RunBenchSearch(const BenchArguments& arguments, Session* session) {
  const SearchBenchOptions& options = arguments.search;
  const auto bench = BenchSearch(options);
  if (!bench.ok()) return session->Fail(bench.status());
  if (arguments.json) {
    session->PrintJson({{"version", 1},
                        {"engine", "hashlens"},
                        {"data", options.data},
                        {"n", options.rows},
                        {"bits", options.bits},
                        {"k", options.k},
                        {"queries", options.queries},
                        {"threads", options.threads},
                        {"strategy", StrategyName(options.strategy)},
                        {"answered_by", bench->answered_by},
                        {"compared_share", bench->compared_share},
                        {"build_ms", bench->build_ms},
                        {"index_bytes", bench->index_bytes},
                        {"target", bench->target},
                        {"allow", options.allow},
                        {"single_ms", bench->single_ms},
                        {"single_ms_p95", bench->single_ms_p95},
                        {"single_ms_p99", bench->single_ms_p99},
                        {"batch_query_ms", bench->batch_query_ms},
                        {"code_bytes_per_s", bench->bytes_per_second},
                        {"limit_single_ms", bench->limit_single_ms},
                        {"limit_batch_query_ms", bench->limit_batch_query_ms}});
    return kExitDone;
  }
  std::string by;
  for (const auto& [name, count] : bench->answered_by)
    by += fmt::format("{}{} {}", by.empty() ? "" : ", ", count, name);
  session->Print(fmt::format(
      "{} {} codes of {} bits, k {}, {} threads, {}\n  arranged in    {:.2f} s; {:.0f} MB with the "
      "codes\n  single query   {:.4f} ms ({:.4f} p99); compared {:.2f} % of the codes; answered "
      "by: {}\n  batch "
      "of {:4}  {:.4f} ms a query\n"
      "  limits         {:.4f} ms: one core reads all codes once (a scan by one query)\n"
      "                 {:.4f} ms: it counts the bits that differ, codes in the cache (a batch)\n",
      options.rows, options.data, options.bits, options.k, options.threads, bench->target,
      bench->build_ms / 1e3, static_cast<double>(bench->index_bytes) / kMegabyte, bench->single_ms,
      bench->single_ms_p99, 100 * bench->compared_share, by, options.queries, bench->batch_query_ms,
      bench->limit_single_ms, bench->limit_batch_query_ms));
  return kExitDone;
}

ExitCode RunCalibrate(const BenchArguments& arguments, Session* session) {
  const auto costs = Calibrate(arguments.library);
  if (!costs.ok()) return session->Fail(costs.status());
  if (arguments.json) {
    session->PrintJson({{"version", 1},
                        {"scan_word_ns", costs->scan_word},
                        {"scan_word_batch_ns", costs->scan_word_batch},
                        {"group_word_ns", costs->group_word},
                        {"group_ns", costs->group},
                        {"probe_ns", costs->probe},
                        {"candidate_ns", costs->candidate},
                        {"far_candidate_ns", costs->far_candidate}});
    return kExitDone;
  }
  session->Print(fmt::format(
      "  scan       {:8.3f} ns for 64 bits of a code, {:.3f} in a batch\n"
      "  balls      {:8.3f} ns for 64 bits of a code, {:.1f} a group\n"
      "  buckets    {:8.3f} ns a bucket, {:.1f} a code found there, {:.1f} outside the cache\n",
      costs->scan_word, costs->scan_word_batch, costs->group_word, costs->group, costs->probe,
      costs->candidate, costs->far_candidate));
  if (!arguments.library.empty())
    session->Note("kept in " + PrintablePath(LibraryPath(arguments.library)));
  return kExitDone;
}

}  // namespace

std::vector<Verb> BenchVerbs(Command* parent, Session* session) {
  Command* bench =
      parent->AddVerb("bench", "Measure this machine: ingest, search, a whole library, training");
  bench->RequireVerb();
  bench->Footer(
      "docs/benchmarks.md holds figures, and the commands that set other engines beside them.");
  auto arguments = std::make_shared<BenchArguments>();
  const auto add_json = [&](Command* verb) {
    verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  };

  Command* ingest = bench->AddVerb(
      "ingest", "Images a second: decode alone, network alone, everything to a committed library");
  ingest->AddOption("PICTURES", &arguments->ingest.pictures, "Folders and files")->Required();
  ingest->AddOption("--count", &arguments->ingest.count, "Repeat the pictures to this many")
      ->ShowDefault()
      ->Check(InRange(1, 10'000'000));
  ingest
      ->AddOption("--scratch", &arguments->ingest.scratch,
                  "Folder for the library, which is removed again")
      ->ValueName("FOLDER");
  ingest->AddOption("--model", &arguments->ingest.model, "Model package")->ValueName("MODEL");
  AddDeviceOptions(ingest, session);
  add_json(ingest);

  Command* search = bench->AddVerb("search", "Milliseconds a query over codes in memory");
  search
      ->AddOption("--data", &arguments->search.data,
                  "uniform, clustered, collapsed, or a .npy file of codes as `export` writes")
      ->ValueName("DATA")
      ->ShowDefault();
  AddStrategyOption(search, &arguments->search.strategy);
  search
      ->AddOption("--allow", &arguments->search.allow,
                  "Share of the rows that a filter leaves, chosen at random")
      ->ShowDefault()
      ->Check(InRange(0.0, 1.0));
  search
      ->AddOption("--save", &arguments->search.save,
                  "Folder for codes.npy, queries.npy and hits.npy, for other engines")
      ->ValueName("FOLDER");
  search->AddOption("--n", &arguments->search.rows, "Codes")
      ->ShowDefault()
      ->Check(InRange(1, 1'000'000'000));
  search->AddOption("--bits", &arguments->search.bits, "Of a code")
      ->ShowDefault()
      ->Check(InRange(8, 512));
  search->AddOption("--k", &arguments->search.k, "Neighbours")
      ->ShowDefault()
      ->Check(InRange(1, 1'000'000));
  search
      ->AddOption("--queries", &arguments->search.queries,
                  "Single ones, then one batch of them all")
      ->ShowDefault()
      ->Check(AtLeastOne());
  search->AddOption("--repeat", &arguments->search.repeat, "Rounds; medians are printed")
      ->ShowDefault()
      ->Check(AtLeastOne());
  search->AddOption("--threads", &arguments->search.threads, "Threads")
      ->ShowDefault()
      ->Check(AtLeastOne());
  search->AddOption("--seed", &arguments->search.seed, "Of the random codes")
      ->ShowDefault()
      ->Check(WholeNumber());
  add_json(search);

  Command* calibrate = bench->AddVerb(
      "calibrate", "What the steps of a search cost on this machine, for choosing how to search");
  calibrate->AddOption("LIB", &arguments->library, "The library that keeps it; none: only printed");
  add_json(calibrate);
  calibrate->Footer(
      "Some seconds, on a machine with nothing else to do. Searches choose by it from then on; "
      "what "
      "they find does not change. Kept as costs.json in the library; without that file they go by "
      "built-in figures.\nExample:\n  hashlens bench calibrate photos");

  return {{ingest, [arguments, session] { return RunBenchIngest(arguments.get(), session); }},
          {search, [arguments, session] { return RunBenchSearch(*arguments, session); }},
          {calibrate, [arguments, session] { return RunCalibrate(*arguments, session); }},
          MakeLibraryVerb(bench, session),
          BenchLibraryVerb(bench, session),
          BenchTrainVerb(bench, session)};
}

}  // namespace hashlens
