#include "source/hdf5_library.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/text.h"

namespace hashlens {
namespace {

constexpr std::string_view kErrno = "errno = ";

std::string Innermost() {
  std::string reason;
  const auto note = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, note, &reason);
  return reason;
}

}  // namespace

std::mutex& Hdf5Mutex() {
  static std::mutex mutex;
  return mutex;
}

void QuietHdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

std::string Hdf5Reason() {
  std::string reason = Innermost();
  // "truncated file: eof = 96, sblock->base_addr = 0"
  if (const size_t value = reason.find(" = "); value != std::string::npos)
    reason.resize(std::min(reason.rfind(':', value), reason.size()));
  return reason.empty() ? "libhdf5 gives no reason" : Printable(std::string_view(reason));
}

int Hdf5SystemError() {
  const std::string reason = Innermost();
  const size_t at = reason.find(kErrno);
  int number = 0;
  if (at != std::string::npos) {
    const char* const begin = reason.data() + at + kErrno.size();
    std::from_chars(begin, reason.data() + reason.size(), number);
  }
  return number;
}

}  // namespace hashlens
