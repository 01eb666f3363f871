// Label files with one JSON object a line.
#include <nlohmann/json.hpp>

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

// kInvalidArgument says why, without file and line.
Status ReadRow(std::string_view line, LabelRow* row) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return InvalidArgument("not a JSON object");
  if (!object.is_object()) return InvalidArgument("not a JSON object with path and label");
  const auto path = object.find("path");
  if (path == object.end() || !path->is_string()) {
    return InvalidArgument("\"path\" must be there and a string");
  }
  row->path = path->get_ref<const std::string&>();
  const auto label = object.find("label");
  const auto labels = object.find("labels");
  if ((label == object.end()) == (labels == object.end())) {
    return InvalidArgument("either \"label\" or \"labels\" must be there");
  }
  if (label != object.end()) {
    if (!label->is_string()) return InvalidArgument("\"label\" must be a string");
    row->labels = {label->get_ref<const std::string&>()};
    return {};
  }
  if (!labels->is_array()) return InvalidArgument("\"labels\" must be an array of strings");
  for (const Json& one : *labels) {
    if (!one.is_string()) return InvalidArgument("\"labels\" must be an array of strings");
    row->labels.push_back(one.get_ref<const std::string&>());
  }
  return {};
}

}  // namespace

Result<std::vector<LabelRow>> ReadJsonRows(const Path& file, std::string_view text,
                                           size_t max_line_bytes) {
  std::vector<LabelRow> rows;
  for (uint64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    if (line.size() > max_line_bytes) {
      return LineError(file, number,
                       "longer than the limit of " + std::to_string(max_line_bytes) + " bytes");
    }
    LabelRow row;
    row.line = number;
    if (const Status status = ReadRow(line, &row); !status.ok()) {
      return LineError(file, number, status.message());
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace hashlens
