#include "index/grouped_codes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "index/centres.h"
#include "index/equal_codes.h"
#include "index/scan_kernel.h"

namespace hashlens {
namespace {

// Codes that are scanned before the limit is looked at again: first few, since at first all pass.
constexpr uint64_t kFirstTileRows = 64;
constexpr uint64_t kTileRows = 1024;
// Of so many codes one group is made: comparing with the centres and with one group cost alike.
constexpr double kCentresOfRoot = 1.5;
constexpr uint64_t kMaxCentres = 8192;
// Groups around a query that are searched in order of distance.
constexpr size_t kNearGroups = 16;
// Groups that ShareWithin looks at.
constexpr uint64_t kProbedGroups = 128;

size_t CentreCount(uint64_t codes) {
  const double root = std::sqrt(static_cast<double>(codes));
  return std::clamp<uint64_t>(static_cast<uint64_t>(root * kCentresOfRoot), 1, kMaxCentres);
}

}  // namespace

GroupedCodes::GroupedCodes(const CodeBlocks& blocks, uint64_t rows, int threads)
    : codes_(blocks.bits()), centres_(blocks.bits()) {
  EqualCodes equal = FindEqualCodes(blocks, rows);
  CodeBlocks found(blocks.bits());
  const uint64_t count = equal.starts.size() - 1;
  found.Reserve(count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    blocks.GetWords(equal.order[equal.starts[i]], words);
    found.AppendWords(words);
  }
  rows_ = std::move(equal.order);
  starts_ = std::move(equal.starts);
  if (count == 0) return;
  centres_ = FindCentres(found, CentreCount(count), threads);
  std::vector<uint64_t> nearest(count);
  NearestCentres(found, centres_, threads, nearest);
  Arrange(found, nearest);
}

void GroupedCodes::Arrange(const CodeBlocks& found, std::span<const uint64_t> nearest) {
  // A counting sort by (centre, distance).
  const uint64_t distances = static_cast<uint64_t>(codes_.bits()) + 1;
  const auto bin = [&](uint64_t key) { return KeyRow(key) * distances + KeyDistance(key); };
  std::vector<uint32_t> places(centres_.rows() * distances + 1);
  for (const uint64_t key : nearest) ++places[bin(key) + 1];
  std::partial_sum(places.begin(), places.end(), places.begin());
  groups_.resize(centres_.rows());
  for (uint64_t g = 0; g < groups_.size(); ++g) {
    groups_[g].begin = places[g * distances];
    groups_[g].end = places[(g + 1) * distances];
  }
  std::vector<uint32_t> order(nearest.size());
  for (uint64_t i = 0; i < nearest.size(); ++i)
    order[places[bin(nearest[i])]++] = static_cast<uint32_t>(i);

  std::vector<uint32_t> rows;
  std::vector<uint32_t> starts;
  rows.reserve(rows_.size());
  starts.reserve(starts_.size());
  radii_.reserve(order.size());
  codes_.Reserve(order.size());
  uint64_t words[kMaxCodeWords];
  for (const uint32_t i : order) {
    found.GetWords(i, words);
    codes_.AppendWords(words);
    radii_.push_back(static_cast<uint16_t>(KeyDistance(nearest[i])));
    starts.push_back(static_cast<uint32_t>(rows.size()));
    rows.insert(rows.end(), rows_.begin() + starts_[i], rows_.begin() + starts_[i + 1]);
  }
  starts.push_back(static_cast<uint32_t>(rows.size()));
  rows_ = std::move(rows);
  starts_ = std::move(starts);
  for (Group& group : groups_) {
    if (group.begin == group.end) continue;
    group.nearest = radii_[group.begin];
    group.farthest = radii_[group.end - 1];
  }
}

uint64_t GroupedCodes::bytes() const {
  return codes_.bytes() + centres_.bytes() + rows_.size() * sizeof(rows_[0]) +
         starts_.size() * sizeof(starts_[0]) + radii_.size() * sizeof(radii_[0]) +
         groups_.size() * sizeof(groups_[0]);
}

void GroupedCodes::AddRows(uint64_t code, uint32_t distance, const Bitmap* allowed,
                           NearestKeys* nearest) const {
  for (const uint32_t row : RowsOf(code)) {
    if (allowed != nullptr && !allowed->Get(row)) continue;
    if (!nearest->Add(MakeKey(distance, row))) return;
  }
}

void GroupedCodes::SearchStretch(const uint64_t* query, Stretch stretch, const Bitmap* allowed,
                                 std::vector<uint64_t>* keys, NearestKeys* nearest) const {
  keys->resize(kTileRows);
  const bool anything_passes = nearest->limit() > static_cast<uint32_t>(codes_.bits());
  uint64_t tile = anything_passes ? kFirstTileRows : kTileRows;
  for (uint64_t first = stretch.begin / kGroupRows * kGroupRows; first < stretch.end;) {
    const uint64_t chunk_end = (first / CodeBlocks::kChunkRows + 1) * CodeBlocks::kChunkRows;
    const RowRun run = codes_.Run(first, std::min({tile, stretch.end - first, chunk_end - first}));
    tile = std::min(2 * tile, kTileRows);
    const size_t found = ScanRun(run, query, nearest->limit(), keys->data());
    for (size_t i = 0; i < found; ++i) {
      const uint64_t key = (*keys)[i];
      const uint32_t distance = KeyDistance(key);
      // The run may begin with codes of the stretch before.
      if (KeyRow(key) < stretch.begin || distance >= nearest->limit()) continue;
      AddRows(KeyRow(key), distance, allowed, nearest);
    }
    first += run.rows;
  }
}

uint64_t GroupedCodes::SearchAll(const uint64_t* query, const Bitmap* allowed,
                                 NearestKeys* nearest) const {
  std::vector<uint64_t> keys;
  SearchStretch(query, {0, codes_.rows()}, allowed, &keys, nearest);
  return codes_.rows();
}

GroupedCodes::Stretch GroupedCodes::Within(const Group& group, uint32_t centre_distance,
                                           uint32_t limit) const {
  if (group.begin == group.end || limit == 0) return {};
  const uint32_t slack = limit - 1;
  const uint32_t low = centre_distance > slack ? centre_distance - slack : 0;
  const uint32_t high = centre_distance + slack;
  if (group.farthest < low || group.nearest > high) return {};
  const auto begin = radii_.begin() + group.begin;
  const auto end = radii_.begin() + group.end;
  const auto first = group.nearest >= low ? begin : std::lower_bound(begin, end, low);
  const auto last = group.farthest <= high ? end : std::upper_bound(first, end, high);
  return {static_cast<uint64_t>(first - radii_.begin()),
          static_cast<uint64_t>(last - radii_.begin())};
}

std::vector<uint64_t> GroupedCodes::CentresOf(const uint64_t* query) const {
  std::vector<uint64_t> centres(groups());
  if (centres.empty()) return centres;
  const uint32_t any = static_cast<uint32_t>(codes_.bits()) + 1;
  centres.resize(ScanRun(centres_.Run(0, groups()), query, any, centres.data()));
  const size_t near = std::min(centres.size(), kNearGroups);
  std::partial_sort(centres.begin(), centres.begin() + static_cast<ptrdiff_t>(near), centres.end());
  return centres;
}

uint64_t GroupedCodes::SearchBalls(const uint64_t* query, const Bitmap* allowed,
                                   NearestKeys* nearest) const {
  std::vector<uint64_t> keys;
  uint64_t compared = groups();
  // The nearest ones make the limit fall early; the order of the rest changes nothing.
  for (const uint64_t centre : CentresOf(query)) {
    const Stretch stretch = Within(groups_[KeyRow(centre)], KeyDistance(centre), nearest->limit());
    if (stretch.begin == stretch.end) continue;
    compared += stretch.end - stretch.begin;
    SearchStretch(query, stretch, allowed, &keys, nearest);
  }
  return compared;
}

void GroupedCodes::SearchNearestBalls(const uint64_t* query, const Bitmap* allowed,
                                      NearestKeys* nearest) const {
  std::vector<uint64_t> keys;
  std::vector<uint64_t> centres = CentresOf(query);
  centres.resize(std::min(centres.size(), kNearGroups));
  const uint32_t any = nearest->limit();
  for (const uint64_t centre : centres) {
    if (nearest->limit() < any) return;
    const Group& group = groups_[KeyRow(centre)];
    SearchStretch(query, {group.begin, group.end}, allowed, &keys, nearest);
  }
}

GroupedCodes::Reach GroupedCodes::ReachOf(const uint64_t* query, uint32_t limit) const {
  Reach reach;
  const uint64_t probed = std::min(groups(), kProbedGroups);
  for (uint64_t i = 0; i < probed; ++i) {
    const uint64_t g = i * groups() / probed;
    const Stretch stretch = Within(groups_[g], centres_.Distance(g, query), limit);
    if (stretch.begin == stretch.end) continue;
    reach.groups += 1;
    reach.codes += static_cast<double>(stretch.end - stretch.begin);
  }
  const double scale =
      probed == 0 ? 0 : static_cast<double>(groups()) / static_cast<double>(probed);
  return {reach.groups * scale, reach.codes * scale};
}

}  // namespace hashlens
