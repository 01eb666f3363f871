// Where exceptions end: out of memory, or what a library underneath throws, as a Status.
#ifndef HASHLENS_BASE_GUARD_H_
#define HASHLENS_BASE_GUARD_H_

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "base/text.h"
#include "hashlens/status.h"

namespace hashlens {

// Runs `body`, which returns a Status or a Result; what it throws becomes kIoError, so that the
// same may be tried again.
template <typename Body>
auto GuardExceptions(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return IoError("not enough memory");
  } catch (const std::exception& error) {
    return IoError("stopped by the system: " + Printable(std::string_view(error.what())));
  }
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_GUARD_H_
