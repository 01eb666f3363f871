// Lists of pictures as Caffe's ImageData layer and convert_imageset take them.
#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr char kBlanks[] = " \t\r";

}  // namespace

Result<std::vector<LabelRow>> ReadListRows(const Path& file, std::string_view text,
                                           size_t max_line_bytes) {
  std::vector<LabelRow> rows;
  for (uint64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t last = line.find_last_not_of(kBlanks);
    if (last == std::string_view::npos) continue;
    line = line.substr(0, last + 1);
    if (line.size() > max_line_bytes)
      return LineError(file, number,
                       "longer than the limit of " + std::to_string(max_line_bytes) + " bytes");
    const size_t blank = line.find_last_of(kBlanks);
    const size_t path_end =
        blank == std::string_view::npos ? blank : line.substr(0, blank).find_last_not_of(kBlanks);
    if (path_end == std::string_view::npos)
      return LineError(file, number, "a line is a path, a blank and a label");
    const std::string_view label = line.substr(blank + 1);
    const std::string_view digits = label.starts_with('-') ? label.substr(1) : label;
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return LineError(file, number,
                       "the label, which comes last, is not a whole number: " + Printable(label));
    rows.push_back({Path(line.substr(0, path_end + 1)), {std::string(label)}, number});
  }
  return rows;
}

}  // namespace hashlens
