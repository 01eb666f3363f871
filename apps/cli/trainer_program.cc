#include "apps/cli/trainer_program.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

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

// Runs `make -C source train`, whose output goes to stderr. Whether it succeeded.
bool MakeTrainer(const Path& source) {
  std::string words[] = {"make", "--no-print-directory", "-C", source.string(), "train"};
  char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                       words[3].data(), words[4].data(), nullptr};
  posix_spawn_file_actions_t actions;
  if (::posix_spawn_file_actions_init(&actions) != 0) return false;
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments, ::environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return false;
  int state = 0;
  while (::waitpid(child, &state, 0) == -1) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

}  // namespace

void BecomeTrainer(Session* session) {
  if (CanTrain()) return;
  std::error_code error;
  const Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return;
  const Path trainer = self.parent_path() / "hashlens-train";
  ::execv(trainer.c_str(), session->arguments);
  const Path source = SourceFolder(self.parent_path());
  if (errno != ENOENT || source.empty()) return;
  session->Note("training is a program of its own, built once: `make train` in " + source.string());
  if (MakeTrainer(source) && !session->stop().stop_requested())
    ::execv(trainer.c_str(), session->arguments);
}

}  // namespace hashlens
