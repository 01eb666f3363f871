// Pictures, a tiny model and a library in a temporary folder, for tests.
#ifndef HASHLENS_LIBRARY_TEST_LIBRARY_H_
#define HASHLENS_LIBRARY_TEST_LIBRARY_H_

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/temp_folder.h"
#include "base/test_files.h"
#include "hash/fit.h"
#include "hashlens/library.h"
#include "model/test_package.h"

namespace hashlens {

// A 16x16 picture that differs for every seed, as a PPM file.
inline void WritePicture(const Path& path, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes = "P6\n16 16\n255\n";
  std::string row(48, '\0');
  for (char& value : row) value = static_cast<char>(random());
  for (int y = 0; y < 16; ++y) {
    for (char& value : row) value = static_cast<char>(value + static_cast<char>(random() % 7));
    bytes += row;
  }
  WriteWhole(path, bytes);
}

class LibraryTest : public testing::Test {
 protected:
  static constexpr int kBits = 16;

  void SetUp() override {
    std::mt19937_64 random(7);
    std::vector<float> directions(64 * kTestDim);
    for (float& value : directions) value = static_cast<float>(random() % 2000) / 1000.0F - 1.0F;
    const std::vector<float> mean(kTestDim, 0.1F);
    std::vector<HeadBytes> heads;
    for (const int bits : {12, kBits}) {
      const auto head = HeadFromDirections(directions, mean, bits, 1);
      ASSERT_TRUE(head.ok()) << head.status().message();
      heads.push_back({bits, head->method, SerializeHead(*head)});
    }
    ASSERT_TRUE(WriteTestPackage(model(), heads).ok());
  }

  Path folder() const { return temporary_.path(); }
  Path model() const { return folder() / "model"; }
  Path pictures() const { return folder() / "pictures"; }
  Path library() const { return folder() / "test.hashlens"; }

  OpenOptions open() const {
    OpenOptions options;
    options.jobs = 2;
    return options;
  }

  Result<LibraryWriter> Writer(int bits = kBits) const {
    return LibraryWriter::OpenOrCreate(library(), {model(), bits}, open());
  }

  IndexReport Index(IndexOptions options) const {
    if (options.paths.empty()) options.paths = {pictures()};
    auto writer = Writer();
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    auto report = writer->Index(options);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? *report : IndexReport();
  }
  IndexReport Index() const { return Index(IndexOptions()); }

  Library Read() const {
    auto opened = Library::Open(library(), open());
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return std::move(*opened);
  }

  // Path -> distance of a search for one picture among all.
  std::vector<Hit> Search(const Query& query, const SearchOptions& options = {}) const {
    const Library read = Read();
    const auto results = read.Search(std::span(&query, 1), options);
    EXPECT_TRUE(results.ok() && (*results)[0].ok());
    return (*results)[0]->hits;
  }

  // Everything that the library says of every image, by path: what two equal libraries agree on.
  std::map<std::string, std::string> Content() const {
    std::map<std::string, std::string> content;
    const Library read = Read();
    const auto info = read.Info();
    EXPECT_TRUE(info.ok());
    SearchOptions all;
    all.k = 10'000;
    all.candidates = 10'000;
    const auto first = FirstId();
    if (first == 0) return content;
    const Query query{{}, first};
    const auto results = read.Search(std::span(&query, 1), all);
    EXPECT_TRUE(results.ok() && (*results)[0].ok());
    for (const Hit& hit : (*results)[0]->hits) {
      content[hit.path.native()] = std::to_string(hit.id) + " " + std::to_string(hit.hamming) +
                                   " " + std::to_string(*hit.distance);
    }
    return content;
  }

  // The smallest id that is there; 0 in an empty library.
  uint64_t FirstId() const {
    const Library read = Read();
    for (uint64_t id = 1; id < 10'000; ++id) {
      if (read.PathOf(id).ok()) return id;
    }
    return 0;
  }

  std::vector<std::string> Problems() const {
    const auto report = VerifyLibraryAt(library());
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? report->problems : std::vector<std::string>{report.status().message()};
  }

 private:
  TempFolder temporary_;
};

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_TEST_LIBRARY_H_
