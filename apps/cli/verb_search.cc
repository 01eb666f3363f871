#include <fmt/core.h>

#include <charconv>

#include "apps/cli/contact_sheet.h"
#include "apps/cli/page_target.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct SearchArguments {
  std::string library;
  std::vector<std::string> images;
  std::vector<uint64_t> ids;
  std::vector<std::string> filter;
  std::string html;
  bool json = false;
  bool paths = false;
  bool null = false;
  bool no_rerank = false;
  bool exit_code = false;
  bool explain = false;
  bool all = false;
  std::string after;
  SearchOptions search;
};

// Hits that are fetched at once with --all.
constexpr size_t kPage = 10'000;

nlohmann::json ToJson(const CodeTrace& trace) {
  nlohmann::json expected = nlohmann::json::object();
  for (size_t i = 0; i < kStrategies; ++i) {
    if (trace.expected_us[i] >= 0)
      expected[std::string(StrategyName(static_cast<Strategy>(i)))] = trace.expected_us[i];
  }
  nlohmann::json json = {{"strategy", StrategyName(trace.strategy)},
                         {"gave_up", trace.gave_up},
                         {"codes_compared", trace.compared},
                         {"buckets", trace.buckets},
                         {"expected_us", std::move(expected)}};
  if (trace.expected_distance >= 0) json["expected_distance"] = trace.expected_distance;
  return json;
}

std::string Explain(const SearchResult& result) {
  const CodeTrace& trace = result.codes;
  std::string text = fmt::format("  plan: {}", StrategyName(trace.strategy));
  if (trace.gave_up) text += ", after looking up took longer than expected";
  text += fmt::format("; compared {} codes", trace.compared);
  if (trace.buckets > 0) text += fmt::format(", looked into {} buckets", trace.buckets);
  text += "\n";
  if (trace.expected_distance >= 0)
    text += fmt::format("  expected: the last candidate within {} bits\n", trace.expected_distance);
  for (size_t i = 0; i < kStrategies; ++i) {
    if (trace.expected_us[i] < 0) continue;
    text += fmt::format("  expected: {:9} {:10.1f} us\n", StrategyName(static_cast<Strategy>(i)),
                        trace.expected_us[i]);
  }
  text += fmt::format(
      "  took: decode {:.2f} ms, network {:.2f} ms, codes {:.3f} ms, re-rank of {} candidates "
      "{:.3f} "
      "ms\n",
      result.stages_ms.decode, result.stages_ms.network, result.stages_ms.codes, result.candidates,
      result.stages_ms.rerank);
  return text;
}

std::string CursorText(const Cursor& cursor) {
  return fmt::format("{}:{}", cursor.hamming, cursor.id);
}

// "HAMMING:ID", as "next" gives it.
std::optional<Cursor> ParseCursor(const std::string& text) {
  const size_t colon = text.find(':');
  Cursor cursor;
  const char* end = text.data() + text.size();
  if (colon == std::string::npos) return std::nullopt;
  const auto hamming = std::from_chars(text.data(), text.data() + colon, cursor.hamming);
  const auto id = std::from_chars(text.data() + colon + 1, end, cursor.id);
  if (hamming.ec != std::errc() || hamming.ptr != text.data() + colon) return std::nullopt;
  if (id.ec != std::errc() || id.ptr != end || cursor.hamming > 512) return std::nullopt;
  return cursor;
}

nlohmann::json ToJson(const SearchResult& result, bool explain) {
  nlohmann::json hits = nlohmann::json::array();
  for (const Hit& hit : result.hits) {
    nlohmann::json object = {{"rank", hit.rank}, {"id", hit.id}, {"hamming", hit.hamming}};
    object["distance"] = hit.distance ? nlohmann::json(*hit.distance) : nlohmann::json(nullptr);
    AddPathField(&object, hit.path);
    hits.push_back(std::move(object));
  }
  nlohmann::json json = {{"version", 1},
                         {"query", result.query},
                         {"strategy", StrategyName(result.codes.strategy)},
                         {"exact", result.exact},
                         {"images", result.rows},
                         {"candidates", result.candidates},
                         {"hits", std::move(hits)},
                         {"stages_ms",
                          {{"decode", result.stages_ms.decode},
                           {"network", result.stages_ms.network},
                           {"codes", result.stages_ms.codes},
                           {"rerank", result.stages_ms.rerank}}}};
  if (result.next) json["next"] = CursorText(*result.next);
  if (explain) json["plan"] = ToJson(result.codes);
  if (const std::string hex = HexIfNotUtf8(result.query); !hex.empty()) json["query_hex"] = hex;
  return json;
}

// Of a query that failed.
nlohmann::json ToJson(const Query& query, const Status& status) {
  const std::string name = query.id != 0 ? "id:" + std::to_string(query.id) : query.file.native();
  nlohmann::json json = {{"version", 1}, {"query", name}, {"error", status.message()}};
  if (const std::string hex = HexIfNotUtf8(name); !hex.empty()) json["query_hex"] = hex;
  return json;
}

std::string ToTable(const SearchResult& result) {
  std::string text = fmt::format("{}\n", PrintablePath(result.query));
  text += fmt::format("  {:>4}  {:>8}  {:>7}  {:>8}  {}\n", "rank", "distance", "hamming", "id",
                      "path");
  for (const Hit& hit : result.hits) {
    const std::string distance = hit.distance ? fmt::format("{:.4f}", *hit.distance) : "-";
    text += fmt::format("  {:>4}  {:>8}  {:>7}  {:>8}  {}\n", hit.rank, distance, hit.hamming,
                        hit.id, PrintablePath(hit.path));
  }
  if (result.hits.empty()) text += "  nothing found\n";
  text += fmt::format(
      "  {} images by {}, {} candidates; decode {:.1f} ms, network {:.1f} ms, codes {:.2f} ms, "
      "re-rank {:.2f} ms\n",
      result.rows, StrategyName(result.codes.strategy), result.candidates, result.stages_ms.decode,
      result.stages_ms.network, result.stages_ms.codes, result.stages_ms.rerank);
  return text;
}

void PrintResult(const SearchResult& result, const SearchArguments& arguments, Session* session) {
  if (arguments.json) return session->PrintJson(ToJson(result, arguments.explain));
  if (!arguments.paths)
    return session->Print(ToTable(result) + (arguments.explain ? Explain(result) : ""));
  for (const Hit& hit : result.hits)
    session->Print(hit.path.native() + (arguments.null ? '\0' : '\n'));
}

// Every hit of every query, a page at a time, so that any number of them needs no more memory.
ExitCode PrintAll(const Library& library, const std::vector<Query>& queries,
                  const SearchArguments& arguments, Session* session) {
  ExitCode code = kExitDone;
  bool found = false;
  for (const Query& query : queries) {
    SearchOptions search = arguments.search;
    search.k = kPage;
    uint32_t rank = 0;
    do {
      if (session->stop().stop_requested()) return kExitInterrupted;
      auto results = library.Search({&query, 1}, search);
      if (!results.ok()) return session->Fail(results.status());
      Result<SearchResult>& page = results->front();
      if (!page.ok()) {
        session->Fail(page.status());
        if (arguments.json) session->PrintJson(ToJson(query, page.status()));
        code = kExitSomeFailed;
        break;
      }
      for (Hit& hit : page->hits) hit.rank = ++rank;
      found = found || rank > 0;
      PrintResult(*page, arguments, session);
      search.after = page->next;
    } while (search.after);
  }
  return code == kExitDone && !found && arguments.exit_code ? kExitNoMatch : code;
}

ExitCode RunSearch(SearchArguments* arguments, Session* session) {
  std::vector<Query> queries;
  for (const std::string& image : arguments->images) queries.push_back({image, 0});
  for (uint64_t id : arguments->ids) queries.push_back({{}, id});
  if (queries.empty())
    return session->Fail(
        InvalidArgument("search needs an IMAGE or --id; `hashlens search --help` shows how"));
  if (!arguments->html.empty()) {
    if (const Status status = RequirePageTarget(arguments->html); !status.ok())
      return session->Fail(status);
  }
  arguments->search.filter = ParseTags(arguments->filter);
  SearchOptions& search = arguments->search;
  search.rerank = !arguments->no_rerank && !arguments->all && arguments->after.empty();
  if (!arguments->after.empty()) search.after = ParseCursor(arguments->after);
  session->open.prepare = search.strategy != Strategy::kAuto && search.strategy != Strategy::kScan;
  const auto library = Library::Open(arguments->library, session->open);
  if (!library.ok()) return session->Fail(library.status());
  if (arguments->all) return PrintAll(*library, queries, *arguments, session);
  const auto results = library->Search(queries, arguments->search);
  if (!results.ok()) return session->Fail(results.status());

  bool found = false;
  ExitCode code = kExitDone;
  std::vector<SheetRow> sheet;
  for (size_t i = 0; i < results->size(); ++i) {
    const Result<SearchResult>& result = (*results)[i];
    if (!result.ok()) {
      session->Fail(result.status());
      if (arguments->json) session->PrintJson(ToJson(queries[i], result.status()));
      code = kExitSomeFailed;
      continue;
    }
    found = found || !result->hits.empty();
    PrintResult(*result, *arguments, session);
    if (!arguments->html.empty()) sheet.push_back({queries[i].file, *result});
  }
  if (!arguments->html.empty()) {
    if (const Status status = WriteContactSheet(arguments->html, *library, sheet); !status.ok())
      return session->Fail(status);
    session->Note("wrote " + PrintablePath(arguments->html));
  }
  // One query alone that fails leaves nothing done.
  if (code == kExitSomeFailed && results->size() == 1)
    return ExitCodeOf(results->front().status()) == kExitUsage ? kExitUsage : kExitDamage;
  return code == kExitDone && !found && arguments->exit_code ? kExitNoMatch : code;
}

}  // namespace

std::vector<Verb> SearchVerb(CLI::App* parent, Session* session) {
  CLI::App* verb = parent->add_subcommand(
      "search", "Find the pictures of a library that are most similar to a picture");
  auto arguments = std::make_shared<SearchArguments>();
  SearchOptions& search = arguments->search;
  AddLibraryArgument(verb, &arguments->library);
  verb->add_option("IMAGE", arguments->images, "Picture files; several make a batch");
  verb->add_option("--id", arguments->ids,
                   "An image of the library as the query, by its id; may be repeated")
      ->expected(1)
      ->take_all()
      ->allow_extra_args(false)
      ->check(AtLeastOne());
  verb->add_option("-k", search.k, "Hits a query")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  verb->add_option("--candidates", search.candidates,
                   "Nearest codes that are put in order by their features")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  auto* radius =
      verb->add_option("--radius", search.radius, "Only codes within this Hamming distance");
  radius->check(CLI::Range(0, 512));
  AddStrategyOption(verb, &search.strategy);
  verb->add_flag("--explain", arguments->explain,
                 "Also how the codes were searched, why, and what each stage took");
  auto* after = verb->add_option("--after", arguments->after,
                                 "The next page: only hits after this place, as \"next\" of --json "
                                 "names it; in the order of codes");
  after->check(CLI::Validator(
      [](std::string& text) {
        return ParseCursor(text) ? std::string() : "\"" + text + "\" is not HAMMING:ID";
      },
      "HAMMING:ID"));
  verb->add_flag("--all", arguments->all,
                 "Every hit within --radius, page by page, in the order of codes")
      ->needs(radius)
      ->excludes(after);
  verb->add_flag("--no-rerank", arguments->no_rerank, "Leave the hits in the order of their codes");
  AddTagOption(verb, "--filter", "Only images with this tag; several must all match",
               &arguments->filter);
  verb->add_option("--html", arguments->html,
                   "Also write a contact sheet that opens in any browser; overwrites only pages");
  auto* json = verb->add_flag("--json", arguments->json,
                              "One JSON object a query on stdout; one that failed has \"error\"");
  verb->add_flag("--paths", arguments->paths, "Only the hits' paths, one a line")->excludes(json);
  verb->add_flag("-0,--null", arguments->null,
                 "With --paths: end each with a NUL byte, for xargs -0");
  verb->add_flag("--exit-code", arguments->exit_code, "Exit with 1 when nothing was found");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->footer(
      "Examples:\n"
      "  hashlens search photos beach.jpg -k 20\n"
      "  hashlens search photos beach.jpg --html hits.html\n"
      "  hashlens search photos --id 7 --json\n"
      "  hashlens search photos beach.jpg --radius 10 --all --paths -0 | xargs -0 ls -l\n"
      "  hashlens search photos --id 7 --no-rerank --json    # \"next\" is for --after\n"
      "distance: Euclidean between centred unit-length features, 0 (the same) to 2; hamming: bits "
      "of the code that differ.");
  return {{verb, [arguments, session] { return RunSearch(arguments.get(), session); }}};
}

}  // namespace hashlens
