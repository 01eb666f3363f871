// Label files with one JSON object a line.
#include <nlohmann/json.hpp>
#include <optional>

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

using Json = nlohmann::json;

// The text of a label; a whole number stands for its digits.
std::optional<std::string> LabelText(const Json& label) {
  if (label.is_string()) return label.get<std::string>();
  if (label.is_number_integer()) return label.dump();
  return std::nullopt;
}

// kInvalidArgument says why, without file and line.
Status ReadRow(std::string_view line, RowLabels needed, LabelRow* row) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_discarded()) return InvalidArgument("not a JSON object");
  if (!object.is_object()) return InvalidArgument("not a JSON object with path and label");
  const auto path = object.find("path");
  if (path == object.end() || !path->is_string()) {
    return InvalidArgument("\"path\" must be there and a string");
  }
  row->path = path->get_ref<const std::string&>();
  const auto member = [&](const char* name) {
    const auto found = object.find(name);
    const bool none = found != object.end() && found->is_null() && needed == RowLabels::kOptional;
    return none ? object.end() : found;
  };
  const auto label = member("label");
  const auto labels = member("labels");
  if (label == object.end() && labels == object.end() && needed == RowLabels::kOptional) return {};
  if ((label == object.end()) == (labels == object.end())) {
    return InvalidArgument("either \"label\" or \"labels\" must be there");
  }
  if (label != object.end()) {
    const std::optional<std::string> text = LabelText(*label);
    if (!text) return InvalidArgument("\"label\" must be a string or a whole number");
    row->labels = {*text};
    return {};
  }
  constexpr char kNoLabels[] = "\"labels\" must be an array of strings or whole numbers";
  if (!labels->is_array()) return InvalidArgument(kNoLabels);
  for (const Json& one : *labels) {
    const std::optional<std::string> text = LabelText(one);
    if (!text) return InvalidArgument(kNoLabels);
    row->labels.push_back(*text);
  }
  return {};
}

}  // namespace

Result<std::vector<LabelRow>> ReadJsonRows(const Path& file, std::string_view text,
                                           size_t max_line_bytes, RowLabels needed) {
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
    if (const Status status = ReadRow(line, needed, &row); !status.ok()) {
      return LineError(file, number, status.message());
    }
    if (needed == RowLabels::kOptional) std::erase(row.labels, "");
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace hashlens
