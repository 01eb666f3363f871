// How many processors this process may use.
#ifndef HASHLENS_BASE_CORES_H_
#define HASHLENS_BASE_CORES_H_

#include <filesystem>
#include <string_view>

#include "hashlens/status.h"

namespace hashlens {

// At least 1: the processors that it may run on, and no more than its control group's quota of
// processor time (a container's --cpus) comes to, rounded up. Asked anew at each call.
int UsableCores();

// The quota as a number of processors, the least of the group's and of those above it; 0 when there
// is none. membership: what /proc/self/cgroup says; top: where control groups are mounted.
double QuotaCores(std::string_view membership, const std::filesystem::path& top);

// kIoError with what is to be done when the system refuses another thread.
Status CheckThreadsCanStart();

}  // namespace hashlens

#endif  // HASHLENS_BASE_CORES_H_
