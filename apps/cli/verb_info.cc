#include <fmt/core.h>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct InfoArguments {
  std::string library;
  bool formats = false;
  bool json = false;
};

std::string Size(uint64_t bytes) {
  if (bytes < 10'000) return fmt::format("{} bytes", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  if (bytes < 10'000'000'000) return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
  return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

nlohmann::json ToJson(const LibraryInfo& info) {
  nlohmann::json roots = nlohmann::json::array();
  for (const auto& root : info.roots) {
    nlohmann::json object;
    AddPathField(&object, root);
    roots.push_back(std::move(object));
  }
  nlohmann::json json = {{"version", 1},
                         {"images", info.images},
                         {"removed", info.removed},
                         {"failures", info.failures},
                         {"skipped", info.skipped},
                         {"segments", info.segments},
                         {"distinct_codes", info.distinct_codes},
                         {"bits", info.bits},
                         {"dim", info.dim},
                         {"model", info.model},
                         {"feature_digest", info.feature_digest},
                         {"head", {{"method", info.head_method}, {"fitted", info.head_fitted}}},
                         {"bytes",
                          {{"features", info.feature_bytes},
                           {"codes", info.code_bytes},
                           {"catalog", info.catalog_bytes},
                           {"model", info.model_bytes}}},
                         {"format_version", info.format_version},
                         {"roots", std::move(roots)}};
  AddPathField(&json, info.path);
  return json;
}

std::string ToText(const LibraryInfo& info) {
  std::string text = fmt::format("{}\n", PrintablePath(info.path));
  const auto line = [&](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<10} {}\n", name, value);
  };
  std::string images = std::to_string(info.images);
  if (info.removed > 0)
    images += fmt::format(" ({} removed ones wait for `compact`)", info.removed);
  line("images", images);
  line("failures",
       fmt::format("{}, and {} files that are no pictures", info.failures, info.skipped));
  line("codes", fmt::format("{} bits, {} distinct, head {} ({})", info.bits, info.distinct_codes,
                            info.head_method,
                            info.head_fitted
                                ? "fitted"
                                : "came with the model; one is fitted here from 1000 images on"));
  line("features", fmt::format("{} dimensions", info.dim));
  line("model", fmt::format("{} ({})", info.model, info.feature_digest.substr(0, 12)));
  line("on disk", fmt::format("features {}, codes {}, catalog {}, model {}; {} segments",
                              Size(info.feature_bytes), Size(info.code_bytes),
                              Size(info.catalog_bytes), Size(info.model_bytes), info.segments));
  for (const auto& root : info.roots) line("root", PrintablePath(root));
  return text;
}

ExitCode RunFormats(const InfoArguments& arguments, Session* session) {
  nlohmann::json json = nlohmann::json::array();
  for (const FormatInfo& format : Formats()) {
    json.push_back(
        {{"name", format.name}, {"decodable", format.decodable}, {"reader", format.reader}});
    if (!arguments.json) {
      session->Print(fmt::format(
          "{:<9} {}\n", format.name,
          format.decodable ? "yes, by " + format.reader : "not by this machine's libraries"));
    }
  }
  if (arguments.json) session->PrintJson({{"version", 1}, {"formats", json}});
  return kExitDone;
}

ExitCode RunInfo(const InfoArguments& arguments, Session* session) {
  if (arguments.formats) return RunFormats(arguments, session);
  if (arguments.library.empty())
    return session->Fail(InvalidArgument("info needs a LIB, or --formats"));
  const auto library = Library::Open(arguments.library, session->open);
  if (!library.ok()) return session->Fail(library.status());
  const auto info = library->Info();
  if (!info.ok()) return session->Fail(info.status());
  if (arguments.json) {
    session->PrintJson(ToJson(*info));
  } else {
    session->Print(ToText(*info));
  }
  return kExitDone;
}

}  // namespace

std::vector<Verb> InfoVerb(CLI::App* parent, Session* session) {
  CLI::App* verb =
      parent->add_subcommand("info", "What is in a library: counts, sizes, model, codes");
  auto arguments = std::make_shared<InfoArguments>();
  verb->add_option("LIB", arguments->library, "The library");
  verb->add_flag("--formats", arguments->formats,
                 "Instead: which picture formats this machine reads");
  verb->add_flag("--json", arguments->json, "As one JSON object on stdout");
  verb->footer(
      "Examples:\n  hashlens info photos\n  hashlens info photos --json\n  hashlens info "
      "--formats");
  return {{verb, [arguments, session] { return RunInfo(*arguments, session); }}};
}

}  // namespace hashlens
