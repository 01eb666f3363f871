#include "decode/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "base/decode_protocol.h"

namespace hashlens {
namespace {

constexpr rlim_t kDescriptors = 32;

// Kernels newer than the headers have rights of these bits: file accesses up to version 5 of the
// interface, TCP (version 4), signals and abstract sockets (version 6).
constexpr uint64_t kFileRights[] = {0, 0x1fff, 0x3fff, 0x7fff, 0x7fff, 0xffff};
constexpr uint64_t kNetworkRights = 3, kScopes = 3;
struct LandlockRules {
  uint64_t files, network, scopes;
};

void SetLimit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit = {value, value};
  ::setrlimit(resource, &limit);
}

// No rule grants anything, so that nothing is left of the rights that are handled.
int UseLandlock() {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return 0;
  const long known = version < 5 ? version : 5;
  const LandlockRules rules = {kFileRights[known], version >= 4 ? kNetworkRights : 0,
                               version >= 6 ? kScopes : 0};
  const size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const auto ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0));
  if (ruleset < 0) return 0;
  const bool done = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  ::close(ruleset);
  return done ? static_cast<int>(version) : 0;
}

// Calls that are allowed whatever their arguments.
constexpr int kAllowed[] = {
    // memory
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(membarrier),
    // threads of this process, and waiting for them
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(gettid), SCMP_SYS(getpid), SCMP_SYS(exit),
    SCMP_SYS(exit_group), SCMP_SYS(restart_syscall), SCMP_SYS(set_tid_address),
    // signals of this process
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    // clocks and chance
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(sysinfo),
    SCMP_SYS(uname), SCMP_SYS(times),
    // descriptors that are open already
    SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(lseek), SCMP_SYS(read)};

// A condition on one argument of a call.
scmp_arg_cmp Argument(unsigned place, scmp_compare how, scmp_datum_t a, scmp_datum_t b = 0) {
  return {place, how, a, b};
}

bool AddRules(scmp_filter_ctx filter) {
  bool ok = true;
  const auto allow = [&](int call, const auto&... conditions) {
    ok = ok && ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, sizeof...(conditions),
                                  conditions...) == 0;
  };
  for (const int call : kAllowed) allow(call);
  // Memory that can be written is never run: no code is made.
  allow(SCMP_SYS(mmap), Argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  allow(SCMP_SYS(mprotect), Argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  // glibc's fstat; with an empty path it looks at nothing but the descriptor.
  allow(SCMP_SYS(newfstatat), Argument(3, SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH));
  // Threads, but no processes. glibc falls back to clone where clone3 does not exist; the flags of
  // clone3 cannot be seen by a filter.
  constexpr scmp_datum_t kThread = 0x00010000;  // CLONE_THREAD
  allow(SCMP_SYS(clone), Argument(0, SCMP_CMP_MASKED_EQ, kThread, kThread));
  ok = ok && ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0;
  // Signals to itself: abort.
  allow(SCMP_SYS(tgkill), Argument(0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));
  allow(SCMP_SYS(prctl), Argument(0, SCMP_CMP_EQ, PR_SET_NAME));
  allow(SCMP_SYS(fcntl), Argument(1, SCMP_CMP_EQ, F_GETFL));
  // Reading limits, not setting them.
  allow(SCMP_SYS(prlimit64), Argument(0, SCMP_CMP_EQ, 0), Argument(2, SCMP_CMP_EQ, 0));
  // Words, to the pipe that the client reads when a start fails.
  allow(SCMP_SYS(write), Argument(0, SCMP_CMP_EQ, STDERR_FILENO));
  allow(SCMP_SYS(writev), Argument(0, SCMP_CMP_EQ, STDERR_FILENO));
  for (const int call : {SCMP_SYS(recvmsg), SCMP_SYS(sendmsg)})
    allow(call, Argument(0, SCMP_CMP_EQ, kDecodeSocket));
  return ok;
}

bool UseFilter() {
  struct Release {
    void operator()(void* filter) const { ::seccomp_release(filter); }
  };
  const std::unique_ptr<void, Release> filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  return filter && AddRules(filter.get()) && ::seccomp_load(filter.get()) == 0;
}

}  // namespace

SandboxState EnterSandbox() {
  SandboxState state;
  SetLimit(RLIMIT_CORE, 0);
  SetLimit(RLIMIT_FSIZE, 0);
  SetLimit(RLIMIT_NOFILE, kDescriptors);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) state.facts |= kNoNewPrivileges;
  state.landlock = UseLandlock();
  if (UseFilter()) state.facts |= kSystemCallFilter;
  return state;
}

}  // namespace hashlens
