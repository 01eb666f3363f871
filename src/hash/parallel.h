// Sharing out work among the CPUs.
#ifndef HASHLENS_HASH_PARALLEL_H_
#define HASHLENS_HASH_PARALLEL_H_

#include <cstddef>
#include <functional>

namespace hashlens {

// Calls work(0) .. work(count - 1), each once, on as many threads as this process may use CPUs, and
// returns when all are done. The calls must not depend on each other, and must not throw.
void ParallelFor(size_t count, const std::function<void(size_t)>& work);

}  // namespace hashlens

#endif  // HASHLENS_HASH_PARALLEL_H_
