#include "source/hdf5_library.h"

#include "base/text.h"

namespace hashlens {

std::mutex& Hdf5Mutex() {
  static std::mutex mutex;
  return mutex;
}

void QuietHdf5() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLset_loading_state(0);
}

std::string Hdf5Reason() {
  std::string reason;
  const auto note = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    if (error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, note, &reason);
  return reason.empty() ? "libhdf5 gives no reason" : Printable(std::string_view(reason));
}

}  // namespace hashlens
