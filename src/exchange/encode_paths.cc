// Encoding what the paths name: folders, files, databases and lists.
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "base/guard.h"
#include "base/try.h"
#include "data/labelled_set.h"
#include "data/picture_list.h"
#include "exchange/label_names.h"
#include "hashlens/database.h"
#include "hashlens/encode.h"
#include "library/folder_walk.h"
#include "library/stopwatch.h"
#include "source/key_name.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

constexpr double kLookingSeconds = 0.1;

// What one path stands for.
struct Feed {
  PictureFeed next;
  std::function<uint64_t()> count;  // of the pictures, before the first is asked for
  bool is_counted = true;           // false: how many there are is not known
};

PictureInput FailedInput(const Path& path, std::string problem) {
  PictureInput input;
  input.path = path;
  input.given = GivenPicture();
  input.given->problem = std::move(problem);
  return input;
}

Feed FeedOf(std::vector<PictureInput> inputs) {
  const auto all = std::make_shared<const std::vector<PictureInput>>(std::move(inputs));
  Feed feed;
  feed.next = [all, at = size_t{0}]() mutable -> Result<std::optional<PictureInput>> {
    return at < all->size() ? std::optional((*all)[at++]) : std::nullopt;
  };
  feed.count = [all] { return all->size(); };
  return feed;
}

Feed FolderFeed(const Path& folder, const EncodePathsOptions& options) {
  const FolderWalkOptions how{options.exclude, options.hidden};
  Feed feed;
  feed.next =
      [walk = std::make_shared<FolderWalk>(folder, how)]() -> Result<std::optional<PictureInput>> {
    std::optional<WalkedFile> file = walk->Next();
    if (!file) return std::optional<PictureInput>();
    if (!file->problem.empty())
      return std::optional(FailedInput(file->path, std::move(file->problem)));
    PictureInput input;
    input.path = std::move(file->path);
    input.named = false;
    return std::optional(std::move(input));
  };
  // Looking through the folders twice takes little beside reading the pictures.
  feed.count = [folder, how, progress = options.progress, stop = options.stop] {
    FolderWalk walk(folder, how);
    uint64_t files = 0;
    Stopwatch watch;
    while (!stop.stop_requested() && walk.Next()) {
      ++files;
      if (watch.Seconds() < kLookingSeconds) continue;
      watch.Lap();
      progress({"looking for pictures", files, 0, 0, 0});
    }
    return files;
  };
  return feed;
}

Result<Feed> DatabaseFeed(const Path& path, const DataOptions& data, LabelNames* names) {
  HL_ASSIGN(std::unique_ptr<RecordSource> opened, OpenSource(path, data));
  const std::shared_ptr<RecordSource> source = std::move(opened);
  Feed feed;
  feed.is_counted = source->size() > 0;
  feed.count = [source] { return source->size(); };
  const Path place = path.has_filename() ? path : path.parent_path();
  feed.next = [source, place, names]() -> Result<std::optional<PictureInput>> {
    HL_ASSIGN(std::optional<Record> record, source->Next());
    if (!record) return std::optional<PictureInput>();
    const Path name = place / NameOfKey(record->key);
    if (!record->problem.ok()) return std::optional(FailedInput(name, record->problem.message()));
    PictureInput input;
    input.path = name;
    input.given = GivenPicture();
    input.given->bytes = std::move(record->picture);
    input.given->feature = std::move(record->feature);
    if (record->label) input.labels.push_back(names->Of(*record->label));
    return std::optional(std::move(input));
  };
  return feed;
}

// "FILE:13: why" of a list's line without the file.
std::string LineProblem(const Path& file, const std::string& message) {
  const std::string start = Printable(file) + ":";
  return message.starts_with(start) ? "line " + message.substr(start.size()) : message;
}

Result<Feed> ListFeed(const Path& path, const DataOptions& data, LabelNames* names) {
  LabelReadOptions how;
  how.data = data;
  HL_ASSIGN(PictureList list, ReadPictureList(path, how));
  std::vector<PictureInput> inputs;
  for (const Status& line : list.broken)
    inputs.push_back(FailedInput(path, LineProblem(path, line.message())));
  for (ListedPicture& picture : list.pictures) {
    PictureInput input;
    input.path = std::move(picture.path);
    input.labels = {names->OfText(picture.label)};
    inputs.push_back(std::move(input));
  }
  return FeedOf(std::move(inputs));
}

bool IsLabelFile(const Path& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  constexpr std::string_view kEndings[] = {".csv", ".jsonl", ".ndjson", ".json"};
  return std::ranges::find(kEndings, path.extension().native()) != std::end(kEndings);
}

Result<Feed> LabelFileFeed(const Path& path, const EncodePathsOptions& options) {
  LabelReadOptions how;
  how.data = options.data;
  how.stop = options.stop;
  HL_ASSIGN(LabelledSet set, ReadLabelledSet(path, how));
  std::vector<PictureInput> inputs;
  for (LabelledPicture& picture : set.pictures) {
    PictureInput input;
    input.path = std::move(picture.path);
    for (const int label : picture.labels)
      input.labels.push_back(set.classes[static_cast<size_t>(label)]);
    inputs.push_back(std::move(input));
  }
  return FeedOf(std::move(inputs));
}

Status AddFeeds(const Path& path, const EncodePathsOptions& options, LabelNames* names,
                std::vector<Feed>* feeds) {
  if (const auto files = ListedHdf5Files(path, options.data); !files.empty()) {
    for (const Path& file : files) {
      HL_ASSIGN(Feed feed, DatabaseFeed(file, options.data, names));
      feeds->push_back(std::move(feed));
    }
    return {};
  }
  const auto feed = [&]() -> Result<Feed> {
    if (KindOfSource(path) != SourceKind::kNone) return DatabaseFeed(path, options.data, names);
    if (LooksLikeList(path)) return ListFeed(path, options.data, names);
    if (IsLabelFile(path)) return LabelFileFeed(path, options);
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) return FolderFeed(path, options);
    PictureInput input;
    input.path = path;
    return FeedOf({std::move(input)});
  };
  HL_ASSIGN(Feed made, feed());
  feeds->push_back(std::move(made));
  return {};
}

Status CheckOptions(const EncodePathsOptions& options) {
  IndexPathsOptions as_indexed;
  as_indexed.files.paths = options.paths;
  as_indexed.files.exclude = options.exclude;
  as_indexed.files.hidden = options.hidden;
  as_indexed.data = options.data;
  as_indexed.label_names = options.label_names;
  return CheckPaths(as_indexed);
}

uint64_t CountAll(const std::vector<Feed>& feeds) {
  if (!std::ranges::all_of(feeds, &Feed::is_counted)) return 0;
  uint64_t all = 0;
  for (const Feed& feed : feeds) all += feed.count();
  return all;
}

}  // namespace

Result<EncodeReport> EncodePaths(const PictureEncoder& encoder, const EncodePathsOptions& options,
                                 const EncodedSink& sink) try {
  HL_TRY(CheckOptions(options));
  HL_ASSIGN(LabelNames names, LabelNames::Read(options.label_names));
  std::vector<Feed> feeds;
  for (const Path& path : options.paths) HL_TRY(AddFeeds(path, options, &names, &feeds));
  EncodeRun run;
  run.progress = options.progress;
  run.stop = options.stop;
  if (options.progress) run.total = CountAll(feeds);
  const auto next = [&feeds, at = size_t{0}]() mutable -> Result<std::optional<PictureInput>> {
    while (at < feeds.size()) {
      auto input = feeds[at].next();
      if (!input.ok() || *input) return input;
      feeds[at++] = {};  // closes it
    }
    return std::optional<PictureInput>();
  };
  HL_ASSIGN(EncodeReport report, encoder.Encode(next, sink, run));
  if (const Status complete = names.Complete(); !complete.ok())
    report.warnings.push_back(complete.message());
  for (const Path& path : options.paths) {
    if (const Status why = WhyNoList(path); !why.ok())
      report.warnings.push_back("not taken for a list of pictures: " + why.message());
  }
  return report;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
