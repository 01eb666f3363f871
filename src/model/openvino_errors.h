// What OpenVINO throws, as Status. Internal to src/model.
#ifndef HASHLENS_MODEL_OPENVINO_ERRORS_H_
#define HASHLENS_MODEL_OPENVINO_ERRORS_H_

#include <exception>
#include <string>
#include <string_view>

#include "base/text.h"
#include "hashlens/status.h"

namespace hashlens {

// A foreign message in one line: white space runs become one space, no full stop at the end.
inline std::string OneLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || (c >= '\t' && c <= '\r');
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) line.pop_back();
  return line;
}

// Runs `body`, which returns a Status or a Result. What OpenVINO throws becomes `code`.
template <typename Body>
auto GuardOpenVino(StatusCode code, const std::string& doing, Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    return Status(code, doing + ": " + Printable(std::string_view(OneLine(error.what()))));
  }
}

}  // namespace hashlens

#endif  // HASHLENS_MODEL_OPENVINO_ERRORS_H_
