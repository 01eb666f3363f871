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

// In a catch clause only: what was thrown, as kIoError, so that the same may be tried again. Every
// function of the public API that may allocate ends in `catch (...) { return CaughtStatus(); }`.
inline Status CaughtStatus() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return IoError("out of memory");  // short enough for a std::string without memory of its own
  } catch (const std::exception& error) {
    return IoError("stopped by the system: " + Printable(std::string_view(error.what())));
  }
}

// Runs `body`, which returns a Status or a Result; what it throws becomes CaughtStatus.
template <typename Body>
auto GuardExceptions(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (...) {
    return CaughtStatus();
  }
}

}  // namespace hashlens

#endif  // HASHLENS_BASE_GUARD_H_
