#include <fmt/core.h>

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

ExitCode RunIngest(BenchArguments* arguments, Session* session) {
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

ExitCode RunSearch(const BenchArguments& arguments, Session* session) {
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
                        {"code_bytes_per_s", bench->bytes_per_second}});
    return kExitDone;
  }
  std::string by;
  for (const auto& [name, count] : bench->answered_by)
    by += fmt::format("{}{} {}", by.empty() ? "" : ", ", count, name);
  session->Print(fmt::format(
      "{} {} codes of {} bits, k {}, {} threads, {}\n  arranged in    {:.2f} s; {:.0f} MB with the "
      "codes\n  single query   {:.4f} ms ({:.4f} p99); compared {:.2f} % of the codes; answered "
      "by: {}\n  batch "
      "of {:4}  {:.4f} ms a query\n",
      options.rows, options.data, options.bits, options.k, options.threads, bench->target,
      bench->build_ms / 1e3, static_cast<double>(bench->index_bytes) / kMegabyte, bench->single_ms,
      bench->single_ms_p99, 100 * bench->compared_share, by, options.queries,
      bench->batch_query_ms));
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

std::vector<Verb> BenchVerbs(CLI::App* parent, Session* session) {
  CLI::App* bench = parent->add_subcommand(
      "bench", "Measure this machine: ingest, search, a whole library, training");
  bench->require_subcommand(1);
  bench->footer(
      "docs/benchmarks.md holds figures, and the commands that set other engines beside them.");
  auto arguments = std::make_shared<BenchArguments>();
  const auto add_json = [&](CLI::App* verb) {
    verb->add_flag("--json", arguments->json, "As one JSON object on stdout");
  };

  CLI::App* ingest = bench->add_subcommand(
      "ingest", "Images a second: decode alone, network alone, everything to a committed library");
  ingest->add_option("PICTURES", arguments->ingest.pictures, "Folders and files")->required();
  ingest->add_option("--count", arguments->ingest.count, "Repeat the pictures to this many")
      ->capture_default_str()
      ->check(CLI::Range(1, 10'000'000));
  ingest
      ->add_option("--scratch", arguments->ingest.scratch,
                   "Folder for the library, which is removed again")
      ->type_name("FOLDER");
  ingest->add_option("--model", arguments->ingest.model, "Model package")->type_name("MODEL");
  AddDeviceOptions(ingest, session);
  add_json(ingest);

  CLI::App* search = bench->add_subcommand("search", "Milliseconds a query over codes in memory");
  search
      ->add_option("--data", arguments->search.data,
                   "uniform, clustered, collapsed, or a .npy file of codes as `export` writes")
      ->type_name("DATA")
      ->capture_default_str();
  AddStrategyOption(search, &arguments->search.strategy);
  search
      ->add_option("--allow", arguments->search.allow,
                   "Share of the rows that a filter leaves, chosen at random")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  search
      ->add_option("--save", arguments->search.save,
                   "Folder for codes.npy, queries.npy and hits.npy, for other engines")
      ->type_name("FOLDER");
  search->add_option("--n", arguments->search.rows, "Codes")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000'000));
  search->add_option("--bits", arguments->search.bits, "Of a code")
      ->capture_default_str()
      ->check(CLI::Range(8, 512));
  search->add_option("--k", arguments->search.k, "Neighbours")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  search
      ->add_option("--queries", arguments->search.queries,
                   "Single ones, then one batch of them all")
      ->capture_default_str()
      ->check(AtLeastOne());
  search->add_option("--repeat", arguments->search.repeat, "Rounds; medians are printed")
      ->capture_default_str()
      ->check(AtLeastOne());
  search->add_option("--threads", arguments->search.threads, "Threads")
      ->capture_default_str()
      ->check(AtLeastOne());
  search->add_option("--seed", arguments->search.seed, "Of the random codes")
      ->capture_default_str()
      ->check(WholeNumber());
  add_json(search);

  CLI::App* calibrate = bench->add_subcommand(
      "calibrate", "What the steps of a search cost on this machine, for choosing how to search");
  calibrate->add_option("LIB", arguments->library, "The library that keeps it; none: only printed");
  add_json(calibrate);
  calibrate->footer(
      "Some seconds, on a machine with nothing else to do. Searches choose by it from then on; "
      "what "
      "they find does not change. Kept as costs.json in the library; without that file they go by "
      "built-in figures.\nExample:\n  hashlens bench calibrate photos");

  return {{ingest, [arguments, session] { return RunIngest(arguments.get(), session); }},
          {search, [arguments, session] { return RunSearch(*arguments, session); }},
          {calibrate, [arguments, session] { return RunCalibrate(*arguments, session); }},
          MakeLibraryVerb(bench, session),
          BenchLibraryVerb(bench, session),
          BenchTrainVerb(bench, session)};
}

}  // namespace hashlens
