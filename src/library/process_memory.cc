#include "library/process_memory.h"

#include <fstream>
#include <string>

namespace hashlens {

ProcessMemory ReadProcessMemory() {
  ProcessMemory memory;
  std::ifstream status("/proc/self/status");
  std::string name;
  while (status >> name) {
    uint64_t kilobytes = 0;
    if (name == "VmRSS:" && status >> kilobytes) memory.rss_bytes = kilobytes * 1024;
    if (name == "VmHWM:" && status >> kilobytes) memory.peak_rss_bytes = kilobytes * 1024;
  }
  return memory;
}

}  // namespace hashlens
