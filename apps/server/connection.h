// One client's socket, as the HTTP library reads and writes it, with bounds on bytes and time: what
// comes slowly, or too much of it, ends the connection.
#ifndef HASHLENS_APPS_SERVER_CONNECTION_H_
#define HASHLENS_APPS_SERVER_CONNECTION_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "apps/server/head_check.h"

namespace hashlens {

class Connection : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  // The socket stays the caller's. Once `stopping`, what still comes has some seconds.
  Connection(int socket, const std::atomic<bool>* stopping);

  // Whether a request begins within that time. Gives up as soon as `give_up` says so (asked a few
  // times a second) unless some of a request is there.
  bool WaitForRequest(std::chrono::milliseconds most, const std::function<bool()>& give_up);
  // A request may have so many bytes before AllowBody, and must have come by then.
  void BeginRequest(uint64_t head_bytes, std::chrono::milliseconds most);
  // Bytes that may come beside those that were read, and how long they may take to begin; each that
  // comes buys time for others.
  void AllowBody(uint64_t bytes, std::chrono::milliseconds most);
  // Why reading ended; none: it did not, or the client went.
  bool was_late() const { return late_; }
  bool was_too_much() const { return too_much_; }
  bool was_malformed() const { return malformed_; }
  // Whether the client has got any of an answer to this request.
  bool was_answered() const { return written_ > 0; }
  // Lets the client read the answer although it has not sent all: reads on for a moment.
  void CloseGently();
  const std::string& peer() const { return peer_; }

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* bytes, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  bool Fill();  // reads what is there into the buffer, waiting for it
  bool IsLate();
  void BuyTime(uint64_t bytes);

  int socket_;
  const std::atomic<bool>* stopping_;
  std::string peer_;
  int peer_port_ = 0;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t allowed_ = 0;
  Clock::time_point deadline_;
  bool late_ = false;
  bool too_much_ = false;
  bool malformed_ = false;
  std::optional<HeadCheck> head_;               // until the body begins
  std::optional<Clock::time_point> last_call_;  // set when it was stopping
  uint64_t body_bytes_ = 0;                     // that came, and bought no time yet
  uint64_t written_ = 0;
  std::chrono::milliseconds blocked_{0};  // by a client that does not read
};

}  // namespace hashlens

#endif  // HASHLENS_APPS_SERVER_CONNECTION_H_
