// Label files of the form path,label.
#include "base/try.h"
#include "data/csv.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::vector<std::string> SplitLabels(std::string_view field) {
  std::vector<std::string> labels;
  for (;;) {
    const size_t end = field.find(';');
    labels.push_back(Trimmed(field.substr(0, end)));
    if (end == std::string_view::npos) return labels;
    field.remove_prefix(end + 1);
  }
}

// As spreadsheets write it, too: "Path, Label".
std::string LowerTrimmed(std::string_view text) {
  std::string lower = Trimmed(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsHeading(const std::vector<std::string>& fields) {
  if (LowerTrimmed(fields[0]) != "path") return false;
  if (fields.size() == 1) return true;
  const std::string second = LowerTrimmed(fields[1]);
  return second == "label" || second == "labels";
}

std::string WrongFields(const std::vector<std::string>& fields) {
  const std::string found =
      "a line has two fields, path,label; here are " + std::to_string(fields.size());
  if (fields.size() > 2)
    return found + " (a path with a comma wants quotes, several labels are separated by ;)";
  const bool other = fields[0].find_first_of(";\t") != std::string::npos;
  return other ? found + " (fields are separated by commas, not by ; or tabs)" : found;
}

}  // namespace

Result<std::vector<LabelRow>> ReadCsvRows(const Path& file, std::string_view text,
                                          size_t max_line_bytes, RowLabels needed) {
  std::vector<LabelRow> rows;
  std::vector<std::string> fields;
  CsvReader reader(text, max_line_bytes);
  for (bool first = true;; first = false) {
    const Result<bool> more = reader.Next(&fields);
    if (!more.ok()) return LineError(file, reader.line(), more.status().message());
    if (!*more) return rows;
    const bool path_alone = needed == RowLabels::kOptional && fields.size() == 1;
    if (fields.size() != 2 && !path_alone) {
      return LineError(file, reader.line(), WrongFields(fields));
    }
    if (first && IsHeading(fields)) continue;
    LabelRow row{std::move(fields[0]), {}, reader.line()};
    if (!path_alone) row.labels = SplitLabels(fields[1]);
    if (needed == RowLabels::kOptional) std::erase(row.labels, "");
    rows.push_back(std::move(row));
  }
}

}  // namespace hashlens
