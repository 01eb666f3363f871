#include "index/substring_tables.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <numeric>

#include "index/scan_kernel.h"

namespace hashlens {
namespace {

constexpr int kMinPartBits = 8;
constexpr int kMaxPartBits = 24;  // a table has 4 bytes for each bucket

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

SubstringTables::SubstringTables(const GroupedCodes& grouped) : grouped_(grouped) {
  const CodeBlocks& codes = grouped.codes();
  const int bits = codes.bits();
  // As many buckets as codes, or so; a short code is one part even where that makes some more.
  const int wanted =
      std::clamp(static_cast<int>(std::bit_width(codes.rows())), kMinPartBits, kMaxPartBits);
  const int count = bits <= std::min(wanted + 3, kMaxPartBits) ? 1 : (bits + wanted - 1) / wanted;
  uint64_t words[kMaxCodeWords];
  for (int i = 0; i < count; ++i) {
    Part part;
    part.shift = bits * i / count;
    part.width = bits * (i + 1) / count - part.shift;
    std::vector<uint32_t> places((uint64_t{1} << part.width) + 1);
    for (uint64_t code = 0; code < codes.rows(); ++code) {
      codes.GetWords(code, words);
      ++places[PartOf(words, part) + 1];
    }
    part.filled.resize(((uint64_t{1} << part.width) + 63) / 64);
    for (uint64_t bucket = 0; bucket + 1 < places.size(); ++bucket) {
      if (places[bucket + 1] > 0) part.filled[bucket / 64] |= uint64_t{1} << (bucket % 64);
    }
    for (const uint32_t size : places) part.own_bucket += double{1} * size * size;
    part.own_bucket /= std::max(1.0, static_cast<double>(codes.rows()));
    std::partial_sum(places.begin(), places.end(), places.begin());
    part.ends.assign(places.begin() + 1, places.end());
    part.items.resize(codes.rows());
    for (uint64_t code = 0; code < codes.rows(); ++code) {
      codes.GetWords(code, words);
      part.items[places[PartOf(words, part)]++] = static_cast<uint32_t>(code);
    }
    parts_.push_back(std::move(part));
  }
}

uint64_t SubstringTables::bytes() const {
  uint64_t bytes = 0;
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
    const double buckets = static_cast<double>(part.ends.size());
    const double codes = static_cast<double>(part.items.size());
    work.probes += probes;
    // The query's own bucket is as full as those of the codes; others are at least as full as the
    // mean one.
    work.candidates += std::min(codes, part.own_bucket + (probes - 1) * codes / buckets);
  }
  return work;
}

uint32_t SubstringTables::AverageRadius(size_t k, uint64_t rows) const {
  const int bits = grouped_.codes().bits();
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

void SubstringTables::LookInto(const Part& part, uint64_t bucket, const uint64_t* query,
                               uint32_t stage, const Bitmap* allowed, NearestKeys* nearest,
                               Work* done) const {
  const CodeBlocks& codes = grouped_.codes();
  const uint32_t begin = bucket == 0 ? 0 : part.ends[bucket - 1];
  const uint32_t end = part.ends[bucket];
  done->candidates += end - begin;
  std::array<uint64_t, kMaxCodeWords> words;
  for (uint32_t i = begin; i < end; ++i) {
    const uint32_t code = part.items[i];
    codes.GetWords(code, words.data());
    uint32_t distance = 0;
    for (size_t w = 0; w < codes.words(); ++w) {
      words[w] ^= query[w];
      distance += static_cast<uint32_t>(std::popcount(words[w]));
    }
    if (distance >= nearest->limit()) continue;
    if (parts_.size() > 1 && FirstStage(words.data()) != stage) continue;  // added before
    grouped_.AddRows(code, distance, allowed, nearest);
  }
}

bool SubstringTables::Search(const uint64_t* query, const Bitmap* allowed, Work most,
                             NearestKeys* nearest, Work* done) const {
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
    done->probes += probes;
    const uint64_t own = PartOf(query, part);
    const uint64_t end = uint64_t{1} << part.width;
    for (uint64_t mask = (uint64_t{1} << radius) - 1; mask < end;
         mask = mask == 0 ? end : NextWithAsManyBits(mask)) {
      const uint64_t bucket = own ^ mask;
      if ((part.filled[bucket / 64] >> (bucket % 64) & 1) == 0) continue;
      LookInto(part, bucket, query, stage, allowed, nearest, done);
    }
  }
  return true;
}

}  // namespace hashlens
