// A model package of the tiny test network (tools/make_test_model.py), for tests.
#ifndef HASHLENS_MODEL_TEST_PACKAGE_H_
#define HASHLENS_MODEL_TEST_PACKAGE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/test_paths.h"
#include "model/model_package.h"

namespace hashlens {

inline constexpr int kTestDim = 32;
inline constexpr int kTestInputSize = 32;

inline std::filesystem::path TestNetwork() { return TestModelDir() / "network.xml"; }

inline NetworkInput TestInput() {
  NetworkInput input;
  input.size = kTestInputSize;
  return input;
}

// The same with features of many dimensions.
inline constexpr int kWideTestDim = 4096;

inline Result<ModelPackage> WriteWideTestPackage(const std::filesystem::path& folder,
                                                 const std::vector<HeadBytes>& heads) {
  return WriteModelPackage(folder, "wide", kWideTestDim, TestInput(),
                           TestModelDir() / "wide" / "network.xml", heads);
}

inline Result<ModelPackage> WriteTestPackage(const std::filesystem::path& folder,
                                             const std::vector<HeadBytes>& heads = {}) {
  return WriteModelPackage(folder, "tiny", kTestDim, TestInput(), TestNetwork(), heads);
}

}  // namespace hashlens

#endif  // HASHLENS_MODEL_TEST_PACKAGE_H_
