// Training needs libtorch, whose libraries take a third of a second and 130 MB to load. It is in a
// program of its own, hashlens-train, beside this one and otherwise the same.
#ifndef HASHLENS_APPS_CLI_TRAINER_PROGRAM_H_
#define HASHLENS_APPS_CLI_TRAINER_PROGRAM_H_

#include <optional>

#include "apps/cli/session.h"

namespace hashlens {

// Called by what trains, before it does anything: hashlens-train with the same arguments takes this
// process over. A program in its source folder, build/release/bin, builds it first and says so.
// Returns nothing when this program can train itself, or when there is no other; the exit code when
// building was interrupted.
std::optional<ExitCode> BecomeTrainer(Session* session);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_TRAINER_PROGRAM_H_
