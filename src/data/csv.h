// Comma-separated values as RFC 4180 has them. Internal to src/data.
#ifndef HASHLENS_DATA_CSV_H_
#define HASHLENS_DATA_CSV_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/status.h"

namespace hashlens {

// Records end with LF or CRLF, the last one also with the text. A field in quotes may hold commas,
// line ends and doubled quotes; a quote anywhere else is an error, and so is one that is never
// closed. Lines without a byte in them are passed over. The view must outlive the reader.
class CsvReader {
 public:
  CsvReader(std::string_view text, size_t max_record_bytes)
      : rest_(text), max_record_bytes_(max_record_bytes) {}

  // The next record's fields; false at the end. kInvalidArgument says why, without file and line:
  // then reading is over.
  Result<bool> Next(std::vector<std::string>* fields);
  // Where the record that Next gave or failed at starts, from 1.
  uint64_t line() const { return line_; }

 private:
  Status ReadField(std::string* field);
  Status ReadQuoted(std::string* field);
  bool AtLineEnd() const;
  void SkipLineEnd();

  std::string_view rest_;
  size_t max_record_bytes_;
  uint64_t line_ = 0;
  uint64_t next_line_ = 1;
};

}  // namespace hashlens

#endif  // HASHLENS_DATA_CSV_H_
