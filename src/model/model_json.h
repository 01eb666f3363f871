// model.json as text (docs/FORMAT.md). Internal to src/model.
#ifndef HASHLENS_MODEL_MODEL_JSON_H_
#define HASHLENS_MODEL_MODEL_JSON_H_

#include <string>
#include <string_view>

#include "hashlens/status.h"
#include "model/model_package.h"

namespace hashlens {

// kInvalidArgument when a field is out of its limits. Ignores folder and feature_digest.
Status CheckModelFields(const ModelPackage& package);

// See ModelPackage::feature_digest.
std::string FeatureDigest(const std::string& network_sha256, int dim, const NetworkInput& input);

// The same package gives the same bytes. The package must pass CheckModelFields.
std::string SerializeModelJson(const ModelPackage& package);

// Everything but `folder`. kCorruption for text that is broken, has missing, doubled or unknown
// members, fields out of their limits or another digest; kUnsupported for an intact newer version.
// Messages carry no path: the caller knows it.
Result<ModelPackage> ParseModelJson(std::string_view text);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_MODEL_JSON_H_
