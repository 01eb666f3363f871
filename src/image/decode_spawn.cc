#include "image/decode_spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/decode_protocol.h"
#include "image/decode_program.h"

namespace hashlens {
namespace {

Status NoProcess(int error) {
  return IoError(std::string("cannot start a decoding process: ") + std::strerror(error));
}

// A descriptor above those that the program will have, so that none is overwritten on the way.
// Takes `fd`.
FileHandle Raised(int fd) {
  constexpr int kAbove = 10;
  const FileHandle low(fd);
  return FileHandle(::fcntl(fd, F_DUPFD_CLOEXEC, kAbove));
}

// Nothing of this process' environment steers decoders; what finds and instruments libraries stays.
std::vector<std::string> Environment() {
  std::vector<std::string> kept = {"LC_ALL=C", "OMP_NUM_THREADS=1", "MAGICK_THREAD_LIMIT=1",
                                   "VIPS_CONCURRENCY=1"};
  for (char** at = ::environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry = *at, name = entry.substr(0, entry.find('='));
    if (name.starts_with("LD_") || name.ends_with("SAN_OPTIONS") || name == "GLIBC_TUNABLES")
      kept.emplace_back(entry);
  }
  return kept;
}

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

class SpawnSettings {
 public:
  SpawnSettings(int socket, int words) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDWR, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, STDIN_FILENO, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, words, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, kDecodeSocket);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, kDecodeSocket + 1);
    // Ctrl-C goes to the whole group; the program ignores it, but not from its first instruction.
    sigset_t all, blocked;
    ::sigfillset(&all);
    ::sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGQUIT, SIGTERM, SIGHUP}) ::sigaddset(&blocked, signal);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setsigmask(&attributes_, &blocked);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Result<SpawnedProgram> SpawnDecodeProgram(const Path& program, bool pdf) {
  int sockets[2], pipe[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    return NoProcess(errno);
  SpawnedProgram spawned;
  spawned.socket = Raised(sockets[0]);
  const FileHandle socket = Raised(sockets[1]);
  if (::pipe2(pipe, O_CLOEXEC | O_NONBLOCK) != 0) return NoProcess(errno);
  spawned.words = Raised(pipe[0]);
  const FileHandle words = Raised(pipe[1]);
  if (!spawned.socket.open() || !socket.open() || !spawned.words.open() || !words.open())
    return NoProcess(EMFILE);

  std::vector<std::string> arguments = {program.native(), kWorkerArgument,
                                        std::to_string(::getpid())};
  if (pdf) arguments.emplace_back(kPdfArgument);
  std::vector<std::string> environment = Environment();
  const SpawnSettings settings(socket.fd(), words.fd());
  const int error =
      ::posix_spawn(&spawned.pid, program.c_str(), settings.actions(), settings.attributes(),
                    Pointers(&arguments).data(), Pointers(&environment).data());
  if (error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE)
    return NoProcess(error);
  if (error != 0) {
    return NotFound("the decoding program " + Printable(program) + " cannot be run (" +
                    std::strerror(error) + "): " + kMendDecodeProgram);
  }
  spawned.pidfd = FileHandle(static_cast<int>(::syscall(SYS_pidfd_open, spawned.pid, 0)));
  return spawned;
}

}  // namespace hashlens
