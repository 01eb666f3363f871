// A network trained with Caffe, as a network file for OpenVINO and the numbers of a hash head.
#ifndef HASHLENS_MODEL_CAFFE_IMPORT_H_
#define HASHLENS_MODEL_CAFFE_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

struct CaffeSource {
  Path prototxt;        // deploy.prototxt, of 2014 or later
  Path weights;         // .caffemodel; empty: drawn as the prototxt's fillers say
  std::string mean;     // caffe/mean.h; empty: none
  float scale = 1;      // of (pixel - mean)
  bool rgb = false;     // order of the network's three channels; usually it is BGR
  std::string feature;  // blob or layer; empty: what the hash layer reads
  std::string hash;     // blob or layer; empty: no code
  int whole = 0;        // pixels to which a picture is made before the middle is cropped; 0: usual
  // Without weights. The prototxt may then be one for training, whose layer that reads pictures is
  // the input, and tells mean and scale where they are not given here.
  uint64_t seed = 1;  // of the weights
  int data_size = 0;  // pixels of such a layer's pictures where the prototxt leaves them open
  std::string classifier = {};  // blob or layer (caffe/selection.h); empty: none
};

// What a classifier reads.
enum class CaffeClassifierReads {
  kFeature,
  kLatent,       // what the hash layer makes
  kActivations,  // the Sigmoid of it
};

// Rows and biases as they were trained.
struct CaffeClassifier {
  CaffeClassifierReads reads = CaffeClassifierReads::kFeature;
  bool sigmoid = false;  // else softmax
  int classes = 0;
  int columns = 0;             // dim of the network, or bits of the hash
  std::vector<float> weights;  // classes x columns, row by row
  std::vector<float> bias;     // classes
  double length = 0;           // of a feature, typical: that of a few made pictures
};

// The code of a feature f (network output) is bit i = (weights_i . f >= 0).
struct CaffeHash {
  int bits = 0;
  std::vector<float> weights;  // bits x dim, row by row
};

struct CaffeNetwork {
  int input_size = 0;   // pixels, square
  int whole = 0;        // input_size or more
  int dim = 0;          // of the network's output
  std::string feature;  // the blob
  int layers = 0;       // that were taken
  CaffeHash hash;       // bits 0: none
  std::optional<CaffeClassifier> classifier = {};
  std::vector<std::string> warnings;  // a line each
};

// The usual whole of a network that sees size x size pixels: 256 for those of ImageNet (224 to
// 256), else all of it.
int UsualCaffeWhole(int size);

// A layer of a network, and what it makes of one picture.
struct CaffeLayerSize {
  std::string name;
  std::string type;
  std::vector<std::string> blobs;  // its tops
  std::vector<int64_t> shape;      // of them, without the pictures' dimension; empty: not known
  std::string problem;             // why not
};
// All layers of the test phase in order. One that is not taken, or reads what is not known, has a
// problem. Errors of the files as of ImportCaffe.
Result<std::vector<CaffeLayerSize>> ListCaffe(const Path& prototxt, const Path& weights);

// The side of the pictures that a network sees whose weights are drawn, as ImportCaffe takes them.
Result<int> CaffeInputSize(const Path& prototxt, int data_size);

// Reads a network and writes `xml` and the .bin beside it: input float32 [N,3,S,S], RGB, 0 to 255;
// output [N,dim], the flattened feature. Order of channels, mean and scale are in the network.
// Where the code has a bias, the output has one number more, a constant, so that the bias survives
// scaling to unit length; it is a 16th of the length of the features of a few made pictures.
// Without weights and names, the feature is what the last layers of the network read, which are a
// classifier or a latent layer and a classifier.
// kInvalidArgument for names, sizes and a mean that do not fit, kUnsupported for layers that are
// not taken (which, of which type, in which line), kCorruption for files that are damaged or do not
// belong together, kNotFound, kIoError. Needs memory for the weights about three times.
Result<CaffeNetwork> ImportCaffe(const CaffeSource& source, const Path& xml);

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_IMPORT_H_
