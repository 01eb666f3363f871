// Fields of files, mostly little-endian, written and read one by one, whatever the machine's own
// byte order.
#ifndef HASHLENS_BASE_BYTES_H_
#define HASHLENS_BASE_BYTES_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace hashlens {

using ByteSpan = std::span<const std::byte>;

inline ByteSpan AsBytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Appends the value's bytes, least significant first. Integers and floats.
template <typename T>
requires std::is_arithmetic_v<T>
void PutLittleEndian(std::string* out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) {
    for (size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(bytes[i], bytes[sizeof(T) - 1 - i]);
  }
  out->append(bytes, sizeof(T));
}

// The value at `bytes`, which must have sizeof(T) readable bytes; any alignment.
template <typename T>
requires std::is_arithmetic_v<T> T LoadLittleEndian(const std::byte* bytes) {
  std::byte copy[sizeof(T)];
  std::memcpy(copy, bytes, sizeof(T));
  if constexpr (std::endian::native == std::endian::big) {
    for (size_t i = 0; i < sizeof(T) / 2; ++i) std::swap(copy[i], copy[sizeof(T) - 1 - i]);
  }
  T value;
  std::memcpy(&value, copy, sizeof(T));
  return value;
}

// The same for a value whose most significant byte comes first.
template <typename T>
requires std::is_integral_v<T> T LoadBigEndian(const std::byte* bytes) {
  std::byte turned[sizeof(T)];
  for (size_t i = 0; i < sizeof(T); ++i) turned[i] = bytes[sizeof(T) - 1 - i];
  return LoadLittleEndian<T>(turned);
}

// Walks a buffer and never reads past its end. After a failed read nothing has been consumed.
class ByteReader {
 public:
  explicit ByteReader(ByteSpan bytes) : rest_(bytes) {}

  template <typename T>
  bool Read(T* value) {
    if (rest_.size() < sizeof(T)) return false;
    *value = LoadLittleEndian<T>(rest_.data());
    rest_ = rest_.subspan(sizeof(T));
    return true;
  }
  bool ReadBytes(size_t count, ByteSpan* bytes) {
    if (rest_.size() < count) return false;
    *bytes = rest_.first(count);
    rest_ = rest_.subspan(count);
    return true;
  }
  ByteSpan rest() const { return rest_; }

 private:
  ByteSpan rest_;
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_BYTES_H_
