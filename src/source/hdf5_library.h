// What every use of libhdf5 shares. Internal to src/source.
#ifndef HASHLENS_SOURCE_HDF5_LIBRARY_H_
#define HASHLENS_SOURCE_HDF5_LIBRARY_H_

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

namespace hashlens {

// Held during every call of libhdf5.
std::mutex& Hdf5Mutex();

// Before the first file: nothing is printed, and no plug-in is loaded. With the mutex held.
void QuietHdf5();

// The innermost reason that libhdf5 knows for its last failure, without the values that it adds for
// programmers.
std::string Hdf5Reason();
// The system's error number (errno) behind the last failure; 0: it came from something else.
int Hdf5SystemError();

// An identifier of libhdf5's; made and destroyed with the mutex held.
class Hdf5Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Hdf5Handle(Hdf5Handle&& other) noexcept
      : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  hid_t get() const { return id_; }
  bool ok() const { return id_ >= 0; }
  // For closing that reports errors.
  hid_t Release() { return std::exchange(id_, -1); }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_HDF5_LIBRARY_H_
