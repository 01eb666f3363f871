// Parts of files: the header Range (RFC 9110, section 14).
#ifndef HASHLENS_APPS_SERVER_BYTE_RANGE_H_
#define HASHLENS_APPS_SERVER_BYTE_RANGE_H_

#include <cstdint>
#include <string_view>

namespace hashlens {

struct ByteRange {
  enum class Kind {
    kWhole,    // no range, several, or one that makes no sense: all is sent
    kPart,     // [first, first + length), within the file
    kOutside,  // nothing of it is in the file: 416
  };
  Kind kind = Kind::kWhole;
  uint64_t first = 0;
  uint64_t length = 0;
};

// Of a file of so many bytes. "": there is no header.
ByteRange ParseRange(std::string_view header, uint64_t size);

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_BYTE_RANGE_H_
