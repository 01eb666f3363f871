#include "base/cores.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>

namespace hashlens {
namespace {

namespace fs = std::filesystem;

constexpr char kGroups[] = "/sys/fs/cgroup";

// Microseconds of a period of time, and of processor time in it; "max" and -1 mean no quota.
double CoresOf(const std::string& quota, double period) {
  char* end = nullptr;
  const double time = std::strtod(quota.c_str(), &end);
  return end != quota.c_str() && time > 0 && period > 0 ? time / period : 0;
}

double CoresOfGroup(const fs::path& group, bool second_version) {
  if (second_version) {
    std::ifstream file(group / "cpu.max");
    std::string quota;
    double period = 0;
    return file >> quota >> period ? CoresOf(quota, period) : 0;
  }
  std::ifstream quota_file(group / "cpu.cfs_quota_us"), period_file(group / "cpu.cfs_period_us");
  std::string quota;
  double period = 0;
  return quota_file >> quota && period_file >> period ? CoresOf(quota, period) : 0;
}

bool HasWord(std::string_view list, std::string_view word) {
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

// A line: number, ":", controllers, ":", path. The second version has the number 0 and none.
double QuotaCores(std::string_view membership, const fs::path& top) {
  double least = 0;
  std::istringstream lines{std::string(membership)};
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool second_version = controllers.empty();
    if (!second_version && !HasWord(controllers, "cpu")) continue;
    const fs::path mount = second_version ? top : top / controllers;
    // In a container the path may be the host's: what is not there says nothing.
    fs::path below = fs::path(line.substr(second + 1)).relative_path();
    for (;; below = below.parent_path()) {
      const double cores = CoresOfGroup(mount / below, second_version);
      if (cores > 0 && (least == 0 || cores < least)) least = cores;
      if (below.empty()) break;
    }
  }
  return least;
}

int UsableCores() {
  int cores = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof(allowed), &allowed) == 0)
    cores = std::max(1, CPU_COUNT(&allowed));
  std::ifstream file("/proc/self/cgroup");
  std::ostringstream membership;
  membership << file.rdbuf();
  const double quota = QuotaCores(membership.str(), kGroups);
  return quota > 0 && quota < cores ? static_cast<int>(std::ceil(quota)) : cores;
}

Status CheckThreadsCanStart() {
  pthread_t thread;
  const int error = ::pthread_create(
      &thread, nullptr, [](void*) -> void* { return nullptr; }, nullptr);
  if (error == 0) {
    ::pthread_join(thread, nullptr);
    return {};
  }
  return IoError("the system allows no more threads (" + std::generic_category().message(error) +
                 "); raise the limit (ulimit -u, or pids.max of the container)");
}

}  // namespace hashlens
