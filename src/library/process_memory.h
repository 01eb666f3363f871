// How much memory this process has, as the system counts it.
#ifndef HASHLENS_LIBRARY_PROCESS_MEMORY_H_
#define HASHLENS_LIBRARY_PROCESS_MEMORY_H_

#include <cstdint>

namespace hashlens {

struct ProcessMemory {
  uint64_t rss_bytes = 0;
  uint64_t peak_rss_bytes = 0;
};

// Zeros where the system does not tell.
ProcessMemory ReadProcessMemory();

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_PROCESS_MEMORY_H_
