// Library's functions about single images, their codes, and what the bits of these stand for.
#include <algorithm>
#include <tuple>

#include "base/guard.h"
#include "base/try.h"
#include "hashlens/library.h"
#include "library/library_state.h"
#include "library/list.h"

namespace hashlens {
namespace {

// Whose activations Bit computes at most; they are spread evenly over the library.
constexpr uint64_t kSampledImages = 20'000;

Status NoSuchImage(uint64_t id) {
  return NotFound("id:" + std::to_string(id) + ": no such image in the library");
}

bool IsLive(const Snapshot& snapshot, uint64_t row) {
  return snapshot.live() == nullptr || snapshot.live()->Get(row);
}

float Activation(const HashHead& head, int bit, const std::vector<float>& feature) {
  const float* weights = head.weights.data() + static_cast<size_t>(bit) * feature.size();
  double sum = head.bias[static_cast<size_t>(bit)];
  for (size_t i = 0; i < feature.size(); ++i) sum += double{weights[i]} * feature[i];
  return static_cast<float>(sum);
}

double ShareOfOnes(const Snapshot& snapshot, int bit) {
  std::vector<uint8_t> code(snapshot.codes().code_bytes());
  uint64_t ones = 0;
  for (uint64_t row = 0; row < snapshot.rows(); ++row) {
    if (!IsLive(snapshot, row)) continue;
    snapshot.codes().GetCode(row, code);
    ones += (code[static_cast<size_t>(bit) / 8] >> (bit % 8)) & 1;
  }
  const auto all = static_cast<double>(std::max<uint64_t>(snapshot.live_rows(), 1));
  return static_cast<double>(ones) / all;
}

// Of some rows, all if they are few: lowest activation first, equal ones in order of id.
Result<std::vector<BitExample>> Activations(const Snapshot& snapshot, int bit) {
  const uint64_t step =
      std::max<uint64_t>(1, (snapshot.rows() + kSampledImages - 1) / kSampledImages);
  std::vector<BitExample> all;
  for (uint64_t row = 0; row < snapshot.rows(); row += step) {
    if (!IsLive(snapshot, row)) continue;
    HL_ASSIGN(const std::vector<float> feature, StoredFeature(snapshot, row));
    all.push_back({snapshot.id(row), {}, Activation(snapshot.head(), bit, feature)});
  }
  std::ranges::sort(all, [](const BitExample& a, const BitExample& b) {
    return std::tuple(a.activation, a.id) < std::tuple(b.activation, b.id);
  });
  return all;
}

}  // namespace

Result<LibraryBrief> Library::Brief() const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  LibraryBrief brief;
  brief.images = snapshot.live_rows();
  brief.model = snapshot.meta().model_name;
  brief.dim = snapshot.meta().dim;
  brief.bits = snapshot.meta().bits;
  std::lock_guard lock(state_->catalog_mutex);
  brief.state = static_cast<uint64_t>(state_->version);
  return brief;
} catch (...) {
  return CaughtStatus();
}

Result<ImageInfo> Library::Image(uint64_t id) const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  if (!snapshot.RowOf(id)) return NoSuchImage(id);
  std::lock_guard lock(state_->catalog_mutex);
  HL_ASSIGN(const std::optional<ImageRow> image,
            state_->catalog.FindImageOf(snapshot.catalog(), id));
  if (!image) return NoSuchImage(id);
  return DescribeImage(*image, state_->catalog, view->roots());
} catch (...) {
  return CaughtStatus();
}

Result<std::vector<ImageInfo>> Library::Images(const Filter& filter, uint64_t after,
                                               size_t limit) const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  HL_ASSIGN(const std::shared_ptr<const Bitmap> filtered, state_->Filtered(*view, filter));
  const Bitmap* allowed = filtered ? filtered.get() : snapshot.live();
  std::vector<ImageInfo> images;
  std::lock_guard lock(state_->catalog_mutex);
  for (uint64_t row = snapshot.RowsUpTo(after); row < snapshot.rows() && images.size() < limit;
       ++row) {
    if (allowed != nullptr && !allowed->Get(row)) continue;
    HL_ASSIGN(const std::optional<ImageRow> image,
              state_->catalog.FindImageOf(snapshot.catalog(), snapshot.id(row)));
    if (!image) continue;  // removed since
    HL_ASSIGN(ImageInfo info, DescribeImage(*image, state_->catalog, view->roots()));
    images.push_back(std::move(info));
  }
  return images;
} catch (...) {
  return CaughtStatus();
}

Result<ImageCode> Library::CodeOf(uint64_t id) const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  const std::optional<uint64_t> row = snapshot.RowOf(id);
  if (!row) return NoSuchImage(id);
  ImageCode code{id, snapshot.codes().bits(), {}};
  code.bytes.resize(snapshot.codes().code_bytes());
  snapshot.codes().GetCode(*row, code.bytes);
  return code;
} catch (...) {
  return CaughtStatus();
}

Result<BitInfo> Library::Bit(int bit, size_t limit) const try {
  HL_ASSIGN(const std::shared_ptr<const View> view, state_->Latest());
  const Snapshot& snapshot = view->snapshot();
  if (bit < 0 || bit >= snapshot.codes().bits()) {
    return InvalidArgument("bit " + std::to_string(bit) + ": the codes have " +
                           std::to_string(snapshot.codes().bits()) + " bits, numbered from 0");
  }
  HL_ASSIGN(const std::vector<BitExample> all, Activations(snapshot, bit));
  BitInfo info;
  info.bit = bit;
  info.share = ShareOfOnes(snapshot, bit);
  info.sampled = all.size();
  const auto count = static_cast<ptrdiff_t>(std::min(limit, all.size()));
  info.least.assign(all.begin(), all.begin() + count);
  info.most.assign(all.rbegin(), all.rbegin() + count);
  for (std::vector<BitExample>* side : {&info.most, &info.least}) {
    for (BitExample& example : *side) {
      if (auto path = PathOf(example.id); path.ok()) example.path = std::move(*path);
    }
    std::erase_if(*side, [](const BitExample& example) { return example.path.empty(); });
  }
  return info;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
