// OpenBLAS starts its threads while it is loaded, before main. When the system refuses them, it
// raises SIGINT, which would end the program as if somebody had interrupted it.
#include "apps/cli/thread_limit.h"

#include <signal.h>
#include <unistd.h>

#include "apps/cli/exit_code.h"

namespace hashlens {
namespace {

struct sigaction before;

// Of a signal that the process sends itself before main. Only what a handler may call.
void OnInterrupt(int signal, siginfo_t* info, void*) {
  if (info->si_code == SI_TKILL && info->si_pid == ::getpid()) {
    constexpr char kReason[] =
        "hashlens: the system allows no more threads; raise the limit (ulimit -u, or pids.max of "
        "the container)\n";
    (void)!::write(STDERR_FILENO, kReason, sizeof(kReason) - 1);
    ::_exit(kExitDamage);
  }
  ::sigaction(signal, &before, nullptr);
  ::raise(signal);
}

// Runs before anything of a shared library does.
void Prepare(int, char**, char**) {
  struct sigaction action {};
  action.sa_sigaction = OnInterrupt;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGINT, &action, &before);
}

__attribute__((section(".preinit_array"), used)) void (*const kPrepare)(int, char**,
                                                                        char**) = Prepare;

}  // namespace

void TakeInterruptsAsUsual() { ::sigaction(SIGINT, &before, nullptr); }

}  // namespace hashlens
