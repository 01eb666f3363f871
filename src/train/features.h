// Features of a training set's pictures by the finished network, run as search runs it.
#ifndef HASHLENS_TRAIN_FEATURES_H_
#define HASHLENS_TRAIN_FEATURES_H_

#include <stop_token>
#include <vector>

#include "hashlens/options.h"
#include "model/model_package.h"
#include "train/picture_store.h"

namespace hashlens {

// pictures.size() x dim, of unit length, in that order. kCancelled; kIoError when the network
// fails.
Result<std::vector<float>> FeaturesOf(const PictureStore& store,
                                      const std::vector<size_t>& pictures,
                                      const ModelPackage& package, const OpenOptions& options,
                                      const ProgressFunction& progress, std::stop_token stop);

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_FEATURES_H_
