#include "index/scan_kernel.h"

#include <algorithm>
#include <numeric>

// Without it Highway 1.0 leaves out the only x86 target that has vector popcount.
#define HWY_WANT_AVX3_DL 1
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "index/scan_kernel.cc"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
// Prefetch.
#include "hwy/cache_control.h"

HWY_BEFORE_NAMESPACE();
namespace hashlens {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<uint64_t, kGroupRows>;
using WordVector = hn::Vec<Words>;

// Where 64-bit lanes have no popcount of their own, bits are counted in bytes, added up over the
// words of the code (512 bits make at most 64 in a byte), and the bytes of a lane are summed once
// at the end.
#if HWY_TARGET == HWY_SSSE3 || HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_AVX2 || \
    HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON
#define HASHLENS_COUNT_BYTES 1
#else
#define HASHLENS_COUNT_BYTES 0
#endif

HWY_INLINE WordVector CountBits(WordVector v) {
#if HASHLENS_COUNT_BYTES
  const hn::Repartition<uint8_t, Words> bytes;
  return hn::BitCast(Words(), hn::PopulationCount(hn::BitCast(bytes, v)));
#else
  return hn::PopulationCount(v);
#endif
}

HWY_INLINE WordVector AddCounts(WordVector a, WordVector b) {
#if HASHLENS_COUNT_BYTES
  const hn::Repartition<uint8_t, Words> bytes;
  return hn::BitCast(Words(), hn::Add(hn::BitCast(bytes, a), hn::BitCast(bytes, b)));
#else
  return hn::Add(a, b);
#endif
}

HWY_INLINE WordVector LaneCounts(WordVector counts) {
#if HASHLENS_COUNT_BYTES
  const hn::Repartition<uint8_t, Words> bytes;
  return hn::SumsOf8(hn::BitCast(bytes, counts));
#else
  return counts;
#endif
}

// The query's words in all lanes. kWords 0: any number of words, read from memory.
template <size_t kWords>
struct Query {
  explicit HWY_INLINE Query(const uint64_t* query, size_t words)
      : memory(query),
        count(words),
        q0(hn::Set(Words(), query[0])),
        q1(hn::Set(Words(), query[kWords > 1 ? 1 : 0])),
        q2(hn::Set(Words(), query[kWords > 2 ? 2 : 0])),
        q3(hn::Set(Words(), query[kWords > 3 ? 3 : 0])) {}

  // To the rows whose first words are at `rows`.
  HWY_INLINE WordVector Distances(const uint64_t* HWY_RESTRICT rows) const {
    const Words d;
    WordVector sum = CountBits(hn::Xor(hn::Load(d, rows), q0));
    if constexpr (kWords == 0) {
      for (size_t w = 1; w < count; ++w) {
        const WordVector word = hn::Load(d, rows + w * kGroupRows);
        sum = AddCounts(sum, CountBits(hn::Xor(word, hn::Set(d, memory[w]))));
      }
    }
    if constexpr (kWords > 1) {
      sum = AddCounts(sum, CountBits(hn::Xor(hn::Load(d, rows + kGroupRows), q1)));
    }
    if constexpr (kWords > 2) {
      const WordVector c2 = CountBits(hn::Xor(hn::Load(d, rows + 2 * kGroupRows), q2));
      const WordVector c3 = CountBits(hn::Xor(hn::Load(d, rows + 3 * kGroupRows), q3));
      sum = AddCounts(sum, AddCounts(c2, c3));
    }
    return LaneCounts(sum);
  }

  const uint64_t* memory;
  size_t count;
  WordVector q0, q1, q2, q3;
};

// Signed: every x86 target but the oldest compares signed lanes by one instruction.
HWY_INLINE hn::Mask<Words> Below(WordVector distances, WordVector limit) {
  const hn::RebindToSigned<Words> s;
  return hn::RebindMask(Words(), hn::Lt(hn::BitCast(s, distances), hn::BitCast(s, limit)));
}

// Distances fit into 16 bits, whose minimum is one instruction everywhere.
HWY_INLINE WordVector Smaller(WordVector a, WordVector b) {
#if HWY_TARGET == HWY_SCALAR
  return hn::Min(a, b);
#else
  const hn::Repartition<int16_t, Words> halves;
  return hn::BitCast(Words(), hn::Min(hn::BitCast(halves, a), hn::BitCast(halves, b)));
#endif
}

// One bit a lane, the first lane lowest.
HWY_INLINE uint64_t MaskBits(hn::Mask<Words> mask) {
  uint8_t bytes[8] = {};
  hn::StoreMaskBits(Words(), mask, bytes);
  return bytes[0];
}

// Most vectors that have a survivor have one: reading its distance back is quicker than compressing
// all lanes (Highway 1.0 with g++ 12 copies a table of 2 KiB for each Compress of 64-bit lanes).
HWY_INLINE size_t Emit(const uint64_t* HWY_RESTRICT distances, uint64_t survivors,
                       uint64_t first_row, uint64_t* HWY_RESTRICT keys) {
  size_t count = 0;
  for (; survivors != 0; survivors &= survivors - 1) {
    const size_t lane = hwy::Num0BitsBelowLS1Bit_Nonzero64(survivors);
    keys[count++] = (distances[lane] << kKeyRowBits) | (first_row + lane);
  }
  return count;
}

// The distances of kVectors vectors of rows from `row` on, a multiple of kVectors * lanes.
inline constexpr size_t kVectors = 4;
inline constexpr size_t kCacheLineWords = 8;

template <size_t kWords>
struct Step {
  HWY_INLINE Step(const Query<kWords>& query, const uint64_t* HWY_RESTRICT groups, size_t row)
      : d0(query.Distances(At(groups, query.count, row, 0))),
        d1(query.Distances(At(groups, query.count, row, 1))),
        d2(query.Distances(At(groups, query.count, row, 2))),
        d3(query.Distances(At(groups, query.count, row, 3))) {}

  static HWY_INLINE const uint64_t* At(const uint64_t* groups, size_t words, size_t row, size_t j) {
    const size_t ahead = j * hn::Lanes(Words());
    return groups + (row / kGroupRows + ahead / kGroupRows) * (words * kGroupRows) +
           row % kGroupRows + ahead % kGroupRows;
  }

  // Asks for the memory of a whole step that lies `ahead` words behind the one of `row`.
  static HWY_INLINE void Prefetch(const uint64_t* groups, size_t words, size_t row, size_t ahead) {
    const uint64_t* from = groups + row * words + ahead;
    const size_t step_words = kVectors * hn::Lanes(Words()) * words;
    for (size_t w = 0; w < step_words; w += kCacheLineWords) hwy::Prefetch(from + w);
  }

  HWY_INLINE bool AnyBelow(WordVector limit) const {
    const WordVector nearest = Smaller(Smaller(d0, d1), Smaller(d2, d3));
    return !hn::AllFalse(Words(), Below(nearest, limit));
  }

  // Stores the distances and gives the bits of those below the limit.
  HWY_INLINE uint64_t Survivors(WordVector limit, uint64_t* HWY_RESTRICT distances) const {
    const Words d;
    const size_t lanes = hn::Lanes(d);
    hn::Store(d0, d, distances);
    hn::Store(d1, d, distances + lanes);
    hn::Store(d2, d, distances + 2 * lanes);
    hn::Store(d3, d, distances + 3 * lanes);
    return MaskBits(Below(d0, limit)) | MaskBits(Below(d1, limit)) << lanes |
           MaskBits(Below(d2, limit)) << 2 * lanes | MaskBits(Below(d3, limit)) << 3 * lanes;
  }

  WordVector d0, d1, d2, d3;
};

template <size_t kWords, bool kFiltered>
size_t Scan(const RowRun& run, const uint64_t* query_words, uint32_t limit_value,
            uint64_t* HWY_RESTRICT keys) {
  const Words d;
  const size_t lanes = hn::Lanes(d);
  const size_t step = kVectors * lanes;
  const uint64_t step_bits = (uint64_t{1} << step) - 1;
  const Query<kWords> query(query_words, kWords == 0 ? run.words : kWords);
  const WordVector limit = hn::Set(d, limit_value);
  const uint64_t* HWY_RESTRICT groups = run.groups;
  const size_t whole = run.rows / step * step;
  HWY_ALIGN uint64_t distances[kVectors * kGroupRows];
  size_t count = 0;
  size_t row = 0;
  while (row < whole) {
    // First which steps have a survivor, without a branch that depends on the codes; then those
    // again.
    const size_t begin = row;
    const size_t end = std::min(whole, begin + 64 * step);
    uint64_t hits = 0;
    for (size_t n = 0; row < end; row += step, ++n) {
      if constexpr (kFiltered) {
        if (((run.allowed[row / 64] >> (row % 64)) & step_bits) == 0) continue;
      }
      if (run.ahead != 0) Step<kWords>::Prefetch(groups, query.count, row, run.ahead);
      hits |= uint64_t{Step<kWords>(query, groups, row).AnyBelow(limit)} << n;
    }
    for (; hits != 0; hits &= hits - 1) {
      const size_t hit = begin + hwy::Num0BitsBelowLS1Bit_Nonzero64(hits) * step;
      uint64_t survivors = Step<kWords>(query, groups, hit).Survivors(limit, distances);
      if constexpr (kFiltered) survivors &= run.allowed[hit / 64] >> (hit % 64);
      count += Emit(distances, survivors, run.first_row + hit, keys + count);
    }
  }
  for (; row < run.rows; row += lanes) {
    const WordVector last = query.Distances(Step<kWords>::At(groups, query.count, row, 0));
    hn::Store(last, d, distances);
    uint64_t survivors = MaskBits(Below(last, limit));
    survivors &= (uint64_t{1} << std::min(lanes, run.rows - row)) - 1;
    if constexpr (kFiltered) survivors &= run.allowed[row / 64] >> (row % 64);
    count += Emit(distances, survivors, run.first_row + row, keys + count);
  }
  return count;
}

template <bool kFiltered>
size_t ScanAnyWords(const RowRun& run, const uint64_t* query, uint32_t limit, uint64_t* keys) {
  switch (run.words) {
    case 1:
      return Scan<1, kFiltered>(run, query, limit, keys);
    case 2:
      return Scan<2, kFiltered>(run, query, limit, keys);
    case 4:
      return Scan<4, kFiltered>(run, query, limit, keys);
    default:
      return Scan<0, kFiltered>(run, query, limit, keys);
  }
}

size_t ScanRunHere(const RowRun& run, const uint64_t* query, uint32_t limit, uint64_t* keys) {
  return run.allowed == nullptr ? ScanAnyWords<false>(run, query, limit, keys)
                                : ScanAnyWords<true>(run, query, limit, keys);
}

template <size_t kWords>
uint64_t Nearest(const RowRun& run, const uint64_t* query_words) {
  const Words d;
  const size_t lanes = hn::Lanes(d);
  const Query<kWords> query(query_words, kWords == 0 ? run.words : kWords);
  const size_t whole = run.rows / lanes * lanes;
  const WordVector ahead = hn::Set(d, lanes);
  WordVector rows = hn::Iota(d, 0);
  WordVector best = hn::Set(d, MakeKey(uint32_t{0x7fff}, 0));
  HWY_ALIGN uint64_t keys[kGroupRows];
  size_t row = 0;
  for (; row < whole; row += lanes) {
    const WordVector distances = query.Distances(Step<kWords>::At(run.groups, query.count, row, 0));
    const WordVector key = hn::Or(hn::ShiftLeft<kKeyRowBits>(distances), rows);
    best = hn::IfThenElse(Below(key, best), key, best);
    rows = hn::Add(rows, ahead);
  }
  hn::Store(best, d, keys);
  uint64_t nearest = *std::min_element(keys, keys + lanes);
  if (row < run.rows) {
    const WordVector distances = query.Distances(Step<kWords>::At(run.groups, query.count, row, 0));
    hn::Store(hn::Or(hn::ShiftLeft<kKeyRowBits>(distances), rows), d, keys);
    nearest = std::min(nearest, *std::min_element(keys, keys + (run.rows - row)));
  }
  return nearest + run.first_row;
}

uint64_t NearestInRunHere(const RowRun& run, const uint64_t* query) {
  switch (run.words) {
    case 1:
      return Nearest<1>(run, query);
    case 2:
      return Nearest<2>(run, query);
    case 4:
      return Nearest<4>(run, query);
    default:
      return Nearest<0>(run, query);
  }
}

template <size_t kWords>
uint64_t Sum(const RowRun& run, const uint64_t* query_words) {
  const Words d;
  const Query<kWords> query(query_words, kWords == 0 ? run.words : kWords);
  const size_t step = kVectors * hn::Lanes(d);
  WordVector sum = hn::Zero(d);
  for (size_t row = 0; row + step <= run.rows; row += step) {
    const Step<kWords> all(query, run.groups, row);
    sum = hn::Add(sum, hn::Add(hn::Add(all.d0, all.d1), hn::Add(all.d2, all.d3)));
  }
  HWY_ALIGN uint64_t sums[kGroupRows];
  hn::Store(sum, d, sums);
  return std::accumulate(sums, sums + hn::Lanes(d), uint64_t{0});
}

uint64_t SumHere(const RowRun& run, const uint64_t* query) {
  switch (run.words) {
    case 1:
      return Sum<1>(run, query);
    case 2:
      return Sum<2>(run, query);
    case 4:
      return Sum<4>(run, query);
    default:
      return Sum<0>(run, query);
  }
}

uint64_t XorHere(const RowRun& run) {
  const Words d;
  const size_t lanes = hn::Lanes(d);
  const size_t words = (run.rows + kGroupRows - 1) / kGroupRows * kGroupRows * run.words;
  WordVector a = hn::Zero(d), b = a, c = a, e = a;
  size_t i = 0;
  for (; i + 4 * lanes <= words; i += 4 * lanes) {
    if (i % kCacheLineWords == 0) {
      for (size_t w = 0; w < 4 * lanes; w += kCacheLineWords)
        hwy::Prefetch(run.groups + i + run.ahead + w);
    }
    a = hn::Xor(a, hn::Load(d, run.groups + i));
    b = hn::Xor(b, hn::Load(d, run.groups + i + lanes));
    c = hn::Xor(c, hn::Load(d, run.groups + i + 2 * lanes));
    e = hn::Xor(e, hn::Load(d, run.groups + i + 3 * lanes));
  }
  for (; i < words; i += lanes) a = hn::Xor(a, hn::Load(d, run.groups + i));
  HWY_ALIGN uint64_t parts[kGroupRows];
  hn::Store(hn::Xor(hn::Xor(a, b), hn::Xor(c, e)), d, parts);
  uint64_t all = 0;
  for (size_t lane = 0; lane < lanes; ++lane) all ^= parts[lane];
  return all;
}

ScanTargetInfo TargetHere() {
  return {hwy::TargetName(HWY_TARGET),
          HASHLENS_COUNT_BYTES == 0 && HWY_TARGET != HWY_SCALAR && HWY_TARGET != HWY_EMU128};
}

#undef HASHLENS_COUNT_BYTES

}  // namespace HWY_NAMESPACE
}  // namespace hashlens
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace hashlens {

HWY_EXPORT(ScanRunHere);
HWY_EXPORT(NearestInRunHere);
HWY_EXPORT(SumHere);
HWY_EXPORT(XorHere);
HWY_EXPORT(TargetHere);

size_t ScanRun(const RowRun& run, const uint64_t* query, uint32_t limit, uint64_t* keys) {
  return HWY_DYNAMIC_DISPATCH(ScanRunHere)(run, query, limit, keys);
}

uint64_t NearestInRun(const RowRun& run, const uint64_t* query) {
  return HWY_DYNAMIC_DISPATCH(NearestInRunHere)(run, query);
}

uint64_t SumOfDistances(const RowRun& run, const uint64_t* query) {
  return HWY_DYNAMIC_DISPATCH(SumHere)(run, query);
}

uint64_t XorOfRun(const RowRun& run) { return HWY_DYNAMIC_DISPATCH(XorHere)(run); }

ScanTargetInfo CurrentScanTarget() { return HWY_DYNAMIC_DISPATCH(TargetHere)(); }

}  // namespace hashlens
#endif  // HWY_ONCE
