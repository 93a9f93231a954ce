#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace grumble::tests {

/// Stands between a program and PostgreSQL, and cuts the connection after it
/// has passed on every `each`-th COMMIT: the server commits, the program never
/// hears of it.
class CommitCutter {
 public:
  /// `server` is the server's unix socket; `directory` gets one of the same
  /// name.
  CommitCutter(const std::filesystem::path& server,
               const std::filesystem::path& directory, int each);
  ~CommitCutter();

  int cuts() const { return cuts_; }

 private:
  void serve();
  void pass(int client);

  std::filesystem::path server_;
  int each_;
  int listener_ = -1;
  std::atomic<int> commits_ = 0;
  std::atomic<int> cuts_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread acceptor_;
  std::vector<std::thread> passers_;
};

}  // namespace grumble::tests
