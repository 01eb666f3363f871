// Arranged codes: when they are made, when they are used, and what happens when they can't be.
#include "library/arrange.h"

#include "library/synthetic.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

constexpr uint64_t kImages = kArrangedImages + 100;

class ArrangeTest : public LibraryTest {
 protected:
  // Images around a hundred features, so that most codes can be passed over.
  void SetUp() override {
    LibraryTest::SetUp();
    ASSERT_TRUE(Writer().ok());
    ASSERT_NO_FATAL_FAILURE(Add(kImages));
  }

  void Add(uint64_t count) {
    auto writer = SyntheticWriter::Open(Layout{library()});
    ASSERT_TRUE(writer.ok());
    const auto fill = [&](std::span<float> feature) {
      std::mt19937_64 kind(random_() % 100);
      for (float& value : feature) value = static_cast<float>(kind() % 1000 + random_() % 50);
    };
    ASSERT_TRUE(writer->Add(count, fill).ok());
  }

  Path file() const { return Layout{library()}.Arrangement(); }

  SearchResult Ask(const Library& library, Strategy strategy = Strategy::kAuto) const {
    SearchOptions search;
    search.k = 50;
    search.rerank = false;
    search.strategy = strategy;
    const Query query{{}, 7};
    auto results = library.Search({&query, 1}, search);
    EXPECT_TRUE(results.ok()) << results.status().message();
    EXPECT_TRUE(results->front().ok());
    return *results->front();
  }

  // The strategy of a search after many others.
  Strategy AfterMany(const Library& library) const {
    for (int i = 0; i < 500; ++i) Ask(library);
    return Ask(library).codes.strategy;
  }

  std::vector<std::pair<uint64_t, uint32_t>> Found(const SearchResult& result) const {
    std::vector<std::pair<uint64_t, uint32_t>> found;
    for (const Hit& hit : result.hits) found.emplace_back(hit.id, hit.hamming);
    return found;
  }

 private:
  std::mt19937_64 random_{5};
};

TEST_F(ArrangeTest, CompactKeepsThemAndManySearchesUseThem) {
  Library before = Read();
  EXPECT_EQ(AfterMany(before), Strategy::kScan);
  const auto expected = Found(Ask(before));
  EXPECT_EQ(before.Info()->arranged, 0u);

  const auto report = Writer()->Compact();
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->warnings.empty());
  Library after = Read();
  EXPECT_EQ(Ask(after).codes.strategy, Strategy::kScan);  // one query alone does not read them
  EXPECT_NE(AfterMany(after), Strategy::kScan);
  EXPECT_EQ(Found(Ask(after)), expected);
  EXPECT_EQ(after.Info()->arranged, kImages / 64 * 64);
  EXPECT_TRUE(Problems().empty());

  // Asked for by name, they are read at once.
  EXPECT_EQ(Ask(Read(), Strategy::kBalls).codes.strategy, Strategy::kBalls);
  // Who is open since before finds them after a refresh, and keeps them when some images come.
  EXPECT_EQ(AfterMany(before), Strategy::kScan);
  ASSERT_TRUE(*before.Refresh());
  EXPECT_NE(AfterMany(before), Strategy::kScan);
  Add(200);
  ASSERT_TRUE(*before.Refresh());
  EXPECT_FALSE(*before.Refresh());
  EXPECT_NE(Ask(before).codes.strategy, Strategy::kScan);
  EXPECT_EQ(Found(Ask(before)), Found(Ask(before, Strategy::kScan)));
}

TEST_F(ArrangeTest, NewCodesAreArrangedAnew) {
  ASSERT_TRUE(Writer()->Compact().ok());
  const std::string old = ReadWhole(file());
  FitOptions fit;
  fit.method = "lsh";
  ASSERT_TRUE(Writer()->Fit(fit).ok());
  EXPECT_NE(ReadWhole(file()), old);
  EXPECT_NE(AfterMany(Read()), Strategy::kScan);

  WriteWhole(file(), old);  // of other codes
  Library library = Read();
  EXPECT_EQ(AfterMany(library), Strategy::kScan);
  EXPECT_FALSE(library.Info()->arrangement_problem.empty());
  EXPECT_TRUE(Problems().empty());
  ASSERT_TRUE(Writer()->Compact().ok());
  EXPECT_NE(AfterMany(Read()), Strategy::kScan);
}

TEST_F(ArrangeTest, DamagedOnesAreToldAndMadeAgain) {
  ASSERT_TRUE(Writer()->Compact().ok());
  const auto expected = Found(Ask(Read()));
  std::string bytes = ReadWhole(file());
  bytes[bytes.size() / 2] ^= 1;
  WriteWhole(file(), bytes);
  Library library = Read();
  EXPECT_EQ(AfterMany(library), Strategy::kScan);
  EXPECT_EQ(Found(Ask(library)), expected);
  EXPECT_NE(library.Info()->arrangement_problem.find("checksum"), std::string::npos);
  const auto problems = Problems();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems.front().find("codes.arranged"), std::string::npos);
  EXPECT_NE(problems.front().find("compact"), std::string::npos);
  ASSERT_TRUE(Writer()->Compact().ok());
  EXPECT_TRUE(Problems().empty());
  // What a crash leaves, the next writer clears away.
  const Path left = Path(file()) += ".tmp";
  WriteWhole(left, "half");
  ASSERT_TRUE(Writer().ok());
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST_F(ArrangeTest, WhatCannotBeWrittenIsAWarning) {
  std::filesystem::create_directory(file());
  const auto report = Writer()->Compact();
  ASSERT_TRUE(report.ok()) << report.status().message();
  ASSERT_EQ(report->warnings.size(), 1u);
  EXPECT_NE(report->warnings.front().find("codes.arranged"), std::string::npos);
  EXPECT_EQ(Ask(Read()).hits.size(), 50u);
}

}  // namespace
}  // namespace hashlens
