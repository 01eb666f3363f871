// From Status to Python's exceptions. These functions need the GIL and, unlike hashlens itself,
// throw: nanobind turns what they throw into Python's error.
#ifndef HASHLENS_PYTHON_SRC_ERRORS_H_
#define HASHLENS_PYTHON_SRC_ERRORS_H_

#include <nanobind/nanobind.h>

#include <utility>

#include "hashlens/status.h"

namespace hashlens::python {

// The exception, not raised: of the class in hashlens._errors that stands for the code.
nanobind::object MakeError(const Status& status);
[[noreturn]] void Raise(const Status& status);

inline void Check(const Status& status) {
  if (!status.ok()) Raise(status);
}

template <typename T>
T Take(Result<T> result) {
  if (!result.ok()) Raise(result.status());
  return std::move(result).value();
}

}  // namespace hashlens::python

#endif  // HASHLENS_PYTHON_SRC_ERRORS_H_
