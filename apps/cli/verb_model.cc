#include <algorithm>
#include <cstdlib>

#include "apps/cli/model_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

// Of one folder of models, by name.
std::vector<std::filesystem::path> PackagesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> packages;
  std::error_code error;  // a folder of models that is not there holds none
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (std::filesystem::exists(entry.path() / "model.json", error))
      packages.push_back(entry.path());
  }
  std::sort(packages.begin(), packages.end());
  return packages;
}

// The package that HASHLENS_MODEL names; empty when it is not set. kNotFound.
Result<std::filesystem::path> NamedByVariable() {
  const char* const named = std::getenv("HASHLENS_MODEL");
  if (named == nullptr || *named == '\0') return std::filesystem::path();
  return DefaultModel();
}

ExitCode RunModelList(bool json, Session* session) {
  std::vector<std::filesystem::path> packages;
  const auto named = NamedByVariable();
  if (!named.ok()) session->Fail(named.status());
  if (named.ok() && !named->empty()) packages.push_back(*named);
  for (const auto& folder : ModelFolders()) {
    for (const auto& package : PackagesIn(folder)) {
      std::error_code error;  // what cannot be looked at is another one
      const bool is_first =
          !packages.empty() && std::filesystem::equivalent(package, packages.front(), error);
      if (!is_first) packages.push_back(package);
    }
  }
  int found = 0;
  bool all_read = named.ok();
  for (const auto& package : packages) {
    const auto info = DescribeModel(package);
    if (info.ok()) {
      PrintModel(*info, json, session);
      ++found;
    } else {
      session->Fail(info.status());
      all_read = false;
    }
  }
  if (found == 0) session->Note("no models; `make` in the source folder prepares the default one");
  return all_read ? kExitDone : kExitSomeFailed;
}

ExitCode RunModelInfo(const std::string& model, bool json, Session* session) {
  const auto info = DescribeModel(model);
  if (!info.ok()) return session->Fail(info.status());
  PrintModel(*info, json, session);
  return kExitDone;
}

struct PackArguments {
  std::string parts;
  std::string folder;
  PackOptions pack;
};

ExitCode RunModelPack(const PackArguments& arguments, Session* session) {
  const auto info = PackModel(arguments.parts, arguments.folder, arguments.pack);
  if (!info.ok()) return session->Fail(info.status());
  session->Note("made model " + info->name + " in " + PrintablePath(info->path));
  return kExitDone;
}

}  // namespace

std::vector<Verb> ModelVerbs(Command* parent, Session* session) {
  Command* model =
      parent->AddVerb("model", "Models: list, describe, import, and fit codes to a library");
  model->RequireVerb();
  model->Footer(
      "Examples:\n  hashlens model list\n  hashlens model info photos.hashlens\n"
      "  hashlens model fit photos --bits 64");
  auto json = std::make_shared<bool>(false);
  auto path = std::make_shared<std::string>();
  auto pack_arguments = std::make_shared<PackArguments>();

  Command* list = model->AddVerb("list", "The models that are ready to use");
  list->AddFlag("--json", json.get(), "One JSON object a model on stdout");
  list->Footer(
      "The model that HASHLENS_MODEL names comes first, if it is set. Then come those in the "
      "folder HASHLENS_MODELS,\nif set, in the user's own models and in share/hashlens/models "
      "beside "
      "the program's.\nExample:\n  hashlens model list --json | jq -r .path");

  Command* info = model->AddVerb("info", "About one model, or the model of a library");
  info->AddOption("MODEL", path.get(), "A model package or a library")->Required();
  info->AddFlag("--json", json.get(), "As one JSON object on stdout");
  info->Footer(
      "Examples:\n  hashlens model info efficientnet-lite0\n  hashlens model info photos.hashlens");

  Command* pack = model->AddVerb(
      "pack", "Make a model package from the parts that tools/prepare_model.py wrote");
  pack->AddOption("PARTS", &pack_arguments->parts,
                  "Folder with network.xml, directions.f32 and mean.f32; for categories also "
                  "classifier_bias.f32 and classes.json")
      ->Required();
  pack->AddOption("-o,--output", &pack_arguments->folder, "The package's folder, new")
      ->ValueName("FOLDER")
      ->Required();
  pack->AddOption("--name", &pack_arguments->pack.name, "The model's name")->ShowDefault();
  pack->AddOption("--input-size", &pack_arguments->pack.input_size,
                  "Pixels that the network wants on each side")
      ->ShowDefault()
      ->Check(InRange(1, 4096));
  pack->AddOption("--bits", &pack_arguments->pack.bits, "Code lengths to ship heads for")
      ->Separator(',')
      ->ShowDefault()
      ->Check(InRange(8, 512));
  pack->Footer("Example:\n  hashlens model pack parts -o models/mine --name mine --bits 64,128");

  return {{list, [json, session] { return RunModelList(*json, session); }},
          {info, [path, json, session] { return RunModelInfo(*path, *json, session); }},
          FitVerb(model, session),
          GetVerb(model, session),
          ImportCaffeVerb(model, session),
          ImportOnnxVerb(model, session),
          {pack, [pack_arguments, session] { return RunModelPack(*pack_arguments, session); }}};
}

}  // namespace hashlens
