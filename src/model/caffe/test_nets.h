// Caffe networks for tests: the same layers as the files of both forms, with weights that chance
// decides.
#ifndef HASHLENS_MODEL_CAFFE_TEST_NETS_H_
#define HASHLENS_MODEL_CAFFE_TEST_NETS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace hashlens {

struct TestLayer {
  std::string name;
  std::string type;     // as today: "InnerProduct"
  std::string bottoms;  // with blanks between them
  std::string top;
  std::string fields;                        // "pooling_param { kernel_size: 2 }"
  std::vector<std::vector<int64_t>> shapes;  // of its blobs
  // The blobs' values are uniform in low..high; with 0 and 0, filters get a size that keeps the
  // size of what goes through.
  float low = 0;
  float high = 0;
};

struct TestNet {
  std::string input = "data";
  int channels = 3;
  int size = 32;
  std::vector<TestLayer> layers;
};

enum class CaffeForm { kOld, kNew };

// The old form has no PReLU, Scale, BatchNorm and Reshape.
std::string PrototxtOf(const TestNet& net, CaffeForm form);
// The same values for every form.
std::string CaffeModelOf(const TestNet& net, CaffeForm form, uint32_t seed = 1);
// A mean image, as Caffe's compute_image_mean writes it; values of 100 to 130.
std::string MeanProto(int channels, int size, std::vector<float>* values);

// Shorthand for layers.
TestLayer Conv(const std::string& name, const std::string& bottom, int64_t in, int64_t out,
               int64_t kernel, const std::string& more = "", int64_t group = 1);
TestLayer Inner(const std::string& name, const std::string& bottom, int64_t in, int64_t out);
// In place.
TestLayer Over(const std::string& name, const std::string& type, const std::string& blob,
               const std::string& fields = "");
TestLayer Plain(const std::string& name, const std::string& type, const std::string& bottoms,
                const std::string& fields = "");

// Two convolutions, a hidden layer "fc" of 40, a latent layer "code" of `bits` with a Sigmoid, and
// a classifier. 24 x 24 pixels.
TestNet SmallNet(int bits);
// CaffeNet (Jia et al. 2014) with latent layers as Lin et al. 2015 put them on fc7:
// fc8_kevin_encode (48) and fc8_kevin_encode_128. 227 x 227 pixels, 60 million weights.
TestNet PublishedNet();

}  // namespace hashlens

#endif  // HASHLENS_MODEL_CAFFE_TEST_NETS_H_
