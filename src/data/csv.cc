#include "data/csv.h"

#include <algorithm>

#include "base/try.h"

namespace hashlens {

bool CsvReader::AtLineEnd() const { return rest_.starts_with('\n') || rest_.starts_with("\r\n"); }

void CsvReader::SkipLineEnd() {
  rest_.remove_prefix(rest_[0] == '\n' ? 1 : 2);
  ++next_line_;
}

// From after the opening quote to after the closing one.
Status CsvReader::ReadQuoted(std::string* field) {
  for (;;) {
    const size_t quote = rest_.find('"');
    if (quote == std::string_view::npos) return InvalidArgument("a quote is never closed");
    field->append(rest_.substr(0, quote));
    next_line_ += static_cast<uint64_t>(std::count(rest_.begin(), rest_.begin() + quote, '\n'));
    rest_.remove_prefix(quote + 1);
    if (!rest_.starts_with('"')) break;
    *field += '"';
    rest_.remove_prefix(1);
  }
  if (!rest_.empty() && rest_[0] != ',' && !AtLineEnd()) {
    return InvalidArgument("after a closing quote a comma or the line's end must follow");
  }
  return {};
}

Status CsvReader::ReadField(std::string* field) {
  field->clear();
  if (rest_.starts_with('"')) {
    rest_.remove_prefix(1);
    return ReadQuoted(field);
  }
  while (!rest_.empty() && rest_[0] != ',' && !AtLineEnd()) {
    const size_t length =
        std::max<size_t>(1, std::min(rest_.find_first_of(",\r\n\""), rest_.size()));
    if (rest_[0] == '"')
      return InvalidArgument("a quote inside a field that does not start with one");
    field->append(rest_.substr(0, length));
    rest_.remove_prefix(length);
  }
  return {};
}

Result<bool> CsvReader::Next(std::vector<std::string>* fields) {
  fields->clear();
  while (!rest_.empty() && AtLineEnd()) SkipLineEnd();
  line_ = next_line_;
  if (rest_.empty()) return false;
  const size_t before = rest_.size();
  for (;;) {
    fields->emplace_back();
    HL_TRY(ReadField(&fields->back()));
    if (before - rest_.size() > max_record_bytes_) {
      return InvalidArgument("longer than the limit of " + std::to_string(max_record_bytes_) +
                             " bytes");
    }
    if (!rest_.starts_with(',')) break;
    rest_.remove_prefix(1);
  }
  if (!rest_.empty()) SkipLineEnd();
  return true;
}

}  // namespace hashlens
