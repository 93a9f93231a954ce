#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace grumble::analyzer {

/// Room for `size` values, all zero, that never moves: others may read one part
/// while another is written. Takes memory only where it is touched; in large
/// pages, if the system has them and `large` says so: what is walked at random
/// then costs few look-ups of addresses.
template <typename T>
class Reserved {
 public:
  Reserved(size_t size, bool large) : size_(size) {
    void* const memory =
        mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    if (large) madvise(memory, size * sizeof(T), MADV_HUGEPAGE);
    data_ = static_cast<T*>(memory);
  }
  ~Reserved() { munmap(data_, size_ * sizeof(T)); }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  T* data() { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_;
};

}  // namespace grumble::analyzer
