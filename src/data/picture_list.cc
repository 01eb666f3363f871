#include "data/picture_list.h"

#include "base/try.h"
#include "data/label_rows.h"

namespace hashlens {
namespace {

constexpr size_t kLookBytes = 1 << 16;

std::string_view TextOf(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

bool LooksLikeList(const Path& file) {
  std::error_code error;
  if (file.extension() != ".txt" || !std::filesystem::is_regular_file(file, error)) return false;
  const auto bytes = ReadFileStart(file, kLookBytes);
  if (!bytes.ok()) return false;
  const std::string_view text = TextOf(*bytes);
  const size_t begin = text.find_first_not_of("\r\n \t");
  if (begin == std::string_view::npos) return false;
  const std::string_view line = text.substr(begin, text.find('\n', begin) - begin);
  const auto rows = ReadListRows(file, line, kLookBytes);
  return rows.ok() && !rows->empty();
}

Result<std::vector<ListedPicture>> ReadPictureList(const Path& file,
                                                   const LabelReadOptions& options) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, options.max_file_bytes));
  HL_ASSIGN(std::vector<LabelRow> rows, ReadListRows(file, TextOf(bytes), options.max_line_bytes));
  const Path root = RootOfList(file, options.data);
  std::vector<ListedPicture> pictures;
  pictures.reserve(rows.size());
  for (LabelRow& row : rows) {
    if (row.path.native().find('\0') != std::string::npos)
      return LineError(file, row.line, "the path holds a NUL byte");
    pictures.push_back({(root / row.path).lexically_normal(), std::move(row.labels[0])});
  }
  return pictures;
}

Path RootOfList(const Path& file, const DataOptions& options) {
  return options.root.empty() ? file.parent_path() : options.root;
}

}  // namespace hashlens
