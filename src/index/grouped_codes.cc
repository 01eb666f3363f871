#include "index/grouped_codes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "index/centres.h"
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
    : parts_(blocks.bits()) {
  const EqualCodes equal = FindEqualCodes(blocks, rows);
  CodeBlocks found(blocks.bits());
  const uint64_t count = equal.starts.size() - 1;
  found.Reserve(count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    blocks.GetWords(equal.order[equal.starts[i]], words);
    found.AppendWords(words);
  }
  std::vector<uint64_t> nearest(count);
  if (count > 0) {
    parts_.centres = FindCentres(found, CentreCount(count), threads);
    NearestCentres(found, parts_.centres, threads, nearest);
  }
  Arrange(found, equal, nearest);
  FindBounds();
}

GroupedCodes::GroupedCodes(Arrangement arrangement) : parts_(std::move(arrangement)) {
  FindBounds();
}

void GroupedCodes::Arrange(const CodeBlocks& found, const EqualCodes& equal,
                           std::span<const uint64_t> nearest) {
  // A counting sort by (centre, distance).
  const uint64_t distances = static_cast<uint64_t>(found.bits()) + 1;
  const auto bin = [&](uint64_t key) { return KeyRow(key) * distances + KeyDistance(key); };
  std::vector<uint32_t> places(groups() * distances + 1);
  for (const uint64_t key : nearest) ++places[bin(key) + 1];
  std::partial_sum(places.begin(), places.end(), places.begin());
  parts_.groups.resize(groups() + 1);
  for (uint64_t g = 0; g < parts_.groups.size(); ++g) parts_.groups[g] = places[g * distances];
  std::vector<uint32_t> order(nearest.size());
  for (uint64_t i = 0; i < nearest.size(); ++i)
    order[places[bin(nearest[i])]++] = static_cast<uint32_t>(i);

  parts_.rows.reserve(equal.order.size());
  parts_.starts.reserve(equal.starts.size());
  parts_.radii.reserve(order.size());
  parts_.codes.Reserve(order.size());
  uint64_t words[kMaxCodeWords];
  for (const uint32_t i : order) {
    found.GetWords(i, words);
    parts_.codes.AppendWords(words);
    parts_.radii.push_back(static_cast<uint16_t>(KeyDistance(nearest[i])));
    parts_.starts.push_back(static_cast<uint32_t>(parts_.rows.size()));
    parts_.rows.insert(parts_.rows.end(), equal.order.begin() + equal.starts[i],
                       equal.order.begin() + equal.starts[i + 1]);
  }
  parts_.starts.push_back(static_cast<uint32_t>(parts_.rows.size()));
}

void GroupedCodes::FindBounds() {
  groups_.resize(groups());
  for (uint64_t g = 0; g < groups_.size(); ++g) {
    Group& group = groups_[g];
    group.begin = parts_.groups[g];
    group.end = parts_.groups[g + 1];
    if (group.begin == group.end) continue;
    group.nearest = parts_.radii[group.begin];
    group.farthest = parts_.radii[group.end - 1];
  }
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
  const bool anything_passes = nearest->limit() > static_cast<uint32_t>(parts_.codes.bits());
  uint64_t tile = anything_passes ? kFirstTileRows : kTileRows;
  for (uint64_t first = stretch.begin / kGroupRows * kGroupRows; first < stretch.end;) {
    const uint64_t chunk_end = (first / CodeBlocks::kChunkRows + 1) * CodeBlocks::kChunkRows;
    const RowRun run =
        parts_.codes.Run(first, std::min({tile, stretch.end - first, chunk_end - first}));
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
  SearchStretch(query, {0, parts_.codes.rows()}, allowed, &keys, nearest);
  return parts_.codes.rows();
}

GroupedCodes::Stretch GroupedCodes::Within(const Group& group, uint32_t centre_distance,
                                           uint32_t limit) const {
  if (group.begin == group.end || limit == 0) return {};
  const uint32_t slack = limit - 1;
  const uint32_t low = centre_distance > slack ? centre_distance - slack : 0;
  const uint32_t high = centre_distance + slack;
  if (group.farthest < low || group.nearest > high) return {};
  const auto begin = parts_.radii.begin() + group.begin;
  const auto end = parts_.radii.begin() + group.end;
  const auto first = group.nearest >= low ? begin : std::lower_bound(begin, end, low);
  const auto last = group.farthest <= high ? end : std::upper_bound(first, end, high);
  return {static_cast<uint64_t>(first - parts_.radii.begin()),
          static_cast<uint64_t>(last - parts_.radii.begin())};
}

std::vector<uint64_t> GroupedCodes::CentresOf(const uint64_t* query) const {
  std::vector<uint64_t> centres(groups());
  if (centres.empty()) return centres;
  const uint32_t any = static_cast<uint32_t>(parts_.codes.bits()) + 1;
  centres.resize(ScanRun(parts_.centres.Run(0, groups()), query, any, centres.data()));
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
    const Stretch stretch = Within(groups_[g], parts_.centres.Distance(g, query), limit);
    if (stretch.begin == stretch.end) continue;
    reach.groups += 1;
    reach.codes += static_cast<double>(stretch.end - stretch.begin);
  }
  const double scale =
      probed == 0 ? 0 : static_cast<double>(groups()) / static_cast<double>(probed);
  return {reach.groups * scale, reach.codes * scale};
}

}  // namespace hashlens
