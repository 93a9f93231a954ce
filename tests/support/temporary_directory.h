#pragma once

#include <filesystem>

namespace grumble::tests {

/// An empty directory of a test's own, removed with all that is in it. Others
/// may pass through it, as the embedded server does under another user. When
/// the test program is killed, a process that outlives it ends every process
/// that was started with the directory in its arguments, and removes it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace grumble::tests
