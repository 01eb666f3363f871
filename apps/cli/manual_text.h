// What the manual says of the whole program, beside what each verb's --help has.
#ifndef HASHLENS_APPS_CLI_MANUAL_TEXT_H_
#define HASHLENS_APPS_CLI_MANUAL_TEXT_H_

#include <array>
#include <string>
#include <string_view>

#include "apps/cli/exit_code.h"
#include "apps/cli/verb_tree.h"

namespace hashlens {

struct ManualEntry {
  std::string_view name;
  std::string_view text;
};

struct ExitCodeEntry {
  ExitCode code;
  std::string_view text;
};

inline constexpr std::array kExitCodeTexts = {
    ExitCodeEntry{kExitDone, "Done."},
    ExitCodeEntry{kExitNoMatch, "No match; only with --exit-code of search."},
    ExitCodeEntry{kExitUsage, "The command line makes no sense; one line says why."},
    ExitCodeEntry{kExitSomeFailed, "Done, but some files or queries failed; failures lists files."},
    ExitCodeEntry{kExitModelMismatch, "The library was made with another model."},
    ExitCodeEntry{
        kExitDamage,
        "Not found, not readable, damaged, of a newer format, or locked by another writer."},
    ExitCodeEntry{kExitInterrupted, "Stopped by Ctrl-C or a signal; what was committed is kept."},
};

inline constexpr std::array kEnvironmentTexts = {
    ManualEntry{"HASHLENS_MODEL", "The folder of the model that new libraries use."},
    ManualEntry{"HASHLENS_MODELS",
                "A folder in which models are looked for by name, before share/hashlens/models "
                "beside the program's folder."},
};

inline constexpr std::array kFileTexts = {
    ManualEntry{
        "NAME.hashlens/",
        "A library: a catalog, features, codes and a copy of the model. It can be moved and "
        "copied as a folder while no writer works on it."},
    ManualEntry{"share/hashlens/models/",
                "Beside the program's folder: the models that came with it."},
};

// "search [OPTIONS] LIB [IMAGE...]", without the program's name.
std::string Synopsis(const VerbText& verb);
// What is said of an option after its own help: its range, choices and usual value, as sentences.
std::string ValueNote(const OptionText& option);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_MANUAL_TEXT_H_
