// Independent pieces of one piece of work on a few threads.
#ifndef HASHLENS_BASE_PARALLEL_H_
#define HASHLENS_BASE_PARALLEL_H_

#include <cstddef>
#include <functional>

namespace hashlens {

// Calls work(0) .. work(count - 1), each once, on up to `threads` threads of which the caller is
// one, and returns when all are done. When the system gives no more threads, fewer do the work.
// What `work` throws, the caller gets; then not all of it has been done.
void RunParallel(size_t threads, size_t count, const std::function<void(size_t)>& work);

// The same on as many threads as the machine has processors.
void ParallelFor(size_t count, const std::function<void(size_t)>& work);

}  // namespace hashlens

#endif  // HASHLENS_BASE_PARALLEL_H_
