// Notes allocations that the memory limit refused: many decoders crash then, or say that the file
// is broken.
#ifndef HASHLENS_DECODE_REFUSED_MEMORY_H_
#define HASHLENS_DECODE_REFUSED_MEMORY_H_

#include <atomic>
#include <cstdint>

namespace hashlens {

// From now on malloc and its relatives store the bytes that were asked for in vain in `board`,
// which lives as long as the process. Without effect under sanitizers, which have an allocator of
// their own. A program that links this has its malloc replaced by a thin shell around the C
// library's.
void NoteRefusedMemory(std::atomic<uint64_t>* board);

// Bytes of an allocation that was refused since the client last looked; 0: none.
uint64_t RefusedMemory();

}  // namespace hashlens

#endif  // HASHLENS_DECODE_REFUSED_MEMORY_H_
