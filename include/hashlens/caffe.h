// Networks that were trained with Caffe, as model packages.
#ifndef HASHLENS_CAFFE_H_
#define HASHLENS_CAFFE_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hashlens/status.h"
#include "hashlens/types.h"

namespace hashlens {

struct CaffeImportOptions {
  std::filesystem::path prototxt;  // deploy.prototxt, of 2014 or later
  std::filesystem::path weights;   // .caffemodel
  // What is subtracted from pictures: a .binaryproto or .npy file, or "B,G,R"; empty: nothing.
  std::string mean;
  float scale = 1;      // of (pixel - mean)
  bool rgb = false;     // order of the network's channels; otherwise BGR
  std::string feature;  // the blob or layer that is the feature; empty: what the hash layer reads
  std::string hash;  // the InnerProduct (or Sigmoid or TanH behind it) that makes codes; empty: the
                     // codes are random hyperplanes, until `index` fits its own at 1000 images
  int bits = 128;    // of codes when there is no hash layer; 8..512
  // Pictures are made size x size pixels, of which the network sees the middle; 0: 256 for networks
  // that see 224 to 256, else what the network sees.
  int size = 0;
  bool stretch = true;  // to that size without keeping proportions, as Caffe does; otherwise the
                        // largest square is taken
  std::string name;     // of the model; empty: the package's folder
  // The blob or layer that tells classes: a Softmax or Sigmoid behind an InnerProduct of the
  // feature or of the code, or that InnerProduct; empty: the package gets no classifier.
  std::string classifier;
  // A file with a line for each class: its name, or a WordNet id and its name, as Caffe's
  // synset_words.txt. Empty: the classes are called by their numbers, from 0.
  std::filesystem::path label_names;
};

struct CaffeImport {
  ModelInfo model;
  std::string feature;                // the blob
  int layers = 0;                     // of the network that were taken
  int size = 0;                       // as in the options, found
  std::vector<std::string> warnings;  // a line each: what was passed over
};

// A layer of a network, and what it makes of one picture.
struct CaffeLayerInfo {
  std::string name;
  std::string type;                // "Convolution"
  std::vector<std::string> blobs;  // its tops
  std::vector<int64_t> shape;      // of them, such as channels, height, width; empty: not known
  std::string problem;             // why not: a layer of a type that is not taken, ...
};
// All layers in order, but those that are for training only. kCorruption, kUnsupported (the form of
// 2013), kNotFound, kIoError: of the files.
Result<std::vector<CaffeLayerInfo>> ListCaffeLayers(const std::filesystem::path& prototxt,
                                                    const std::filesystem::path& weights);

// Makes the package `folder`, which appears complete or not at all. kInvalidArgument for options
// that do not fit the network; kUnsupported for layers that are not taken, saying which, of which
// type, in which line; kCorruption for files that are damaged or do not belong together; kNotFound,
// kIoError.
Result<CaffeImport> ImportCaffeModel(const CaffeImportOptions& options,
                                     const std::filesystem::path& folder);

}  // namespace hashlens

#endif  // HASHLENS_CAFFE_H_
