// An operator new that runs out of memory when a test says so. For test programs of their own.
#ifndef HASHLENS_LIBRARY_FAILING_NEW_H_
#define HASHLENS_LIBRARY_FAILING_NEW_H_

#include <cstdint>

namespace hashlens {

// From now on, on any thread: `count` allocations go well, the next one fails, and with `all_after`
// every later one, too.
void FailAllocationAfter(int64_t count, bool all_after);
// From now on none fails. Whether one has failed.
bool StopFailingAllocations();

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_FAILING_NEW_H_
