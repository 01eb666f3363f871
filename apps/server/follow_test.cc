// Searches while the library changes: by a writer of the server's own, and followed by others.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "apps/server/batcher.h"
#include "apps/server/test_library.h"
#include "apps/server/test_threads.h"
#include "apps/server/writer_queue.h"

namespace hashlens {
namespace {

constexpr uint64_t kImagesBefore = 40;  // images
constexpr uint64_t kImagesAChange = 7;  // by a change
constexpr uint64_t kFollowedChanges = 6;

class BatcherFollowThreads : public ServedLibraryTest {
 protected:
  void SetUp() override {
    ServedLibraryTest::SetUp();
    auto writer = LibraryWriter::Open(library(), open());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    ASSERT_TRUE(AddImages(&*writer, "before", kImagesBefore).ok());
  }
};

// The ids that a search for all images finds, in order.
std::vector<uint64_t> FindAll(Batcher* batcher, uint64_t query_id) {
  SearchOptions all;
  all.k = 1000;
  all.rerank = false;
  const auto answer = batcher->Search(OfId(query_id), all, kForever);
  EXPECT_TRUE(answer.result.ok()) << answer.result.status().message();
  std::vector<uint64_t> ids;
  if (!answer.result.ok()) return ids;
  for (const Hit& hit : answer.result->hits) ids.push_back(hit.id);
  std::ranges::sort(ids);
  EXPECT_EQ(answer.result->rows, ids.size());
  EXPECT_EQ(answer.result->hits.front().hamming, 0U);
  return ids;
}

// Each answer is that of one moment: it has all images that were committed before the search
// began, and none that were given after it ended.
TEST_F(BatcherFollowThreads, AnswersAreOfOneMoment) {
  OpenOptions options = open();
  options.follow = true;
  auto served = Library::Open(library(), options);
  ASSERT_TRUE(served.ok()) << served.status().message();
  Metrics metrics;
  Batcher batcher(&*served, &metrics);
  WriterQueue queue(library(), open(), 4);
  std::atomic<uint64_t> committed{kImagesBefore};
  std::atomic<uint64_t> given{kImagesBefore};
  std::atomic<bool> done{false};
  const auto change = [&] {
    const auto add = [&](LibraryWriter* writer) {
      const uint64_t before = given.fetch_add(kImagesAChange);
      return AddImages(writer, "given" + std::to_string(before), kImagesAChange);
    };
    const Status status = queue.Do(add, kForever);
    EXPECT_TRUE(status.ok()) << status.message();
    committed += kImagesAChange;
  };
  const auto search = [&](uint64_t query_id) {
    for (int searches = 0; searches < 10 || !done; ++searches) {
      const uint64_t least = committed;
      const std::vector<uint64_t> ids = FindAll(&batcher, query_id);
      const uint64_t most = given;
      ASSERT_GE(ids.size(), least);
      ASSERT_LE(ids.size(), most);
      ASSERT_EQ((ids.size() - kImagesBefore) % kImagesAChange, 0U) << "half a change";
      for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i + 1);
    }
  };
  RunTogether(6, [&](size_t thread) {
    if (thread > 1) return search(thread);
    if (thread == 1) {
      for (uint64_t i = 0; i < kFollowedChanges; ++i) change();
      done = true;
    }
    while (!done) {
      EXPECT_TRUE(served->Refresh().ok());
      std::this_thread::yield();
    }
  });
  // A search alone follows, too.
  change();
  EXPECT_EQ(FindAll(&batcher, 1).size(), kImagesBefore + kImagesAChange * (kFollowedChanges + 1));
}

}  // namespace
}  // namespace hashlens
