// Text to feature: as FeatureMaker makes it of a picture.
#ifndef HASHLENS_LIBRARY_TEXT_MAKER_H_
#define HASHLENS_LIBRARY_TEXT_MAKER_H_

#include <memory>
#include <string_view>

#include "hash/reduction.h"
#include "hashlens/status.h"
#include "library/feature_maker.h"
#include "model/text_encoder.h"

namespace hashlens {

// Thread-safe.
class TextMaker {
 public:
  // reduction: nullptr for features as the network makes them.
  TextMaker(std::shared_ptr<TextEncoder> encoder, std::shared_ptr<const Reduction> reduction)
      : encoder_(std::move(encoder)), reduction_(std::move(reduction)) {}

  // Only values and network_seconds are set. Messages do not name the text. A failure of the
  // network itself, not of the text, sets *fatal.
  Result<MadeFeature> Make(std::string_view text, bool* fatal) const;

 private:
  std::shared_ptr<TextEncoder> encoder_;
  std::shared_ptr<const Reduction> reduction_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_TEXT_MAKER_H_
