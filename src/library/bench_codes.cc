#include "library/bench_codes.h"

#include <algorithm>
#include <cmath>

#include "base/code.h"
#include "base/shuffle.h"
#include "base/try.h"
#include "library/npy.h"

namespace hashlens {
namespace {

constexpr size_t kCentres = 1000;
constexpr double kFlip = 0.08;
constexpr uint64_t kRowsOfCollapsedCode = 20;
constexpr uint64_t kLargestFile = uint64_t{8} << 30;

class Uniform : public CodeSource {
 public:
  Uniform(int bits, uint64_t seed) : bits_(bits), random_(seed) {}
  void Next(std::vector<uint8_t>* codes) override {
    const size_t begin = codes->size();
    codes->resize(begin + CodeBytes(bits_));
    for (size_t i = begin; i < codes->size(); i += sizeof(uint64_t)) {
      const uint64_t word = random_();
      for (size_t b = i; b < std::min(codes->size(), i + sizeof(word)); ++b)
        (*codes)[b] = static_cast<uint8_t>(word >> (8 * (b - i)));
    }
    if (bits_ % 8 != 0) codes->back() &= static_cast<uint8_t>((1 << (bits_ % 8)) - 1);
  }
  std::mt19937_64* random() { return &random_; }

 private:
  int bits_;
  std::mt19937_64 random_;
};

// One of some codes, and with `flip` above 0 some of its bits turned.
class Drawn : public CodeSource {
 public:
  Drawn(int bits, uint64_t seed, std::vector<uint8_t> pool, double flip)
      : bits_(bits), random_(seed), pool_(std::move(pool)), flip_(flip) {}
  void Next(std::vector<uint8_t>* codes) override {
    const size_t bytes = CodeBytes(bits_);
    const size_t begin = codes->size();
    const uint64_t drawn = UniformBelow(&random_, pool_.size() / bytes);
    const auto code = pool_.begin() + static_cast<ptrdiff_t>(drawn * bytes);
    codes->insert(codes->end(), code, code + static_cast<ptrdiff_t>(bytes));
    if (flip_ <= 0) return;
    // From one bit that turns to the next.
    std::geometric_distribution<int> stay(flip_);
    for (int bit = stay(random_); bit < bits_; bit += 1 + stay(random_)) {
      (*codes)[begin + static_cast<size_t>(bit) / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
    }
  }

 private:
  int bits_;
  std::mt19937_64 random_;
  std::vector<uint8_t> pool_;
  double flip_;
};

}  // namespace

Result<std::unique_ptr<CodeSource>> MakeCodeSource(const std::string& data, int bits, uint64_t rows,
                                                   uint64_t seed) {
  auto uniform = std::make_unique<Uniform>(bits, seed);
  if (data == "uniform") return std::unique_ptr<CodeSource>(std::move(uniform));
  std::vector<uint8_t> pool;
  double flip = 0;
  if (data == "clustered" || data == "collapsed") {
    flip = data == "clustered" ? kFlip : 0;
    const uint64_t count = data == "clustered" ? kCentres : rows / kRowsOfCollapsedCode + 1;
    for (uint64_t i = 0; i < count; ++i) uniform->Next(&pool);
  } else {
    HL_ASSIGN(ByteRows file, ReadNpyBytes(data, kLargestFile));
    if (file.rows == 0 || file.columns != CodeBytes(bits))
      return InvalidArgument(Printable(Path(data)) + ": " + std::to_string(file.rows) +
                             " codes of " + std::to_string(file.columns) + " bytes, but " +
                             std::to_string(bits) + " bits are " + std::to_string(CodeBytes(bits)) +
                             "; see --bits");
    pool = std::move(file.values);
  }
  return std::unique_ptr<CodeSource>(
      std::make_unique<Drawn>(bits, (*uniform->random())(), std::move(pool), flip));
}

}  // namespace hashlens
