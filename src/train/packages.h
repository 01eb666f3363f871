// The packages that a training run makes: where they go, and which of those there are its own.
#ifndef HASHLENS_TRAIN_PACKAGES_H_
#define HASHLENS_TRAIN_PACKAGES_H_

#include <optional>

#include "hash/hash_head.h"
#include "hashlens/train.h"
#include "model/model_package.h"

namespace hashlens {

// kInvalidArgument for an OUTPUT that no package can be named after, or that lies in DATA, a folder
// of classes.
Status CheckOutputPlace(const TrainOptions& options);

// Under the lock of the work folder, before anything is read. Removes what a killed run left of
// packages half written. Nothing may be where packages and reports go, but packages of the run that
// is resumed: kInvalidArgument names what is in the way. kIoError where nothing can be written.
Status PrepareOutput(const TrainOptions& options);

// Writes `head`, and the classifier where there is one, on `network`, a package in the work folder,
// as the package of its length. One that this run wrote before it was interrupted is kept: its
// digests are noted in the work folder before it is written. kInvalidArgument for anything else
// that is there, which stays as it is.
Status WriteHeadPackage(const TrainOptions& options, const ModelPackage& network,
                        const HashHead& head,
                        const std::optional<ClassifierParts>& classifier = {});

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_PACKAGES_H_
