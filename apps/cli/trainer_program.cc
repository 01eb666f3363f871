#include "apps/cli/trainer_program.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "hashlens/train.h"

namespace hashlens {
namespace {

using Path = std::filesystem::path;

// The source folder, when the program lies where `make` puts it: SOURCE/build/release/bin. Empty
// otherwise.
Path SourceFolder(const Path& folder) {
  const Path source = folder.parent_path().parent_path().parent_path();
  std::error_code error;
  const bool ours = folder == source / "build/release/bin" &&
                    std::filesystem::exists(source / "Makefile", error) &&
                    std::filesystem::exists(source / "tools/setup.sh", error);
  return ours ? source : Path();
}

// The environment without what a `make` around this program tells the makes within it.
std::vector<char*> EnvironmentOfMake() {
  std::vector<char*> kept;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('='));
    if (name != "MAKEFLAGS" && name != "MFLAGS" && name != "MAKELEVEL" && name != "MAKEOVERRIDES")
      kept.push_back(*variable);
  }
  kept.push_back(nullptr);
  return kept;
}

// Runs `make -C source train`, whose output goes to stderr. Whether it succeeded. `stop` ends it.
bool MakeTrainer(const Path& source, const std::stop_token& stop) {
  std::string words[] = {"make", "--no-print-directory", "-C", source.string(), "train"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return false;
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments,
                                    EnvironmentOfMake().data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return false;
  siginfo_t ended{};
  {
    // make ends what it runs. While the child is not reaped, its number is no other's.
    const std::stop_callback end(stop, [child] { ::kill(child, SIGTERM); });
    while (::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT) == -1) {
      if (errno != EINTR) return false;
    }
  }
  (void)::waitpid(child, nullptr, 0);
  return ended.si_code == CLD_EXITED && ended.si_status == 0;
}

}  // namespace

std::optional<ExitCode> BecomeTrainer(Session* session) {
  if (CanTrain()) return std::nullopt;
  std::error_code error;
  const Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  const Path trainer = self.parent_path() / "hashlens-train";
  ::execv(trainer.c_str(), session->arguments);
  const bool missing = errno == ENOENT;
  const Path source = SourceFolder(self.parent_path());
  if (!missing || source.empty()) return std::nullopt;
  session->Note("building hashlens-train first, once (libtorch, 1 GB of packages): make train in " +
                source.string());
  const bool made = MakeTrainer(source, session->stop());
  if (session->stop().stop_requested())
    return session->Fail(Cancelled("interrupted; `make train` goes on where it was"));
  if (made) ::execv(trainer.c_str(), session->arguments);
  return std::nullopt;
}

}  // namespace hashlens
