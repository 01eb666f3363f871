#include "exchange/path_pictures.h"

#include <algorithm>
#include <utility>

#include "base/try.h"
#include "data/picture_list.h"
#include "hashlens/database.h"
#include "library/folder_walk.h"
#include "library/stopwatch.h"
#include "source/key_name.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

using Turn = PathPictures::Turn;

constexpr double kLookingSeconds = 0.1;

PictureInput FailedInput(const Path& path, std::string problem) {
  PictureInput input;
  input.path = path;
  input.given = GivenPicture();
  input.given->problem = std::move(problem);
  return input;
}

// Of a path whose pictures are all known at once: read(), once for each function.
Turn TurnOf(std::function<Result<std::vector<PictureInput>>()> read) {
  Turn turn;
  turn.look = [read]() -> Result<std::optional<uint64_t>> {
    HL_ASSIGN(const std::vector<PictureInput> inputs, read());
    return std::optional<uint64_t>(inputs.size());
  };
  turn.open = [read = std::move(read)]() -> Result<PictureFeed> {
    HL_ASSIGN(std::vector<PictureInput> inputs, read());
    const auto all = std::make_shared<const std::vector<PictureInput>>(std::move(inputs));
    return PictureFeed([all, at = size_t{0}]() mutable -> Result<std::optional<PictureInput>> {
      return at < all->size() ? std::optional((*all)[at++]) : std::nullopt;
    });
  };
  return turn;
}

uint64_t CountFiles(FolderWalk* walk, const EncodePathsOptions& options) {
  uint64_t files = 0;
  Stopwatch watch;
  while (!options.stop.stop_requested() && walk->Next()) {
    ++files;
    if (watch.Seconds() < kLookingSeconds) continue;
    watch.Lap();
    options.progress({"looking for pictures", files, 0, 0, 0});
  }
  return files;
}

Turn FolderTurn(const Path& folder, const EncodePathsOptions& options) {
  const FolderWalkOptions how{options.exclude, options.hidden};
  Turn turn;
  // Looking through the folders twice takes little beside reading the pictures.
  turn.look = [folder, how, &options]() -> Result<std::optional<uint64_t>> {
    if (!options.progress) return std::optional<uint64_t>();
    FolderWalk walk(folder, how);
    return std::optional(CountFiles(&walk, options));
  };
  turn.open = [folder, how]() -> Result<PictureFeed> {
    const auto walk = std::make_shared<FolderWalk>(folder, how);
    return PictureFeed([walk]() -> Result<std::optional<PictureInput>> {
      std::optional<WalkedFile> file = walk->Next();
      if (!file) return std::optional<PictureInput>();
      if (!file->problem.empty())
        return std::optional(FailedInput(file->path, std::move(file->problem)));
      PictureInput input;
      input.path = std::move(file->path);
      input.named = false;
      return std::optional(std::move(input));
    });
  };
  return turn;
}

PictureFeed RecordsFeed(const std::shared_ptr<RecordSource>& source, const Path& path,
                        LabelNames* names) {
  const Path place = path.has_filename() ? path : path.parent_path();
  return [source, place, names]() -> Result<std::optional<PictureInput>> {
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
}

Turn DatabaseTurn(const Path& path, const DataOptions& data, LabelNames* names) {
  Turn turn;
  turn.look = [path, data]() -> Result<std::optional<uint64_t>> {
    HL_ASSIGN(const std::unique_ptr<RecordSource> source, OpenSource(path, data));
    return source->size() > 0 ? std::optional(source->size()) : std::nullopt;
  };
  turn.open = [path, data, names]() -> Result<PictureFeed> {
    HL_ASSIGN(std::unique_ptr<RecordSource> opened, OpenSource(path, data));
    return RecordsFeed(std::shared_ptr<RecordSource>(std::move(opened)), path, names);
  };
  return turn;
}

// "FILE:13: why" of a list's line without the file.
std::string LineProblem(const Path& file, const std::string& message) {
  const std::string start = Printable(file) + ":";
  return message.starts_with(start) ? "line " + message.substr(start.size()) : message;
}

Turn ListTurn(const Path& path, const DataOptions& data, LabelNames* names) {
  return TurnOf([path, data, names]() -> Result<std::vector<PictureInput>> {
    LabelReadOptions how;
    how.data = data;
    HL_ASSIGN(PictureList list, ReadPictureList(path, how));
    std::vector<PictureInput> inputs;
    for (const Status& line : list.broken)
      inputs.push_back(FailedInput(path, LineProblem(path, line.message())));
    for (ListedPicture& picture : list.pictures) {
      PictureInput input;
      input.path = std::move(picture.path);
      input.labels = {names->OfText(picture.labels.front())};
      inputs.push_back(std::move(input));
    }
    return inputs;
  });
}

Turn LabelFileTurn(const Path& path) {
  return TurnOf([path]() -> Result<std::vector<PictureInput>> {
    HL_ASSIGN(std::vector<ListedPicture> pictures, ReadLabelFileRows(path));
    std::vector<PictureInput> inputs;
    for (ListedPicture& picture : pictures) {
      PictureInput input;
      input.path = std::move(picture.path);
      input.labels = std::move(picture.labels);
      inputs.push_back(std::move(input));
    }
    return inputs;
  });
}

Turn FileTurn(const Path& path) {
  return TurnOf([path]() -> Result<std::vector<PictureInput>> {
    PictureInput input;
    input.path = path;
    return std::vector<PictureInput>{std::move(input)};
  });
}

void AddTurns(const Path& path, const EncodePathsOptions& options, LabelNames* names,
              std::vector<Turn>* turns) {
  std::error_code error;
  if (const auto files = ListedHdf5Files(path, options.data); !files.empty()) {
    for (const Path& file : files) turns->push_back(DatabaseTurn(file, options.data, names));
  } else if (KindOfSource(path) != SourceKind::kNone) {
    turns->push_back(DatabaseTurn(path, options.data, names));
  } else if (LooksLikeList(path)) {
    turns->push_back(ListTurn(path, options.data, names));
  } else if (IsLabelFile(path)) {
    turns->push_back(LabelFileTurn(path));
  } else {
    turns->push_back(std::filesystem::is_directory(path, error) ? FolderTurn(path, options)
                                                                : FileTurn(path));
  }
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

// What cannot be opened is told before the first picture. The number of pictures; 0: not known.
Result<uint64_t> LookAtAll(const std::vector<Turn>& turns) {
  uint64_t all = 0;
  bool known = true;
  for (const Turn& turn : turns) {
    HL_ASSIGN(const std::optional<uint64_t> pictures, turn.look());
    known = known && pictures;
    all += pictures.value_or(0);
  }
  return known ? all : 0;
}

}  // namespace

Result<std::unique_ptr<PathPictures>> PathPictures::Open(const EncodePathsOptions& options) {
  HL_TRY(CheckOptions(options));
  HL_ASSIGN(LabelNames names, LabelNames::Read(options.label_names));
  std::unique_ptr<PathPictures> pictures(new PathPictures(options, std::move(names)));
  for (const Path& path : options.paths)
    AddTurns(path, pictures->options_, &pictures->names_, &pictures->turns_);
  HL_ASSIGN(pictures->total_, LookAtAll(pictures->turns_));
  return pictures;
}

Result<std::optional<PictureInput>> PathPictures::Next() {
  while (feed_ || at_ < turns_.size()) {
    if (!feed_) {
      HL_ASSIGN(feed_, turns_[at_++].open());
    }
    auto input = feed_();
    if (!input.ok() || *input) return input;
    feed_ = {};  // closes it
  }
  return std::optional<PictureInput>();
}

std::vector<std::string> PathPictures::Warnings() const {
  std::vector<std::string> warnings;
  if (const Status complete = names_.Complete(); !complete.ok())
    warnings.push_back(complete.message());
  for (const Path& path : options_.paths) {
    if (const Status why = WhyNoList(path); !why.ok())
      warnings.push_back("not taken for a list of pictures: " + why.message());
  }
  return warnings;
}

}  // namespace hashlens
