#include <fmt/core.h>

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
  SearchOptions search;
};

nlohmann::json ToJson(const SearchResult& result) {
  nlohmann::json hits = nlohmann::json::array();
  for (const Hit& hit : result.hits) {
    nlohmann::json object = {{"rank", hit.rank}, {"id", hit.id}, {"hamming", hit.hamming}};
    object["distance"] = hit.distance ? nlohmann::json(*hit.distance) : nlohmann::json(nullptr);
    AddPathField(&object, hit.path);
    hits.push_back(std::move(object));
  }
  nlohmann::json json = {{"version", 1},
                         {"query", result.query},
                         {"strategy", result.strategy},
                         {"exact", result.exact},
                         {"images", result.rows},
                         {"candidates", result.candidates},
                         {"hits", std::move(hits)},
                         {"stages_ms",
                          {{"decode", result.stages_ms.decode},
                           {"network", result.stages_ms.network},
                           {"codes", result.stages_ms.codes},
                           {"rerank", result.stages_ms.rerank}}}};
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
      result.rows, result.strategy, result.candidates, result.stages_ms.decode,
      result.stages_ms.network, result.stages_ms.codes, result.stages_ms.rerank);
  return text;
}

void PrintResult(const SearchResult& result, const SearchArguments& arguments, Session* session) {
  if (arguments.json) return session->PrintJson(ToJson(result));
  if (!arguments.paths) return session->Print(ToTable(result));
  for (const Hit& hit : result.hits)
    session->Print(hit.path.native() + (arguments.null ? '\0' : '\n'));
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
  arguments->search.rerank = !arguments->no_rerank;
  const auto library = Library::Open(arguments->library, session->open);
  if (!library.ok()) return session->Fail(library.status());
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
  verb->add_option("--radius", search.radius, "Only codes within this Hamming distance")
      ->check(CLI::Range(0, 512));
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
      "  hashlens search photos beach.jpg --radius 10 --paths -0 | xargs -0 ls -l\n"
      "distance: Euclidean between centred unit-length features, 0 (the same) to 2; hamming: bits "
      "of the code that differ.");
  return {{verb, [arguments, session] { return RunSearch(arguments.get(), session); }}};
}

}  // namespace hashlens
