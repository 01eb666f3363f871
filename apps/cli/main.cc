// hashlens: find pictures by picture. Parses the command line and hands over to a verb.
#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <system_error>

#include "apps/cli/thread_limit.h"
#include "apps/cli/usage_error.h"
#include "apps/cli/verbs.h"

#ifndef HASHLENS_VERSION
#error "the build defines HASHLENS_VERSION"
#endif

namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  hashlens index photos ~/Pictures             make or update photos.hashlens\n"
    "  hashlens search photos holiday.jpg           the ten most similar pictures\n"
    "  hashlens search photos --id 7 --html hits.html\n"
    "  hashlens list photos --added-since 7d\n"
    "  hashlens info photos\n"
    "`hashlens help VERB` tells more about each verb.\n"
    "Exit codes: 0 done; 1 no match (with --exit-code); 2 usage; 3 done, but some failed;\n"
    "4 another model; 5 I/O error, damage, or locked by another writer; 130 interrupted.";

// A closed pipe or a full disk must not look like success.
int FinishOutput(int code) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  if (written || code != hashlens::kExitDone) return code;
  std::fputs("hashlens: standard output could not be written\n", stderr);
  return hashlens::kExitDamage;
}

// Closed standard streams must not be taken by the first files that are opened. The stand-ins fail
// when used, as closed ones do.
void FillStandardStreams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) (void)!::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

int Main(int argc, char** argv) {
  using namespace hashlens;
  Session session;
  session.arguments = argv;
  Command program("hashlens",
                  "Finds pictures by picture: learned binary codes first, full features last.");
  program.Footer(kExamples);
  program.AddVersion("--version", HASHLENS_VERSION);
  program.AddFlag("-q,--quiet", &session.quiet, "No progress and no notes on stderr, only errors");
  program.RequireVerb();
  program.AllowOptionsAfterVerb();

  std::vector<Verb> verbs;
  for (const auto add :
       {IndexVerb,    SearchVerb,     RemoveVerb, TagVerb,    ListVerb,  InfoVerb,
        FailuresVerb, CompactVerb,    VerifyVerb, ExportVerb, ServeVerb, EncodeVerb,
        ClassifyVerb, ConvertVerb,    MeanVerb,   ModelVerbs, TrainVerb, EvalVerb,
        BenchVerbs,   CompletionVerb, ManualVerb, HelpVerbs}) {
    for (Verb& verb : add(&program, &session)) verbs.push_back(std::move(verb));
  }
  const ParseResult parsed = program.Parse(argc, argv);
  if (parsed.kind != ParseResult::Kind::kRun) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (parsed.kind == ParseResult::Kind::kShow && !UnknownVerb(program, words)) {
      std::fputs(parsed.text.c_str(), stdout);
      return FinishOutput(kExitDone);
    }
    std::fputs(UsageError(program, words, parsed.text).c_str(), stderr);
    return kExitUsage;
  }
  for (const Verb& verb : verbs) {
    if (verb.command->given()) {
      const int code = FinishOutput(verb.run());
      // Leave at once: the networks' own threads need no orderly end, and nothing is left to save.
      std::fflush(stderr);
      std::_Exit(code);
    }
  }
  return kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  hashlens::TakeInterruptsAsUsual();
  FillStandardStreams();
  try {
    return Main(argc, argv);
  } catch (const std::exception& error) {
    // Out of memory or threads: nothing more can be done, but a person is told, and commits are
    // kept.
    const auto* const refused = dynamic_cast<const std::system_error*>(&error);
    const bool threads =
        refused != nullptr && refused->code() == std::errc::resource_unavailable_try_again;
    std::fputs((std::string("hashlens: stopped by the system: ") + error.what() +
                (threads ? ": no more threads are allowed (ulimit -u, or pids.max of the container)"
                         : "") +
                "\n")
                   .c_str(),
               stderr);
    std::_Exit(hashlens::kExitDamage);
  }
}
