#include "library/network_package.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "base/random.h"
#include "base/try.h"
#include "hash/classifier.h"
#include "library/roots.h"
#include "model/model_package.h"
#include "model/package_files.h"

namespace hashlens {
namespace {

constexpr uint64_t kSeed = 1;

}  // namespace

Result<WorkFolder> WorkFolder::Make(const Path& package) {
  std::error_code error;
  std::filesystem::create_directories(package.parent_path(), error);
  if (error) return ErrnoStatus(error.value(), "creating", package.parent_path());
  std::string name = package.native() + ".network-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return ErrnoStatus(errno, "creating", Path(name));
  return WorkFolder(name);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;  // what led here is what is reported
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Path PackageTarget(const Path& folder) {
  return AbsolutePath(folder.has_filename() ? folder : folder.parent_path());
}

Status CheckNewPackage(const Path& target, const std::string& name) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(target, error)))
    return InvalidArgument(Printable(target) +
                           ": already exists; remove it, or name another place");
  if (!IsModelName(name))
    return InvalidArgument("\"" + Printable(std::string_view(name)) +
                           "\" is no name for a model, which is up to 200 bytes of UTF-8 on one "
                           "line");
  return {};
}

Result<ClassifierParts> OutputClassifier(std::vector<float> rows, std::vector<float> bias, int dim,
                                         double length, ClassNames names) {
  if (bias.size() != static_cast<size_t>(names.classes)) {
    return InvalidArgument("there are " + std::to_string(names.classes) + " class names for " +
                           std::to_string(bias.size()) + " classes");
  }
  if (rows.size() != bias.size() * static_cast<size_t>(dim))
    return Corruption("the classifier's rows do not fit its biases");
  const auto finite = [](float value) { return std::isfinite(value); };
  if (!std::ranges::all_of(rows, finite) || !std::ranges::all_of(bias, finite))
    return Corruption("the classifier holds a number that is not finite");
  Classifier classifier;
  classifier.classes = names.classes;
  classifier.columns = dim;
  classifier.length = static_cast<float>(length);
  classifier.weights = std::move(rows);
  classifier.bias = std::move(bias);
  return ClassifierParts{SerializeClassifier(classifier), std::move(names)};
}

Result<ClassNames> ReadClassesFile(const Path& file) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, kMaxClassNamesBytes));
  auto names = ParseClassNames({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!names.ok())
    return Status(names.status().code(), Printable(file) + ": " + names.status().message());
  return names;
}

HashHead RandomHead(int bits, int dim) {
  HashHead head{.method = std::string(kProvisionalLsh),
                .bits = bits,
                .dim = dim,
                .seed = kSeed,
                .mean = std::vector<float>(static_cast<size_t>(dim)),
                .weights = {},
                .bias = std::vector<float>(static_cast<size_t>(bits))};
  Random random(kSeed);
  head.weights.resize(static_cast<size_t>(bits) * static_cast<size_t>(dim));
  for (float& weight : head.weights) weight = static_cast<float>(random.Normal());
  return head;
}

}  // namespace hashlens
