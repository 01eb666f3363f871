// Lists of pictures as Caffe's ImageData layer and convert_imageset take them.
#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr char kBlanks[] = " \t\r";

// Of a line without blanks at its end, and not empty.
Result<LabelRow> ReadLine(const Path& file, uint64_t number, std::string_view line) {
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
  const std::string_view path = line.substr(0, path_end + 1);
  if (path.find('\0') != std::string_view::npos)
    return LineError(file, number, "the path holds a NUL byte");
  return LabelRow{Path(path), {std::string(label)}, number};
}

}  // namespace

ListRows ReadListRows(const Path& file, std::string_view text, size_t max_line_bytes) {
  ListRows list;
  for (uint64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const size_t last = line.find_last_not_of(kBlanks);
    if (last == std::string_view::npos) continue;
    line = line.substr(0, last + 1);
    Result<LabelRow> row =
        line.size() <= max_line_bytes
            ? ReadLine(file, number, line)
            : LineError(file, number,
                        "longer than the limit of " + std::to_string(max_line_bytes) + " bytes");
    if (row.ok())
      list.rows.push_back(std::move(*row));
    else
      list.broken.push_back(row.status());
  }
  return list;
}

}  // namespace hashlens
