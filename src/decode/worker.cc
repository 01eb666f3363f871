#include "decode/worker.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <optional>
#include <string_view>

#include "base/decode_protocol.h"
#include "decode/refused_memory.h"
#include "decode/sandbox.h"

namespace hashlens {
namespace {

constexpr size_t kMostDescriptors = 2;

// Shared memory, unmapped at the end.
class Mapping {
 public:
  Mapping() = default;
  // Takes the descriptor.
  Mapping(int fd, uint64_t bytes, int protection) : bytes_(bytes) {
    void* start = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, 0);
    ::close(fd);
    start_ = start == MAP_FAILED ? nullptr : static_cast<std::byte*>(start);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() {
    if (start_ != nullptr) ::munmap(start_, bytes_);
  }
  std::byte* start() const { return start_; }
  uint64_t bytes() const { return bytes_; }

 private:
  std::byte* start_ = nullptr;
  uint64_t bytes_ = 0;
};

struct Received {
  DecodeMessage message;
  std::array<int, kMostDescriptors> descriptors = {-1, -1};
  size_t count = 0;
};

// The next message of the client. None when it is gone, or says what this worker does not know:
// either way the worker ends.
std::optional<Received> Receive() {
  Received received;
  iovec part = {&received.message, sizeof(received.message)};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMostDescriptors)];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t bytes = 0;
  do {
    bytes = ::recvmsg(kDecodeSocket, &header, MSG_CMSG_CLOEXEC);
  } while (bytes < 0 && errno == EINTR);
  const DecodeMessage& message = received.message;
  if (bytes != sizeof(message) || (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      message.magic != kDecodeMagic || message.version != kDecodeVersion)
    return std::nullopt;
  for (cmsghdr* at = CMSG_FIRSTHDR(&header); at != nullptr; at = CMSG_NXTHDR(&header, at)) {
    if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS) continue;
    received.count = std::min(kMostDescriptors, (at->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    std::memcpy(received.descriptors.data(), CMSG_DATA(at), received.count * sizeof(int));
  }
  return received;
}

bool Send(const DecodeMessage& message) {
  iovec part = {const_cast<DecodeMessage*>(&message), sizeof(message)};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ssize_t bytes = 0;
  do {
    bytes = ::sendmsg(kDecodeSocket, &header, MSG_NOSIGNAL);
  } while (bytes < 0 && errno == EINTR);
  return bytes == sizeof(message);
}

DecodeFailure FailureOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kUnsupported:
      return DecodeFailure::kUnsupported;
    case StatusCode::kInvalidArgument:
      return DecodeFailure::kOverLimit;
    case StatusCode::kIoError:
      return DecodeFailure::kNoMemory;
    default:
      return DecodeFailure::kBroken;
  }
}

void SetText(std::string_view text, DecodeMessage* message) {
  std::memcpy(message->text, text.data(), std::min(text.size(), sizeof(message->text) - 1));
}

class Worker {
 public:
  explicit Worker(const PictureReader& read) : read_(read) {}

  // Answers until the client is gone.
  int Run() {
    while (const auto received = Receive()) {
      const bool answered = received->message.kind == DecodeKind::kMemory    ? TakeMemory(*received)
                            : received->message.kind == DecodeKind::kPicture ? Answer(*received)
                                                                             : false;
      if (!answered) return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
  }

 private:
  // The memory that small files and pictures share, one after the other.
  bool TakeMemory(const Received& received) {
    const DecodeMessage& message = received.message;
    if (received.count != 2 || message.output_bytes < kPixelsAt) return false;
    input_.emplace(received.descriptors[0], message.input_bytes, PROT_READ);
    output_.emplace(received.descriptors[1], message.output_bytes, PROT_READ | PROT_WRITE);
    if (input_->start() == nullptr || output_->start() == nullptr) return false;
    NoteRefusedMemory(&reinterpret_cast<DecodeBoard*>(output_->start())->refused_bytes);
    return true;
  }

  bool Answer(const Received& received) {
    const DecodeMessage& request = received.message;
    std::optional<Mapping> large;
    if (received.count == 1) large.emplace(received.descriptors[0], request.input_bytes, PROT_READ);
    const Mapping* input = large ? &*large : input_ ? &*input_ : nullptr;
    if (input == nullptr || !output_) return false;
    DecodeMessage answer;
    answer.sequence = request.sequence;
    if (input->start() == nullptr) {
      answer.kind = DecodeKind::kFailed;
      answer.failure = DecodeFailure::kNoMemory;
    } else if (request.file_bytes > input->bytes()) {
      return false;
    } else {
      Decode(request, {input->start(), request.file_bytes}, &answer);
    }
    const bool was_large = large || more_room_;
    large.reset();
    more_room_.reset();
    if (!Send(answer)) return false;
    if (was_large) ::malloc_trim(0);
    return true;
  }

  void Decode(const DecodeMessage& request, ByteSpan file, DecodeMessage* answer) {
    const PictureTask task = {file,
                              static_cast<ImageFormat>(request.format),
                              request.max_pixels,
                              request.min_short_side,
                              request.jpeg_denominator,
                              request.flag != 0};
    const auto room = [&](uint64_t bytes) { return Room(request.sequence, bytes); };
    const Result<ReadPicture> read = [&]() -> Result<ReadPicture> {
      try {
        return read_(task, room);
      } catch (const std::bad_alloc&) {
        return IoError("not enough memory for the picture");
      } catch (const std::exception& error) {
        return Corruption(error.what());
      }
    }();
    if (!read.ok()) {
      answer->kind = DecodeKind::kFailed;
      answer->failure = FailureOf(read.status());
      SetText(read.status().message(), answer);
      return;
    }
    answer->kind = DecodeKind::kPixels;
    answer->flag = read->damage.empty() ? 0 : 1;
    SetText(read->damage, answer);
    answer->width = read->width;
    answer->height = read->height;
    answer->original_width = read->original_width;
    answer->original_height = read->original_height;
    answer->orientation = read->orientation;
  }

  uint8_t* Room(uint64_t sequence, uint64_t bytes) {
    if (bytes <= output_->bytes() - kPixelsAt)
      return reinterpret_cast<uint8_t*>(output_->start() + kPixelsAt);
    DecodeMessage wanted;
    wanted.kind = DecodeKind::kNeedRoom;
    wanted.sequence = sequence;
    wanted.output_bytes = bytes;
    if (!Send(wanted)) return nullptr;
    const auto given = Receive();
    if (!given || given->message.kind != DecodeKind::kRoom || given->count != 1) return nullptr;
    const uint64_t given_bytes = given->message.output_bytes;
    more_room_.emplace(given->descriptors[0], given_bytes, PROT_READ | PROT_WRITE);
    if (more_room_->start() == nullptr || given_bytes < kPixelsAt ||
        bytes > given_bytes - kPixelsAt)
      return nullptr;
    return reinterpret_cast<uint8_t*>(more_room_->start() + kPixelsAt);
  }

  const PictureReader& read_;
  std::optional<Mapping> input_, output_;  // for all requests
  std::optional<Mapping> more_room_;       // for this request
};

// The client may have blocked or ignored signals. Those of the terminal and of service managers
// go to all processes of a group; what they mean for this one, the client decides.
void SettleSignals() {
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2})
    ::signal(signal, SIG_IGN);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

int RunWorker(int argc, char** argv, const WorkerParts& parts) {
  if (argc < 3 || std::string_view(argv[1]) != kWorkerArgument) {
    std::fputs("hashlens-decode is started by hashlens; it is of no use by itself\n", stderr);
    return 2;
  }
  SettleSignals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (std::to_string(::getppid()) != argv[2]) return EXIT_FAILURE;  // the client is gone already
  const bool pdf = argc > 3 && std::string_view(argv[3]) == kPdfArgument;
  // One heap for all threads: each of its own would reserve 64 MB of the limit.
  ::mallopt(M_ARENA_MAX, 1);
  if (const Status started = parts.start(pdf); !started.ok()) {
    std::fprintf(stderr, "%s\n", started.message().c_str());
    return EXIT_FAILURE;
  }
  DecodeMessage hello;
  hello.kind = DecodeKind::kHello;
  hello.formats = parts.formats();
  const SandboxState sandbox = EnterSandbox();
  hello.facts = sandbox.facts;
  hello.landlock = sandbox.landlock;
  if (!Send(hello)) return EXIT_FAILURE;
  // Not exit: what libraries do at the end of a process is of no use, and could fail here.
  ::_exit(Worker(parts.read).Run());
}

}  // namespace hashlens
