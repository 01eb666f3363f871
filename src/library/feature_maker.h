// Picture file to feature: the one way for ingest, query and evaluation.
#ifndef HASHLENS_LIBRARY_FEATURE_MAKER_H_
#define HASHLENS_LIBRARY_FEATURE_MAKER_H_

#include <memory>
#include <vector>

#include "base/file.h"
#include "hashlens/options.h"
#include "hashlens/status.h"
#include "hashlens/types.h"
#include "image/decode.h"
#include "library/library_model.h"
#include "model/encoder.h"

namespace hashlens {

struct MadeFeature {
  // dim floats, reduced and rounded as they are stored: a query by file and a query by the same
  // image's id see the same numbers. Of unit length unless they are reduced.
  std::vector<float> values;
  double length = 0;  // Euclidean, of what the network gave, or would have given
  FileStamp stamp;    // of the bytes that were read
  int width = 0;      // of the picture, upright
  int height = 0;
  ImageFormat format = ImageFormat::kJpeg;
  double decode_seconds = 0;  // reading, decoding, preprocessing
  double network_seconds = 0;
  std::string damage;       // why only part of the picture is there; empty: it is whole
  bool no_decoder = false;  // no picture can be read: what decodes them is missing
};

// Scales to unit length and rounds to fp16. False when a value is not finite. A zero vector stays
// zero.
bool NormaliseAndRound(std::span<float> feature);

// From what a network gives to what is stored: unit length, rounded, and reduced where `reduction`
// is given. kCorruption when it is not finite.
Status FinishFeature(const Reduction* reduction, std::vector<float>* feature);

// Thread-safe.
class FeatureMaker {
 public:
  // reduction: nullptr for features as the network makes them.
  // input: as the encoder's package has it.
  FeatureMaker(std::shared_ptr<Encoder> encoder, const NetworkInput& input, const Limits& limits,
               std::shared_ptr<const Reduction> reduction = {});

  int dim() const { return reduction_ ? reduction_->out_dim : encoder_->dim(); }
  // Of a feature, before it was flattened (Encoder).
  std::vector<uint64_t> shape() const {
    return reduction_ ? std::vector<uint64_t>{static_cast<uint64_t>(dim())} : encoder_->shape();
  }
  FeatureType stored_type() const { return TypeFor(reduction_.get()); }
  // Messages do not name the file. A failure that is not of the picture, but of the network or of
  // the decoding program, sets *fatal. Too little memory is kIoError of the file.
  // region: nullptr for the whole picture.
  Result<MadeFeature> Make(const Path& file, bool* fatal, const Region* region = nullptr) const;

  // The same of a picture file's bytes; there is no stamp.
  Result<MadeFeature> Make(ByteSpan bytes, bool* fatal, const Region* region = nullptr) const;

  // The same, with every format decoded in a process of its own.
  FeatureMaker Isolated() const {
    FeatureMaker isolated = *this;
    isolated.limits_.isolate = Isolation::kAll;
    return isolated;
  }

  // The same, with features as the network gives them: neither of unit length nor reduced.
  FeatureMaker Plain() const {
    FeatureMaker plain = *this;
    plain.finish_ = false;
    plain.reduction_.reset();
    return plain;
  }

  // A feature as the network would give it, dim() of the network; about no picture. Where the
  // network puts a constant behind its features, it may be missing, and is put there: then the
  // feature must be as it came, not scaled. With the constant, a feature that was scaled has the
  // length that it had before. kInvalidArgument.
  Result<MadeFeature> Take(std::span<const float> feature) const;

  // The two halves of Make, for measuring them apart: up to what the network gives, not reduced.
  Result<Image> MakeInput(const Path& file, MadeFeature* about,
                          const Region* region = nullptr) const;
  Result<Image> MakeInput(ByteSpan bytes, MadeFeature* about, const Region* region = nullptr) const;
  Status RunNetwork(const Image& input, MadeFeature* made) const;

 private:
  template <typename Source>
  Result<MadeFeature> MakeOf(const Source& source, bool* fatal, const Region* region) const;
  // From what the network gave to what Make gives.
  Status Finish(MadeFeature* made) const;
  Status AddConstant(std::vector<float>* feature) const;
  std::shared_ptr<Encoder> encoder_;
  NetworkInput input_;
  Limits limits_;
  std::shared_ptr<const Reduction> reduction_;
  bool finish_ = true;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_FEATURE_MAKER_H_
