#include "exchange/label_names.h"

#include <charconv>

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{64} << 20;

}  // namespace

Result<LabelNames> LabelNames::Read(const Path& file) {
  LabelNames names;
  if (file.empty()) return names;
  names.file_ = file;
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, kMaxFileBytes));
  std::string_view text = TextOf(bytes);
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    names.names_.emplace_back(line);
  }
  if (names.names_.empty()) return InvalidArgument(Printable(file) + ": holds no names of labels");
  return names;
}

std::string LabelNames::Of(int64_t label) {
  if (label >= 0 && static_cast<uint64_t>(label) < names_.size()) {
    const std::string& name = names_[static_cast<size_t>(label)];
    if (!name.empty()) return name;
  } else if (!unnamed_) {
    unnamed_ = label;
  }
  return std::to_string(label);
}

std::string LabelNames::OfText(const std::string& label) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  return error == std::errc() ? Of(number) : label;
}

Status LabelNames::Complete() const {
  if (names_.empty() || !unnamed_) return {};
  return InvalidArgument(Printable(file_) + ": has no name for the label " +
                         std::to_string(*unnamed_) + ", whose images are tagged with its digits");
}

}  // namespace hashlens
