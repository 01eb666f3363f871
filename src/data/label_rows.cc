#include "data/label_rows.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/picture_name.h"
#include "base/try.h"

namespace hashlens {
namespace {

constexpr size_t kNamed = 5;  // missing pictures in a message

// Leaves the first of rows that say the same.
Status DropRepeated(const Path& file, std::vector<LabelRow>* rows) {
  std::unordered_map<std::string, size_t> seen;  // path -> index of the row that is kept
  seen.reserve(rows->size());
  size_t kept = 0;
  for (size_t i = 0; i < rows->size(); ++i) {
    LabelRow& row = (*rows)[i];
    const auto [at, first] = seen.emplace(row.path.native(), kept);
    if (first) {
      if (kept != i) (*rows)[kept] = std::move(row);
      ++kept;
    } else if (const LabelRow& before = (*rows)[at->second]; before.labels != row.labels) {
      return LineError(file, row.line,
                       Printable(row.path) + " has other labels here than in line " +
                           std::to_string(before.line) + "; give all its labels in one line");
    }
  }
  rows->resize(kept);
  return {};
}

Status CheckOnDisk(const Path& file, const std::vector<LabelRow>& rows) {
  size_t missing = 0;
  std::string named;
  for (const LabelRow& row : rows) {
    std::error_code error;
    if (std::filesystem::is_regular_file(row.path, error)) continue;
    if (++missing > kNamed) continue;
    named += (missing == 1 ? "" : ", ") + Printable(row.path) + " (line " +
             std::to_string(row.line) + ")";
  }
  if (missing == 0) return {};
  if (missing > kNamed) named += ", ...";
  return NotFound(Printable(file) + ": " + std::to_string(missing) + " of " +
                  std::to_string(rows.size()) + " pictures are not there: " + named);
}

bool IsCsv(std::string_view ending) { return ending == ".csv"; }

}  // namespace

std::string_view TextOf(const std::vector<std::byte>& bytes) {
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

Status LineError(const Path& file, uint64_t line, const std::string& why) {
  return InvalidArgument(Printable(file) + ":" + std::to_string(line) + ": " + why);
}

Status NormaliseRow(const Path& file, const Path& root, LabelRow* row) {
  const std::string& written = row->path.native();
  if (written.empty()) return LineError(file, row->line, "the path is empty");
  if (written.find('\0') != std::string::npos) {
    return LineError(file, row->line, "the path holds a NUL byte");
  }
  for (const std::string& label : row->labels) {
    if (label.empty()) return LineError(file, row->line, "a label is empty");
  }
  row->path = (root / row->path).lexically_normal();
  std::sort(row->labels.begin(), row->labels.end());
  row->labels.erase(std::unique(row->labels.begin(), row->labels.end()), row->labels.end());
  return {};
}

bool HasRowsEnding(const Path& file) {
  const std::string ending = LowerEnding(file);
  return IsCsv(ending) || ending == ".jsonl" || ending == ".ndjson" || ending == ".json";
}

Result<std::vector<LabelRow>> ReadRows(const Path& file, std::string_view text,
                                       size_t max_line_bytes, RowLabels needed) {
  const auto read = IsCsv(LowerEnding(file)) ? ReadCsvRows : ReadJsonRows;
  return read(file, text, max_line_bytes, needed);
}

Result<LabelledSet> SetOfRows(const Path& file, const Path& root, std::vector<LabelRow> rows) {
  if (rows.empty()) return InvalidArgument(Printable(file) + ": names no pictures");
  for (LabelRow& row : rows) HL_TRY(NormaliseRow(file, root, &row));
  HL_TRY(DropRepeated(file, &rows));
  std::map<std::string, int> classes;
  for (const LabelRow& row : rows) {
    for (const std::string& label : row.labels) classes.emplace(label, 0);
  }
  if (classes.size() < 2) {
    return InvalidArgument(Printable(file) + ": " +
                           (classes.empty() ? "no labels"
                                            : "only one label, " + Printable(std::string_view(
                                                                       classes.begin()->first))) +
                           "; two classes are needed");
  }
  HL_TRY(CheckOnDisk(file, rows));
  LabelledSet set;
  for (auto& [name, index] : classes) {
    index = static_cast<int>(set.classes.size());
    set.classes.push_back(name);
  }
  set.pictures.reserve(rows.size());
  for (LabelRow& row : rows) {
    LabelledPicture picture{std::move(row.path), {}};
    // Names in order have indices in order.
    for (const std::string& label : row.labels) picture.labels.push_back(classes.at(label));
    set.pictures.push_back(std::move(picture));
  }
  return set;
}

}  // namespace hashlens
