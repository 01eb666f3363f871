#include "library/picture_feature.h"

#include "base/picture_name.h"
#include "base/try.h"
#include "image/format.h"

namespace hashlens {
namespace {

// Not ok: the file is no picture. The first bytes alone tell whether the rest is worth reading:
// folders of pictures hold films, too.
Status LookAtStart(const Path& path, bool named, ReadingFacts* facts) {
  const auto start = ReadFileStart(path, kSniffBytes, &facts->stamp);
  if (!start.ok()) return Status(start.status().code(), ReasonWithoutPath(start.status(), path));
  if (SniffFormat(*start)) return {};
  // A file that neither looks like a picture nor is called one is simply something else.
  facts->picture = named || HasImageExtension(path);
  return Unsupported(start->empty() ? "the file is empty"
                                    : "not a picture of a format that hashlens knows");
}

}  // namespace

uint64_t BytesInFlight(const std::optional<GivenPicture>& given, uint64_t made) {
  if (!given) return made;
  return made + given->bytes.size() + given->feature.size() * sizeof(float);
}

Result<MadeFeature> FeatureOfFile(const FeatureMaker& maker, const Path& path, bool named,
                                  ReadingFacts* facts) {
  HL_TRY(LookAtStart(path, named, facts));
  auto made = maker.Make(path, &facts->fatal);
  if (made.ok()) facts->stamp = made->stamp;
  return made;
}

Result<Image> ImageOfFile(const FeatureMaker& maker, const Path& path, bool named,
                          ReadingFacts* facts) {
  HL_TRY(LookAtStart(path, named, facts));
  MadeFeature about;
  auto image = maker.MakeInput(path, &about);
  facts->fatal = about.no_decoder;
  return image;
}

Result<Image> ImageOfGiven(const FeatureMaker& maker, const GivenPicture& given,
                           ReadingFacts* facts) {
  if (!given.problem.empty()) return Corruption(given.problem);
  if (!given.feature.empty()) return InvalidArgument("is a feature, not a picture");
  if (given.bytes.empty()) return Unsupported("there are no bytes");
  MadeFeature about;
  auto image = maker.MakeInput(AsBytes(given.bytes), &about);
  facts->fatal = about.no_decoder;
  return image;
}

Result<MadeFeature> FeatureOfGiven(const FeatureMaker& maker, const GivenPicture& given,
                                   ReadingFacts* facts) {
  if (!given.problem.empty()) return Corruption(given.problem);
  if (!given.feature.empty()) return maker.Take(given.feature);
  if (given.bytes.empty()) return Unsupported("there are no bytes");
  return maker.Make(AsBytes(given.bytes), &facts->fatal);
}

}  // namespace hashlens
