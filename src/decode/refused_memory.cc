#include "decode/refused_memory.h"

#include <cerrno>
#include <cstddef>

namespace hashlens {
namespace {

std::atomic<std::atomic<uint64_t>*> refused_board = nullptr;

}  // namespace

void NoteRefusedMemory(std::atomic<uint64_t>* board) { refused_board = board; }

uint64_t RefusedMemory() {
  const std::atomic<uint64_t>* board = refused_board;
  return board == nullptr ? 0 : board->load();
}

}  // namespace hashlens

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && defined(__GLIBC__)

// The way of glibc's manual, "Replacing malloc"; all of these, as they must come together. The
// functions underneath are glibc's own, so that free stays as it is.
extern "C" {

void* __libc_malloc(size_t);            // NOLINT: glibc's name
void* __libc_calloc(size_t, size_t);    // NOLINT
void* __libc_realloc(void*, size_t);    // NOLINT
void* __libc_memalign(size_t, size_t);  // NOLINT

static void* Checked(void* memory, size_t bytes) {
  if (memory == nullptr && bytes > 0) {
    if (std::atomic<uint64_t>* board = hashlens::refused_board) board->store(bytes);
  }
  return memory;
}

void* malloc(size_t bytes) { return Checked(__libc_malloc(bytes), bytes); }  // NOLINT
void* calloc(size_t count, size_t bytes) {                                   // NOLINT
  size_t all = 0;
  if (__builtin_mul_overflow(count, bytes, &all)) all = SIZE_MAX;
  return Checked(__libc_calloc(count, bytes), all);
}
void* realloc(void* memory, size_t bytes) {  // NOLINT
  return Checked(__libc_realloc(memory, bytes), bytes);
}
void* memalign(size_t alignment, size_t bytes) {  // NOLINT
  return Checked(__libc_memalign(alignment, bytes), bytes);
}
void* aligned_alloc(size_t alignment, size_t bytes) {  // NOLINT
  return Checked(__libc_memalign(alignment, bytes), bytes);
}
int posix_memalign(void** memory, size_t alignment, size_t bytes) {  // NOLINT
  if (alignment < sizeof(void*) || (alignment & (alignment - 1)) != 0) return EINVAL;
  void* made = Checked(__libc_memalign(alignment, bytes), bytes);
  if (made == nullptr && bytes > 0) return ENOMEM;
  *memory = made;
  return 0;
}

}  // extern "C"

#endif
