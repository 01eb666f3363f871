#include "data/picture_list.h"

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr size_t kLookBytes = 1 << 16;

// The start of a NAME.txt; nothing of another file, or of one that cannot be read.
std::vector<std::byte> StartOfList(const Path& file) {
  std::error_code error;
  if (file.extension() != ".txt" || !std::filesystem::is_regular_file(file, error)) return {};
  auto bytes = ReadFileStart(file, kLookBytes);
  return bytes.ok() ? std::move(*bytes) : std::vector<std::byte>();
}

// The first line that says something.
ListRows FirstLine(const Path& file, std::string_view text) {
  const size_t begin = text.find_first_not_of("\r\n \t");
  if (begin == std::string_view::npos) return {};
  return ReadListRows(file, text.substr(0, text.find('\n', begin)), kLookBytes);
}

}  // namespace

bool LooksLikeList(const Path& file) {
  const std::vector<std::byte> bytes = StartOfList(file);
  const ListRows line = FirstLine(file, TextOf(bytes));
  return line.broken.empty() && !line.rows.empty();
}

Status WhyNoList(const Path& file) {
  const std::vector<std::byte> bytes = StartOfList(file);
  const std::string_view text = TextOf(bytes);
  if (text.find('\0') != std::string_view::npos) return {};  // no text
  const ListRows line = FirstLine(file, text);
  return line.broken.empty() ? Status() : line.broken.front();
}

Result<PictureList> ReadPictureList(const Path& file, const LabelReadOptions& options) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, options.max_file_bytes));
  ListRows read = ReadListRows(file, TextOf(bytes), options.max_line_bytes);
  const Path root = RootOfList(file, options.data);
  PictureList list;
  list.broken = std::move(read.broken);
  list.pictures.reserve(read.rows.size());
  for (LabelRow& row : read.rows)
    list.pictures.push_back({(root / row.path).lexically_normal(), std::move(row.labels[0])});
  return list;
}

Path RootOfList(const Path& file, const DataOptions& options) {
  return options.root.empty() ? file.parent_path() : options.root;
}

}  // namespace hashlens
