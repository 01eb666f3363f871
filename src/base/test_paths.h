// Where tests find what they need; the build writes the definitions.
#ifndef HASHLENS_BASE_TEST_PATHS_H_
#define HASHLENS_BASE_TEST_PATHS_H_

#include <filesystem>

namespace hashlens {

std::filesystem::path SourceDir();  // of the project
std::filesystem::path DepsDir();  // where tools/setup.sh put the Python environment and the models
// The tiny network of tools/make_test_model.py: network.xml and network.bin. Only in test programs
// that link hashlens_test_model.
std::filesystem::path TestModelDir();

}  // namespace hashlens

#endif  // HASHLENS_BASE_TEST_PATHS_H_
