// A library's model, and what it stores of the model's features. docs/FORMAT.md, "Model package".
#ifndef HASHLENS_LIBRARY_LIBRARY_MODEL_H_
#define HASHLENS_LIBRARY_LIBRARY_MODEL_H_

#include <memory>
#include <set>
#include <string>

#include "hash/reduction.h"
#include "hashlens/types.h"
#include "library/layout.h"
#include "model/model_package.h"
#include "store/catalog.h"
#include "store/feature_file.h"

namespace hashlens {

struct LibraryModel {
  ModelPackage package;
  std::shared_ptr<const Reduction> reduction;  // nullptr: features are stored as they are
  std::string reduction_file;                  // name in the library's model/ folder, or ""

  FeatureForm form() const;
};

// The model in model/, and the reduction there that gives the catalog's feature digest with it.
// kCorruption when there is none; the message names a file that is not as it was written. Reads
// neither network nor heads.
Result<LibraryModel> OpenLibraryModel(const Layout& layout, const LibraryMeta& meta);

// The feature digest of a library that stores a package's features reduced.
std::string ReducedDigest(const std::string& package_digest, const std::string& reduction_sha256);

// Names of all reduction files in model/, in use or not.
std::set<std::string> ReductionFiles(const Layout& layout);

// How feature files keep what this reduction (nullptr: none) makes.
FeatureType TypeFor(const Reduction* reduction);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_LIBRARY_MODEL_H_
