// Starts the program hashlens-decode with nothing of this process but a socket.
#ifndef HASHLENS_IMAGE_DECODE_SPAWN_H_
#define HASHLENS_IMAGE_DECODE_SPAWN_H_

#include <sys/types.h>

#include "base/file.h"
#include "hashlens/status.h"

namespace hashlens {

struct SpawnedProgram {
  pid_t pid = 0;
  FileHandle pidfd;   // not open on kernels before 5.3
  FileHandle socket;  // this side's end
  FileHandle words;   // reads what the program writes to stderr, without waiting
};

// The program is killed when the thread that called this ends. kIoError when the system has no
// process, memory or descriptor to give; kNotFound when the program cannot be run. Thread-safe.
Result<SpawnedProgram> SpawnDecodeProgram(const Path& program, bool pdf);

}  // namespace hashlens

#endif  // HASHLENS_IMAGE_DECODE_SPAWN_H_
