// What makers of model packages from others' networks share.
#ifndef HASHLENS_LIBRARY_NETWORK_PACKAGE_H_
#define HASHLENS_LIBRARY_NETWORK_PACKAGE_H_

#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "hash/hash_head.h"
#include "model/model_package.h"

namespace hashlens {

// A new folder beside the package, for the network until the package has it; removed at the end.
class WorkFolder {
 public:
  static Result<WorkFolder> Make(const Path& package);
  WorkFolder(WorkFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();
  const Path& path() const { return path_; }

 private:
  explicit WorkFolder(Path path) : path_(std::move(path)) {}
  Path path_;
};

// Absolute, without a slash at the end.
Path PackageTarget(const Path& folder);

// kInvalidArgument when something is at `target`, or the name is none for a model.
Status CheckNewPackage(const Path& target, const std::string& name);

// The classifier of a network's output: rows (classes x dim) and bias as they were trained, with
// softmax. length: typical, of the output, above 0. kInvalidArgument when the names are not as many
// as the biases; kCorruption when sizes do not fit or a number is not finite. No path.
Result<ClassifierParts> OutputClassifier(std::vector<float> rows, std::vector<float> bias, int dim,
                                         double length, ClassNames names);

// Class names in a file of their own, in the form of classes.json. Messages name the file.
Result<ClassNames> ReadClassesFile(const Path& file);

// Random hyperplanes through the origin: all that can be said before any picture was seen. Of
// kProvisionalLsh; bits 8..512.
HashHead RandomHead(int bits, int dim);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_NETWORK_PACKAGE_H_
