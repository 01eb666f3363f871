// Numbers of variable length, as protobuf and LevelDB write them. Internal to src/source.
#ifndef HASHLENS_SOURCE_VARINT_H_
#define HASHLENS_SOURCE_VARINT_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace hashlens {

// Takes a number of at most 10 bytes from the front of *text; false when there is none, and *text
// is as it was.
inline bool TakeVarint(std::string_view* text, uint64_t* value) {
  uint64_t result = 0;
  for (size_t i = 0; i < text->size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>((*text)[i]);
    result |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);  // what is beyond 64 bits is lost
    if (byte < 0x80) {
      text->remove_prefix(i + 1);
      *value = result;
      return true;
    }
  }
  return false;
}

// Takes a length and as many bytes.
inline bool TakeSized(std::string_view* text, std::string_view* bytes) {
  std::string_view rest = *text;
  uint64_t size = 0;
  if (!TakeVarint(&rest, &size) || size > rest.size()) return false;
  *bytes = rest.substr(0, size);
  *text = rest.substr(size);
  return true;
}

inline void PutVarint(std::string* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out += static_cast<char>((value & 0x7f) | 0x80);
  *out += static_cast<char>(value);
}

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_VARINT_H_
