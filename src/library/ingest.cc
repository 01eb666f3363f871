#include "library/ingest.h"

#include <algorithm>
#include <deque>

#include "base/guard.h"
#include "base/ordered_workers.h"
#include "base/try.h"
#include "library/background_merge.h"
#include "library/picture_feature.h"
#include "library/reading_notes.h"
#include "library/segment_files.h"
#include "library/segment_writer.h"
#include "library/stopwatch.h"
#include "library/tags.h"

namespace hashlens {
namespace {

constexpr double kCommitSeconds = 10;
constexpr size_t kReportedFailures = 10;
constexpr size_t kFailuresPerCommit = 10'000;
constexpr size_t kQueuedAtOnce = 1000;
constexpr char kFeatureFormat[] = "feature";  // of an image of which no picture was seen

// One picture, made into a feature or refused.
struct Outcome {
  IngestItem item;
  Result<MadeFeature> made;
  ReadingFacts facts;
};

struct LocatedItem {
  IngestItem item;
  Path path;
  ReadingNotes::Last last = ReadingNotes::Last::kNot;  // when a run ended by a crash
};

// Of a file at which the program ended although it was read alone, twice.
Result<MadeFeature> SetAside(const Path& path, Outcome* outcome) {
  if (!outcome->item.given) {
    const auto start = ReadFileStart(path, 0, &outcome->facts.stamp);
    if (!start.ok()) return Status(start.status().code(), ReasonWithoutPath(start.status(), path));
  }
  return Corruption(
      "hashlens ended three times while it read this file; `index --retry-failed` reads it again");
}

// Never throws for what a picture is like, or for the memory that it wants.
Outcome ReadOne(const FeatureMaker& usual, const ReadingNotes& notes, size_t place,
                LocatedItem item) {
  using Last = ReadingNotes::Last;
  Outcome outcome{std::move(item.item), MadeFeature(), {}};
  notes.Begin(place, item.path, item.last);
  outcome.made = GuardExceptions([&] {
    if (item.last == Last::kAloneAgain) return SetAside(item.path, &outcome);
    const FeatureMaker maker = item.last == Last::kNot ? usual : usual.Isolated();
    if (!outcome.item.given)
      return FeatureOfFile(maker, item.path, outcome.item.named, &outcome.facts);
    outcome.facts.stamp = outcome.item.given_stamp;
    return FeatureOfGiven(maker, *outcome.item.given, &outcome.facts);
  });
  notes.End(place);
  if (outcome.item.given) outcome.item.given->bytes = {};  // large, and not needed any more
  return outcome;
}

// Collects outcomes into a segment and failures, and commits them.
class BatchCommitter {
 public:
  BatchCommitter(const IngestTarget& target, const IngestWork& work, const CatalogSnapshot& state,
                 uint64_t next_segment, IndexReport* report)
      : target_(target),
        work_(work),
        meta_(state.meta),
        next_segment_(next_segment),
        report_(report),
        merge_(target.layout, target.catalog, target.head, state.segments, work.stop) {}

  Status Add(Outcome outcome) {
    if (outcome.facts.fatal) return outcome.made.status();
    if (!outcome.made.ok()) return AddFailure(outcome);
    MadeFeature& made = *outcome.made;
    if (!writer_) {
      HL_ASSIGN(SegmentWriter writer,
                SegmentWriter::Create(target_.layout, next_segment_, meta_, target_.head,
                                      target_.maker.stored_type()));
      writer_.emplace(std::move(writer));
      age_ = Stopwatch();
    }
    HL_ASSIGN(const std::optional<ImageRow> before, FindBefore(outcome.item.place));
    if (before) ++report_->replaced;
    const uint64_t id = meta_.next_id++;
    HL_TRY(writer_->Append(id, made.values));
    ImageRow row;
    row.id = id;
    row.root = outcome.item.place.root;
    row.path = std::move(outcome.item.place.path);
    row.stamp = outcome.facts.stamp;
    row.width = made.width;
    row.height = made.height;
    row.format = made.width > 0 ? FormatName(made.format) : kFeatureFormat;
    row.added_at_ms = NowMs();
    batch_.images.push_back(std::move(row));
    batch_.own_tags.push_back(outcome.item.given ? std::move(outcome.item.given->tags) : Tags());
    if (!made.damage.empty()) NoteDamage(outcome.item.place.root, made.damage);
    report_->decode_seconds += made.decode_seconds;
    report_->network_seconds += made.network_seconds;
    const bool due = writer_->rows() >= work_.batch || age_.Seconds() >= kCommitSeconds;
    return due ? Commit() : Status();
  }

  Status Commit() {
    if (batch_.images.empty() && batch_.failures.empty()) return {};
    if (writer_) {
      HL_ASSIGN(batch_.segment, writer_->Finish());
      batch_.tags = work_.tags;
      batch_.own_keys = work_.own_keys;
      batch_.own_keys.emplace_back(kDamagedTag.first);  // a file that was mended loses it
      batch_.own_keys.emplace_back(kCategoryKey);       // a changed picture may show something else
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

  // Of the image that was appended last.
  void NoteDamage(uint64_t root, const std::string& why) {
    batch_.own_tags.back().emplace_back(kDamagedTag);
    ++report_->damaged;
    if (report_->damages.size() < kReportedFailures) {
      const Path path = target_.roots.Resolve(root, batch_.images.back().path);
      report_->damages.push_back(Printable(path) + ": " + why);
    }
  }

  // An image of what the file was before stays: nobody has seen that it is another picture now.
  Status AddFailure(const Outcome& outcome) {
    const RootedPath& place = outcome.item.place;
    const Path path = target_.roots.Resolve(place.root, place.path);
    HL_ASSIGN(const std::optional<ImageRow> before, FindBefore(place));
    const bool picture = outcome.facts.picture || before;
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
    const FileStamp stamp = system ? FileStamp() : outcome.facts.stamp;
    batch_.failures.push_back(
        {place.root, place.path, stamp, !picture, std::move(reason), NowMs()});
    return batch_.failures.size() >= kFailuresPerCommit ? Commit() : Status();
  }

  Result<std::optional<ImageRow>> FindBefore(const RootedPath& place) const {
    return target_.catalog->FindImageByPath(place.root, place.path);
  }

  const IngestTarget& target_;
  const IngestWork& work_;
  LibraryMeta meta_;
  uint64_t next_segment_;
  IndexReport* report_;
  std::optional<SegmentWriter> writer_;
  CatalogBatch batch_;
  Stopwatch age_;
  BackgroundMerge merge_;
  bool merge_failed_ = false;
};

}  // namespace

IngestWork QueuedFiles(const Catalog* catalog, const IndexOptions& options) {
  const auto next = [catalog, waiting = std::deque<WorkItem>(),
                     last = uint64_t{0}]() mutable -> Result<std::optional<IngestItem>> {
    if (last == catalog->queued() && waiting.empty()) return std::optional<IngestItem>();
    if (waiting.empty()) {
      HL_ASSIGN(std::vector<WorkItem> items, catalog->Queued(last, kQueuedAtOnce));
      if (items.empty()) return Corruption("the list of files to read ended early");
      last = items.back().sequence;
      waiting.assign(std::make_move_iterator(items.begin()), std::make_move_iterator(items.end()));
    }
    WorkItem item = std::move(waiting.front());
    waiting.pop_front();
    return std::optional(IngestItem{{item.root, std::move(item.path)}, item.named});
  };
  return {next,          catalog->queued(), options.tags, options.own_keys,
          options.batch, options.progress,  options.stop};
}

Status Ingest(const IngestTarget& target, const IngestWork& work, IndexReport* report) {
  HL_ASSIGN(const CatalogSnapshot state, target.catalog->ReadSnapshot());
  HL_ASSIGN(const uint64_t next_segment, NextSegment(target.layout, state.segments));
  BatchCommitter committer(target, work, state, next_segment, report);
  const int threads = IngestWorkers(target.jobs);
  ReadingNotes notes(target.layout.Reading(), static_cast<size_t>(threads));
  OrderedWorkers<LocatedItem, Outcome> workers(
      threads, PicturesInFlight(target.jobs),
      [&](size_t place, LocatedItem item) {
        return ReadOne(target.maker, notes, place, std::move(item));
      },
      kMaxBytesInFlight);
  const uint64_t made_bytes = static_cast<uint64_t>(target.maker.dim()) * sizeof(float);
  uint64_t alone = 0;  // the how-manieth item is one beside which nothing is read
  std::optional<LocatedItem> waiting;
  bool more = true;
  Status source;  // of work.next
  Stopwatch since_progress;

  while (true) {
    if (more && work.stop.stop_requested()) {
      report->interrupted = true;
      more = false;
      waiting.reset();
    }
    while ((more || waiting) && workers.has_room() && workers.taken() >= alone) {
      if (!waiting) {
        auto item = work.next();
        more = item.ok() && *item;
        const bool stopped = item.status().code() == StatusCode::kCancelled;
        if (stopped) report->interrupted = true;
        if (!item.ok() && !stopped) source = item.status();
        if (!more) break;
        Path path = target.roots.Resolve((*item)->place.root, (*item)->place.path);
        const auto last = notes.WasBeingRead(path);
        waiting = LocatedItem{std::move(**item), std::move(path), last};
      }
      // One that was being read when a run crashed is read when nothing else is.
      const bool suspect = waiting->last != ReadingNotes::Last::kNot;
      if (suspect && !workers.empty()) break;
      const uint64_t bytes = BytesInFlight(waiting->item.given, made_bytes);
      workers.Give(std::move(*waiting), bytes);
      if (suspect) alone = workers.given();
      waiting.reset();
    }
    if (workers.empty()) break;  // all that was begun is done
    HL_TRY(committer.Add(workers.Take()));
    const bool last = workers.empty() && !more && !waiting;
    if (work.progress && (since_progress.Seconds() >= kProgressSeconds || last)) {
      since_progress.Lap();
      work.progress({"indexing", workers.taken(), work.total, report->failed, report->skipped});
    }
  }
  HL_TRY(committer.Finish());
  if (!report->interrupted) notes.Remove();
  return source;
}

}  // namespace hashlens
