// What the program does when the system refuses threads before main.
#ifndef HASHLENS_APPS_CLI_THREAD_LIMIT_H_
#define HASHLENS_APPS_CLI_THREAD_LIMIT_H_

namespace hashlens {

// Called first in main: from then on SIGINT is an interruption, and nothing else.
void TakeInterruptsAsUsual();

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_THREAD_LIMIT_H_
