#include "library/text_maker.h"

#include "base/try.h"
#include "library/stopwatch.h"

namespace hashlens {

Result<MadeFeature> TextMaker::Make(std::string_view text, bool* fatal) const {
  const Stopwatch watch;
  MadeFeature made;
  made.values.resize(static_cast<size_t>(encoder_->dim()));
  const Status status = encoder_->Encode(text, made.values);
  *fatal = !status.ok() && status.code() != StatusCode::kInvalidArgument;
  HL_TRY(status);
  HL_TRY(FinishFeature(reduction_.get(), &made.values));
  made.network_seconds = watch.Seconds();
  return made;
}

}  // namespace hashlens
