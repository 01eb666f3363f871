// Searches codes and features of the program's own, without pictures: one query, a batch, and
// everything within a radius. docs/cpp_api.md explains it in pieces.
#include <hashlens/memory_index.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <span>
#include <vector>

namespace {

constexpr int kBits = 64;
constexpr size_t kDim = 32;
constexpr size_t kRows = 20000;

// Made-up features, and codes that have a bit for each of the first values: its sign, twice.
struct Data {
  std::vector<uint8_t> codes;
  std::vector<float> features;
};

Data MakeData() {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  Data data;
  for (size_t row = 0; row < kRows; ++row) {
    uint64_t code = 0;
    for (size_t i = 0; i < kDim; ++i) {
      data.features.push_back(normal(random));
      if (data.features.back() > 0) code |= uint64_t{3} << (2 * i);
    }
    for (int byte = 0; byte < kBits / 8; ++byte)
      data.codes.push_back(static_cast<uint8_t>(code >> (8 * byte)));
  }
  return data;
}

hashlens::Status Run() {
  const Data data = MakeData();
  auto index = hashlens::MemoryIndex::Create(kBits, kDim);
  if (!index.ok()) return index.status();
  if (const auto status = index->Add(data.codes, data.features); !status.ok()) return status;
  if (const auto status = index->Prepare(); !status.ok()) return status;

  const size_t bytes = index->codes().code_bytes();
  const std::span<const uint8_t> codes(data.codes);
  const std::span<const float> features(data.features);

  const auto one = index->Search(codes.subspan(5 * bytes, bytes), features.subspan(5 * kDim, kDim),
                                 {.k = 3, .candidates = 500});
  if (!one.ok()) return one.status();
  for (const hashlens::MemoryHit& hit : one->front()) {
    std::printf("row %llu, %u bits, distance %.4f\n", static_cast<unsigned long long>(hit.row),
                hit.hamming, static_cast<double>(*hit.distance));
  }

  const auto batch = index->Search(codes.first(100 * bytes), {}, {.k = 10, .threads = 2});
  if (!batch.ok()) return batch.status();
  std::printf("batch of %zu\n", batch->size());

  const auto within = index->Search(codes.first(bytes), {}, {.k = kRows, .radius = 12});
  if (!within.ok()) return within.status();
  std::printf("%zu rows within 12 bits\n", within->front().size());
  return {};
}

}  // namespace

int main() {
  const hashlens::Status status = Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "search_codes: %s\n", status.message().c_str());
  return 1;
}
