#include "library/picture_feature.h"

#include "base/picture_name.h"
#include "image/format.h"

namespace hashlens {

Result<MadeFeature> FeatureOfFile(const FeatureMaker& maker, const Path& path, bool named,
                                  ReadingFacts* facts) {
  // The first bytes alone tell whether the rest is worth reading: folders of pictures hold films,
  // too.
  const auto start = ReadFileStart(path, kSniffBytes, &facts->stamp);
  if (!start.ok()) return Status(start.status().code(), ReasonWithoutPath(start.status(), path));
  if (SniffFormat(*start)) {
    auto made = maker.Make(path, &facts->fatal);
    if (made.ok()) facts->stamp = made->stamp;
    return made;
  }
  // A file that neither looks like a picture nor is called one is simply something else.
  facts->picture = named || HasImageExtension(path);
  return Unsupported(start->empty() ? "the file is empty"
                                    : "not a picture of a format that hashlens knows");
}

Result<MadeFeature> FeatureOfGiven(const FeatureMaker& maker, const GivenPicture& given,
                                   ReadingFacts* facts) {
  if (!given.problem.empty()) return Corruption(given.problem);
  if (!given.feature.empty()) return maker.Take(given.feature);
  if (given.bytes.empty()) return Unsupported("there are no bytes");
  return maker.Make(AsBytes(given.bytes), &facts->fatal);
}

}  // namespace hashlens
