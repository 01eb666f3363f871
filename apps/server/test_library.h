// A small library of the tiny test network, for tests of the server's parts.
#ifndef HASHLENS_APPS_SERVER_TEST_LIBRARY_H_
#define HASHLENS_APPS_SERVER_TEST_LIBRARY_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <latch>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "apps/server/test_folder.h"
#include "base/test_paths.h"
#include "hashlens/library.h"

namespace hashlens {

// A 16x16 picture that differs for every seed, as the bytes of a PPM file.
inline std::string PictureBytes(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes = "P6\n16 16\n255\n";
  std::string row(48, '\0');
  for (char& value : row) value = static_cast<char>(random());
  for (int y = 0; y < 16; ++y) {
    for (char& value : row) value = static_cast<char>(value + static_cast<char>(random() % 7));
    bytes += row;
  }
  return bytes;
}

inline Query OfId(uint64_t id) {
  Query query;
  query.id = id;
  return query;
}

// While it lives, searches of the library begin, but none ends: an export that reports its
// progress keeps the catalog.
class Hold {
 public:
  Hold(const Library& library, const std::filesystem::path& folder)
      : thread_([this, &library, folder] {
          bool held = false;
          const Status status = library.Export(folder, [&](const Progress&) {
            held = true;
            held_.count_down();
            release_.wait();
          });
          EXPECT_TRUE(held && status.ok()) << status.message();
          if (!held) held_.count_down();
        }) {
    held_.wait();
  }
  ~Hold() { release_.count_down(); }

 private:
  std::latch held_{1};
  std::latch release_{1};
  std::jthread thread_;
};

// Begins with an empty library.
class ServedLibraryTest : public testing::Test {
 protected:
  static constexpr int kBits = 16;
  static constexpr size_t kDim = 32;  // of the test network's features

  void SetUp() override {
    PackOptions pack;
    pack.name = "tiny";
    pack.input_size = 32;
    pack.bits = {kBits};
    const auto packed = PackModel(TestModelDir(), model(), pack);
    ASSERT_TRUE(packed.ok()) << packed.status().message();
    const auto writer = LibraryWriter::OpenOrCreate(library(), {model(), kBits}, open());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
  }

  std::filesystem::path folder() const { return temporary_.path(); }
  std::filesystem::path model() const { return folder() / "model"; }
  std::filesystem::path pictures() const { return folder() / "pictures"; }
  std::filesystem::path library() const { return folder() / "test.hashlens"; }

  OpenOptions open() const {
    OpenOptions options;
    options.jobs = 2;
    return options;
  }

  // Writes pictures of the seeds 1 to `count` into the folders a and b, and indexes them.
  void IndexPictures(uint64_t count) const {
    for (const char* name : {"a", "b"}) std::filesystem::create_directories(pictures() / name);
    for (uint64_t seed = 1; seed <= count; ++seed)
      WriteWhole(PictureFile(seed), PictureBytes(seed));
    auto writer = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    IndexOptions index;
    index.paths = {pictures()};
    const auto report = writer->Index(index);
    ASSERT_TRUE(report.ok()) << report.status().message();
    ASSERT_EQ(report->added, count);
  }
  std::filesystem::path PictureFile(uint64_t seed) const {
    return pictures() / (seed % 2 == 0 ? "a" : "b") / (std::to_string(seed) + ".ppm");
  }

  // Adds `count` images by features of their own, which takes no network.
  static Status AddImages(LibraryWriter* writer, const std::string& prefix, uint64_t count) {
    std::mt19937_64 random(std::hash<std::string>()(prefix));
    uint64_t given = 0;
    AddOptions add;
    add.next = [&]() -> Result<std::optional<GivenPicture>> {
      if (given == count) return std::optional<GivenPicture>();
      GivenPicture picture;
      picture.name = prefix + "/" + std::to_string(++given);
      picture.feature.resize(kDim);
      for (float& value : picture.feature) value = static_cast<float>(random() % 1000) - 500.0F;
      return std::optional(std::move(picture));
    };
    return writer->Add(add).status();
  }

 private:
  TestFolder temporary_;
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_TEST_LIBRARY_H_
