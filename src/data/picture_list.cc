#include "data/picture_list.h"

#include <optional>

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr size_t kLookBytes = 1 << 16;

// Of a NAME.txt that holds text, up to the end of the first line that says something.
std::optional<ListRows> FirstLine(const Path& file) {
  std::error_code error;
  if (file.extension() != ".txt" || !std::filesystem::is_regular_file(file, error)) return {};
  const auto bytes = ReadFileStart(file, kLookBytes);
  if (!bytes.ok()) return {};
  const std::string_view text = TextOf(*bytes);
  const size_t begin = text.find_first_not_of("\r\n \t");
  if (begin == std::string_view::npos || text.find('\0') != std::string_view::npos) return {};
  return ReadListRows(file, text.substr(0, text.find('\n', begin)), kLookBytes);
}

}  // namespace

bool LooksLikeList(const Path& file) {
  const std::optional<ListRows> list = FirstLine(file);
  return list && list->broken.empty() && !list->rows.empty();
}

Status WhyNoList(const Path& file) {
  const std::optional<ListRows> list = FirstLine(file);
  return list && !list->broken.empty() ? list->broken.front() : Status();
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
