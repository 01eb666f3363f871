#include "model/caffe/mean.h"

#include <charconv>
#include <cmath>
#include <string_view>

#include "base/file.h"
#include "base/try.h"
#include "model/caffe/blob_file.h"
#include "model/caffe/npy_array.h"

namespace hashlens {
namespace {

constexpr uint64_t kMaxMeanBytes = uint64_t{256} << 20;
constexpr int64_t kMaxSide = 8192;
constexpr size_t kMaxChannels = 4;

// "104,117,123"; empty when it is no list of numbers.
std::vector<float> ParseNumbers(std::string_view text) {
  std::vector<float> numbers;
  const char* next = text.data();
  const char* end = next + text.size();
  while (numbers.size() < kMaxChannels) {
    while (next != end && *next == ' ') ++next;
    float number = 0;
    const auto [after, error] = std::from_chars(next, end, number);
    if (error != std::errc() || !std::isfinite(number)) return {};
    numbers.push_back(number);
    next = after;
    if (next == end) return numbers;
    if (*next++ != ',') return {};
  }
  return {};
}

Status NotAMean() {
  return InvalidArgument(
      "not a mean: that is a .npy or .binaryproto file of [channels, height, "
      "width], or a number a channel, as in 104,117,123");
}

// shape: [C], [C,H,W], or with ones before that, as blobs of four dimensions have.
Result<CaffeMean> MakeMean(std::vector<int64_t> shape, std::vector<float> values) {
  while (shape.size() > 3 && shape.front() == 1) shape.erase(shape.begin());
  if (shape.size() == 1) shape.insert(shape.end(), {1, 1});
  if (shape.size() != 3 || shape[0] > static_cast<int64_t>(kMaxChannels) || shape[1] > kMaxSide ||
      shape[2] > kMaxSide)
    return NotAMean();
  return CaffeMean{static_cast<int>(shape[0]), static_cast<int>(shape[1]),
                   static_cast<int>(shape[2]), std::move(values)};
}

Result<CaffeMean> ParseMeanFile(ByteSpan file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  if (text.starts_with("\x93NUMPY")) {
    HL_ASSIGN(NpyArray array, ParseNpy(file));
    return MakeMean({array.shape.begin(), array.shape.end()}, std::move(array.values));
  }
  HL_ASSIGN(const CaffeBlob blob, ParseBlob(file));
  HL_ASSIGN(std::vector<float> values, BlobValues(blob));
  return MakeMean(blob.shape, std::move(values));
}

}  // namespace

Result<CaffeMean> ReadCaffeMean(const std::string& text) {
  if (text.empty()) return CaffeMean{};
  std::vector<float> numbers = ParseNumbers(text);
  if (!numbers.empty()) {
    const int channels = static_cast<int>(numbers.size());
    return CaffeMean{channels, 1, 1, std::move(numbers)};
  }
  const auto bytes = ReadFile(text, kMaxMeanBytes);
  if (bytes.status().code() == StatusCode::kNotFound)
    return NotFound(bytes.status().message() +
                    "; a mean is a file, or a number a channel, as in 104,117,123");
  if (!bytes.ok()) return bytes.status();
  auto mean = ParseMeanFile(*bytes);
  if (!mean.ok())
    return Status(mean.status().code(),
                  Printable(std::string_view(text)) + ": " + mean.status().message());
  return mean;
}

Result<CaffeMean> FitCaffeMean(const CaffeMean& mean, int channels, int size, int whole) {
  if (mean.values.empty()) return mean;
  if (mean.height == 1 && mean.width == 1) {
    CaffeMean fitted = mean;
    if (mean.channels == 1) fitted.values.assign(static_cast<size_t>(channels), mean.values[0]);
    fitted.channels = static_cast<int>(fitted.values.size());
    if (fitted.channels == channels) return fitted;
  } else if (mean.channels == channels && mean.height == mean.width &&
             (mean.height == size || mean.height == whole)) {
    const int margin = (mean.height - size) / 2;
    CaffeMean fitted{channels, size, size, {}};
    for (int c = 0; c < channels; ++c) {
      for (int y = 0; y < size; ++y) {
        const auto row = mean.values.begin() +
                         (std::ptrdiff_t{c} * mean.height + y + margin) * mean.width + margin;
        fitted.values.insert(fitted.values.end(), row, row + size);
      }
    }
    return fitted;
  }
  const auto shape = [](int c, int side) {
    return std::to_string(c) + " x " + std::to_string(side) + " x " + std::to_string(side);
  };
  return InvalidArgument("the mean has " + std::to_string(mean.channels) + " x " +
                         std::to_string(mean.height) + " x " + std::to_string(mean.width) +
                         " numbers; what fits is " + shape(channels, size) + " or " +
                         shape(channels, whole) + " (channels x height x width), or " +
                         std::to_string(channels) + " numbers");
}

}  // namespace hashlens
