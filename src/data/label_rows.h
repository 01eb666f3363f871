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

// The rows of a file's text in their order. Blank lines count, but say nothing.
Result<std::vector<LabelRow>> ReadCsvRows(const Path& file, std::string_view text,
                                          size_t max_line_bytes);
Result<std::vector<LabelRow>> ReadJsonRows(const Path& file, std::string_view text,
                                           size_t max_line_bytes);

// "path label" a line; the path may hold blanks. Lines that are none are left out.
struct ListRows {
  std::vector<LabelRow> rows;
  std::vector<Status> broken;  // LineError
};
ListRows ReadListRows(const Path& file, std::string_view text, size_t max_line_bytes);

// The checks that need all rows: of each path and label, of repetitions, of what is on disk.
// Relative paths start at `root`.
Result<LabelledSet> SetOfRows(const Path& file, const Path& root, std::vector<LabelRow> rows);

}  // namespace hashlens

#endif  // HASHLENS_DATA_LABEL_ROWS_H_
