#include "source/hdf5_source.h"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "base/temp_folder.h"
#include "base/test_files.h"
#include "source/test_damage.h"

namespace hashlens {
namespace {

using namespace std::string_literals;

std::atomic<size_t> decompressed = 0;

class Hdf5SourceTest : public testing::Test {
 protected:
  template <typename T>
  void Put(const std::string& name, std::vector<hsize_t> shape, hid_t type, hid_t stored,
           const std::vector<T>& values, bool packed = false) {
    const hid_t file = std::filesystem::exists(file_)
                           ? H5Fopen(file_.c_str(), H5F_ACC_RDWR, H5P_DEFAULT)
                           : H5Fcreate(file_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (packed) {
      shape[0] = 1;
      H5Pset_chunk(creation, static_cast<int>(shape.size()), shape.data());
      H5Pset_deflate(creation, 4);
    }
    const hid_t set =
        H5Dcreate2(file, name.c_str(), stored, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ASSERT_GE(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dclose(set);
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
  }
  void PutBytes(const std::string& name, std::vector<hsize_t> shape, const std::string& bytes,
                bool packed = false) {
    Put(name, std::move(shape), H5T_NATIVE_UCHAR, H5T_STD_U8LE,
        std::vector<char>(bytes.begin(), bytes.end()), packed);
  }
  void PutFloats(const std::string& name, std::vector<hsize_t> shape,
                 const std::vector<float>& values) {
    Put(name, std::move(shape), H5T_NATIVE_FLOAT, H5T_IEEE_F32BE, values);
  }

  std::vector<Record> ReadAllRecords(const DataOptions& options = {}) {
    auto source = OpenSource(file_, options);
    EXPECT_TRUE(source.ok()) << source.status().message();
    std::vector<Record> records;
    if (!source.ok()) return records;
    for (;;) {
      auto record = (*source)->Next();
      EXPECT_TRUE(record.ok()) << record.status().message();
      if (!record.ok() || !*record) break;
      const auto again = (*source)->Read((*record)->key);
      EXPECT_TRUE(again.ok());
      EXPECT_EQ(again->picture, (*record)->picture);
      EXPECT_EQ(again->feature, (*record)->feature);
      records.push_back(std::move(**record));
    }
    EXPECT_EQ(records.size(), (*source)->size());
    return records;
  }
  std::string WhyNot(const DataOptions& options = {}) {
    const auto source = OpenSource(file_, options);
    EXPECT_FALSE(source.ok());
    return source.ok() ? std::string() : source.status().message();
  }

  TempFolder temp_;
  Path file_ = temp_.path() / "set.h5";
};

TEST_F(Hdf5SourceTest, PicturesAsCaffeHasThem) {
  PutBytes("data", {2, 3, 1, 2}, "ABCDEFGHIJKL", /*packed=*/true);
  PutFloats("label", {2, 1}, {3, 7});
  const auto records = ReadAllRecords();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].key, "0");
  EXPECT_EQ(records[0].picture, "P6\n2 1\n255\nECAFDB");
  EXPECT_EQ(records[0].label, 3);
  EXPECT_EQ(records[1].picture, "P6\n2 1\n255\nKIGLJH");
  EXPECT_EQ(records[1].label, 7);
}

TEST_F(Hdf5SourceTest, OtherLayoutsAndNames) {
  PutBytes("group_less", {1, 1, 2, 3}, "ABCDEF");
  PutFloats("grey", {1, 2, 2}, {0, 0.5F, 1, 0.25F});
  PutFloats("broken", {2, 1, 2}, {0, 300, 65, 66});
  Put("y", {1}, H5T_NATIVE_INT64, H5T_STD_I16BE, std::vector<int64_t>{-4});
  DataOptions options;
  options.dataset = "group_less";
  options.labels = "y";
  auto records = ReadAllRecords(options);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].picture, "P5\n3 2\n255\nABCDEF");
  EXPECT_EQ(records[0].label, -4);
  options.dataset = "grey";
  EXPECT_EQ(ReadAllRecords(options)[0].picture, "P5\n2 2\n255\n\x00\x80\xff\x40"s);
  options = {};
  options.dataset = "broken";
  records = ReadAllRecords(options);
  EXPECT_FALSE(records[0].problem.ok());
  EXPECT_EQ(records[1].picture, "P5\n2 1\n255\nAB");
  EXPECT_FALSE(records[1].label);
}

TEST_F(Hdf5SourceTest, ChannelsLastIsRedFirst) {
  PutBytes("data", {1, 2, 1, 3}, "ABCDEF");
  EXPECT_EQ(ReadAllRecords()[0].picture, "P6\n1 2\n255\nABCDEF");
}

TEST_F(Hdf5SourceTest, Features) {
  PutFloats("features", {2, 3}, {1, 2, 3, 4, std::nanf(""), 6});
  const auto records = ReadAllRecords();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].feature, (std::vector<float>{1, 2, 3}));
  EXPECT_FALSE(records[1].problem.ok());
}

TEST_F(Hdf5SourceTest, WhatMakesNoSenseIsSaid) {
  PutFloats("features", {2, 3}, {1, 2, 3, 4, 5, 6});
  PutFloats("short", {1}, {1});
  Put("numbers", {2, 3}, H5T_NATIVE_INT, H5T_STD_I32LE, std::vector<int>(6));
  DataOptions options;
  options.dataset = "nothing";
  EXPECT_NE(
      WhyNot(options).find("dataset nothing: is not there; there are features, numbers, short"),
      std::string::npos)
      << WhyNot(options);
  options.dataset = "numbers";
  EXPECT_NE(WhyNot(options).find("holds neither pictures"), std::string::npos);
  options = {};
  options.labels = "short";
  EXPECT_NE(WhyNot(options).find("not one label for each of the 2 rows"), std::string::npos);
  WriteWhole(temp_.path() / "other.h5", "no HDF5");
  file_ = temp_.path() / "other.h5";
  EXPECT_NE(WhyNot().find("other.h5: not an HDF5 file"), std::string::npos);
}

TEST_F(Hdf5SourceTest, ValuesInOtherFilesAreRefused) {
  WriteWhole(temp_.path() / "secret", "ABCDEF");
  const hid_t file = H5Fcreate(file_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t shape[] = {1, 2, 3};
  const hid_t space = H5Screate_simple(3, shape, nullptr);
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_external(creation, (temp_.path() / "secret").c_str(), 0, 6);
  H5Dclose(H5Dcreate2(file, "data", H5T_STD_U8LE, space, H5P_DEFAULT, creation, H5P_DEFAULT));
  H5Lcreate_external("elsewhere.h5", "/data", file, "linked", H5P_DEFAULT, H5P_DEFAULT);
  H5Pclose(creation);
  H5Sclose(space);
  H5Fclose(file);
  EXPECT_NE(WhyNot().find("its values are in another file"), std::string::npos);
  DataOptions options;
  options.dataset = "linked";
  EXPECT_NE(WhyNot(options).find("is in another file"), std::string::npos);
}

// Counts how often chunks are decompressed, and leaves them as they are.
size_t CountingFilter(unsigned flags, size_t, const unsigned*, size_t bytes, size_t*, void**) {
  if ((flags & H5Z_FLAG_REVERSE) != 0) ++decompressed;
  return bytes;
}

// Chunks that hold all rows, more than libhdf5 is usually told to keep; whole rows, and half ones.
TEST_F(Hdf5SourceTest, EachLargeChunkIsDecompressedOnce) {
  constexpr H5Z_filter_t kFilter = 300;  // of those for tests
  const H5Z_class2_t filter{H5Z_CLASS_T_VERS, kFilter, 1,       1,
                            "counting",       nullptr, nullptr, CountingFilter};
  ASSERT_GE(H5Zregister(&filter), 0);
  constexpr hsize_t kRows = 1100, kDim = 16'384;  // 72 MB
  std::vector<float> values(kRows * kDim);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1021);
  for (const hsize_t columns : {kDim, kDim / 2}) {
    std::filesystem::remove(file_);
    const hsize_t shape[] = {kRows, kDim}, chunk[] = {kRows, columns};
    const hid_t file = H5Fcreate(file_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, chunk);
    ASSERT_GE(H5Pset_filter(creation, kFilter, 0, 0, nullptr), 0);
    const hid_t set =
        H5Dcreate2(file, "features", H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ASSERT_GE(H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dclose(set);
    H5Pclose(creation);
    H5Sclose(space);
    H5Fclose(file);
    decompressed = 0;
    const auto source = *OpenSource(file_, {});
    for (size_t row = 0; row < 60; ++row) {
      const auto record = source->Next();
      ASSERT_TRUE(record.ok()) << record.status().message();
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * kDim);
      ASSERT_TRUE(std::equal(begin, begin + kDim, (*record)->feature.begin()));
    }
    EXPECT_EQ(decompressed, kDim / columns);
  }
  H5Zunregister(kFilter);
}

TEST_F(Hdf5SourceTest, AFilterThatIsNotThereIsNamed) {
  const hsize_t shape[] = {2, 3};
  const hid_t file = H5Fcreate(file_.c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(2, shape, nullptr);
  for (const auto& [filter, name] : {std::pair(32'000, "lzf"), std::pair(32'123, "other")}) {
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(creation, 2, shape);
    ASSERT_GE(H5Pset_filter(creation, filter, H5Z_FLAG_OPTIONAL, 0, nullptr), 0);
    H5Dclose(H5Dcreate2(file, name, H5T_NATIVE_FLOAT, space, H5P_DEFAULT, creation, H5P_DEFAULT));
    H5Pclose(creation);
  }
  H5Sclose(space);
  H5Gclose(H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Fclose(file);
  DataOptions options;
  options.dataset = "lzf";
  EXPECT_NE(WhyNot(options).find("compressed with lzf"), std::string::npos) << WhyNot(options);
  options.dataset = "other";
  EXPECT_NE(WhyNot(options).find("compressed with filter 32123"), std::string::npos);
  options.dataset = "group";
  EXPECT_NE(WhyNot(options).find("is no dataset"), std::string::npos) << WhyNot(options);
}

TEST_F(Hdf5SourceTest, ANewerLayoutIsTold) {
  PutFloats("features", {2, 77}, std::vector<float>(154));
  std::string bytes = ReadWhole(file_);
  // The layout message: version 3, contiguous, address, size.
  const std::string size("\x68\x02\0\0\0\0\0\0", 8);
  for (size_t at = 0; at + 18 <= bytes.size(); ++at) {
    if (bytes.compare(at, 2, "\x03\x01") == 0 && bytes.compare(at + 10, 8, size) == 0)
      bytes[at] = 9;
  }
  WriteWhole(file_, bytes);
  const std::string why = WhyNot();
  EXPECT_NE(why.find("newer format of HDF5"), std::string::npos) << why;
  EXPECT_NE(why.find("bad version number for layout message"), std::string::npos) << why;
}

TEST_F(Hdf5SourceTest, ReadersInSeveralThreads) {
  std::string bytes(400, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>('A' + i % 26);
  PutBytes("data", {100, 1, 2, 2}, bytes, /*packed=*/true);
  const auto source = *OpenSource(file_, {});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (size_t i = 0; i < 100; ++i) {
        const auto record = source->Read(std::to_string(i));
        EXPECT_TRUE(record.ok());
        EXPECT_EQ(record->picture, "P5\n2 2\n255\n" + bytes.substr(i * 4, 4));
      }
    });
  }
}

TEST_F(Hdf5SourceTest, ATruncatedFileIsAnError) {
  PutBytes("data", {50, 1, 8, 8}, std::string(3200, 'x'));
  const std::string whole = ReadWhole(file_);
  for (const size_t size :
       {size_t{0}, size_t{7}, size_t{100}, whole.size() / 2, whole.size() - 1}) {
    WriteWhole(file_, whole.substr(0, size));
    EXPECT_NE(WhyNot().find("set.h5: not an HDF5 file that can be read"), std::string::npos);
  }
}

}  // namespace
}  // namespace hashlens
