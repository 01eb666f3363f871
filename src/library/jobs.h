// Threads and networks, made from what a caller asked for.
#ifndef HASHLENS_LIBRARY_JOBS_H_
#define HASHLENS_LIBRARY_JOBS_H_

#include "hash/hash_head.h"
#include "hashlens/options.h"
#include "library/feature_maker.h"
#include "library/layout.h"
#include "library/text_maker.h"
#include "model/model_package.h"
#include "store/catalog.h"

namespace hashlens {

// `asked`, or the cores that this process may use when 0.
int JobCount(int asked);

// Loads a package's network. `parallel` features may be made at once. reduction: of its features;
// nullptr: none.
Result<FeatureMaker> LoadMaker(const ModelPackage& package, const OpenOptions& options,
                               int parallel, std::shared_ptr<const Reduction> reduction = {});
// The same up to one of its layers (EncoderOptions), whose numbers stay as they are.
Result<FeatureMaker> LoadLayerMaker(const ModelPackage& package, const OpenOptions& options,
                                    int parallel, const std::string& layer);
// The package's head of that length; 0: of the usual 128 bits, else the longest. kInvalidArgument
// names the lengths that are there.
Result<PackagedHead> ChooseHead(const ModelPackage& package, int bits);
// One of the package's heads, its digest and its fields checked.
Result<HashHead> LoadPackageHead(const ModelPackage& package, const PackagedHead& head);

// Loads the library's own model, with what reduces its features. `parallel` features may be made at
// once. kCorruption when the model's files are not those that the library was made with.
Result<FeatureMaker> LoadMaker(const Layout& layout, const LibraryMeta& meta,
                               const OpenOptions& options, int parallel);

// The same for texts. kInvalidArgument when the library's model has no text network.
Result<TextMaker> LoadTextMaker(const Layout& layout, const LibraryMeta& meta,
                                const OpenOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_JOBS_H_
