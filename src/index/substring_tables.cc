#include "index/substring_tables.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr int kSmallTableBits = 20;            // 4 MB
constexpr int kMaxPartBits = 24;               // a table has 4 bytes for each bucket
constexpr int kSlotBits = 3;                   // more than a bucket, where values share buckets
constexpr uint64_t kMix = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio: Fibonacci hashing
constexpr uint64_t kSampledCodes = 4096;
constexpr double kMakingNs = 15;    // a code and table
constexpr double kSweepProbes = 4;  // buckets looked up while one code is compared

// n over r.
double Choose(int n, int r) {
  double ways = 1;
  for (int i = 1; i <= r; ++i) ways = ways * (n - r + i) / i;
  return r > n ? 0 : ways;
}

// The next larger number with as many bits set (Gosper's hack).
uint64_t NextWithAsManyBits(uint64_t mask) {
  const uint64_t lowest = mask & (~mask + 1);
  const uint64_t ripple = mask + lowest;
  return ripple | (((mask ^ ripple) >> 2) / lowest);
}

}  // namespace

SubstringTables::SubstringTables(const GroupedCodes& grouped, bool whole) : grouped_(grouped) {
  const CodeBlocks& codes = grouped.codes();
  const int bits = codes.bits();
  // As many buckets as codes, or so.
  const int wanted =
      std::clamp(static_cast<int>(std::bit_width(codes.rows())), kMinPartBits, kMaxPartBits);
  const int most = std::clamp(wanted + kSlotBits, kSmallTableBits, kMaxPartBits);
  const int count = whole ? 1 : std::clamp((bits + wanted - 1) / wanted, 2, bits / kMinPartBits);
  for (int i = 0; i < count; ++i) {
    Part part;
    part.shift = bits * i / count;
    part.width = bits * (i + 1) / count - part.shift;
    part.bucket = std::min(part.width, most);
    part.slot = part.bucket < part.width ? part.bucket + kSlotBits : part.bucket;
    part.own_bucket = OwnBucket(part);
    parts_.push_back(std::move(part));
  }
  if (whole && parts_[0].bucket == bits) Make();
}

double SubstringTables::OwnBucket(const Part& part) const {
  const CodeBlocks& codes = grouped_.codes();
  const uint64_t count = std::min(codes.rows(), kSampledCodes);
  if (count < 2) return static_cast<double>(count);
  std::vector<uint64_t> values(count);
  uint64_t words[kMaxCodeWords];
  for (uint64_t i = 0; i < count; ++i) {
    codes.GetWords(i * codes.rows() / count, words);
    values[i] = PartOf(words, part);
  }
  std::sort(values.begin(), values.end());
  double pairs = 0;
  for (auto begin = values.begin(); begin != values.end();) {
    const auto end = std::upper_bound(begin, values.end(), *begin);
    const auto same = static_cast<double>(end - begin);
    pairs += same * (same - 1);
    begin = end;
  }
  const auto n = static_cast<double>(count);
  return 1 + pairs / (n * (n - 1)) * static_cast<double>(codes.rows() - 1);
}

bool SubstringTables::WouldHavePaid(double spared_ns) const {
  const double making = static_cast<double>(grouped_.codes().rows() * parts_.size()) * kMakingNs;
  return spared_ns_.fetch_add(spared_ns) + spared_ns >= making;
}

void SubstringTables::Make() const {
  if (made()) return;
  std::lock_guard lock(making_);
  if (made()) return;
  for (Part& part : parts_) MakePart(&part);
  made_.store(true, std::memory_order_release);
}

void SubstringTables::MakePart(Part* part) const {
  const CodeBlocks& codes = grouped_.codes();
  uint64_t words[kMaxCodeWords];
  std::vector<uint32_t> places((uint64_t{1} << part->bucket) + 1);
  std::vector<uint64_t> filled(((uint64_t{1} << part->slot) + 63) / 64);
  const int drop = part->slot - part->bucket;
  for (uint64_t code = 0; code < codes.rows(); ++code) {
    codes.GetWords(code, words);
    const uint64_t slot = SlotOf(PartOf(words, *part), *part);
    filled[slot / 64] |= uint64_t{1} << (slot % 64);
    ++places[(slot >> drop) + 1];
  }
  std::partial_sum(places.begin(), places.end(), places.begin());
  std::vector<uint32_t> ends(places.begin() + 1, places.end());
  std::vector<uint32_t> items(codes.rows());
  for (uint64_t code = 0; code < codes.rows(); ++code) {
    codes.GetWords(code, words);
    items[places[SlotOf(PartOf(words, *part), *part) >> drop]++] = static_cast<uint32_t>(code);
  }
  part->filled = std::move(filled);
  part->ends = std::move(ends);
  part->items = std::move(items);
}

uint64_t SubstringTables::bytes() const {
  uint64_t bytes = 0;
  if (!made()) return bytes;
  for (const Part& part : parts_)
    bytes += part.filled.size() * sizeof(part.filled[0]) +
             (part.ends.size() + part.items.size()) * sizeof(part.items[0]);
  return bytes;
}

uint64_t SubstringTables::PartOf(const uint64_t* code, const Part& part) {
  const int word = part.shift / 64;
  const int bit = part.shift % 64;
  uint64_t value = code[word] >> bit;
  if (bit + part.width > 64) value |= code[word + 1] << (64 - bit);
  return value & ((uint64_t{1} << part.width) - 1);
}

uint64_t SubstringTables::SlotOf(uint64_t value, const Part& part) {
  return part.bucket == part.width ? value : value * kMix >> (64 - part.slot);
}

SubstringTables::Work SubstringTables::Expect(uint32_t limit) const {
  Work work;
  if (limit == 0) return work;
  const int count = static_cast<int>(parts_.size());
  const int last_stage = static_cast<int>(limit) - 1;
  for (int t = 0; t < count && t <= last_stage; ++t) {
    const Part& part = parts_[static_cast<size_t>(t)];
    double probes = 0;
    for (int a = 0; a <= (last_stage - t) / count && a <= part.width; ++a)
      probes += Choose(part.width, a);
    const double buckets = std::exp2(part.width);
    const auto codes = static_cast<double>(grouped_.codes().rows());
    work.probes += probes;
    // The query's own bucket is as full as those of the codes; others are at least as full as the
    // mean one.
    work.candidates += std::min(codes, part.own_bucket + (probes - 1) * codes / buckets);
    // Values that share a slot with one that is there, and the others in their bucket.
    if (part.bucket < part.width)
      work.candidates +=
          probes * codes * std::exp2(-part.slot) * (1 + codes * std::exp2(-part.bucket));
  }
  return work;
}

uint32_t AverageRadius(int bits, size_t k, uint64_t rows) {
  const double density = static_cast<double>(rows) * std::exp2(-bits);
  int radius = 0;
  double shell = 1;  // codes at exactly this distance
  double volume = 1;
  while (radius < bits && volume * density < static_cast<double>(k)) {
    shell = shell * (bits - radius) / (radius + 1);
    volume += shell;
    ++radius;
  }
  return static_cast<uint32_t>(radius);
}

uint32_t SubstringTables::FirstStage(const uint64_t* difference) const {
  const auto count = static_cast<uint32_t>(parts_.size());
  uint32_t first = ~uint32_t{0};
  for (uint32_t t = 0; t < count; ++t) {
    const auto bits = static_cast<uint32_t>(std::popcount(PartOf(difference, parts_[t])));
    first = std::min(first, bits * count + t);
  }
  return first;
}

uint32_t SubstringTables::Difference(uint64_t code, const uint64_t* query, uint64_t* words) const {
  const CodeBlocks& codes = grouped_.codes();
  codes.GetWords(code, words);
  uint32_t distance = 0;
  for (size_t w = 0; w < codes.words(); ++w) {
    words[w] ^= query[w];
    distance += static_cast<uint32_t>(std::popcount(words[w]));
  }
  return distance;
}

void SubstringTables::LookInto(const Part& part, uint64_t value, const uint64_t* query,
                               uint32_t stage, const Bitmap* allowed, NearestKeys* nearest,
                               Work* done) const {
  const uint64_t slot = SlotOf(value, part);
  if ((part.filled[slot / 64] >> (slot % 64) & 1) == 0) return;
  const uint64_t bucket = slot >> (part.slot - part.bucket);
  const uint32_t begin = bucket == 0 ? 0 : part.ends[bucket - 1];
  const uint32_t end = part.ends[bucket];
  const uint64_t different = value ^ PartOf(query, part);
  done->candidates += end - begin;
  std::array<uint64_t, kMaxCodeWords> words;
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t code = part.items[i];
    const uint32_t distance = Difference(code, query, words.data());
    if (distance >= nearest->limit()) continue;
    if (part.bucket < part.width && PartOf(words.data(), part) != different) continue;  // shares it
    if (parts_.size() > 1 && FirstStage(words.data()) != stage) continue;  // added before
    grouped_.AddRows(code, distance, allowed, nearest);
  }
}

void SubstringTables::Sweep(const uint64_t* query, uint32_t stage, const Bitmap* allowed,
                            NearestKeys* nearest, Work* done) const {
  const CodeBlocks& codes = grouped_.codes();
  done->candidates += static_cast<double>(codes.rows());
  std::array<uint64_t, kMaxCodeWords> words;
  for (uint64_t code = 0; code < codes.rows(); ++code) {
    const uint32_t distance = Difference(code, query, words.data());
    if (distance >= nearest->limit() || FirstStage(words.data()) < stage) continue;
    grouped_.AddRows(code, distance, allowed, nearest);
  }
}

bool SubstringTables::Search(const uint64_t* query, const Bitmap* allowed, Work most,
                             NearestKeys* nearest, Work* done) const {
  Make();
  const auto count = static_cast<uint32_t>(parts_.size());
  int widest = 0;
  for (const Part& part : parts_) widest = std::max(widest, part.width);
  for (uint32_t stage = 0; nearest->limit() > stage; ++stage) {
    const Part& part = parts_[stage % count];
    const int radius = static_cast<int>(stage / count);
    if (radius > widest) break;  // every code was met
    if (radius > part.width) continue;
    const double probes = Choose(part.width, radius);
    if (done->probes + probes > most.probes || done->candidates > most.candidates) return false;
    if (probes > kSweepProbes * static_cast<double>(grouped_.codes().rows())) {
      Sweep(query, stage, allowed, nearest, done);
      return true;
    }
    done->probes += probes;
    const uint64_t own = PartOf(query, part);
    const uint64_t end = uint64_t{1} << part.width;
    for (uint64_t mask = (uint64_t{1} << radius) - 1; mask < end;
         mask = mask == 0 ? end : NextWithAsManyBits(mask)) {
      LookInto(part, own ^ mask, query, stage, allowed, nearest, done);
    }
  }
  return true;
}

}  // namespace hashlens
