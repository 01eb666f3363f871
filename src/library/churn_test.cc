// Libraries that change under those who search them: adding, removing, merging, compacting, new
// codes and arrangements in random order, each answer compared with brute force.
#include <algorithm>
#include <atomic>
#include <bit>
#include <map>
#include <thread>
#include <tuple>

#include "library/arrange.h"
#include "library/compact.h"
#include "library/feature_maker.h"
#include "library/refit.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/snapshot.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

constexpr uint64_t kQuery = 1;  // an image that is never removed

// Writes what index runs would, without pictures and networks.
class SyntheticWriter {
 public:
  explicit SyntheticWriter(const Path& library) : layout_{library} {
    auto catalog = Catalog::Open(layout_.Catalog(), Catalog::Mode::kWrite);
    EXPECT_TRUE(catalog.ok()) << catalog.status().message();
    catalog_.emplace(std::move(*catalog));
    const auto root = catalog_->AddRoot("/synthetic", "");
    EXPECT_TRUE(root.ok());
    root_ = root->id;
  }

  const Layout& layout() const { return layout_; }
  Catalog* catalog() { return &*catalog_; }
  LibraryMeta Meta() const { return *catalog_->ReadMeta(); }
  HashHead Head() const { return *LoadHead(layout_, Meta()); }

  // Images around a few features; gives id -> code.
  std::map<uint64_t, std::string> Add(uint64_t count, std::mt19937_64* random) {
    std::map<uint64_t, std::string> added;
    const LibraryMeta meta = Meta();
    const HashHead head = Head();
    const auto next = NextSegment(layout_, catalog_->ReadSnapshot()->segments);
    auto writer = SegmentWriter::Create(layout_, *next, meta, head);
    EXPECT_TRUE(writer.ok());
    CatalogBatch batch;
    for (uint64_t i = 0; i < count; ++i) {
      std::mt19937_64 kind((*random)() % 5);
      std::vector<float> feature(static_cast<size_t>(meta.dim));
      for (float& value : feature) {
        const double noise = static_cast<double>((*random)() % 1000) / 1000 * (i % 3 == 0 ? 0 : 1);
        value = static_cast<float>(static_cast<double>(kind() % 1000) / 1000 + noise);
      }
      NormaliseAndRound(feature);
      ImageRow image;
      image.id = meta.next_id + i;
      image.root = root_;
      image.path = std::to_string(image.id);
      image.stamp = {1, 1};
      image.width = image.height = 1;
      image.format = "jpeg";
      EXPECT_TRUE(writer->Append(image.id, feature).ok());
      std::string code(CodeBytes(head.bits), '\0');
      ApplyHead(head, feature, std::span(reinterpret_cast<uint8_t*>(code.data()), code.size()));
      added[image.id] = code;
      batch.images.push_back(std::move(image));
    }
    auto segment = writer->Finish();
    EXPECT_TRUE(segment.ok());
    batch.segment = *segment;
    EXPECT_TRUE(catalog_->Commit(batch).ok());
    return added;
  }

  Status Compact(uint64_t merged_rows) {
    return CompactSegments(layout_, catalog(), Head(), {}, {}, merged_rows).status();
  }
  Status Arrange(ArrangeWhen when) {
    return ArrangeCodes(layout_, *catalog_, when, 1, {}, {}, 64).status();
  }

 private:
  Layout layout_;
  std::optional<Catalog> catalog_;
  uint64_t root_ = 0;
};

using Codes = std::map<uint64_t, std::string>;  // of the images that are there

uint32_t Distance(const std::string& a, const std::string& b) {
  uint32_t distance = 0;
  for (size_t i = 0; i < a.size(); ++i)
    distance += static_cast<uint32_t>(std::popcount(static_cast<uint8_t>(a[i] ^ b[i])));
  return distance;
}

struct Found {
  uint32_t hamming;
  uint64_t id;
  auto operator<=>(const Found&) const = default;
};

std::vector<Found> BruteForce(const Codes& codes, const SearchOptions& search) {
  std::vector<Found> found;
  for (const auto& [id, code] : codes) {
    const uint32_t distance = Distance(code, codes.at(kQuery));
    if (search.radius < 0 || distance <= static_cast<uint32_t>(search.radius))
      found.push_back({distance, id});
  }
  std::sort(found.begin(), found.end());
  found.resize(std::min(found.size(), search.k));
  return found;
}

SearchOptions ByCode(size_t k) {
  SearchOptions search;
  search.k = k;
  search.rerank = false;
  return search;
}

Result<std::vector<Found>> SearchIn(const Library& library, const SearchOptions& search) {
  const Query query{{}, kQuery};
  auto results = library.Search({&query, 1}, search);
  if (!results.ok()) return results.status();
  if (!results->front().ok()) return results->front().status();
  std::vector<Found> found;
  for (const Hit& hit : results->front()->hits) found.push_back({hit.hamming, hit.id});
  return found;
}

enum class Step { kAdd, kRemove, kMerge, kCompact, kNewCodes, kArrange, kReopen, kSteps };
constexpr const char* kStepNames[] = {"add",       "remove",  "merge", "compact",
                                      "new codes", "arrange", "reopen"};

struct Case {
  uint64_t seed = 0;
  std::vector<Step> steps;

  std::string Text() const {
    std::string text = "seed " + std::to_string(seed) + ":";
    for (const Step step : steps) {
      text += ' ';
      text += kStepNames[static_cast<size_t>(step)];
    }
    return text;
  }
};

class ChurnTest : public LibraryTest {
 protected:
  void SetUp() override {
    LibraryTest::SetUp();
    ASSERT_TRUE(Writer().ok());  // an empty library, to be copied
  }

  // Plays the case; gives what went wrong first, or nothing.
  std::string Wrong(const Case& c) {
    const Path place = folder() / "case.hashlens";
    std::filesystem::remove_all(place);
    std::filesystem::copy(library(), place, std::filesystem::copy_options::recursive);
    std::mt19937_64 random(c.seed);
    SyntheticWriter writer(place);
    Codes codes = writer.Add(1 + random() % 100, &random);
    std::optional<Library> reader;
    std::optional<Library> old_reader;  // one that is never refreshed
    Codes old_codes;
    for (const Step step : c.steps) {
      const std::string name = kStepNames[static_cast<size_t>(step)];
      if (Status status = Play(step, &writer, &codes, &random); !status.ok())
        return name + ": " + status.message();
      if (!reader || step == Step::kReopen) {
        auto opened = Library::Open(place, open());
        if (!opened.ok()) return name + ": " + opened.status().message();
        if (reader && !old_reader) {
          old_reader = std::move(reader);
          old_codes = codes;
        }
        reader.emplace(std::move(*opened));
      }
      const auto refreshed = reader->Refresh();
      if (!refreshed.ok()) return name + ": " + refreshed.status().message();
      if (const std::string wrong = Compare(*reader, codes, &random); !wrong.empty())
        return "after " + name + ", " + wrong;
    }
    if (old_reader) {
      const auto found = SearchIn(*old_reader, ByCode(1000));
      if (!found.ok()) return "old reader: " + found.status().message();
      std::vector<Found> expected = BruteForce(old_codes, ByCode(1000));
      // What has been removed since has no path to show.
      std::erase_if(expected, [&](const Found& hit) { return !codes.contains(hit.id); });
      if (*found != expected) return "an old reader saw something new";
    }
    const auto report = VerifyLibraryAt(place);
    if (!report.ok()) return report.status().message();
    return report->problems.empty() ? "" : "verify: " + report->problems.front();
  }

 private:
  static Status Play(Step step, SyntheticWriter* writer, Codes* codes, std::mt19937_64* random) {
    switch (step) {
      case Step::kAdd:
        codes->merge(writer->Add(1 + (*random)() % 200, random));
        return {};
      case Step::kRemove: {
        std::vector<uint64_t> ids;
        for (const auto& [id, code] : *codes) {
          if (id != kQuery && (*random)() % 4 == 0) ids.push_back(id);
        }
        for (const uint64_t id : ids) codes->erase(id);
        return writer->catalog()->RemoveImages(ids).status();
      }
      case Step::kMerge:
        return writer->Compact(1 + (*random)() % 300);
      case Step::kCompact:
        return writer->Compact(kMergedRows);
      case Step::kNewCodes:
        return NewCodes(writer, codes, random);
      case Step::kArrange:
        return writer->Arrange((*random)() % 2 == 0 ? ArrangeWhen::kDue : ArrangeWhen::kPartial);
      default:
        return {};
    }
  }

  // Codes of another length, or of other directions.
  static Status NewCodes(SyntheticWriter* writer, Codes* codes, std::mt19937_64* random) {
    FitOptions fit;
    fit.method = "lsh";
    fit.bits = static_cast<int>(8 + (*random)() % 40);
    fit.seed = (*random)();
    if (Status status = Refit(writer->layout(), writer->catalog(), fit, 1); !status.ok())
      return status;
    const auto snapshot = Snapshot::Load(writer->layout(), *writer->catalog());
    if (!snapshot.ok()) return snapshot.status();
    for (auto& [id, code] : *codes) {
      code.assign((*snapshot)->codes().code_bytes(), '\0');
      (*snapshot)->codes().GetCode(*(*snapshot)->RowOf(id),
                                   std::span(reinterpret_cast<uint8_t*>(code.data()), code.size()));
    }
    return {};
  }

  static std::string Compare(const Library& library, const Codes& codes, std::mt19937_64* random) {
    for (const Strategy strategy : {Strategy::kAuto, Strategy::kScan, Strategy::kDistinct,
                                    Strategy::kBalls, Strategy::kBuckets, Strategy::kMih}) {
      SearchOptions search = ByCode(1 + (*random)() % 400);
      search.strategy = strategy;
      search.radius = (*random)() % 2 == 0 ? -1 : static_cast<int>((*random)() % 8);
      const auto found = SearchIn(library, search);
      // Not every strategy is there for every length, or before codes are arranged.
      if (found.status().code() == StatusCode::kInvalidArgument) continue;
      const std::string name(StrategyName(strategy));
      if (!found.ok()) return name + ": " + found.status().message();
      if (*found != BruteForce(codes, search)) return name + " is wrong";
    }
    return {};
  }
};

TEST_F(ChurnTest, EveryAnswerIsThatOfBruteForce) {
  constexpr uint64_t kCases = 120;
  for (uint64_t seed = 0; seed < kCases; ++seed) {
    std::mt19937_64 random(seed * 31 + 7);
    Case c{seed, {}};
    for (uint64_t i = 0; i < 3 + seed % 9; ++i)
      c.steps.push_back(static_cast<Step>(random() % static_cast<uint64_t>(Step::kSteps)));
    if (Wrong(c).empty()) continue;
    for (size_t i = 0; i < c.steps.size();) {  // without the steps that are not needed for it
      Case less = c;
      less.steps.erase(less.steps.begin() + static_cast<ptrdiff_t>(i));
      if (Wrong(less).empty())
        ++i;
      else
        c = less;
    }
    FAIL() << Wrong(c) << " in " << c.Text();
  }
}

// What a search finds must fit to one moment: all of the images that were there before the first
// search are among the nearest, and nothing is there twice or out of order.
TEST_F(ChurnTest, ReadersFollowWhileAWriterWorks) {
  SyntheticWriter writer(library());
  std::mt19937_64 random(1);
  const Codes base = writer.Add(300, &random);
  OpenOptions options = open();
  options.follow = true;
  auto library_of_all = Library::Open(library(), options);
  ASSERT_TRUE(library_of_all.ok());
  std::atomic<bool> done{false};
  std::atomic<uint64_t> searches{0};
  const auto read = [&](const Library& reader) {
    while (!done || searches < 50) {
      const auto found = SearchIn(reader, ByCode(400));
      ASSERT_TRUE(found.ok()) << found.status().message();
      auto sorted = *found;
      std::sort(sorted.begin(), sorted.end());
      ASSERT_EQ(std::unique(sorted.begin(), sorted.end()), sorted.end());
      ASSERT_FALSE(sorted.empty());
      for (const Found& hit : BruteForce(base, ByCode(1000))) {
        if (sorted.size() == 400 && sorted.back() < hit) break;
        ASSERT_TRUE(std::binary_search(sorted.begin(), sorted.end(), hit)) << hit.id;
      }
      ++searches;
    }
  };
  std::vector<std::jthread> readers;
  readers.emplace_back([&] { read(*library_of_all); });
  readers.emplace_back([&] { read(*library_of_all); });
  readers.emplace_back([&] {
    auto own = Library::Open(library(), options);
    ASSERT_TRUE(own.ok());
    read(*own);
  });
  for (int round = 0; round < 30; ++round) {
    const Codes added = writer.Add(20, &random);
    if (round % 3 == 0) {
      ASSERT_TRUE(writer.catalog()->RemoveImages({added.begin()->first}).ok());
    }
    if (round % 5 == 0) {
      ASSERT_TRUE(writer.Compact(kMergedRows).ok());
    }
    if (round % 7 == 0) {
      ASSERT_TRUE(writer.Arrange(ArrangeWhen::kPartial).ok());
    }
  }
  done = true;
}

}  // namespace
}  // namespace hashlens
