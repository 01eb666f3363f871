#include "library/ingest.h"

#include <algorithm>
#include <deque>
#include <map>
#include <thread>

#include "base/bounded_queue.h"
#include "base/guard.h"
#include "base/picture_name.h"
#include "base/try.h"
#include "image/format.h"
#include "library/background_merge.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/stopwatch.h"

namespace hashlens {
namespace {

constexpr size_t kSniffBytes = 64;
constexpr double kCommitSeconds = 10;
constexpr double kProgressSeconds = 0.1;
constexpr size_t kInFlightPerJob = 16;
constexpr size_t kReportedFailures = 10;
constexpr size_t kFailuresPerCommit = 10'000;

// One file, made into a feature or refused.
struct Outcome {
  WorkItem item;
  FileStamp stamp;
  Result<MadeFeature> made;
  bool fatal = false;   // the network failed, not the picture
  bool picture = true;  // false: by content and by name no picture
};

Result<MadeFeature> MakeFeature(const FeatureMaker& maker, const Path& path, Outcome* outcome) {
  // The first bytes alone tell whether the rest is worth reading: folders of pictures hold films,
  // too.
  const auto start = ReadFileStart(path, kSniffBytes, &outcome->stamp);
  if (!start.ok()) return Status(start.status().code(), ReasonWithoutPath(start.status(), path));
  if (SniffFormat(*start)) {
    auto made = maker.Make(path, &outcome->fatal);
    if (made.ok()) outcome->stamp = made->stamp;
    return made;
  }
  // A file that neither looks like a picture nor is called one is simply something else.
  outcome->picture = outcome->item.named || HasImageExtension(path);
  return Unsupported(start->empty() ? "the file is empty"
                                    : "not a picture of a format that hashlens knows");
}

// Never throws for what a file is like, or for the memory that it wants.
Outcome ReadOne(const FeatureMaker& maker, const Roots& roots, WorkItem item) {
  Outcome outcome{std::move(item), {}, MadeFeature(), false, true};
  outcome.made = GuardExceptions([&] {
    return MakeFeature(maker, roots.Resolve(outcome.item.root, outcome.item.path), &outcome);
  });
  return outcome;
}

// Collects outcomes into a segment and failures, and commits them.
class BatchCommitter {
 public:
  BatchCommitter(const IngestTarget& target, const IndexOptions& options,
                 const CatalogSnapshot& state, uint64_t next_segment, IndexReport* report)
      : target_(target),
        options_(options),
        meta_(state.meta),
        next_segment_(next_segment),
        report_(report),
        merge_(target.layout, target.catalog, target.head, state.segments, options.stop) {}

  Status Add(Outcome outcome) {
    if (outcome.fatal) return outcome.made.status();
    if (!outcome.made.ok()) return AddFailure(outcome);
    MadeFeature& made = *outcome.made;
    if (!writer_) {
      HL_ASSIGN(SegmentWriter writer,
                SegmentWriter::Create(target_.layout, next_segment_, meta_, target_.head,
                                      target_.maker.stored_type()));
      writer_.emplace(std::move(writer));
      age_ = Stopwatch();
    }
    HL_ASSIGN(const std::optional<ImageRow> before,
              target_.catalog->FindImageByPath(outcome.item.root, outcome.item.path));
    if (before) ++report_->replaced;
    const uint64_t id = meta_.next_id++;
    HL_TRY(writer_->Append(id, made.values));
    ImageRow row;
    row.id = id;
    row.root = outcome.item.root;
    row.path = std::move(outcome.item.path);
    row.stamp = outcome.stamp;
    row.width = made.width;
    row.height = made.height;
    row.format = FormatName(made.format);
    row.added_at_ms = NowMs();
    batch_.images.push_back(std::move(row));
    report_->decode_seconds += made.decode_seconds;
    report_->network_seconds += made.network_seconds;
    const bool due = writer_->rows() >= options_.batch || age_.Seconds() >= kCommitSeconds;
    return due ? Commit() : Status();
  }

  Status Commit() {
    if (batch_.images.empty() && batch_.failures.empty()) return {};
    if (writer_) {
      HL_ASSIGN(batch_.segment, writer_->Finish());
      batch_.tags = options_.tags;
    }
    HL_TRY(target_.catalog->Commit(batch_));
    report_->added += batch_.images.size();
    const std::optional<SegmentRow> committed = std::move(batch_.segment);
    batch_ = {};
    if (!committed) return {};
    writer_.reset();
    ++next_segment_;
    NoteMerge(merge_.AfterCommit(*committed, &next_segment_));
    return {};
  }

  // Commits what is left and leaves no merge going on.
  Status Finish() {
    HL_TRY(Commit());
    NoteMerge(merge_.Finish(&next_segment_));
    return {};
  }

 private:
  // What is committed stays whether or not segments can be merged: one warning, whatever the number
  // of attempts.
  void NoteMerge(const Status& status) {
    if (status.ok() || status.code() == StatusCode::kCancelled || merge_failed_) return;
    merge_failed_ = true;
    report_->warnings.push_back("segments were not merged: " + status.message());
  }

  // An image of what the file was before stays: nobody has seen that it is another picture now.
  Status AddFailure(const Outcome& outcome) {
    const Path path = target_.roots.Resolve(outcome.item.root, outcome.item.path);
    HL_ASSIGN(const std::optional<ImageRow> before,
              target_.catalog->FindImageByPath(outcome.item.root, outcome.item.path));
    const bool picture = outcome.picture || before;
    std::string reason = outcome.made.status().message();
    if (before) reason += "; the library keeps the picture that it was";
    if (picture) {
      ++report_->failed;
      if (report_->failures.size() < kReportedFailures)
        report_->failures.push_back(Printable(path) + ": " + reason);
    } else {
      ++report_->skipped;
    }
    // What the system refused (too many open files, a failing disk) may be fine next time: without
    // a stamp that fits, the file is then read again.
    const bool system = outcome.made.status().code() == StatusCode::kIoError;
    const FileStamp stamp = system ? FileStamp() : outcome.stamp;
    batch_.failures.push_back(
        {outcome.item.root, outcome.item.path, stamp, !picture, std::move(reason), NowMs()});
    return batch_.failures.size() >= kFailuresPerCommit ? Commit() : Status();
  }

  const IngestTarget& target_;
  const IndexOptions& options_;
  LibraryMeta meta_;
  uint64_t next_segment_;
  IndexReport* report_;
  std::optional<SegmentWriter> writer_;
  CatalogBatch batch_;
  Stopwatch age_;
  BackgroundMerge merge_;
  bool merge_failed_ = false;
};

// Threads that turn work items into outcomes. At most `capacity` items may be inside at once, so
// that neither queue ever makes anyone wait for room.
class Workers {
 public:
  Workers(const IngestTarget& target, size_t capacity) : work_(capacity), done_(capacity) {
    const auto work = [this, &target] {
      while (auto item = work_.Pop())
        done_.Push(ReadOne(target.maker, target.roots, std::move(*item)));
    };
    try {
      for (int i = 0; i < IngestWorkers(target.jobs); ++i) threads_.emplace_back(work);
    } catch (...) {
      if (threads_.empty()) throw;  // else those that the system granted do the work
    }
  }
  ~Workers() {
    work_.Close();
    done_.Close();
  }
  void Give(WorkItem item) { work_.Push(std::move(item)); }
  Outcome Take() { return std::move(*done_.Pop()); }

 private:
  BoundedQueue<WorkItem> work_;
  BoundedQueue<Outcome> done_;
  std::vector<std::jthread> threads_;  // last: joined before the queues go
};

}  // namespace

Status IngestQueued(const IngestTarget& target, const IndexOptions& options, IndexReport* report) {
  HL_ASSIGN(const CatalogSnapshot state, target.catalog->ReadSnapshot());
  HL_ASSIGN(const uint64_t next_segment, NextSegment(target.layout, state.segments));
  const uint64_t total = target.catalog->queued();
  const size_t capacity = kInFlightPerJob * static_cast<size_t>(target.jobs);
  BatchCommitter committer(target, options, state, next_segment, report);
  Workers workers(target, capacity);
  std::deque<WorkItem> waiting;
  std::map<uint64_t, Outcome> early;  // finished before one that comes earlier
  uint64_t last_queued = 0;
  uint64_t next = 1;  // sequence to be added next
  uint64_t given = 0;
  Stopwatch since_progress;

  while (next <= total) {
    const bool stopping = options.stop.stop_requested();
    report->interrupted = report->interrupted || stopping;
    while (!stopping && given < total && given + 1 - next < capacity) {
      if (waiting.empty()) {
        HL_ASSIGN(std::vector<WorkItem> items, target.catalog->Queued(last_queued, 1000));
        if (items.empty()) return Corruption("the list of files to read ended early");
        last_queued = items.back().sequence;
        waiting.assign(std::make_move_iterator(items.begin()),
                       std::make_move_iterator(items.end()));
      }
      workers.Give(std::move(waiting.front()));
      waiting.pop_front();
      ++given;
    }
    if (next > given) break;  // stopped, and all that was begun is done
    Outcome outcome = workers.Take();
    early.emplace(outcome.item.sequence, std::move(outcome));
    for (auto first = early.find(next); first != early.end(); first = early.find(next)) {
      HL_TRY(committer.Add(std::move(first->second)));
      early.erase(first);
      ++next;
    }
    if (options.progress && (since_progress.Seconds() >= kProgressSeconds || next > total)) {
      since_progress.Lap();
      options.progress({"indexing", next - 1, total, report->failed, report->skipped});
    }
  }
  return committer.Finish();
}

}  // namespace hashlens
