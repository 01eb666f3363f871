// A Caffe network as its .prototxt describes it, in the form that Caffe itself brings old ones to.
// Internal to src/model/caffe.
#ifndef HASHLENS_MODEL_CAFFE_PROTOTXT_H_
#define HASHLENS_MODEL_CAFFE_PROTOTXT_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "caffe_net.pb.h"
#include "hashlens/status.h"

namespace hashlens {

inline constexpr uint64_t kMaxPrototxtBytes = uint64_t{2} << 20;
inline constexpr size_t kMaxCaffeLayers = 5000;

struct CaffeLayer {
  hashlens_caffe::LayerParameter param;  // old layers are brought to this form
  std::string where;                     // "deploy.prototxt:12: layer \"conv1\" (Convolution)"
  int first_line = 0;                    // in the file, from 1
  int last_line = 0;
};

// Something in the file that means nothing here.
struct CaffeNote {
  int line = 0;
  std::string text;
};

// What a layer that reads pictures does to them.
struct CaffeTransform {
  std::string mean_file;
  std::vector<float> mean_values;
  float scale = 1;
};

struct CaffeNet {
  std::string file;                      // as messages name it
  std::string input;                     // the blob that holds the picture
  std::array<int64_t, 3> input_shape{};  // channels, height, width
  std::vector<CaffeLayer> layers;        // those of the test phase, in order, without the input's
  std::vector<CaffeNote> notes;
  CaffeTransform transform;  // nothing unless the input is a layer that reads pictures
};

// Whether a layer that reads pictures, which training prototxts have, is taken for the input.
struct CaffeDataLayers {
  bool taken = false;
  int size = 0;  // pixels; 0: an open size is refused
};

// `file` names the text in messages: "FILE:LINE: ...". kCorruption for what is no network or
// contradicts itself, kUnsupported for one without a picture of known size as its only input, and
// for the form of 2013.
Result<CaffeNet> ParsePrototxt(const std::string& text, const std::string& file,
                               const CaffeDataLayers& data = {});

// Also kNotFound, kIoError, and kInvalidArgument over kMaxPrototxtBytes.
Result<CaffeNet> ReadPrototxt(const Path& path, const CaffeDataLayers& data = {});

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_PROTOTXT_H_
