// Bytes from outside as text that can be shown.
#ifndef HASHLENS_BASE_TEXT_H_
#define HASHLENS_BASE_TEXT_H_

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace hashlens {

// Two lower-case digits a byte.
std::string ToHex(ByteSpan bytes);

bool IsUtf8(std::string_view text);

// On one line, safe for a terminal: control bytes and invalid UTF-8 as \xNN.
std::string Printable(std::string_view text);

}  // namespace hashlens

#endif  // HASHLENS_BASE_TEXT_H_
