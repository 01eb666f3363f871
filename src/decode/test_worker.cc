// hashlens-decode-fake: a decoding process that misbehaves when a file asks for it. A file that
// starts with "GIF89a!" and a word does what `Misbehave` has under that word; all others are
// decoded as by hashlens-decode.
#include <fcntl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/decode_protocol.h"
#include "decode/vips_decode.h"
#include "decode/vips_loaders.h"
#include "decode/worker.h"

namespace hashlens {
namespace {

constexpr std::string_view kMark = "GIF89a!";
constexpr size_t kBlock = size_t{64} << 20;

[[noreturn]] void Sleep() {
  for (;;) ::sleep(1000);
}

// What the sandbox lets through of what no decoder needs.
std::string WhatIsAllowed() {
  std::string allowed;
  const auto attempt = [&](const char* what, long result) {
    if (result >= 0) allowed += std::string(" ") + what;
  };
  attempt("socket", ::socket(AF_INET, SOCK_STREAM, 0));
  attempt("unix", ::socket(AF_UNIX, SOCK_STREAM, 0));
  attempt("open", ::open("/etc/passwd", O_RDONLY | O_CLOEXEC));
  attempt("create", ::open("/tmp/hashlens-decode-test", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  attempt("unlink", ::unlink("/tmp/hashlens-decode-no-such-file"));
  char* const nothing[] = {nullptr};
  attempt("execve", ::execve("/bin/true", nothing, nothing));
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  attempt("fork", child);
  attempt("kill", ::kill(::getppid(), 0));
  attempt("ptrace", ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr));
  attempt("memfd", static_cast<long>(::syscall(SYS_memfd_create, "x", 0)));
  attempt("io_uring", ::syscall(SYS_io_uring_setup, 1, nullptr));
  return allowed.empty() ? " nothing" : allowed;
}

std::string Descriptors() {
  std::string open;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF) open += " " + std::to_string(fd);
  }
  return open;
}

void SendRaw(const void* bytes, size_t size) {
  iovec part = {const_cast<void*>(bytes), size};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  ::sendmsg(kDecodeSocket, &header, MSG_NOSIGNAL);
}

Result<ReadPicture> Small(const RoomMaker& room) {
  uint8_t* pixels = room(6);
  for (int i = 0; i < 6; ++i) pixels[i] = static_cast<uint8_t>(i * 10);
  return ReadPicture{2, 1, 2, 1, 1};
}

Result<ReadPicture> Misbehave(std::string_view what, const RoomMaker& room) {
  const auto is = [&](std::string_view word) { return what.starts_with(word); };
  if (is("picture")) return Small(room);
  if (is("crash")) ::raise(SIGSEGV);
  if (is("abort")) std::abort();
  if (is("exit")) ::_exit(7);
  if (is("hang")) Sleep();
  if (is("spin")) {
    for (std::atomic<unsigned> count = 0;;) count.fetch_add(1);
  }
  if (is("allocate")) {
    while (void* block = std::malloc(kBlock)) std::memset(block, 1, 4096);
    if (is("allocate and crash")) std::abort();
    return Corruption("broken");
  }
  if (is("close")) {
    ::close(kDecodeSocket);
    Sleep();
  }
  if (is("short")) SendRaw("hello", 5);
  if (is("long")) {
    const std::string much(5000, 'x');
    SendRaw(much.data(), much.size());
  }
  if (is("late")) {
    DecodeMessage message;
    message.kind = DecodeKind::kPixels;
    message.sequence = 77;
    SendRaw(&message, sizeof(message));
  }
  if (is("hello again")) {
    const DecodeMessage message;
    SendRaw(&message, sizeof(message));
  }
  if (is("huge")) return ReadPicture{100'000, 100'000, 100'000, 100'000, 1};
  if (is("negative")) return ReadPicture{-2, -1, 2, 1, 1};
  if (is("empty")) return ReadPicture{0, 1, 0, 1, 1};
  if (is("overflow"))
    return ReadPicture{2'147'483'647, 2'147'483'647, 2'147'483'647, 2'147'483'647, 1};
  if (is("grown")) return ReadPicture{20, 10, 2, 1, 1};
  if (is("turned")) return ReadPicture{2, 1, 2, 1, 9};
  if (is("room")) return room(uint64_t{1} << 50) == nullptr ? NoRoom() : Corruption("got it");
  if (is("syscalls")) return Corruption("allowed:" + WhatIsAllowed());
  if (is("descriptors")) return Corruption("open:" + Descriptors());
  if (is("words")) return Corruption("two\nlines \x1b[31m and \xff");
  if (is("pid")) return Corruption(std::to_string(::getpid()));
  return Corruption("no such word");
}

Result<ReadPicture> Read(const PictureTask& task, const RoomMaker& room) {
  const std::string_view text(reinterpret_cast<const char*>(task.file.data()), task.file.size());
  if (text.starts_with(kMark)) return Misbehave(text.substr(kMark.size()), room);
  return ReadByVips(task, room);
}

uint64_t AllFormats() { return (uint64_t{1} << kImageFormats.size()) - 1; }

}  // namespace
}  // namespace hashlens

int main(int argc, char** argv) {
  using namespace hashlens;  // NOLINT: this file is the program
  return RunWorker(argc, argv, {StartVips, AllFormats, Read});
}
