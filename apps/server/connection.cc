#include "apps/server/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace hashlens {
namespace {

using std::chrono::milliseconds;

constexpr size_t kBuffer = 16'384;
constexpr milliseconds kLook{100};
// A client that takes an answer more slowly than this for longer than that is cut off.
constexpr milliseconds kPatience{30'000};
constexpr uint64_t kSlowestBytesPerMs = 16;
constexpr uint64_t kSlowestBodyBytesPerMs = 32;
constexpr milliseconds kLastCall{3'000};
constexpr milliseconds kGentle{1'000};
constexpr uint64_t kGentleBytes = uint64_t{8} << 20;

short Poll(int socket, short events, milliseconds most) {
  pollfd one{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&one, 1, static_cast<int>(std::max<int64_t>(most.count(), 0)));
  } while (ready < 0 && errno == EINTR);
  return ready > 0 ? one.revents : short{0};
}

milliseconds Until(Connection::Clock::time_point deadline) {
  return std::chrono::duration_cast<milliseconds>(deadline - Connection::Clock::now()) +
         milliseconds{1};
}

void NameOf(const sockaddr_storage& address, socklen_t size, std::string* ip, int* port) {
  char host[NI_MAXHOST];
  char service[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, service,
                    sizeof service, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return;
  *ip = host;
  *port = std::atoi(service);
}

}  // namespace

Connection::Connection(int socket, const std::atomic<bool>* stopping)
    : socket_(socket), stopping_(stopping), buffer_(kBuffer) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    NameOf(address, size, &peer_, &peer_port_);
}

bool Connection::WaitForRequest(milliseconds most, const std::function<bool()>& give_up) {
  const Clock::time_point end = Clock::now() + most;
  while (begin_ == end_) {
    if (Poll(socket_, POLLIN, std::min(kLook, Until(end))) != 0) return true;
    if (give_up() || Clock::now() >= end) return false;
  }
  return true;
}

void Connection::BeginRequest(uint64_t head_bytes, milliseconds most) {
  allowed_ = head_bytes;
  deadline_ = Clock::now() + most;
  head_.emplace();
  written_ = 0;
  blocked_ = milliseconds{0};
}

void Connection::AllowBody(uint64_t bytes, milliseconds most) {
  allowed_ = bytes;
  deadline_ = Clock::now() + most;
  head_.reset();
  body_bytes_ = 0;
}

bool Connection::IsLate() {
  const Clock::time_point now = Clock::now();
  if (*stopping_ && !last_call_) last_call_ = now + kLastCall;
  return now >= deadline_ || (last_call_ && now >= *last_call_);
}

bool Connection::Fill() {
  for (;;) {
    if (IsLate()) {
      late_ = true;
      return false;
    }
    if (Poll(socket_, POLLIN, std::min(kLook, Until(deadline_))) == 0) continue;
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count > 0) {
      begin_ = 0;
      end_ = static_cast<size_t>(count);
      if (!head_) BuyTime(end_);
      return true;
    }
    if (count == 0 || (errno != EINTR && errno != EAGAIN)) return false;
  }
}

void Connection::BuyTime(uint64_t bytes) {
  body_bytes_ += bytes;
  deadline_ += milliseconds{static_cast<int64_t>(body_bytes_ / kSlowestBodyBytesPerMs)};
  body_bytes_ %= kSlowestBodyBytesPerMs;
}

ssize_t Connection::read(char* bytes, size_t size) {
  if (late_ || too_much_ || malformed_ || size == 0) return -1;
  if (allowed_ == 0) {
    too_much_ = true;
    return -1;
  }
  if (begin_ == end_ && !Fill()) return late_ ? -1 : 0;
  const size_t count = std::min<uint64_t>({size, end_ - begin_, allowed_});
  std::memcpy(bytes, buffer_.data() + begin_, count);
  malformed_ = head_ && !head_->Take({bytes, count});
  if (malformed_) return -1;
  begin_ += count;
  allowed_ -= count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  for (;;) {
    const ssize_t count = ::send(socket_, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      written_ += static_cast<uint64_t>(count);
      return count;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
    const milliseconds patience =
        kPatience + milliseconds{static_cast<int64_t>(written_ / kSlowestBytesPerMs)};
    if (blocked_ >= patience) return -1;
    const Clock::time_point start = Clock::now();
    Poll(socket_, POLLOUT, patience - blocked_);
    blocked_ += std::chrono::duration_cast<milliseconds>(Clock::now() - start) + milliseconds{1};
  }
}

void Connection::CloseGently() {
  ::shutdown(socket_, SHUT_WR);
  const Clock::time_point end = Clock::now() + kGentle;
  uint64_t read = 0;
  while (read < kGentleBytes && Clock::now() < end) {
    if (Poll(socket_, POLLIN, Until(end)) == 0) return;
    const ssize_t count = ::recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    read += static_cast<uint64_t>(count);
  }
}

bool Connection::is_readable() const {
  return begin_ < end_ || (Poll(socket_, POLLIN, milliseconds{0}) & POLLIN) != 0;
}

bool Connection::is_writable() const {
  return (Poll(socket_, POLLRDHUP, milliseconds{0}) & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = peer_;
  port = peer_port_;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0)
    NameOf(address, size, &ip, &port);
}

}  // namespace hashlens
