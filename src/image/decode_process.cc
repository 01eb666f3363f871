#include "image/decode_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "base/try.h"
#include "image/decode_program.h"

namespace hashlens {
namespace {

using Clock = std::chrono::steady_clock;

// Shared for all pictures; resident is what was used of it.
constexpr uint64_t kInputBytes = uint64_t{8} << 20, kOutputBytes = uint64_t{8} << 20;
constexpr int kGreetMs = 60'000;  // on a machine that is busy with other things
constexpr int kEndMs = 2'000;     // between closing the socket and the end of the process
constexpr int kSliceMs = 1'000;   // how often a process that works is looked at, at most

uint64_t RoundedUp(uint64_t bytes) {
  constexpr uint64_t kPage = 4096;
  return (bytes + kPage - 1) / kPage * kPage;
}

int64_t Ms(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
}

// "1 GB", "64 MB", "1 byte": what the limit is called.
std::string SizeName(uint64_t bytes) {
  constexpr uint64_t kGiB = uint64_t{1} << 30, kMiB = uint64_t{1} << 20;
  if (bytes >= kGiB && bytes % kGiB == 0) return std::to_string(bytes / kGiB) + " GB";
  if (bytes >= kMiB) return std::to_string(bytes / kMiB) + " MB";
  return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::string SecondsName(int ms) {
  return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

Status NeedsMoreMemory(const ApartRequest& request) {
  return InvalidArgument("needs more than " + SizeName(request.max_memory) + " of memory");
}

// The address space that the process has in use, or, where the system does not tell, more than
// it needs.
uint64_t AddressSpace(pid_t pid) {
  constexpr uint64_t kUnknown = uint64_t{1} << 30;
  const FileHandle file(
      ::open(("/proc/" + std::to_string(pid) + "/statm").c_str(), O_RDONLY | O_CLOEXEC));
  char text[64] = {};
  if (!file.open() || ::read(file.fd(), text, sizeof(text) - 1) <= 0) return kUnknown;
  const uint64_t pages = std::strtoull(text, nullptr, 10);
  return pages == 0 ? kUnknown : pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string TextOf(const DecodeMessage& answer) {
  return Printable(std::string_view(answer.text, ::strnlen(answer.text, sizeof(answer.text))));
}

}  // namespace

DecodeProcess::DecodeProcess(const Path& program, SpawnedProgram spawned, bool pdf)
    : program_(program), spawned_(std::move(spawned)), pdf_(pdf) {}

DecodeProcess::~DecodeProcess() { End(0); }

Status DecodeProcess::Greet() {
  pollfd event = {spawned_.socket.fd(), POLLIN, 0};
  const auto start = Clock::now();
  int ready = 0;
  do {
    ready = ::poll(&event, 1, static_cast<int>(std::max<int64_t>(0, kGreetMs - Ms(start))));
  } while (ready < 0 && errno == EINTR);
  bool closed = false;
  if (ready > 0 && Receive(&hello_, &closed) && hello_.kind == DecodeKind::kHello) {
    start_bytes_ = AddressSpace(spawned_.pid);
    return GiveMemory();
  }
  usable_ = false;
  const std::optional<int> status = End(closed ? kEndMs : 0);
  if (status && !killed_ && WIFSIGNALED(*status) && WTERMSIG(*status) == SIGKILL)
    return IoError("the decoding process was killed as it began");
  char words[400];
  const ssize_t count = ::read(spawned_.words.fd(), words, sizeof(words));
  const std::string_view said(words, count > 0 ? static_cast<size_t>(count) : 0);
  const std::string reason = !said.empty() ? Printable(said.substr(0, said.find('\n')))
                             : ready == 0  ? "it says nothing"
                             : closed      ? "it ends at once"
                                           : "it is of another version";
  return NotFound("the decoding program " + Printable(program_) + " does not work (" + reason +
                  "): " + kMendDecodeProgram);
}

Status DecodeProcess::GiveMemory() {
  HL_ASSIGN(input_, SharedMemory::Make(kInputBytes, true));
  HL_ASSIGN(output_, SharedMemory::Make(kPixelsAt + kOutputBytes, false));
  DecodeMessage message;
  message.kind = DecodeKind::kMemory;
  message.input_bytes = input_->bytes();
  message.output_bytes = output_->bytes();
  if (!Send(message, {input_->fd(), output_->fd()}))
    return IoError("the decoding process ended as it began");
  input_->CloseDescriptor();
  output_->CloseDescriptor();
  return {};
}

Result<ApartPicture> DecodeProcess::Decode(const ApartRequest& request) {
  usable_ = was_gone_ = false;  // until the answer makes sense
  large_input_.reset();
  large_output_.reset();
  no_room_ = {};
  HL_TRY(SendRequest(request));
  DecodeMessage answer;
  const Ended how = Await(request, &answer);
  if (how != Ended::kAnswer) return WhyItEnded(request, how);
  if (answer.kind == DecodeKind::kFailed) {
    usable_ = true;
    large_input_.reset();
    return TakeFailure(request, answer);
  }
  auto picture = TakePixels(request, answer);
  large_input_.reset();
  large_output_.reset();
  return picture;
}

Status DecodeProcess::SendRequest(const ApartRequest& request) {
  DecodeMessage message;
  message.kind = DecodeKind::kPicture;
  message.sequence = ++sequence_;
  message.format = static_cast<uint32_t>(request.format);
  message.file_bytes = request.file.size();
  message.max_pixels = request.max_pixels;
  message.min_short_side = request.min_short_side;
  message.jpeg_denominator = request.jpeg_denominator;
  message.flag = request.lenient ? 1 : 0;
  SharedMemory* input = &*input_;
  const bool large = request.file.size() > input->bytes();
  if (large) {
    auto made = SharedMemory::Make(RoundedUp(request.file.size()), true);
    if (!made.ok()) {
      usable_ = true;
      return made.status();
    }
    large_input_.emplace(std::move(*made));
    input = &*large_input_;
  }
  message.input_bytes = input->bytes();
  std::memcpy(input->start(), request.file.data(), request.file.size());
  reinterpret_cast<DecodeBoard*>(output_->start())->refused_bytes.store(0);
  SetMemoryLimit(request, large ? input->bytes() : 0);
  // The second line of defence, for a client that is stopped: whole seconds of the whole process.
  SetLimit(RLIMIT_CPU, static_cast<uint64_t>((CpuMs() + request.timeout_ms) / 1000 + 2));
  const bool sent = large ? Send(message, {input->fd()}) : Send(message, {});
  if (sent) return {};
  was_gone_ = true;
  return IoError("the decoding process is gone");
}

DecodeProcess::Ended DecodeProcess::Await(const ApartRequest& request, DecodeMessage* answer) {
  const int64_t cpu_start = CpuMs();
  int64_t cpu_last = cpu_start, idle_ms = 0;
  bool asked_for_room = false;
  for (;;) {
    // Threads of the process may use several processors.
    const int64_t left = request.timeout_ms - (cpu_last - cpu_start);
    const auto slice = static_cast<int>(
        std::clamp<int64_t>(std::min<int64_t>(left / 4, request.stall_ms / 4), 5, kSliceMs));
    pollfd event = {spawned_.socket.fd(), POLLIN, 0};
    const int ready = ::poll(&event, 1, slice);
    if (ready < 0 && errno != EINTR) return Ended::kClosed;
    if (ready > 0) {
      bool closed = false;
      if (!Receive(answer, &closed)) return closed ? Ended::kClosed : Ended::kNonsense;
      if (answer->sequence != sequence_) return Ended::kNonsense;
      if (answer->kind == DecodeKind::kPixels || answer->kind == DecodeKind::kFailed)
        return Ended::kAnswer;
      if (answer->kind != DecodeKind::kNeedRoom || asked_for_room) return Ended::kNonsense;
      asked_for_room = true;
      if (!AnswerRoom(request, *answer)) return Ended::kClosed;
      continue;
    }
    const int64_t cpu_now = CpuMs();
    if (cpu_now - cpu_start > request.timeout_ms) return Ended::kOutOfTime;
    // No more than the slice counts, however long this process itself was stopped.
    idle_ms = cpu_now > cpu_last ? 0 : idle_ms + slice;
    if (idle_ms >= request.stall_ms) return Ended::kStuck;
    cpu_last = cpu_now;
  }
}

bool DecodeProcess::AnswerRoom(const ApartRequest& request, const DecodeMessage& wanted) {
  DecodeMessage room;
  room.kind = DecodeKind::kRoom;
  room.sequence = sequence_;
  if (request.max_pixels > UINT64_MAX / 4 || wanted.output_bytes > 3 * request.max_pixels) {
    no_room_ = InvalidArgument("more pixels than the limit of " +
                               std::to_string(request.max_pixels) + " pixels");
    return Send(room, {});
  }
  auto made = SharedMemory::Make(RoundedUp(kPixelsAt + wanted.output_bytes), false);
  if (!made.ok()) {
    no_room_ = made.status();
    return Send(room, {});
  }
  large_output_.emplace(std::move(*made));
  room.output_bytes = large_output_->bytes();
  SetMemoryLimit(request, (large_input_ ? large_input_->bytes() : 0) + room.output_bytes);
  return Send(room, {large_output_->fd()});
}

Result<ApartPicture> DecodeProcess::TakePixels(const ApartRequest& request,
                                               const DecodeMessage& answer) {
  const SharedMemory& from = large_output_ ? *large_output_ : *output_;
  const auto size = [](int32_t side) { return static_cast<uint64_t>(std::max(side, 0)); };
  const uint64_t bytes = 3 * size(answer.width) * size(answer.height);  // below 2^64
  const bool sense =
      answer.width > 0 && answer.height > 0 && answer.width <= answer.original_width &&
      answer.height <= answer.original_height && answer.orientation >= 0 &&
      answer.orientation <= 8 &&
      size(answer.original_width) <= request.max_pixels / size(answer.original_height) &&
      size(answer.width) <= (from.bytes() - kPixelsAt) / 3 / size(answer.height);
  if (!sense) return WhyItEnded(request, Ended::kNonsense);
  ApartPicture picture;
  picture.image.width = answer.width;
  picture.image.height = answer.height;
  const auto* pixels = reinterpret_cast<const uint8_t*>(from.start() + kPixelsAt);
  picture.image.rgb.assign(pixels, pixels + bytes);
  picture.original_width = answer.original_width;
  picture.original_height = answer.original_height;
  picture.orientation = answer.orientation;
  if (answer.flag != 0) picture.damage = TextOf(answer);
  usable_ = true;
  return picture;
}

Status DecodeProcess::TakeFailure(const ApartRequest& request, const DecodeMessage& answer) const {
  if (!no_room_.ok()) return no_room_;
  const auto* board = reinterpret_cast<const DecodeBoard*>(output_->start());
  const bool refused = board->refused_bytes.load() > 0;
  if (answer.failure == DecodeFailure::kNoMemory ||
      (refused && answer.failure == DecodeFailure::kBroken))
    return NeedsMoreMemory(request);
  std::string text = TextOf(answer);
  if (text.empty()) text = "broken " + std::string(FormatName(request.format));
  switch (answer.failure) {
    case DecodeFailure::kUnsupported:
      return Unsupported(std::move(text));
    case DecodeFailure::kOverLimit:
      return InvalidArgument(std::move(text));
    default:
      return Corruption(std::move(text));
  }
}

Status DecodeProcess::WhyItEnded(const ApartRequest& request, Ended how) {
  usable_ = false;
  const Status out_of_time =
      InvalidArgument("took more than " + SecondsName(request.timeout_ms) + " of processor time");
  const std::optional<int> status = End(how == Ended::kClosed ? kEndMs : 0);
  switch (how) {
    case Ended::kOutOfTime:
      return out_of_time;
    case Ended::kStuck:
      return InvalidArgument("decoder was stuck: it used no processor time for " +
                             SecondsName(request.stall_ms));
    case Ended::kNonsense:
      return Corruption("decoder gave an answer that makes no sense");
    default:
      break;
  }
  if (reinterpret_cast<const DecodeBoard*>(output_->start())->refused_bytes.load() > 0)
    return NeedsMoreMemory(request);
  if (!status) return Corruption("decoder crashed");
  if (killed_) return Corruption("decoder closed its connection without an answer");
  if (WIFSIGNALED(*status)) {
    const int signal = WTERMSIG(*status);
    if (signal == SIGXCPU) return out_of_time;
    if (signal == SIGKILL)
      return IoError("decoder was killed, perhaps because the machine has too little memory");
    return Corruption("decoder crashed (signal " + std::to_string(signal) + ")");
  }
  return Corruption("decoder crashed (exit code " + std::to_string(WEXITSTATUS(*status)) + ")");
}

std::optional<int> DecodeProcess::End(int patience_ms) {
  if (ended_) return std::nullopt;
  ended_ = true;
  const auto wait = [&](int options, int* status) {
    pid_t done = 0;
    do {
      done = ::waitpid(spawned_.pid, status, options);
    } while (done < 0 && errno == EINTR);
    return done;
  };
  int status = 0;
  pid_t done = wait(WNOHANG, &status);
  if (done == 0 && patience_ms > 0 && spawned_.pidfd.open()) {
    pollfd event = {spawned_.pidfd.fd(), POLLIN, 0};
    while (::poll(&event, 1, patience_ms) < 0 && errno == EINTR) {
    }
    done = wait(WNOHANG, &status);
  }
  if (done == 0) {
    killed_ = true;
    if (spawned_.pidfd.open()) {
      ::syscall(SYS_pidfd_send_signal, spawned_.pidfd.fd(), SIGKILL, nullptr, 0);
    } else {
      ::kill(spawned_.pid, SIGKILL);
    }
    done = wait(0, &status);
  }
  return done == spawned_.pid ? std::optional(status) : std::nullopt;
}

bool DecodeProcess::Send(const DecodeMessage& message,
                         std::initializer_list<int> descriptors) const {
  iovec part = {const_cast<DecodeMessage*>(&message), sizeof(message)};
  alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))] = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptors.size() > 0) {
    const size_t bytes = descriptors.size() * sizeof(int);
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(bytes);
    cmsghdr* at = CMSG_FIRSTHDR(&header);
    at->cmsg_level = SOL_SOCKET;
    at->cmsg_type = SCM_RIGHTS;
    at->cmsg_len = CMSG_LEN(bytes);
    std::memcpy(CMSG_DATA(at), descriptors.begin(), bytes);
  }
  ssize_t sent = 0;
  do {
    // A process that reads nothing must not block this one: there is room for one message.
    sent = ::sendmsg(spawned_.socket.fd(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (sent < 0 && errno == EINTR);
  return sent == sizeof(message);
}

// False with *closed when the other side is gone, else when it said something else than a message.
// Descriptors that come with it are dropped by the system.
bool DecodeProcess::Receive(DecodeMessage* message, bool* closed) const {
  ssize_t bytes = 0;
  do {
    bytes = ::recv(spawned_.socket.fd(), message, sizeof(*message), MSG_DONTWAIT | MSG_TRUNC);
  } while (bytes < 0 && errno == EINTR);
  *closed = bytes == 0 || (bytes < 0 && errno == ECONNRESET);
  return bytes == sizeof(*message) && message->magic == kDecodeMagic &&
         message->version == kDecodeVersion;
}

void DecodeProcess::SetLimit(int resource, uint64_t value) const {
  rlimit limit = {};
  const auto which = static_cast<__rlimit_resource>(resource);
  if (::prlimit(spawned_.pid, which, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(value, limit.rlim_max);
  ::prlimit(spawned_.pid, which, &limit, nullptr);
}

void DecodeProcess::SetMemoryLimit(const ApartRequest& request, uint64_t shared_bytes) {
  const uint64_t limit =
      start_bytes_ + kInputBytes + kPixelsAt + kOutputBytes + request.max_memory + shared_bytes;
  if (limit == memory_limit_) return;
  memory_limit_ = limit;
  // The sanitizers reserve terabytes of addresses for what they know about each byte.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  SetLimit(RLIMIT_AS, limit);
#endif
}

int64_t DecodeProcess::CpuMs() const {
  clockid_t clock = 0;
  timespec used = {};
  if (::clock_getcpuclockid(spawned_.pid, &clock) != 0 || ::clock_gettime(clock, &used) != 0)
    return 0;
  return int64_t{used.tv_sec} * 1000 + used.tv_nsec / 1'000'000;
}

}  // namespace hashlens
