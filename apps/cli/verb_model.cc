#include <algorithm>

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

ExitCode RunList(bool json, Session* session) {
  int found = 0;
  for (const auto& folder : ModelFolders()) {
    for (const auto& package : PackagesIn(folder)) {
      const auto info = DescribeModel(package);
      if (!info.ok()) {
        session->Fail(info.status());
        continue;
      }
      PrintModel(*info, json, session);
      ++found;
    }
  }
  if (found == 0) session->Note("no models; `make` in the source folder prepares the default one");
  return kExitDone;
}

ExitCode RunInfo(const std::string& model, bool json, Session* session) {
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

ExitCode RunPack(const PackArguments& arguments, Session* session) {
  const auto info = PackModel(arguments.parts, arguments.folder, arguments.pack);
  if (!info.ok()) return session->Fail(info.status());
  session->Note("made model " + info->name + " in " + PrintablePath(info->path));
  return kExitDone;
}

}  // namespace

std::vector<Verb> ModelVerbs(CLI::App* parent, Session* session) {
  CLI::App* model =
      parent->add_subcommand("model", "Models: list, describe, import, and fit codes to a library");
  model->require_subcommand(1);
  model->footer(
      "Examples:\n  hashlens model list\n  hashlens model info photos.hashlens\n"
      "  hashlens model fit photos --bits 64");
  auto json = std::make_shared<bool>(false);
  auto path = std::make_shared<std::string>();
  auto pack_arguments = std::make_shared<PackArguments>();

  CLI::App* list = model->add_subcommand("list", "The models that are ready to use");
  list->add_flag("--json", *json, "One JSON object a model on stdout");
  list->footer(
      "Looks in the folder HASHLENS_MODELS, if set, and in share/hashlens/models beside the "
      "program's.\nExample:\n  hashlens model list --json | jq -r .path");

  CLI::App* info = model->add_subcommand("info", "About one model, or the model of a library");
  info->add_option("MODEL", *path, "A model package or a library")->required();
  info->add_flag("--json", *json, "As one JSON object on stdout");
  info->footer(
      "Examples:\n  hashlens model info efficientnet-lite0\n  hashlens model info photos.hashlens");

  CLI::App* pack = model->add_subcommand(
      "pack", "Make a model package from the parts that tools/prepare_model.py wrote");
  pack->add_option("PARTS", pack_arguments->parts,
                   "Folder with network.xml, directions.f32 and mean.f32")
      ->required();
  pack->add_option("-o,--output", pack_arguments->folder, "The package's folder, new")
      ->type_name("FOLDER")
      ->required();
  pack->add_option("--name", pack_arguments->pack.name, "The model's name")->capture_default_str();
  pack->add_option("--input-size", pack_arguments->pack.input_size,
                   "Pixels that the network wants on each side")
      ->capture_default_str()
      ->check(CLI::Range(1, 4096));
  pack->add_option("--bits", pack_arguments->pack.bits, "Code lengths to ship heads for")
      ->delimiter(',')
      ->capture_default_str()
      ->check(CLI::Range(8, 512));
  pack->footer("Example:\n  hashlens model pack parts -o models/mine --name mine --bits 64,128");

  return {{list, [json, session] { return RunList(*json, session); }},
          {info, [path, json, session] { return RunInfo(*path, *json, session); }},
          FitVerb(model, session),
          GetVerb(model, session),
          ImportCaffeVerb(model, session),
          ImportOnnxVerb(model, session),
          {pack, [pack_arguments, session] { return RunPack(*pack_arguments, session); }}};
}

}  // namespace hashlens
