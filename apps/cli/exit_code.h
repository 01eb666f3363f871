// What the program's exit codes mean; README.md lists them.
#ifndef HASHLENS_APPS_CLI_EXIT_CODE_H_
#define HASHLENS_APPS_CLI_EXIT_CODE_H_

#include "hashlens/status.h"

namespace hashlens {

enum ExitCode : int {
  kExitDone = 0,
  kExitNoMatch = 1,     // only with --exit-code
  kExitUsage = 2,       // the command line makes no sense
  kExitSomeFailed = 3,  // done, but some files or queries failed
  kExitModelMismatch = 4,
  kExitDamage = 5,         // I/O error, corruption, newer format, locked by another writer
  kExitInterrupted = 130,  // Ctrl-C; what was done is kept
};

inline ExitCode ExitCodeOf(const Status& status) {
  switch (status.code()) {
    case StatusCode::kOk:
      return kExitDone;
    case StatusCode::kInvalidArgument:
      return kExitUsage;
    case StatusCode::kModelMismatch:
      return kExitModelMismatch;
    case StatusCode::kCancelled:
      return kExitInterrupted;
    case StatusCode::kNotFound:
    case StatusCode::kIoError:
    case StatusCode::kCorruption:
    case StatusCode::kUnsupported:
    case StatusCode::kBusy:
      return kExitDamage;
  }
  return kExitDamage;
}

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_EXIT_CODE_H_
