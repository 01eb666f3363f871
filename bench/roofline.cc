// What one core of this machine can do at best: bytes read, and codes of 128 bits whose differences
// to a query are counted.
//
//   c++ -O3 -std=c++20 -mavx2 -mpopcnt bench/roofline.cc -o roofline && ./roofline
//
// One JSON line. A search of n codes takes at least 16 n / bytes_per_s (one query, codes that are
// not in the cache) and at least n / codes_per_s (a batch, whose queries share the codes in the
// cache). The counting is the usual one of AVX2, by tables of half bytes (Mula, Kurz, Lemire 2018),
// without looking at what was counted; popcnt64 is the instruction.
#include <immintrin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

constexpr int kRounds = 30;
constexpr size_t kCodes = 1024;  // of 16 bytes: in the first cache
volatile uint64_t sink;          // so that nothing is left out

template <typename Work>
double LeastSeconds(int rounds, Work work) {
  double least = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    sink = work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    least = std::min(least, took.count());
  }
  return least;
}

double BytesPerSecond(size_t bytes) {
  const std::vector<__m256i> data(bytes / sizeof(__m256i), _mm256_set1_epi64x(3));
  const double seconds = LeastSeconds(kRounds, [&] {
    __m256i all[8] = {};
    for (size_t i = 0; i + 8 <= data.size(); i += 8)
      for (size_t j = 0; j < 8; ++j) all[j] = _mm256_xor_si256(all[j], data[i + j]);
    for (size_t j = 1; j < 8; ++j) all[0] = _mm256_xor_si256(all[0], all[j]);
    return static_cast<uint64_t>(_mm256_extract_epi64(all[0], 0));
  });
  return static_cast<double>(bytes) / seconds;
}

// Ones of each byte.
__m256i CountBytes(__m256i x) {
  const __m256i ones =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i low = _mm256_set1_epi8(15);
  return _mm256_add_epi8(_mm256_shuffle_epi8(ones, _mm256_and_si256(x, low)),
                         _mm256_shuffle_epi8(ones, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
}

double CodesPerSecondByTables() {
  const std::vector<__m256i> words(kCodes / 2, _mm256_set1_epi64x(0x123456789));
  const __m256i query = _mm256_set1_epi64x(77);
  const double seconds = LeastSeconds(1000 * kRounds, [&] {
    __m256i sum = {};
    for (size_t i = 0; i < words.size(); i += 2) {  // the two words of four codes
      const __m256i first = CountBytes(_mm256_xor_si256(words[i], query));
      const __m256i second = CountBytes(_mm256_xor_si256(words[i + 1], query));
      sum = _mm256_add_epi64(sum, _mm256_sad_epu8(_mm256_add_epi8(first, second), __m256i{}));
    }
    return static_cast<uint64_t>(_mm256_extract_epi64(sum, 0));
  });
  return kCodes / seconds;
}

double CodesPerSecondByPopcnt() {
  const std::vector<uint64_t> words(2 * kCodes, 0x123456789);
  const double seconds = LeastSeconds(1000 * kRounds, [&] {
    uint64_t sum = 0, other = 0;
    for (size_t i = 0; i < words.size(); i += 2) {
      sum += static_cast<uint64_t>(_mm_popcnt_u64(words[i] ^ 77));
      other += static_cast<uint64_t>(_mm_popcnt_u64(words[i + 1] ^ 78));
    }
    return sum + other;
  });
  return kCodes / seconds;
}

}  // namespace

int main() {
  std::printf(
      "{\"version\": 1, \"bytes_per_s\": {\"1 MB\": %.3g, \"40 MB\": %.3g, \"400 MB\": %.3g}, "
      "\"codes_per_s\": {\"avx2\": %.3g, \"popcnt64\": %.3g}}\n",
      BytesPerSecond(1'000'000), BytesPerSecond(40'000'000), BytesPerSecond(400'000'000),
      CodesPerSecondByTables(), CodesPerSecondByPopcnt());
}
