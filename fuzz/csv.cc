// Comma-separated values (data/csv.h).
#include "data/csv.h"

#include "fuzz/input.h"
#include "fuzz/target.h"

namespace hashlens {
namespace {

void FuzzCsv(ByteSpan text) {
  constexpr size_t kMostRecordBytes = 1000;
  CsvReader reader(TextOfInput(text), kMostRecordBytes);
  std::vector<std::string> fields;
  uint64_t last_line = 0;
  for (;;) {
    const auto more = reader.Next(&fields);
    if (!more.ok() || !*more) return;
    Require(!fields.empty(), "a record has a field");
    Require(reader.line() > last_line, "lines go up");
    last_line = reader.line();
  }
}

const FuzzTarget kCsv("csv", FuzzCsv);

}  // namespace
}  // namespace hashlens
