#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace grumble::analyzer {

/// Room for `size` values, all zero, that never moves: others may read one part
/// while another is written. Takes memory only where it is touched.
template <typename T>
class Reserved {
 public:
  explicit Reserved(size_t size) : size_(size) {
    void* const memory =
        mmap(nullptr, size * sizeof(T), PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<T*>(memory);
  }
  ~Reserved() { munmap(data_, size_ * sizeof(T)); }
  Reserved(const Reserved&) = delete;
  Reserved& operator=(const Reserved&) = delete;

  /// All are zero again, and take no memory.
  void clear() { madvise(data_, size_ * sizeof(T), MADV_DONTNEED); }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }

 private:
  T* data_ = nullptr;
  size_t size_;
};

}  // namespace grumble::analyzer
