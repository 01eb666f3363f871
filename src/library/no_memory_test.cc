// Memory that runs out at every place of an operation in turn: a Status, and everything still
// works. A program of its own, as it replaces operator new; under the address sanitizer nothing may
// leak.
#include "hashlens/memory_index.h"
#include "library/failing_new.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

// Calls `operate`, a Status or Result, with the first allocation failing, then the second, and so
// on until none does; each once with that one alone failing and once with all after it. After every
// call, `check` gets what it returned.
template <typename Operate, typename Check>
void ForEveryAllocation(const Operate& operate, const Check& check) {
  for (const bool all_after : {false, true}) {
    bool failed = true;
    int64_t count = 0;
    for (; failed && !testing::Test::HasFailure(); ++count) {
      FailAllocationAfter(count, all_after);
      auto result = operate();
      failed = StopFailingAllocations();
      SCOPED_TRACE("allocation " + std::to_string(count) + (all_after ? " and all after" : ""));
      const Status status = [&] {
        if constexpr (std::is_same_v<decltype(result), Status>)
          return result;
        else
          return result.status();
      }();
      const StatusCode allowed = failed ? StatusCode::kIoError : StatusCode::kOk;
      ASSERT_TRUE(status.ok() || status.code() == allowed) << status.message();
      check(result);
    }
    EXPECT_GT(count, 1);  // it allocates at all
  }
}

std::vector<uint8_t> RandomCodes(size_t rows, size_t bytes) {
  std::mt19937 random(3);
  std::vector<uint8_t> codes(rows * bytes);
  for (uint8_t& byte : codes) byte = static_cast<uint8_t>(random());
  return codes;
}

TEST(NoMemory, PreparingCodesLeavesThemAsTheyWere) {
  const std::vector<uint8_t> codes = RandomCodes(500, 4);
  const std::span query = std::span(codes).first(4);
  for (const int threads : {1, 3}) {
    CodeIndex index(32);
    index.Append(codes);
    const auto expected = index.Search(query, {});
    uint64_t prepared = 0;
    ForEveryAllocation([&] { return index.Prepare(threads); },
                       [&](const Status& status) {
                         EXPECT_EQ(index.prepared_rows(), prepared |= status.ok() ? 448u : 0u);
                         EXPECT_EQ(index.Search(query, {}), expected);
                       });
  }
}

TEST(NoMemory, AddingToAnIndexAddsAllOrNothing) {
  constexpr size_t kDim = 8;
  const std::vector<uint8_t> codes = RandomCodes(100, 4);
  std::vector<float> features(100 * kDim);
  for (size_t i = 0; i < features.size(); ++i) features[i] = static_cast<float>(i % 17) + 1;
  std::optional<MemoryIndex> index(std::move(*MemoryIndex::Create(32, kDim)));
  ASSERT_TRUE(index->Add(codes, features).ok());
  uint64_t rows = 100;
  const auto search = [&] {
    return index->Search(std::span(codes).first(4), std::span(features).first(kDim), {});
  };
  ForEveryAllocation([&] { return index->Add(codes, features); },
                     [&](const Status& status) {
                       if (status.ok()) rows += 100;
                       ASSERT_EQ(index->rows(), rows);
                       const auto hits = search();
                       ASSERT_TRUE(hits.ok());
                       ASSERT_EQ((*hits)[0].size(), 10u);
                       EXPECT_EQ((*hits)[0][0].row, 0u);
                       EXPECT_LT(*(*hits)[0][0].distance, 1e-6F);
                     });
  ForEveryAllocation([&] { return index->Prepare(); },
                     [&](const Status&) { EXPECT_EQ((*search())[0][0].row, 0u); });
  const auto expected = *search();
  ForEveryAllocation(search,
                     [&](const auto& hits) { EXPECT_TRUE(!hits.ok() || *hits == expected); });
}

class NoMemoryTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    for (int i = 0; i < 12; ++i)
      WritePicture(pictures() / (std::to_string(i) + ".ppm"), static_cast<uint64_t>(i));
    IndexOptions options;
    options.batch = 4;
    Index(options);
    ASSERT_EQ(Content().size(), 12u);
  }
  // Hits of image 7.
  static Result<std::vector<Result<SearchResult>>> Ask(const Library& library) {
    static const Query kQuery{{}, 7};
    static const SearchOptions kOptions;
    return library.Search(std::span(&kQuery, 1), kOptions);
  }
  static void ExpectTwelve(const Library& library) {
    const auto results = Ask(library);
    ASSERT_TRUE(results.ok() && (*results)[0].ok());
    ASSERT_EQ((*results)[0]->hits.size(), 10u);
    EXPECT_EQ((*results)[0]->hits[0].id, 7u);
  }
};

TEST_F(NoMemoryTest, OpeningALibrary) {
  const Path path = library();
  OpenOptions options = open();
  options.jobs = 1;
  ForEveryAllocation([&] { return Library::Open(path, options); },
                     [&](const Result<Library>& opened) {
                       if (opened.ok()) ExpectTwelve(*opened);
                     });
  EXPECT_TRUE(Problems().empty());
}

TEST_F(NoMemoryTest, SearchingALibrary) {
  const Library read = Read();
  ForEveryAllocation([&] { return Ask(read); },
                     [&](const Result<std::vector<Result<SearchResult>>>& results) {
                       EXPECT_TRUE(!results.ok() || (*results)[0].ok() ||
                                   (*results)[0].status().code() == StatusCode::kIoError);
                       ExpectTwelve(read);
                     });
}

TEST_F(NoMemoryTest, RemovingAnImage) {
  auto writer = Writer();
  ImageSelection remove;
  uint64_t there = 12;
  for (uint64_t id = 1; id <= 4; ++id) remove.ids.push_back(id);
  const auto add_again = [&] {
    IndexOptions options;
    options.paths = {pictures()};
    const auto report = writer->Index(options);
    ASSERT_TRUE(report.ok()) << report.status().message();
    ASSERT_EQ(report->added, 4u);
    for (uint64_t& id : remove.ids) id = there + 1 + static_cast<uint64_t>(&id - &remove.ids[0]);
    there += 4;
  };
  ForEveryAllocation([&] { return writer->Remove(remove); },
                     [&](const Result<uint64_t>& removed) {
                       const uint64_t images = Read().Info()->images;
                       ASSERT_EQ(images, removed.ok() ? 8u : 12u);
                       if (removed.ok()) add_again();
                     });
  EXPECT_TRUE(Problems().empty());
}

TEST_F(NoMemoryTest, CompactingALibrary) {
  ImageSelection remove;
  remove.ids = {2, 9};
  ASSERT_TRUE(Writer()->Remove(remove).ok());
  const auto content = Content();
  const Path kept = folder() / "kept.hashlens";
  fs::copy(library(), kept, fs::copy_options::recursive);
  auto writer = Writer();
  const auto compact = [&] { return writer->Compact(); };
  ForEveryAllocation(compact, [&](const Result<CompactReport>& report) {
    ASSERT_EQ(Read().Info()->images, 10u);
    writer = NotFound("closed");  // the next one clears away what could not be removed
    if (report.ok()) {
      EXPECT_EQ(Read().Info()->segments, 1u);
      EXPECT_EQ(Content(), content);
      EXPECT_TRUE(Problems().empty());
      fs::remove_all(library());
      fs::copy(kept, library(), fs::copy_options::recursive);
    }
    writer = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
  });
  EXPECT_EQ(Content(), content);
  ASSERT_TRUE(writer->Compact().ok());
  // What comes after the rewriting, too.
  ForEveryAllocation(compact,
                     [&](const Result<CompactReport>&) { ASSERT_EQ(Read().Info()->segments, 1u); });
  EXPECT_EQ(Content(), content);
  writer = NotFound("closed");
  ASSERT_TRUE(Writer().ok());  // clears away what is left
  EXPECT_TRUE(Problems().empty());
  EXPECT_EQ(std::distance(fs::directory_iterator(library() / "segments"), fs::directory_iterator()),
            2);
}

}  // namespace
}  // namespace hashlens
