// Pictures and encoders of a tiny model, for tests of encoding.
#ifndef HASHLENS_EXCHANGE_TEST_ENCODE_H_
#define HASHLENS_EXCHANGE_TEST_ENCODE_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "hashlens/encode.h"
#include "library/test_library.h"

namespace hashlens {

inline constexpr EncodedParts kAll = {.feature = true, .activations = true, .code = true};

class EncodeTest : public LibraryTest {
 protected:
  EncodeOptions Options(const EncodedParts& parts = kAll) const {
    EncodeOptions options;
    options.model = model();
    options.parts = parts;
    options.bits = kBits;
    options.open = open();
    return options;
  }
  PictureEncoder Encoder(const EncodeOptions& options) const {
    auto encoder = PictureEncoder::Open(options);
    EXPECT_TRUE(encoder.ok()) << encoder.status().message();
    return std::move(*encoder);
  }
  static std::vector<EncodedPicture> Encode(const PictureEncoder& encoder,
                                            const EncodePathsOptions& options,
                                            EncodeReport* report = nullptr) {
    std::vector<EncodedPicture> pictures;
    const auto made = EncodePaths(encoder, options, [&](const EncodedPicture& picture) {
      pictures.push_back(picture);
      return Status();
    });
    EXPECT_TRUE(made.ok()) << made.status().message();
    if (made.ok() && report != nullptr) *report = *made;
    return pictures;
  }
  // Twelve pictures in folders.
  void WritePictures() const {
    for (uint64_t i = 0; i < 12; ++i)
      WritePicture(pictures() / (i % 3 == 0 ? "b" : "a/deep") / (std::to_string(i) + ".ppm"), i);
  }
  std::vector<std::string> Left() const {
    const auto names = ListFolder(folder());
    EXPECT_TRUE(names.ok());
    return names.ok() ? *names : std::vector<std::string>();
  }
};

}  // namespace hashlens

#endif  // HASHLENS_EXCHANGE_TEST_ENCODE_H_
