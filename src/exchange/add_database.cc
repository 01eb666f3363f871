#include <algorithm>
#include <map>
#include <set>

#include "base/guard.h"
#include "base/try.h"
#include "data/picture_list.h"
#include "exchange/label_names.h"
#include "hashlens/database.h"
#include "source/key_name.h"
#include "source/record_source.h"

namespace hashlens {
namespace {

constexpr char kLabelKey[] = "label";

GivenPicture PictureOf(Record record, LabelNames* names) {
  GivenPicture picture;
  picture.name = NameOfKey(record.key);
  if (!record.problem.ok()) {
    picture.problem = record.problem.message();
    return picture;
  }
  picture.bytes = std::move(record.picture);
  picture.feature = std::move(record.feature);
  if (record.label) picture.tags.emplace_back(kLabelKey, names->Of(*record.label));
  return picture;
}

AddOptions AddOptionsOf(const AddDatabaseOptions& options, const Path& source) {
  AddOptions add;
  add.source = source;
  add.tags = options.tags;
  add.own_keys = {kLabelKey};
  add.retry = options.retry;
  add.batch = options.batch;
  add.progress = options.progress;
  add.stop = options.stop;
  return add;
}

Result<Path> Absolute(const Path& path) {
  std::error_code error;
  Path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return ErrnoStatus(error.value(), "looking for", path);
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

Result<IndexReport> AddRecords(LibraryWriter* writer, const AddDatabaseOptions& options,
                               LabelNames* names) {
  HL_ASSIGN(const std::unique_ptr<RecordSource> source, OpenSource(options.path, options.data));
  HL_ASSIGN(const Path place, Absolute(options.path));
  AddOptions add = AddOptionsOf(options, place);
  add.total = source->size();
  add.next = [&]() -> Result<std::optional<GivenPicture>> {
    HL_ASSIGN(std::optional<Record> record, source->Next());
    if (!record) return std::optional<GivenPicture>();
    return std::optional(PictureOf(std::move(*record), names));
  };
  return writer->Add(add);
}

// The run that read the pictures, and one more of those that only gave tags.
void AddTagged(const IndexReport& tags, IndexReport* report) {
  report->tagged += tags.tagged;
  report->interrupted = report->interrupted || tags.interrupted;
  report->seconds += tags.seconds;
}

constexpr size_t kNamedLines = 5;  // broken ones in a report

// All files in one run; then those of the same labels get these as their tags, which reads no
// picture again.
Result<IndexReport> AddList(LibraryWriter* writer, const AddDatabaseOptions& options,
                            LabelNames* names) {
  LabelReadOptions how;
  how.data = options.data;
  HL_ASSIGN(const PictureList list, ReadPictureList(options.path, how));
  HL_ASSIGN(const Path root, Absolute(RootOfList(options.path, options.data) / "."));
  // So that the list's folder is one root of the library, not each folder below it.
  AddOptions none = AddOptionsOf(options, root);
  none.next = [] { return std::optional<GivenPicture>(); };
  HL_TRY(writer->Add(none).status());
  IndexOptions index;
  index.tags = options.tags;
  index.retry = options.retry;
  index.batch = options.batch;
  index.progress = options.progress;
  index.stop = options.stop;
  std::map<Path, std::set<Tag>> labels;  // a picture may be listed several times
  std::vector<std::string> problems;     // of lines that are left out
  for (const Status& line : list.broken) problems.push_back(line.message());
  for (const ListedPicture& picture : list.pictures) {
    if (std::error_code error; std::filesystem::is_directory(picture.path, error)) {
      problems.push_back(Printable(picture.path) + ": a folder; a list names pictures");
      continue;
    }
    std::set<Tag>& tags = labels[picture.path];
    if (tags.empty()) index.paths.push_back(picture.path);
    tags.emplace(kLabelKey, names->OfText(picture.labels.front()));
  }
  std::map<std::set<Tag>, std::vector<Path>> of_labels;
  for (const Path& path : index.paths) of_labels[labels[path]].push_back(path);
  HL_ASSIGN(IndexReport report, writer->Index(index));
  report.failed += problems.size();
  report.missing += problems.size();
  problems.resize(std::min<size_t>(problems.size(), kNamedLines));
  report.failures.insert(report.failures.end(), problems.begin(), problems.end());
  index.retry = false;
  index.own_keys = {kLabelKey};
  index.progress = {};
  for (auto& [tags, paths] : of_labels) {
    if (report.interrupted) break;
    index.tags.assign(tags.begin(), tags.end());
    index.paths = std::move(paths);
    HL_ASSIGN(const IndexReport tagged, writer->Index(index));
    AddTagged(tagged, &report);
  }
  return report;
}

// Each file is a database of its own.
Result<IndexReport> AddFiles(LibraryWriter* writer, const AddDatabaseOptions& options,
                             const std::vector<Path>& files) {
  IndexReport all;
  for (const Path& file : files) {
    if (all.interrupted) break;
    AddDatabaseOptions one = options;
    one.path = file;
    HL_ASSIGN(const IndexReport report, AddDatabase(writer, one));
    AddReport(report, &all);
  }
  return all;
}

}  // namespace

bool IsDatabase(const Path& path) try {
  return KindOfSource(path) != SourceKind::kNone || LooksLikeList(path) ||
         !ListedHdf5Files(path, {}).empty();
} catch (...) {
  return false;
}

Status CheckDatabase(const AddDatabaseOptions& options) try {
  HL_TRY(LabelNames::Read(options.label_names).status());
  if (const auto files = ListedHdf5Files(options.path, options.data); !files.empty()) {
    for (const Path& file : files) HL_TRY(OpenSource(file, options.data).status());
    return {};
  }
  if (!LooksLikeList(options.path)) return OpenSource(options.path, options.data).status();
  LabelReadOptions how;
  how.data = options.data;
  return ReadPictureList(options.path, how).status();
} catch (...) {
  return CaughtStatus();
}

Result<IndexReport> AddDatabase(LibraryWriter* writer, const AddDatabaseOptions& options) try {
  HL_ASSIGN(LabelNames names, LabelNames::Read(options.label_names));
  if (const auto files = ListedHdf5Files(options.path, options.data); !files.empty())
    return AddFiles(writer, options, files);
  HL_ASSIGN(IndexReport report, LooksLikeList(options.path) ? AddList(writer, options, &names)
                                                            : AddRecords(writer, options, &names));
  if (const Status complete = names.Complete(); !complete.ok())
    report.warnings.push_back(complete.message());
  return report;
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
