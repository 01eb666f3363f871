#include "model/caffe/npy_array.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <string_view>

#include "base/try.h"

namespace hashlens {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr uint64_t kMaxValues = uint64_t{1} << 28;
constexpr size_t kMaxDims = 8;

Status NotThis() {
  return InvalidArgument("not a .npy file of float32 or float64 numbers in C order");
}

// What follows "'NAME': " in the header's text.
std::string_view After(std::string_view text, std::string_view name) {
  const std::string key = "'" + std::string(name) + "':";
  const size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

// "(3, 256, 256)"
bool ParseShape(std::string_view text, std::vector<uint64_t>* shape) {
  if (!text.starts_with('(')) return false;
  const char* next = text.data() + 1;
  const char* end = text.data() + text.size();
  while (next != end && *next != ')') {
    uint64_t dim = 0;
    const auto [after, error] = std::from_chars(next, end, dim);
    if (error != std::errc() || dim < 1 || shape->size() == kMaxDims) return false;
    shape->push_back(dim);
    next = after;
    while (next != end && (*next == ' ' || *next == ',')) ++next;
  }
  return next != end;
}

template <typename T>
bool Convert(ByteSpan bytes, std::vector<float>* values) {
  values->reserve(bytes.size() / sizeof(T));
  for (size_t i = 0; i < bytes.size(); i += sizeof(T)) {
    const T value = LoadLittleEndian<T>(&bytes[i]);
    if (!(std::abs(value) <= std::numeric_limits<float>::max())) return false;
    values->push_back(static_cast<float>(value));
  }
  return true;
}

// The header's text; what is left in `reader` are the values.
bool ReadHeader(ByteReader* reader, std::string_view* text) {
  ByteSpan magic, header;
  uint8_t major = 0, minor = 0;
  uint16_t short_length = 0;
  uint32_t length = 0;
  if (!reader->ReadBytes(kMagic.size(), &magic) || !reader->Read(&major) || !reader->Read(&minor))
    return false;
  if (std::string_view(reinterpret_cast<const char*>(magic.data()), magic.size()) != kMagic)
    return false;
  if (major == 1) {
    if (!reader->Read(&short_length)) return false;
    length = short_length;
  } else if (major > 3 || !reader->Read(&length)) {
    return false;
  }
  if (!reader->ReadBytes(length, &header)) return false;
  *text = {reinterpret_cast<const char*>(header.data()), header.size()};
  return true;
}

}  // namespace

Result<NpyArray> ParseNpy(ByteSpan file) {
  ByteReader reader(file);
  std::string_view text;
  NpyArray array;
  if (!ReadHeader(&reader, &text)) return NotThis();
  const std::string_view type = After(text, "descr");
  const bool single = type.starts_with("'<f4'");
  if ((!single && !type.starts_with("'<f8'")) ||
      !After(text, "fortran_order").starts_with("False") ||
      !ParseShape(After(text, "shape"), &array.shape))
    return NotThis();
  uint64_t count = 1;
  for (const uint64_t dim : array.shape) {
    if (dim > kMaxValues / count) return InvalidArgument("an array of more than 2^28 numbers");
    count *= dim;
  }
  if (reader.rest().size() != count * (single ? 4 : 8))
    return Corruption("the array is shorter or longer than its header says");
  const bool finite = single ? Convert<float>(reader.rest(), &array.values)
                             : Convert<double>(reader.rest(), &array.values);
  if (!finite) return Corruption("the array holds numbers that are not finite");
  return array;
}

}  // namespace hashlens
