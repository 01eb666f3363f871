#include <charconv>
#include <map>

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
constexpr size_t kReportedFailures = 10;

// Records as pictures for a library; broken ones are kept apart.
class RecordGiver {
 public:
  RecordGiver(RecordSource* source, const LabelNames& names, const Path& place)
      : source_(source), names_(names), place_(place) {}

  Result<std::optional<GivenPicture>> Next() {
    for (;;) {
      HL_ASSIGN(std::optional<Record> record, source_->Next());
      if (!record) return std::optional<GivenPicture>();
      GivenPicture picture;
      picture.name = NameOfKey(record->key);
      if (!record->problem.ok()) {
        ++broken_;
        if (failures_.size() < kReportedFailures)
          failures_.push_back(Printable(place_ / picture.name) + ": " + record->problem.message());
        continue;
      }
      picture.bytes = std::move(record->picture);
      picture.feature = std::move(record->feature);
      if (record->label) picture.tags.emplace_back(kLabelKey, names_.Of(*record->label));
      return std::optional(std::move(picture));
    }
  }

  void AddTo(IndexReport* report) {
    report->failed += broken_;
    report->missing += broken_;
    report->failures.insert(report->failures.end(), failures_.begin(), failures_.end());
  }

 private:
  RecordSource* source_;
  const LabelNames& names_;
  const Path& place_;
  uint64_t broken_ = 0;
  std::vector<std::string> failures_;
};

AddOptions AddOptionsOf(const AddDatabaseOptions& options, const Path& source) {
  AddOptions add;
  add.source = source;
  add.tags = options.tags;
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
                               const LabelNames& names) {
  HL_ASSIGN(const std::unique_ptr<RecordSource> source, OpenSource(options.path, options.data));
  HL_ASSIGN(const Path place, Absolute(options.path));
  RecordGiver giver(source.get(), names, place);
  AddOptions add = AddOptionsOf(options, place);
  add.total = source->size();
  add.next = [&giver] { return giver.Next(); };
  HL_ASSIGN(IndexReport report, writer->Add(add));
  giver.AddTo(&report);
  return report;
}

// The run that read the pictures, and one more of those that only gave tags.
void AddTagged(const IndexReport& tags, IndexReport* report) {
  report->tagged += tags.tagged;
  report->interrupted = report->interrupted || tags.interrupted;
  report->seconds += tags.seconds;
}

// All files in one run; then each label's get their tag, which reads no picture again.
Result<IndexReport> AddList(LibraryWriter* writer, const AddDatabaseOptions& options,
                            const LabelNames& names) {
  LabelReadOptions how;
  how.data = options.data;
  HL_ASSIGN(const std::vector<ListedPicture> pictures, ReadPictureList(options.path, how));
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
  std::map<std::string, std::vector<Path>> of_label;
  for (const ListedPicture& picture : pictures) {
    index.paths.push_back(picture.path);
    of_label[picture.label].push_back(picture.path);
  }
  HL_ASSIGN(IndexReport report, writer->Index(index));
  for (auto& [label, paths] : of_label) {
    if (report.interrupted) break;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
    index.tags = {{kLabelKey, error == std::errc() ? names.Of(number) : label}};
    index.retry = false;
    index.paths = std::move(paths);
    index.progress = {};
    HL_ASSIGN(const IndexReport tagged, writer->Index(index));
    AddTagged(tagged, &report);
  }
  return report;
}

}  // namespace

bool IsDatabase(const Path& path) try {
  return KindOfSource(path) != SourceKind::kNone || LooksLikeList(path);
} catch (...) {
  return false;
}

Status CheckDatabase(const AddDatabaseOptions& options) try {
  HL_TRY(LabelNames::Read(options.label_names).status());
  if (!LooksLikeList(options.path)) return OpenSource(options.path, options.data).status();
  LabelReadOptions how;
  how.data = options.data;
  return ReadPictureList(options.path, how).status();
} catch (...) {
  return CaughtStatus();
}

Result<IndexReport> AddDatabase(LibraryWriter* writer, const AddDatabaseOptions& options) try {
  HL_ASSIGN(const LabelNames names, LabelNames::Read(options.label_names));
  return LooksLikeList(options.path) ? AddList(writer, options, names)
                                     : AddRecords(writer, options, names);
} catch (...) {
  return CaughtStatus();
}

}  // namespace hashlens
