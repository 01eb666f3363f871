// Libraries that change under those who search them: adding, removing, merging, compacting, new
// codes and arrangements in random order, each answer compared with brute force.
#include <algorithm>
#include <atomic>
#include <bit>
#include <map>
#include <thread>
#include <tuple>

#include "base/try.h"
#include "library/arrange.h"
#include "library/compact.h"
#include "library/refit.h"
#include "library/snapshot.h"
#include "library/synthetic.h"
#include "library/test_library.h"

namespace hashlens {
namespace {

constexpr uint64_t kQuery = 1;  // an image that is never removed

// An image is one of a few kinds, and some are alike.
void FillKind(std::span<float> feature, std::mt19937_64* random) {
  std::mt19937_64 kind((*random)() % 5);
  const bool alike = (*random)() % 3 == 0;
  for (float& value : feature) {
    const uint64_t noise = alike ? 0 : (*random)() % 1000;
    value = static_cast<float>(kind() % 1000 + noise);
  }
}

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
  auto operator<=>(const Found&) const = default;  // NOLINT: clang-tidy 14 sees a null pointer
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
    std::string text = "seed ";
    text += std::to_string(seed);
    for (const Step step : steps) {
      text += ' ';
      text += kStepNames[static_cast<size_t>(step)];
    }
    return text;
  }
};

// Changes a library, and knows which images it must then hold.
class Player {
 public:
  Player(const Path& library, uint64_t seed) : layout_{library}, random_(seed) {
    auto writer = SyntheticWriter::Open(layout_);
    EXPECT_TRUE(writer.ok()) << writer.status().message();
    writer_.emplace(std::move(*writer));
  }

  const Codes& codes() const { return codes_; }
  std::mt19937_64& random() { return random_; }
  Catalog* catalog() { return writer_->catalog(); }

  Status Play(Step step) {
    switch (step) {
      case Step::kAdd:
        return Add(1 + random_() % 200);
      case Step::kRemove:
        return RemoveSome();
      case Step::kMerge:
        return Compact(1 + random_() % 300);
      case Step::kCompact:
        return Compact(kMergedRows);
      case Step::kNewCodes:
        return MakeNewCodes();
      case Step::kArrange:
        return Arrange(random_() % 2 == 0 ? ArrangeWhen::kDue : ArrangeWhen::kPartial);
      default:
        return {};
    }
  }

  Status Add(uint64_t count) {
    HL_ASSIGN(const uint64_t first,
              writer_->Add(count, [&](std::span<float> feature) { FillKind(feature, &random_); }));
    for (uint64_t id = first; id < first + count; ++id) codes_[id] = "";
    return ReadCodes();
  }
  Status Compact(uint64_t merged_rows) {
    HL_ASSIGN(const LibraryMeta meta, catalog()->ReadMeta());
    HL_ASSIGN(const HashHead head, LoadHead(layout_, meta));
    return CompactSegments(layout_, catalog(), head, {}, {}, merged_rows).status();
  }
  Status Arrange(ArrangeWhen when) {
    return ArrangeCodes(layout_, *catalog(), when, 1, {}, {}, 64).status();
  }

  Status Remove(const std::vector<uint64_t>& ids) {
    for (const uint64_t id : ids) codes_.erase(id);
    return catalog()->RemoveImages(ids).status();
  }

 private:
  Status RemoveSome() {
    std::vector<uint64_t> ids;
    for (const auto& [id, code] : codes_) {
      if (id != kQuery && random_() % 4 == 0) ids.push_back(id);
    }
    return Remove(ids);
  }

  // Of another length, or of other directions.
  Status MakeNewCodes() {
    FitOptions fit;
    fit.method = "lsh";
    fit.bits = static_cast<int>(8 + random_() % 40);
    fit.seed = random_();
    HL_TRY(Refit(layout_, catalog(), fit, 1));
    return ReadCodes();
  }

  // What they are is for `verify` to judge.
  Status ReadCodes() {
    HL_ASSIGN(const auto snapshot, Snapshot::Load(layout_, *catalog()));
    for (auto& [id, code] : codes_) {
      code.assign(snapshot->codes().code_bytes(), '\0');
      const auto row = snapshot->RowOf(id);
      if (!row) return Corruption("an image is lost");
      snapshot->codes().GetCode(*row,
                                std::span(reinterpret_cast<uint8_t*>(code.data()), code.size()));
    }
    return {};
  }

  Layout layout_;
  std::mt19937_64 random_;
  std::optional<SyntheticWriter> writer_;
  Codes codes_;
};

// What a search for kQuery gets wrong, or nothing.
std::string Compare(const Library& library, const Codes& codes, std::mt19937_64* random) {
  for (const Strategy strategy : {Strategy::kAuto, Strategy::kScan, Strategy::kDistinct,
                                  Strategy::kBalls, Strategy::kBuckets, Strategy::kMih}) {
    SearchOptions search = ByCode(1 + (*random)() % 400);
    search.strategy = strategy;
    search.radius = (*random)() % 2 == 0 ? -1 : static_cast<int>((*random)() % 8);
    const auto found = SearchIn(library, search);
    // Not every strategy is there for every length, or before codes are arranged.
    if (found.status().code() == StatusCode::kInvalidArgument) continue;
    std::string name(StrategyName(strategy));
    if (!found.ok()) return name.append(": ").append(found.status().message());
    if (*found != BruteForce(codes, search)) return name.append(" is wrong");
  }
  return {};
}

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
    const Status status = PlayAll(c, place);
    return status.ok() ? std::string() : status.message();
  }

 private:
  Status PlayAll(const Case& c, const Path& place) {
    Player player(place, c.seed);
    HL_TRY(player.Add(1 + c.seed % 100));
    HL_ASSIGN(Library reader, Library::Open(place, open()));
    HL_ASSIGN(const Library old_reader, Library::Open(place, open()));  // never refreshed
    const Codes old_codes = player.codes();
    for (const Step step : c.steps) {
      std::string name = kStepNames[static_cast<size_t>(step)];
      const Status played = player.Play(step);
      if (!played.ok()) return Corruption(name.append(": ").append(played.message()));
      if (step == Step::kReopen) {
        HL_ASSIGN(reader, Library::Open(place, open()));
      }
      HL_TRY(reader.Refresh().status());
      const std::string wrong = Compare(reader, player.codes(), &player.random());
      if (!wrong.empty()) return Corruption(name.append(", then ").append(wrong));
    }
    HL_ASSIGN(const std::vector<Found> found, SearchIn(old_reader, ByCode(1000)));
    std::vector<Found> expected = BruteForce(old_codes, ByCode(1000));
    // What has been removed since has no path to show.
    std::erase_if(expected, [&](const Found& hit) { return !player.codes().contains(hit.id); });
    if (found != expected) return Corruption("an old reader saw something new");
    HL_ASSIGN(const VerifyReport report, VerifyLibraryAt(place));
    return report.problems.empty() ? Status() : Corruption(report.problems.front());
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
        c = std::move(less);
    }
    FAIL() << Wrong(c) << " in " << c.Text();
  }
}

// What a search finds must fit to one moment: all of the images that were there before the first
// search are among the nearest, and nothing is there twice or out of order.
TEST_F(ChurnTest, ReadersFollowWhileAWriterWorks) {
  Player player(library(), 1);
  ASSERT_TRUE(player.Add(300).ok());
  const Codes base = player.codes();
  OpenOptions options = open();
  options.follow = true;
  auto library_of_all = Library::Open(library(), options);
  ASSERT_TRUE(library_of_all.ok());
  std::atomic<uint64_t> searches{0};
  const auto read = [&](const Library& reader, const std::stop_token& stop) {
    while (!stop.stop_requested() || searches < 50) {
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
  readers.emplace_back([&](const std::stop_token& stop) { read(*library_of_all, stop); });
  readers.emplace_back([&](const std::stop_token& stop) { read(*library_of_all, stop); });
  readers.emplace_back([&](const std::stop_token& stop) {
    auto own = Library::Open(library(), options);
    ASSERT_TRUE(own.ok());
    read(*own, stop);
  });
  for (int round = 0; round < 30; ++round) {
    ASSERT_TRUE(player.Add(20).ok());
    if (round % 3 == 0) {
      ASSERT_TRUE(player.Remove({player.codes().rbegin()->first}).ok());
    }
    if (round % 5 == 0) {
      ASSERT_TRUE(player.Compact(kMergedRows).ok());
    }
    if (round % 7 == 0) {
      ASSERT_TRUE(player.Arrange(ArrangeWhen::kPartial).ok());
    }
  }
}

}  // namespace
}  // namespace hashlens
