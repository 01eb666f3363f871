#include <fmt/core.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "apps/cli/filter_options.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct ListArguments {
  std::string library;
  FilterArguments filter;
  uint64_t limit = 0;  // 0: all
  bool json = false;
  bool paths = false;
  bool null = false;
};

nlohmann::json ImageJson(const ImageInfo& image) {
  nlohmann::json json = {{"id", image.id},         {"width", image.width},
                         {"height", image.height}, {"format", image.format},
                         {"bytes", image.bytes},   {"added_at_ms", image.added_at_ms}};
  AddPathField(&json, image.path);
  json["tags"] = nlohmann::json::object();
  // A key may have several values.
  for (const auto& [key, value] : image.tags) json["tags"][key].push_back(value);
  return json;
}

std::string LocalTime(int64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return "-";
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local)};
}

std::string ImageText(const ImageInfo& image) {
  std::string text = fmt::format(
      "{:>8}  {}  {:>11}  {:>10}  {}", image.id, LocalTime(image.added_at_ms),
      fmt::format("{}x{}", image.width, image.height), image.bytes, PrintablePath(image.path));
  for (const auto& [key, value] : image.tags) text += "  " + PrintablePath(key + "=" + value);
  return text + "\n";
}

std::string Header() {
  return fmt::format("{:>8}  {:<16}  {:>11}  {:>10}  {}\n", "id", "added", "pixels", "bytes",
                     "path, tags");
}

ExitCode RunList(const ListArguments& arguments, Session* session) {
  const Result<Filter> filter = ParseFilter(arguments.filter);
  if (!filter.ok()) return session->Fail(filter.status());
  uint64_t listed = 0;
  const std::stop_token stop = session->stop();
  const Status status = ListImages(arguments.library, *filter, [&](const ImageInfo& image) {
    if (stop.stop_requested()) return false;
    if (arguments.json) {
      session->PrintJson(ImageJson(image));
    } else if (arguments.paths) {
      session->Print(image.path.native() + (arguments.null ? '\0' : '\n'));
    } else {
      session->Print((listed == 0 ? Header() : "") + ImageText(image));
    }
    return ++listed != arguments.limit;
  });
  if (!status.ok()) return session->Fail(status);
  if (stop.stop_requested()) return kExitInterrupted;
  if (listed == 0) session->Note("no images");
  return kExitDone;
}

}  // namespace

std::vector<Verb> ListVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb(
      "list", "The images of a library: id, path, size, when added, tags; in order of id");
  auto arguments = std::make_shared<ListArguments>();
  AddLibraryArgument(verb, &arguments->library);
  AddFilterOptions(verb, &arguments->filter);
  verb->AddOption("--limit", &arguments->limit, "No more than the first so many")
      ->Check(AtLeastOne());
  auto* json = verb->AddFlag("--json", &arguments->json, "One JSON object an image on stdout");
  auto* paths =
      verb->AddFlag("--paths", &arguments->paths, "Only the paths, one a line")->Excludes(json);
  verb->AddFlag("-0,--null", &arguments->null,
                "With --paths: end each with a NUL byte, for xargs -0")
      ->Needs(paths);
  verb->Footer(
      "Examples:\n"
      "  hashlens list photos --under ~/Pictures/rome --added-since 7d\n"
      "  hashlens list photos --filter label=cat --json | jq -r .path\n"
      "  hashlens list photos --filter owner=me --paths -0 | xargs -0 cp -t mine");
  return {{verb, [arguments, session] { return RunList(*arguments, session); }}};
}

}  // namespace hashlens
