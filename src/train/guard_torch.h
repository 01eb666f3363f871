// Where libtorch's exceptions end.
#ifndef HASHLENS_TRAIN_GUARD_TORCH_H_
#define HASHLENS_TRAIN_GUARD_TORCH_H_

#include <exception>
#include <string>
#include <string_view>

#include "base/text.h"
#include "hashlens/status.h"

namespace hashlens {

// Runs `body`, which returns a Status or a Result; what it throws becomes kIoError. Out of memory
// is what people meet.
template <typename Body>
auto GuardTorch(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::exception& error) {
    std::string text = error.what();
    text = text.substr(0, text.find('\n'));
    return IoError("training failed: " + Printable(std::string_view(text)) +
                   "; with too little memory, lower --batch or --image-size");
  }
}

}  // namespace hashlens

#endif  // HASHLENS_TRAIN_GUARD_TORCH_H_
