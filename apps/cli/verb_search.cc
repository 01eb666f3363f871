#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <utility>

#include "apps/cli/contact_sheet.h"
#include "apps/cli/filter_options.h"
#include "apps/cli/page_target.h"
#include "apps/cli/picture_input.h"
#include "apps/cli/search_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct SearchArguments {
  std::string library;
  std::vector<std::string> images;
  std::vector<uint64_t> ids;
  std::vector<std::string> texts;
  std::vector<uint64_t> like;
  std::vector<uint64_t> unlike;
  std::optional<Region> region;
  FilterArguments filter;
  std::string html;
  bool stages = false;
  bool json = false;
  bool paths = false;
  bool null = false;
  bool no_rerank = false;
  bool exit_code = false;
  bool explain = false;
  bool all = false;
  std::string after;
  const Option* candidates = nullptr;
  SearchOptions search;
};

// Hits that are fetched at once with --all.
constexpr size_t kPage = 10'000;
// Queries that are searched together.
constexpr size_t kBatch = 256;

void PrintResult(const SearchResult& result, const SearchArguments& arguments, Session* session) {
  if (!result.query_damage.empty()) {
    session->Note(PrintablePath(result.query) + ": damaged (" + result.query_damage +
                  "); searched by what is there of it");
  }
  if (arguments.json) return session->PrintJson(ToJson(result, arguments.explain));
  if (!arguments.paths)
    return session->Print(ToTable(result) +
                          (arguments.explain ? Explain(result, arguments.search) : ""));
  for (const Hit& hit : result.hits)
    session->Print(hit.path.native() + (arguments.null ? '\0' : '\n'));
}

// How the queries of one call went.
class Outcomes {
 public:
  // gave_hits: a query that failed had given some before.
  void Add(const Status& status, bool gave_hits = false) {
    any_done_ = any_done_ || status.ok() || gave_hits;
    if (status.ok()) return;
    any_failed_ = true;
    only_wrong_ = only_wrong_ && ExitCodeOf(status) == kExitUsage;
  }
  ExitCode Code() const {
    if (!any_failed_) return kExitDone;
    if (any_done_) return kExitSomeFailed;
    return only_wrong_ ? kExitUsage : kExitDamage;
  }

 private:
  bool any_done_ = false;
  bool any_failed_ = false;
  bool only_wrong_ = true;  // those that failed make no sense
};

// Every hit of every query, a page at a time, so that any number of them needs no more memory.
ExitCode PrintAll(const Library& library, const std::vector<Query>& queries,
                  const SearchArguments& arguments, Session* session) {
  Outcomes outcomes;
  bool found = false;
  for (const Query& query : queries) {
    Status outcome;
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
        outcome = page.status();
        break;
      }
      for (Hit& hit : page->hits) hit.rank = ++rank;
      found = found || rank > 0;
      PrintResult(*page, arguments, session);
      search.after = page->next;
    } while (search.after);
    outcomes.Add(outcome, rank > 0);
  }
  const ExitCode code = outcomes.Code();
  return code == kExitDone && !found && arguments.exit_code ? kExitNoMatch : code;
}

// The same search that stops before the re-rank.
SearchOptions ByCode(SearchOptions search) {
  search.rerank = false;
  if (search.bucket >= 0) search.radius = std::exchange(search.bucket, -1);
  return search;
}

// "0.1,0,0.5,1"
std::optional<Region> ParseRegion(const std::string& text) {
  Region region;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (double* number : {&region.x, &region.y, &region.width, &region.height}) {
    const auto [rest, error] = std::from_chars(at, end, *number);
    const bool last = number == &region.height;
    if (error != std::errc() || (last ? rest != end : rest == end || *rest != ','))
      return std::nullopt;
    at = rest + 1;
  }
  return region;
}

// Options that do not go together, beyond what the parser knows.
Status CheckArguments(const SearchArguments& arguments) {
  const size_t queries = arguments.images.size() + arguments.ids.size() + arguments.texts.size();
  if (queries == 0 && arguments.region)
    return InvalidArgument("--region is a part of a picture: give an IMAGE or --id");
  if (queries == 0 && arguments.like.empty())
    return InvalidArgument(
        "search needs an IMAGE, --id, --text or --like; `hashlens search --help` shows how");
  if (std::count(arguments.images.begin(), arguments.images.end(), "-") > 1)
    return InvalidArgument("standard input holds one picture: give - once");
  const SearchOptions& search = arguments.search;
  if (arguments.candidates->given() && search.candidates < search.k) {
    return InvalidArgument(
        fmt::format("--candidates {} are too few for -k {}: hits are the best of the candidates",
                    search.candidates, search.k));
  }
  if (!arguments.after.empty() && queries > 1)
    return InvalidArgument("--after is the next page of one query: give one");
  if (!arguments.html.empty()) return RequirePageTarget(arguments.html);
  return {};
}

// Images first, then ids, then texts. "-" is read from standard input.
Result<std::vector<Query>> MakeQueries(const SearchArguments& arguments, const Limits& limits) {
  std::vector<Query> queries;
  for (const std::string& image : arguments.images) {
    queries.push_back({image, 0});
    if (image != "-") continue;
    Result<std::string> bytes = ReadPicture(STDIN_FILENO, limits.max_bytes);
    if (!bytes.ok()) return bytes.status();
    queries.back().bytes = std::move(*bytes);
  }
  for (const uint64_t id : arguments.ids) queries.push_back({{}, id});
  for (const std::string& text : arguments.texts) queries.push_back({.file = {}, .text = text});
  if (queries.empty()) queries.emplace_back();  // of examples alone
  for (Query& query : queries) {
    query.region = arguments.region;
    query.like = arguments.like;
    query.unlike = arguments.unlike;
  }
  return queries;
}

ExitCode RunSearch(SearchArguments* arguments, Session* session) {
  if (const Status status = CheckArguments(*arguments); !status.ok()) return session->Fail(status);
  Result<Filter> filter = ParseFilter(arguments->filter);
  if (!filter.ok()) return session->Fail(filter.status());
  arguments->search.filter = std::move(*filter);
  SearchOptions& search = arguments->search;
  search.rerank = !arguments->no_rerank && !arguments->all && arguments->after.empty();
  if (!arguments->after.empty()) search.after = ParseCursor(arguments->after);
  search.progress = session->progress();
  search.stop = session->stop();
  session->open.prepare = search.strategy != Strategy::kAuto && search.strategy != Strategy::kScan;
  const auto library = Library::Open(arguments->library, session->open);
  if (!library.ok()) return session->Fail(library.status());
  const auto made = MakeQueries(*arguments, session->open.limits);
  if (!made.ok()) return session->Fail(made.status());
  const std::vector<Query>& queries = *made;
  if (arguments->all) return PrintAll(*library, queries, *arguments, session);
  bool found = false;
  Outcomes outcomes;
  std::vector<SheetRow> sheet;
  for (size_t first = 0; first < queries.size(); first += kBatch) {
    if (session->stop().stop_requested()) return kExitInterrupted;
    const std::span batch =
        std::span(queries).subspan(first).first(std::min(kBatch, queries.size() - first));
    auto results = library->Search(batch, arguments->search);
    if (!results.ok()) return session->Fail(results.status());
    std::vector<Result<SearchResult>> by_code;
    if (arguments->stages) {
      auto first_stage = library->Search(batch, ByCode(arguments->search));
      if (!first_stage.ok()) return session->Fail(first_stage.status());
      by_code = std::move(*first_stage);
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      Result<SearchResult>& result = (*results)[i];
      outcomes.Add(result.status());
      if (!result.ok()) {
        session->Fail(result.status());
        if (arguments->json) session->PrintJson(ToJson(batch[i], result.status()));
        continue;
      }
      found = found || !result->hits.empty();
      PrintResult(*result, *arguments, session);
      if (arguments->html.empty()) continue;
      sheet.push_back({&batch[i], std::move(*result)});
      if (!arguments->stages) continue;
      if (!by_code[i].ok()) return session->Fail(by_code[i].status());
      sheet.back().by_code = std::move(*by_code[i]);
    }
  }
  if (!arguments->html.empty()) {
    if (const Status status = WriteContactSheet(arguments->html, *library, sheet); !status.ok())
      return session->Fail(status);
    session->Note("wrote " + PrintablePath(arguments->html));
  }
  const ExitCode code = outcomes.Code();
  return code == kExitDone && !found && arguments->exit_code ? kExitNoMatch : code;
}

}  // namespace

std::vector<Verb> SearchVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "search", "Find the pictures of a library that are most similar to a picture, or to words");
  auto arguments = std::make_shared<SearchArguments>();
  SearchOptions& search = arguments->search;
  AddLibraryArgument(verb, &arguments->library);
  verb->AddOption("IMAGE", &arguments->images,
                  "Picture files; several make a batch; - reads one picture from stdin");
  verb->AddOption("--id", &arguments->ids,
                  "An image of the library as the query, by its id; may be repeated")
      ->Repeatable()
      ->Check(AtLeastOne());
  verb->AddOption("--text", &arguments->texts,
                  "Words as the query, for models that have a text network; may be repeated")
      ->Repeatable();
  const auto add_ids = [verb](const char* name, std::vector<uint64_t>* ids, const char* help) {
    verb->AddOption(name, ids, help)->Repeatable()->Check(AtLeastOne());
  };
  add_ids("--like", &arguments->like,
          "An image of the library that hits are to be like, too, by its id; may be repeated, and "
          "stand alone");
  add_ids("--unlike", &arguments->unlike,
          "An image of the library that hits are to be unlike, by its id; may be repeated");
  verb->AddOption(
          "--region",
          [arguments = arguments.get()](const std::string& text) {
            arguments->region = ParseRegion(text);
          },
          "Only this part of the pictures: left edge, upper edge, width and height, as fractions "
          "of "
          "the upright picture")
      ->Check({"X,Y,WIDTH,HEIGHT", [](const std::string& text) {
                 return ParseRegion(text) ? std::string()
                                          : "\"" + text + "\" is not X,Y,WIDTH,HEIGHT";
               }});
  auto* k = verb->AddOption("-k", &search.k, "Hits a query");
  k->ShowDefault()->Check(InRange(1, 1'000'000));
  auto* candidates =
      verb->AddOption("--candidates", &search.candidates,
                      "Nearest codes that are put in order by their features; at least -k")
          ->ShowDefault()
          ->Check(InRange(1, 1'000'000));
  arguments->candidates = candidates;
  auto* most = verb->AddOption("--most-candidates", &search.most_candidates,
                               "Pictures as near by code as the last candidate are candidates, "
                               "too, up to so many in all");
  most->ShowDefault()->Check(InRange(1, 1'000'000));
  auto* radius =
      verb->AddOption("--radius", &search.radius, "Only codes within this Hamming distance");
  radius->Check(InRange(0, 512));
  auto* bucket = verb->AddOption("--bucket", &search.bucket,
                                 "Rank all pictures within this Hamming distance by their "
                                 "features, any number of them; 0: those with the same code");
  bucket->Check(InRange(0, 512));
  auto* scan = verb->AddFlag("--scan", &search.all_features,
                             "Rank all pictures by their features and use no codes: the best "
                             "answer there is, and the slowest");
  for (Option* whole : {bucket, scan})
    whole->Excludes(candidates)->Excludes(most)->Excludes(radius);
  bucket->Excludes(scan);
  auto* strategy = AddStrategyOption(verb, &search.strategy);
  for (Option* whole : {bucket, scan}) whole->Excludes(strategy);
  auto* explain = verb->AddFlag("--explain", &arguments->explain,
                                "Also how the codes were searched, why, and what each stage took");
  auto* after = verb->AddOption("--after", &arguments->after,
                                "The next page: only hits after this place, as \"next\" of --json "
                                "names it; in the order of codes");
  after->Check({"HAMMING:ID:CODES", [](const std::string& text) {
                  return ParseCursor(text)
                             ? std::string()
                             : "\"" + text + "\" is no \"next\" of --json: HAMMING:ID:CODES";
                }});
  for (Option* other : {candidates, most, bucket, scan}) after->Excludes(other);
  auto* all = verb->AddFlag("--all", &arguments->all,
                            "Every hit within --radius, page by page, in the order of codes");
  all->Needs(radius)->Excludes(k)->Excludes(after)->Excludes(candidates)->Excludes(most);
  auto* no_rerank = verb->AddFlag("--no-rerank", &arguments->no_rerank,
                                  "Leave the hits in the order of their codes");
  for (Option* other : {candidates, most, bucket, scan}) no_rerank->Excludes(other);
  AddFilterOptions(verb, &arguments->filter);
  auto* html = verb->AddOption(
      "--html", &arguments->html,
      "Also write a contact sheet that opens in any browser; overwrites only pages");
  html->ValueName("FILE")->Excludes(all);
  verb->AddFlag("--stages", &arguments->stages,
                "With --html: each query's code, and its hits before and after they are put in "
                "order by their features")
      ->Needs(html)
      ->Excludes(no_rerank)
      ->Excludes(scan)
      ->Excludes(after);
  auto* json = verb->AddFlag("--json", &arguments->json,
                             "One JSON object a query on stdout; one that failed has \"error\"");
  auto* paths = verb->AddFlag("--paths", &arguments->paths, "Only the hits' paths, one a line")
                    ->Excludes(json)
                    ->Excludes(explain);
  verb->AddFlag("-0,--null", &arguments->null,
                "With --paths: end each with a NUL byte, for xargs -0")
      ->Needs(paths);
  verb->AddFlag("--exit-code", &arguments->exit_code, "Exit with 1 when nothing was found");
  AddDeviceOptions(verb, session);
  AddLimitOptions(verb, session);
  verb->Footer(
      "Examples:\n"
      "  hashlens search photos beach.jpg -k 20\n"
      "  hashlens search photos beach.jpg --html hits.html --stages\n"
      "  hashlens search photos --id 7 --json\n"
      "  hashlens search photos beach.jpg --under ~/Pictures/2026 --added-since 7d --filter "
      "label=cat\n"
      "  hashlens search photos --like 7 --like 12 --unlike 40\n"
      "  hashlens search photos street.jpg --region 0.5,0.2,0.3,0.6\n"
      "  hashlens search clip --text \"a red car in the snow\" --candidates 5000\n"
      "  curl -s https://example.org/a.jpg | hashlens search photos -\n"
      "  hashlens search photos beach.jpg --bucket 2         # as Lin et al. (2015) search\n"
      "  hashlens search photos beach.jpg --scan -k 1000\n"
      "  hashlens search photos beach.jpg --radius 10 --all --paths -0 | xargs -0 ls -l\n"
      "  hashlens search photos --id 7 --no-rerank --json    # \"next\" is for --after\n"
      "distance: Euclidean between centred unit-length features, 0 (the same) to 2; hamming: bits "
      "of the code that differ.");
  return {{verb, [arguments, session] { return RunSearch(arguments.get(), session); }}};
}

}  // namespace hashlens
