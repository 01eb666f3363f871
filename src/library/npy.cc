#include "library/npy.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kPrefix = 10;  // magic, version, size of the text
constexpr size_t kRowsHeader = 128;

// Version 1.0, padded to 64 bytes as the format asks, and to `least`.
std::string Header(std::string_view type, std::span<const uint64_t> shape, size_t least = 0) {
  std::string text = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (const uint64_t size : shape) text += std::to_string(size) + ", ";
  text += "), }";
  if (kPrefix + text.size() < least) text.resize(least - kPrefix - 1, ' ');
  text.append(63 - (kPrefix + text.size()) % 64, ' ');
  text += '\n';
  std::string header(kMagic);
  header += '\x01';
  header += '\x00';
  PutLittleEndian(&header, static_cast<uint16_t>(text.size()));
  return header + text;
}

Status NotThis(const Path& path) {
  return InvalidArgument(Printable(path) +
                         ": not a .npy file of codes (uint8, rows x bytes, in C order)");
}

// The two numbers of "'shape': (3, 16)".
bool ParseShape(std::string_view text, ByteRows* rows) {
  const size_t at = text.find("'shape': (");
  if (at == std::string_view::npos) return false;
  const char* next = text.data() + at + 10;
  const char* end = text.data() + text.size();
  for (uint64_t* number : {&rows->rows, &rows->columns}) {
    while (next != end && (*next == ' ' || *next == ',')) ++next;
    const auto [after, error] = std::from_chars(next, end, *number);
    if (error != std::errc()) return false;
    next = after;
  }
  while (next != end && (*next == ' ' || *next == ',')) ++next;
  return next != end && *next == ')';
}

}  // namespace

Result<FileWriter> CreateNpy(const Path& path, std::string_view type,
                             std::span<const uint64_t> shape) {
  HL_ASSIGN(FileWriter file, FileWriter::Create(path));
  HL_TRY(file.Append(AsBytes(Header(type, shape))));
  return file;
}

std::string NpyHeader(std::string_view type, std::span<const uint64_t> shape) {
  return Header(type, shape);
}

std::string NpyRowsHeader(std::string_view type, uint64_t rows, uint64_t columns) {
  const uint64_t shape[] = {rows, columns};
  return Header(type, shape, kRowsHeader);
}

Result<ByteRows> ReadNpyBytes(const Path& path, uint64_t most) {
  HL_ASSIGN(const std::vector<std::byte> bytes, ReadFile(path, most));
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (all.size() < kPrefix || all.substr(0, kMagic.size()) != kMagic || all[6] != 1)
    return NotThis(path);
  const auto length = LoadLittleEndian<uint16_t>(AsBytes(all).data() + 8);
  if (length > all.size() - kPrefix) return NotThis(path);
  const std::string_view text = all.substr(kPrefix, length);
  const std::string_view values = all.substr(kPrefix + length);
  ByteRows rows;
  if (text.find("'descr': '|u1'") == std::string_view::npos ||
      text.find("'fortran_order': False") == std::string_view::npos || !ParseShape(text, &rows))
    return NotThis(path);
  if (rows.columns == 0 || values.size() % rows.columns != 0 ||
      values.size() / rows.columns != rows.rows)
    return Corruption(Printable(path) + ": the array is shorter or longer than its header says");
  rows.values.assign(values.begin(), values.end());
  return rows;
}

}  // namespace hashlens
