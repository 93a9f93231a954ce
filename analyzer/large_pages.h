#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace grumble::analyzer {

/// Allocates what is walked at random in large pages where the system has
/// them: a table of many megabytes then costs few look-ups of addresses.
template <typename T>
struct LargePages {
  using value_type = T;
  static constexpr size_t kPage = size_t{2} << 20;

  LargePages() = default;
  template <typename U>
  explicit LargePages(const LargePages<U>&) {}

  T* allocate(size_t n) {
    const size_t bytes = n * sizeof(T);
    const std::align_val_t alignment{bytes < kPage ? alignof(T) : kPage};
    void* const memory = ::operator new(bytes, alignment);
    if (bytes >= kPage) madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }
  void deallocate(T* memory, size_t n) {
    const size_t bytes = n * sizeof(T);
    ::operator delete (memory,
                       std::align_val_t{bytes < kPage ? alignof(T) : kPage});
  }
  bool operator==(const LargePages&) const { return true; }
};

}  // namespace grumble::analyzer
