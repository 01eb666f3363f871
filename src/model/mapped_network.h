// A network with a linear map at its end.
#ifndef HASHLENS_MODEL_MAPPED_NETWORK_H_
#define HASHLENS_MODEL_MAPPED_NETWORK_H_

#include <vector>

#include "base/file.h"
#include "hashlens/status.h"
#include "model/model_package.h"

namespace hashlens {

// Writes `xml` and the .bin beside it: the package's network, whose feature is multiplied by
// `matrix` (rows x package.dim, row by row). Errors as of LoadEncoder, and of writing.
Status WriteMappedNetwork(const ModelPackage& package, const std::vector<float>& matrix,
                          const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_MAPPED_NETWORK_H_
