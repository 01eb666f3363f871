// A file of its own: where the compiler saw these beside a use of new, it would take free for the
// wrong way to give memory back.
#include "library/failing_new.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

// How many allocations go well before one fails; below 0: all do.
std::atomic<int64_t> g_left = -1;
std::atomic<bool> g_all_after = false;  // and every later one fails, too
std::atomic<bool> g_failed = false;

bool Fails() {
  if (g_all_after && g_failed) return true;
  if (g_left < 0 || g_left.fetch_sub(1) != 0) return false;
  g_failed = true;
  return true;
}

void* Allocate(size_t bytes) { return Fails() ? nullptr : std::malloc(bytes == 0 ? 1 : bytes); }

void* AllocateAligned(size_t bytes, std::align_val_t alignment) {
  const auto align = static_cast<size_t>(alignment);
  return Fails() ? nullptr : std::aligned_alloc(align, (bytes + align - 1) / align * align);
}

void* OrThrow(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(size_t n) { return OrThrow(Allocate(n)); }
void* operator new[](size_t n) { return OrThrow(Allocate(n)); }
void* operator new(size_t n, const std::nothrow_t&) noexcept { return Allocate(n); }
void* operator new[](size_t n, const std::nothrow_t&) noexcept { return Allocate(n); }
void* operator new(size_t n, std::align_val_t a) { return OrThrow(AllocateAligned(n, a)); }
void* operator new[](size_t n, std::align_val_t a) { return OrThrow(AllocateAligned(n, a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t, std::align_val_t) noexcept { std::free(p); }

namespace hashlens {

void FailAllocationAfter(int64_t count, bool all_after) {
  g_all_after = all_after;
  g_failed = false;
  g_left = count;
}

bool StopFailingAllocations() {
  g_left = -1;
  g_all_after = false;
  return g_failed.exchange(false);
}

}  // namespace hashlens
