// A text to a raw feature, in the space of the features of pictures.
#ifndef HASHLENS_MODEL_TEXT_ENCODER_H_
#define HASHLENS_MODEL_TEXT_ENCODER_H_

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "hashlens/status.h"
#include "model/encoder.h"
#include "model/model_package.h"

namespace hashlens {

struct TextBytes;  // model/package_files.h

inline constexpr size_t kMaxTextBytes = 4096;

// kInvalidArgument unless the text is 1 to kMaxTextBytes bytes of UTF-8.
Status CheckText(std::string_view text);

// Thread-safe; one text at a time.
class TextEncoder {
 public:
  virtual ~TextEncoder() = default;
  virtual int dim() const = 0;
  // feature: dim() floats, raw network output (not normalised), finite. kInvalidArgument for a text
  // that fails CheckText, that has no tokens, or that the network does not take. Texts of more
  // tokens than the tokenizer was made for are cut.
  virtual Status Encode(std::string_view text, std::span<float> feature) = 0;
};

// Where the two networks come from, for messages.
struct TextNames {
  Path network;
  Path tokenizer;
};

// The tokenizer runs on the CPU, the network as `options` say; Precision::kAuto is fp32, as there
// is little to gain with one text. kInvalidArgument for networks that do not fit together or do not
// make features of dim numbers; kUnsupported for what this OpenVINO cannot read or run; kNotFound
// without OpenVINO's tokenizers.
Result<std::unique_ptr<TextEncoder>> MakeTextEncoder(const TextBytes& bytes, const TextNames& names,
                                                     int dim, EncoderOptions options);

// The package's, its digests checked first: kCorruption when a byte has changed. The package must
// have `text`.
Result<std::unique_ptr<TextEncoder>> LoadTextEncoder(const ModelPackage& package,
                                                     const EncoderOptions& options);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TEXT_ENCODER_H_
