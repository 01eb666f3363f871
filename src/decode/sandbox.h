// What a decoding process may do: read its socket, use memory and the processor, and end.
#ifndef HASHLENS_DECODE_SANDBOX_H_
#define HASHLENS_DECODE_SANDBOX_H_

#include <cstdint>

#include "hashlens/status.h"

namespace hashlens {

struct SandboxState {
  uint32_t facts = 0;  // kNoNewPrivileges and so on, of base/decode_protocol.h
  int landlock = 0;    // version of the kernel's interface; 0: not there
};

// Gives up, for this thread and all that it starts, for ever: files and the network (Landlock), and
// all system calls but those for memory, threads of this process, clocks, and messages over
// kDecodeSocket (seccomp). What is refused fails with EPERM. No core file, no bytes written to any
// file, few descriptors. What the kernel does not have is missing in the state.
// Call it while this is the only thread.
SandboxState EnterSandbox();

}  // namespace hashlens

#endif  // HASHLENS_DECODE_SANDBOX_H_
