// Whole files as strings, for tests that damage them.
#ifndef HASHLENS_BASE_TEST_FILES_H_
#define HASHLENS_BASE_TEST_FILES_H_

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace hashlens {

inline std::string ReadWhole(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

// Makes the folder, too. An existing file is replaced, not emptied and written anew, which some
// file systems answer with a flush.
inline void WriteWhole(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::filesystem::remove(path);
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  ASSERT_TRUE(out.flush().good()) << path;
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_TEST_FILES_H_
