#include "data/picture_list.h"

#include <algorithm>

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

bool NamesHdf5(std::string_view line) { return line.ends_with(".h5") || line.ends_with(".hdf5"); }

// Takes a line off `text`; without blanks around it.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  const size_t first = line.find_first_not_of("\r \t");
  if (first == std::string_view::npos) return {};
  line = line.substr(first, line.find_last_not_of("\r \t") + 1 - first);
  return line;
}

}  // namespace

std::vector<Path> ListedHdf5Files(const Path& file, const DataOptions& options) {
  std::vector<std::byte> bytes = StartOfList(file);
  std::string_view text = TextOf(bytes);
  std::string_view line;
  while (line.empty() && !text.empty()) line = TakeLine(&text);
  if (!NamesHdf5(line)) return {};
  auto whole = ReadFile(file, LabelReadOptions().max_file_bytes);
  if (!whole.ok()) return {};
  text = TextOf(*whole);
  std::vector<Path> files;
  while (!text.empty()) {
    line = TakeLine(&text);
    if (line.empty()) continue;
    std::error_code error;  // opening it will tell
    Path listed = RootOfList(file, options) / line;
    if (!std::filesystem::exists(listed, error) && std::filesystem::exists(line, error))
      listed = line;
    files.push_back(std::move(listed));
  }
  return files;
}

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
  if (!ListedHdf5Files(file, {}).empty()) return {};
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
    list.pictures.push_back({(root / row.path).lexically_normal(), std::move(row.labels)});
  return list;
}

bool IsLabelFile(const Path& file) {
  std::error_code error;
  return HasRowsEnding(file) && std::filesystem::is_regular_file(file, error);
}

Result<std::vector<ListedPicture>> ReadLabelFileRows(const Path& file,
                                                     const LabelReadOptions& options) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(file, options.max_file_bytes));
  HL_ASSIGN(std::vector<LabelRow> rows,
            ReadRows(file, TextOf(bytes), options.max_line_bytes, RowLabels::kOptional));
  std::vector<ListedPicture> pictures;
  pictures.reserve(rows.size());
  for (LabelRow& row : rows) {
    HL_TRY(NormaliseRow(file, file.parent_path(), &row));
    pictures.push_back({std::move(row.path), std::move(row.labels)});
  }
  return pictures;
}

Path RootOfList(const Path& file, const DataOptions& options) {
  return options.root.empty() ? file.parent_path() : options.root;
}

}  // namespace hashlens
