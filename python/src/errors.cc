#include "python/src/errors.h"

namespace hashlens::python {
namespace {

namespace nb = nanobind;

const char* ClassName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      break;
    case StatusCode::kInvalidArgument:
      return "InvalidArgumentError";
    case StatusCode::kNotFound:
      return "NotFoundError";
    case StatusCode::kIoError:
      return "IoError";
    case StatusCode::kCorruption:
      return "CorruptionError";
    case StatusCode::kModelMismatch:
      return "ModelMismatchError";
    case StatusCode::kUnsupported:
      return "UnsupportedError";
    case StatusCode::kBusy:
      return "BusyError";
    case StatusCode::kCancelled:
      return "CancelledError";
  }
  return "Error";
}

}  // namespace

nb::object MakeError(const Status& status) {
  const nb::object type = nb::module_::import_("hashlens._errors").attr(ClassName(status.code()));
  // A message may hold bytes of file names that are no UTF-8.
  const std::string& text = status.message();
  nb::object message = nb::steal(
      PyUnicode_DecodeUTF8(text.data(), static_cast<Py_ssize_t>(text.size()), "backslashreplace"));
  if (!message.is_valid()) throw nb::python_error();
  return type(message);
}

void Raise(const Status& status) {
  const nb::object error = MakeError(status);
  PyErr_SetObject(error.type().ptr(), error.ptr());
  throw nb::python_error();
}

}  // namespace hashlens::python
