// Models by name.
#ifndef HASHLENS_LIBRARY_MODELS_H_
#define HASHLENS_LIBRARY_MODELS_H_

#include "base/file.h"
#include "hashlens/types.h"
#include "model/model_package.h"

namespace hashlens {

// The package that FindModel finds. kNotFound names those that may have been meant, or
// says how to see which there are.
Result<ModelPackage> OpenNamedModel(const Path& model);

// What is told of a package.
ModelInfo InfoOf(const ModelPackage& package);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_MODELS_H_
