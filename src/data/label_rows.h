// What label files have in common: their text, and rows of a picture and its labels. For src/data,
// and TextOf for who reads files beside those.
#ifndef HASHLENS_DATA_LABEL_ROWS_H_
#define HASHLENS_DATA_LABEL_ROWS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/labelled_set.h"

namespace hashlens {

struct LabelRow {
  Path path;                        // as written; may be relative to the file's folder
  std::vector<std::string> labels;  // in any order
  uint64_t line = 0;                // where it starts, from 1
};

// What a file of text says, without a byte order mark. A view of `bytes`.
std::string_view TextOf(const std::vector<std::byte>& bytes);

// kInvalidArgument "FILE:LINE: why".
Status LineError(const Path& file, uint64_t line, const std::string& why);

// Whether a row may lack labels: then a CSV record may be a path alone, an empty label counts as
// none, and an object may have neither "label" nor "labels", or null.
enum class RowLabels { kNeeded, kOptional };

// The rows of a file's text in their order. Blank lines count, but say nothing.
Result<std::vector<LabelRow>> ReadCsvRows(const Path& file, std::string_view text,
                                          size_t max_line_bytes,
                                          RowLabels needed = RowLabels::kNeeded);
Result<std::vector<LabelRow>> ReadJsonRows(const Path& file, std::string_view text,
                                           size_t max_line_bytes,
                                           RowLabels needed = RowLabels::kNeeded);

// "path label" a line; the path may hold blanks. Lines that are none are left out.
struct ListRows {
  std::vector<LabelRow> rows;
  std::vector<Status> broken;  // LineError
};
ListRows ReadListRows(const Path& file, std::string_view text, size_t max_line_bytes);

// Makes the path one that starts at `root`, and sorts the labels, each once. kInvalidArgument for
// an empty path or label, or a NUL byte.
Status NormaliseRow(const Path& file, const Path& root, LabelRow* row);

// Whether the name ends like that of a file of CSV or JSON rows; capital letters do not matter.
bool HasRowsEnding(const Path& file);

// The rows of such a file.
Result<std::vector<LabelRow>> ReadRows(const Path& file, std::string_view text,
                                       size_t max_line_bytes,
                                       RowLabels needed = RowLabels::kNeeded);

// The checks that need all rows: of each path and label, of repetitions, of what is on disk.
// Relative paths start at `root`.
Result<LabelledSet> SetOfRows(const Path& file, const Path& root, std::vector<LabelRow> rows);

}  // namespace hashlens

#endif  // HASHLENS_DATA_LABEL_ROWS_H_
