#include "library/background_merge.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/guard.h"
#include "base/try.h"
#include "library/compact.h"

namespace hashlens {
namespace {

constexpr uint64_t kSmallRows = kMergedRows / 2;  // two of them always go together
constexpr uint64_t kFirstTierRows = 4096;
constexpr uint64_t kTierGrowth = 4;

// How many small segments stay when neighbours of fewer than `rows` rows are merged.
size_t SmallSegmentsAfter(const std::vector<SegmentRow>& segments, uint64_t rows) {
  size_t small = 0;
  uint64_t merged = 0;  // rows of the segment that grows
  for (const SegmentRow& segment : segments) {
    if (segment.rows >= rows) {
      merged = 0;
      if (segment.rows < kSmallRows) ++small;
      continue;
    }
    if (merged == 0) ++small;
    merged += segment.rows;
    if (merged >= rows) merged = 0;
  }
  return small;
}

uint64_t RowsToMerge(const std::vector<SegmentRow>& segments) {
  uint64_t rows = kFirstTierRows;
  while (rows < kMergedRows && SmallSegmentsAfter(segments, rows) > kManySegments / 2)
    rows *= kTierGrowth;
  return rows;
}

}  // namespace

BackgroundMerge::BackgroundMerge(const Layout& layout, Catalog* catalog, const HashHead& head,
                                 std::vector<SegmentRow> segments, std::stop_token stop)
    : layout_(layout),
      catalog_(catalog),
      head_(head),
      segments_(std::move(segments)),
      on_stop_(std::move(stop), [this] { stop_.request_stop(); }) {}

BackgroundMerge::~BackgroundMerge() {
  if (!thread_.joinable()) return;
  stop_.request_stop();
  thread_.join();
  if (!copy_status_.ok()) return;
  try {
    RemoveSegmentFiles(layout_, copied_.segments, from_.segments);
  } catch (const std::bad_alloc&) {  // the next writer clears them away
  }
}

size_t BackgroundMerge::SmallSegments() const { return SmallSegmentsAfter(segments_, 1); }

Status BackgroundMerge::AfterCommit(const SegmentRow& committed, uint64_t* next_segment) {
  segments_.push_back(committed);
  if (thread_.joinable()) {
    const bool outrun = SmallSegments() >= 2 * kManySegments;
    if (!ended_ && !outrun) return {};
    HL_TRY(End());
  }
  return IsDue() ? Start(next_segment) : Status();
}

Status BackgroundMerge::Finish(uint64_t* next_segment) {
  if (thread_.joinable()) HL_TRY(End());
  while (IsDue()) {
    HL_TRY(Start(next_segment));
    HL_TRY(End());
  }
  return {};
}

Status BackgroundMerge::Start(uint64_t* next_segment) {
  if (stop_.stop_requested()) return Cancelled("stopped; segments were not merged");
  auto state = catalog_->ReadSnapshot();
  if (!state.ok()) return Failed(state.status());
  from_ = std::move(*state);
  segments_ = from_.segments;
  CopyPlan plan;
  plan.purge = false;
  plan.merged_rows = RowsToMerge(segments_);
  plan.first_segment = *next_segment;
  if (const Status room = RequireRoom(plan.merged_rows); !room.ok()) return Failed(room);
  *next_segment += from_.segments.size();
  ended_ = false;
  const auto copy = [this, plan] {
    copy_status_ = GuardExceptions([&]() -> Status {
      HL_ASSIGN(copied_, CopySegments(layout_, from_, head_, plan, {}, stop_.get_token()));
      return {};
    });
    ended_ = true;
  };
  try {
    thread_ = std::jthread(copy);
  } catch (const std::system_error& error) {
    return Failed(IoError(std::string("starting a thread: ") + error.what()));
  }
  return {};
}

// Commits go on beside the copy: it must not take the room that they need.
Status BackgroundMerge::RequireRoom(uint64_t merged_rows) const {
  std::error_code error;
  uintmax_t bytes = 0;
  for (const SegmentRow& segment : from_.segments) {
    if (segment.rows >= merged_rows) continue;
    for (const std::string& file : {segment.features_file, segment.codes_file}) {
      const uintmax_t size = std::filesystem::file_size(layout_.Segment(file), error);
      if (!error) bytes += size;  // what is missing, the copy reports
    }
  }
  const std::filesystem::space_info space = std::filesystem::space(layout_.Segments(), error);
  if (error || space.available / 2 >= bytes) return {};
  return IoError(Printable(layout_.Segments()) + ": not enough space on the disk for a copy");
}

Status BackgroundMerge::End() {
  thread_.join();
  if (!copy_status_.ok()) return Failed(copy_status_);
  const CatalogRewrite rewrite = std::exchange(copied_, {});
  if (rewrite.segments != from_.segments) {
    // When this fails, the copy's files stay: what the catalog holds then, only the next look at
    // it tells.
    if (const Status status = catalog_->Rewrite(from_, rewrite); !status.ok())
      return Failed(status);
    RemoveSegmentFiles(layout_, from_.segments, rewrite.segments);
    segments_.erase(segments_.begin(),
                    segments_.begin() + static_cast<ptrdiff_t>(from_.segments.size()));
    segments_.insert(segments_.begin(), rewrite.segments.begin(), rewrite.segments.end());
  }
  // Where neighbours are too large to go together, trying at every commit would change nothing.
  const size_t left = SmallSegmentsAfter(rewrite.segments, 1);
  most_ = std::max(kManySegments, left + kManySegments / 2);
  return {};
}

Status BackgroundMerge::Failed(Status status) {
  most_ = SmallSegments() + kManySegments;
  return status;
}

}  // namespace hashlens
