#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

struct InfoArguments {
  std::string library;
  bool formats = false;
  bool tags = false;
  uint64_t limit = 100;  // of tags
  bool json = false;
};

std::string FormName(const LibraryInfo& info) {
  return info.features ? FeatureFormName(*info.features) : "unknown";
}

std::string FeaturesText(const LibraryInfo& info) {
  std::string text = fmt::format("{} dimensions", info.dim);
  if (!info.features) return text + "; `hashlens verify` says what is wrong with the model's files";
  switch (info.features->kind) {
    case FeatureForm::Kind::kFull:
      break;
    case FeatureForm::Kind::kPca:
      text += fmt::format(", principal components of the model's {}", info.model_dim);
      break;
    case FeatureForm::Kind::kInt8:
      text += ", a byte each";
      break;
  }
  return text + fmt::format(" ({})", FormName(info));
}

nlohmann::json InfoJson(const LibraryInfo& info) {
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
                         {"arranged", info.arranged},
                         {"bits", info.bits},
                         {"dim", info.dim},
                         {"features", FormName(info)},
                         {"model_dim", info.model_dim},
                         {"model", info.model},
                         {"feature_digest", info.feature_digest},
                         {"head", {{"method", info.head_method}, {"fitted", info.head_fitted}}},
                         {"bytes",
                          {{"features", info.feature_bytes},
                           {"codes", info.code_bytes},
                           {"arrangement", info.arrangement_bytes},
                           {"catalog", info.catalog_bytes},
                           {"model", info.model_bytes}}},
                         {"format_version", info.format_version},
                         {"roots", std::move(roots)}};
  if (!info.arrangement_problem.empty()) json["arrangement_problem"] = info.arrangement_problem;
  AddPathField(&json, info.path);
  return json;
}

std::string InfoText(const LibraryInfo& info) {
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
  if (!info.arrangement_problem.empty()) {
    line("arranged", "not usable: " + info.arrangement_problem);
  } else if (info.arranged > 0) {
    line("arranged",
         fmt::format("codes of {} images, for searches that pass over most of them ({})",
                     info.arranged, Size(info.arrangement_bytes)));
  }
  line("features", FeaturesText(info));
  line("model", fmt::format("{} ({})", info.model, info.feature_digest.substr(0, 12)));
  line("on disk", fmt::format("features {}, codes {}, catalog {}, model {}; {} segments",
                              Size(info.feature_bytes), Size(info.code_bytes),
                              Size(info.catalog_bytes), Size(info.model_bytes), info.segments));
  for (const auto& root : info.roots) line("root", PrintablePath(root));
  return text;
}

nlohmann::json TagsJson(const std::vector<TagCount>& tags, size_t limit) {
  nlohmann::json json = nlohmann::json::array();
  for (size_t i = 0; i < std::min(tags.size(), limit); ++i) {
    const auto& [key, value] = tags[i].tag;
    json.push_back({{"key", key}, {"value", value}, {"images", tags[i].images}});
  }
  return json;
}

std::string TagsText(const std::vector<TagCount>& tags, size_t limit) {
  std::string text;
  for (size_t i = 0; i < std::min(tags.size(), limit); ++i) {
    const auto& [key, value] = tags[i].tag;
    text += fmt::format("{:>8}  {}\n", tags[i].images, PrintablePath(key + "=" + value));
  }
  if (tags.size() > limit)
    text += fmt::format("and {} more; --limit {} shows all\n", tags.size() - limit, tags.size());
  if (tags.empty()) text = "no tags\n";
  return text;
}

ExitCode RunTags(const InfoArguments& arguments, const Library& library, Session* session) {
  const auto tags = library.TagCounts();
  if (!tags.ok()) return session->Fail(tags.status());
  if (arguments.json) {
    session->PrintJson({{"version", 1},
                        {"distinct_tags", tags->size()},
                        {"tags", TagsJson(*tags, arguments.limit)}});
  } else {
    session->Print(TagsText(*tags, arguments.limit));
  }
  return kExitDone;
}

nlohmann::json DecoderJson(const DecoderInfo& decoder) {
  nlohmann::json json = {{"works", decoder.problem.empty()},
                         {"no_new_privileges", decoder.no_new_privileges},
                         {"system_call_filter", decoder.system_call_filter},
                         {"landlock", decoder.landlock}};
  if (!decoder.problem.empty()) json["problem"] = decoder.problem;
  if (!decoder.program.empty()) AddPathField(&json, decoder.program);
  return json;
}

std::string DecoderText(const DecoderInfo& decoder) {
  if (!decoder.problem.empty()) return fmt::format("no decoder: {}\n", decoder.problem);
  const auto has = [](bool there) { return there ? "yes" : "not in this kernel"; };
  return fmt::format(
      "all but jpeg by {}, a process of its own\n"
      "  no new privileges   {}\n"
      "  system call filter  {}\n"
      "  Landlock            {}\n",
      PrintablePath(decoder.program), has(decoder.no_new_privileges),
      has(decoder.system_call_filter),
      decoder.landlock > 0 ? fmt::format("yes, version {}", decoder.landlock)
                           : std::string("not in this kernel"));
}

ExitCode RunFormats(const InfoArguments& arguments, Session* session) {
  nlohmann::json json = nlohmann::json::array();
  for (const FormatInfo& format : Formats()) {
    json.push_back({{"name", format.name},
                    {"decodable", format.decodable},
                    {"reader", format.reader},
                    {"left_out", format.left_out}});
    if (!arguments.json) {
      std::string how =
          format.decodable ? "yes, by " + format.reader : "not by this machine's libraries";
      if (format.decodable && !format.left_out.empty()) how += "; not: " + format.left_out;
      session->Print(fmt::format("{:<9} {}\n", format.name, how));
    }
  }
  const DecoderInfo decoder = AboutDecoder();
  if (arguments.json) {
    session->PrintJson({{"version", 1}, {"formats", json}, {"decoder", DecoderJson(decoder)}});
  } else {
    session->Print(DecoderText(decoder));
  }
  return kExitDone;
}

ExitCode RunInfo(const InfoArguments& arguments, Session* session) {
  if (arguments.formats) return RunFormats(arguments, session);
  if (arguments.library.empty())
    return session->Fail(InvalidArgument("info needs a LIB, or --formats"));
  const auto library = Library::Open(arguments.library, session->open);
  if (!library.ok()) return session->Fail(library.status());
  if (arguments.tags) return RunTags(arguments, *library, session);
  const auto info = library->Info();
  if (!info.ok()) return session->Fail(info.status());
  if (arguments.json) {
    session->PrintJson(InfoJson(*info));
  } else {
    session->Print(InfoText(*info));
  }
  return kExitDone;
}

}  // namespace

std::vector<Verb> InfoVerb(Command* parent, Session* session) {
  Command* verb = parent->AddVerb("info", "What is in a library: counts, sizes, model, codes");
  auto arguments = std::make_shared<InfoArguments>();
  verb->AddOption("LIB", &arguments->library, "The library");
  auto* formats = verb->AddFlag("--formats", &arguments->formats,
                                "Instead: which picture formats this machine reads");
  auto* tags = verb->AddFlag("--tags", &arguments->tags,
                             "Instead: tags and how many images carry each, most frequent first")
                   ->Excludes(formats);
  verb->AddOption("--limit", &arguments->limit, "With --tags: no more than so many")
      ->ShowDefault()
      ->Check(AtLeastOne())
      ->Needs(tags);
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  verb->Footer(
      "Examples:\n  hashlens info photos\n  hashlens info photos --json\n  hashlens info photos "
      "--tags\n  hashlens info "
      "--formats");
  return {{verb, [arguments, session] { return RunInfo(*arguments, session); }}};
}

}  // namespace hashlens
