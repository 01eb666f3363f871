// Values out of a target's input, for targets whose input is not one file.
#ifndef HASHLENS_FUZZ_INPUT_H_
#define HASHLENS_FUZZ_INPUT_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace hashlens {

inline std::string_view TextOfInput(ByteSpan input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

// Takes values from the front; what is not there is 0 or empty.
class InputTaker {
 public:
  explicit InputTaker(ByteSpan input) : rest_(input) {}

  bool empty() const { return rest_.empty(); }
  ByteSpan rest() const { return rest_; }

  template <typename T>
  T Number() {
    ByteReader reader(rest_);
    T value{};
    rest_ = reader.Read(&value) ? reader.rest() : rest_.last(0);
    return value;
  }
  uint8_t Byte() { return Number<uint8_t>(); }
  // Up to `count` bytes.
  ByteSpan Bytes(size_t count) {
    const ByteSpan bytes = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(bytes.size());
    return bytes;
  }
  // As many as the next byte, or the next two bytes, say.
  std::string_view ShortText() { return TextOfInput(Bytes(Byte())); }
  std::string_view LongText() { return TextOfInput(Bytes(Number<uint16_t>())); }

 private:
  ByteSpan rest_;
};

}  // namespace hashlens

#endif  // HASHLENS_FUZZ_INPUT_H_
