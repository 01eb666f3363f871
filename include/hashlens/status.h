// Errors as values: every fallible function of hashlens returns a Status or a Result<T>.
// The library never prints, never exits and never throws across its public functions.
#ifndef HASHLENS_STATUS_H_
#define HASHLENS_STATUS_H_

#include <cassert>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace hashlens {

// What kind of failure it was; the message says which file, where in it, why, and what to do.
enum class StatusCode {
  kOk,
  kInvalidArgument,  // the caller asked for something that makes no sense
  kNotFound,         // a file, folder, id or library that is not there
  kIoError,          // the system refused: permission, disk full, device error
  kCorruption,       // stored bytes are not what was written
  kModelMismatch,    // the library was made with another network
  kUnsupported,      // valid, but not by this build or version
  kBusy,             // another process holds the write lock
  kCancelled,        // the caller's stop token was triggered
};

// Cheap to move. Immutable once made.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(StatusCode code, std::string message) : code_(code), message_(std::move(message)) {}

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  // One line in plain words, without a trailing full stop or newline. Empty when ok.
  const std::string& message() const { return message_; }

 private:
  StatusCode code_ = StatusCode::kOk;
  std::string message_;
};

// Either a value or a Status that is not ok.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}  // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) { assert(!this->ok()); }  // NOLINT

  bool ok() const { return std::holds_alternative<T>(state_); }
  // The view dies with the result.
  const Status& status() const {
    static const Status kOkStatus;
    return ok() ? kOkStatus : std::get<Status>(state_);
  }

  // Only when ok().
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

 private:
  std::variant<Status, T> state_;
};

inline Status InvalidArgument(std::string m) {
  return {StatusCode::kInvalidArgument, std::move(m)};
}
inline Status NotFound(std::string m) { return {StatusCode::kNotFound, std::move(m)}; }
inline Status IoError(std::string m) { return {StatusCode::kIoError, std::move(m)}; }
inline Status Corruption(std::string m) { return {StatusCode::kCorruption, std::move(m)}; }
inline Status ModelMismatch(std::string m) { return {StatusCode::kModelMismatch, std::move(m)}; }
inline Status Unsupported(std::string m) { return {StatusCode::kUnsupported, std::move(m)}; }
inline Status Busy(std::string m) { return {StatusCode::kBusy, std::move(m)}; }
inline Status Cancelled(std::string m) { return {StatusCode::kCancelled, std::move(m)}; }

}  // namespace hashlens

#endif  // HASHLENS_STATUS_H_
