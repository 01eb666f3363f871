// The public functions about models: finding, describing and packing them.
#include "library/models.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <set>

#include "base/guard.h"
#include "base/shell_word.h"
#include "base/try.h"
#include "hash/fit.h"
#include "hashlens/library.h"
#include "library/layout.h"
#include "library/network_package.h"
#include "library/roots.h"
#include "library/shared_object.h"
#include "model/model_package.h"

namespace hashlens {
namespace {

constexpr char kDefaultModelName[] = "efficientnet-lite0";
constexpr uint64_t kLargestPart = 1 << 30;
constexpr uint64_t kPackSeed = 1;
constexpr char kClassesFile[] = "classes.json";

Result<std::vector<float>> ReadFloats(const Path& path) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(path, kLargestPart));
  if (bytes.size() % sizeof(float) != 0)
    return Corruption(Printable(path) + ": not a whole number of float32 values");
  std::vector<float> values;
  values.reserve(bytes.size() / sizeof(float));
  for (size_t i = 0; i < bytes.size(); i += sizeof(float))
    values.push_back(LoadLittleEndian<float>(&bytes[i]));
  return values;
}

// Of the parts; none when they have no class names.
Result<std::optional<ClassifierParts>> PartsClassifier(const Path& parts,
                                                       const std::vector<float>& rows, int dim,
                                                       const PackOptions& options) {
  std::optional<ClassifierParts> classifier;
  const Path file = parts / kClassesFile;
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return classifier;
  if (!(options.feature_length > 0)) return InvalidArgument("a feature's length must be above 0");
  HL_ASSIGN(ClassNames names, ReadClassesFile(file));
  HL_ASSIGN(std::vector<float> bias, ReadFloats(parts / "classifier_bias.f32"));
  auto made =
      OutputClassifier(rows, std::move(bias), dim, options.feature_length, std::move(names));
  if (!made.ok()) return Corruption(Printable(parts) + ": " + made.status().message());
  classifier = std::move(*made);
  return classifier;
}

bool IsPackage(const Path& folder) {
  std::error_code error;
  return std::filesystem::exists(folder / "model.json", error);
}

// Packages in `folder` whose names start with `start`, as `shown` / NAME.
void AddPackages(const Path& folder, const std::string& start, const Path& shown,
                 std::set<Path>* found) {
  std::error_code error;  // a folder that cannot be read has none to offer
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const Path name = entry.path().filename();
    if (name.native().starts_with(start) && IsPackage(entry.path())) found->insert(shown / name);
  }
}

// Packages that may have been meant: of one training with several lengths of code (MODEL-12,
// MODEL-48), and those in a folder of that name. The first few, sorted.
std::string NamesNear(const Path& model) {
  constexpr size_t kNamed = 8;
  const Path whole = model.has_filename() ? model : model.parent_path();
  const std::string start = whole.filename().native() + "-";
  std::set<Path> found;
  AddPackages(whole.has_parent_path() ? whole.parent_path() : ".", start, whole.parent_path(),
              &found);
  AddPackages(whole, "", whole, &found);
  for (const Path& folder : ModelFolders())
    AddPackages(folder / whole.parent_path(), start, whole.parent_path(), &found);
  std::string names;
  size_t named = 0;
  for (const Path& path : found) {
    if (named++ == kNamed) return names + ", ...";
    names += (names.empty() ? "" : ", ") + ShellWord(path);
  }
  return names;
}

Status NoModel(const Path& model) {
  const std::string near = NamesNear(model);
  return NotFound(
      Printable(model) + ": no such model, neither a package nor the name of one; " +
      (near.empty() ? "`hashlens model list` lists those that are ready" : "there are " + near));
}

}  // namespace

ModelInfo InfoOf(const ModelPackage& package) {
  ModelInfo info{.path = package.folder,
                 .name = package.name,
                 .dim = package.dim,
                 .input_size = package.input.size,
                 .text = package.text.has_value(),
                 .classes = package.classifier ? package.classifier->classes : 0,
                 .feature_digest = package.feature_digest,
                 .heads = {}};
  for (const PackagedHead& head : package.heads) info.heads.push_back({head.bits, head.method});
  return info;
}

std::vector<Path> ModelFolders() {
  std::vector<Path> folders;
  if (const char* named = std::getenv("HASHLENS_MODELS"); named != nullptr && *named != '\0')
    folders.emplace_back(named);
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  if (data != nullptr && *data != '\0') {
    folders.push_back(Path(data) / "hashlens" / "models");
  } else if (home != nullptr && *home != '\0') {
    folders.push_back(Path(home) / ".local" / "share" / "hashlens" / "models");
  }
  std::error_code error;  // without /proc only the environment tells
  const Path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error)
    folders.push_back(program.parent_path().parent_path() / "share" / "hashlens" / "models");
  if (const auto library = SharedObjectFolder()) {
    const Path models = (*library / HASHLENS_MODELS_BESIDE_LIBRARY).lexically_normal();
    if (std::find(folders.begin(), folders.end(), models) == folders.end())
      folders.push_back(models);
  }
  return folders;
}

Result<Path> DefaultModel() try {
  std::error_code error;
  if (const char* named = std::getenv("HASHLENS_MODEL"); named != nullptr && *named != '\0') {
    const Path found = FindModel(named);
    if (std::filesystem::exists(found, error)) return found;
    const Status missing = NoModel(named);
    return Status(missing.code(), "HASHLENS_MODEL: " + missing.message());
  }
  for (const Path& folder : ModelFolders()) {
    if (std::filesystem::exists(folder / kDefaultModelName / "model.json", error))
      return folder / kDefaultModelName;
  }
  return NotFound(
      std::string("the default model ") + kDefaultModelName +
      " is not there: run `make` in the source folder, or name one with --model or HASHLENS_MODEL");
} catch (...) {
  return CaughtStatus();
}

Path FindModel(const Path& model) {
  std::error_code error;
  if (std::filesystem::exists(model, error) || model.empty()) return model;
  for (const Path& folder : ModelFolders()) {
    if (std::filesystem::exists(folder / model / "model.json", error)) return folder / model;
  }
  return model;
}

Result<ModelPackage> OpenNamedModel(const Path& model) {
  auto package = OpenModelPackage(FindModel(model));
  if (package.status().code() != StatusCode::kNotFound) return package;
  return NoModel(model);
}

Result<ModelInfo> DescribeModel(const Path& package) try {
  const Layout library{LibraryPath(package)};
  std::error_code error;
  const bool is_library = std::filesystem::exists(library.Catalog(), error);
  HL_ASSIGN(const ModelPackage opened,
            is_library ? OpenModelPackage(library.Model()) : OpenNamedModel(package));
  return InfoOf(opened);
} catch (...) {
  return CaughtStatus();
}

Result<ModelInfo> PackModel(const Path& parts, const Path& folder, const PackOptions& options) try {
  HL_ASSIGN(const std::vector<float> mean, ReadFloats(parts / "mean.f32"));
  HL_ASSIGN(const std::vector<float> directions, ReadFloats(parts / "directions.f32"));
  if (mean.empty() || directions.size() % mean.size() != 0) {
    return Corruption(Printable(parts) + ": directions.f32 does not match mean.f32");
  }
  std::vector<HeadBytes> heads;
  for (const int length : options.bits) {
    HL_ASSIGN(const HashHead head, HeadFromDirections(directions, mean, length, kPackSeed));
    heads.push_back({length, head.method, SerializeHead(head)});
  }
  HL_ASSIGN(const std::optional<ClassifierParts> classifier,
            PartsClassifier(parts, directions, static_cast<int>(mean.size()), options));
  const Path target = AbsolutePath(folder);
  std::error_code error;
  std::filesystem::create_directories(target.parent_path(), error);
  if (error) return ErrnoStatus(error.value(), "creating", target.parent_path());
  NetworkInput input;
  input.size = options.input_size;
  HL_ASSIGN(const ModelPackage package,
            WriteModelPackage(target, options.name, static_cast<int>(mean.size()), input,
                              parts / "network.xml", heads, {}, classifier));
  return InfoOf(package);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
