#include "data/labelled_set.h"

#include <algorithm>
#include <string_view>

#include "base/picture_name.h"
#include "base/try.h"
#include "data/class_folders.h"
#include "data/database_set.h"
#include "data/label_rows.h"
#include "data/picture_list.h"

namespace hashlens {
namespace {

// As of records, one line in ten may be broken: a file of others is no list.
Result<LabelledSet> SetOfList(const Path& file, std::string_view text,
                              const LabelReadOptions& options) {
  if (!ListedHdf5Files(file, options.data).empty())
    return InvalidArgument(Printable(file) + ": a list of HDF5 files; name one of them");
  ListRows list = ReadListRows(file, text, options.max_line_bytes);
  if (list.broken.size() * kMostUnreadable > list.broken.size() + list.rows.size())
    return list.broken.front();
  HL_ASSIGN(LabelledSet set, SetOfRows(file, RootOfList(file, options.data), std::move(list.rows)));
  for (const Status& line : list.broken) set.unreadable.push_back(line.message());
  return set;
}

Result<LabelledSet> ReadLabelFile(const Path& file, const LabelReadOptions& options) {
  const bool list = LowerEnding(file) == ".txt";
  if (!list && !HasRowsEnding(file)) {
    return InvalidArgument(Printable(file) +
                           ": labels are read from a folder of class folders, a .csv, .jsonl or "
                           ".txt file, or an LMDB, LevelDB or HDF5 database");
  }
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, options.max_file_bytes));
  const std::string_view text = TextOf(bytes);
  if (list) return SetOfList(file, text, options);
  HL_ASSIGN(std::vector<LabelRow> rows, ReadRows(file, text, options.max_line_bytes));
  return SetOfRows(file, file.parent_path(), std::move(rows));
}

}  // namespace

bool LabelledSet::multi_label() const {
  return std::any_of(pictures.begin(), pictures.end(),
                     [](const LabelledPicture& picture) { return picture.labels.size() != 1; });
}

Result<LabelledSet> ReadLabelledSet(const Path& data, const LabelReadOptions& options) {
  std::error_code error;
  const auto status = std::filesystem::status(data, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    return NotFound(Printable(data) + ": no such file or folder");
  }
  if (error) return ErrnoStatus(error.value(), "reading", data);
  if (KindOfSource(data) != SourceKind::kNone) return ReadDatabase(data, options);
  return std::filesystem::is_directory(status) ? ReadClassFolders(data)
                                               : ReadLabelFile(data, options);
}

}  // namespace hashlens
