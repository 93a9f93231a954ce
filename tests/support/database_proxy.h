#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

namespace grumble::tests {

/// Stands between programs and the server of the tests, on a TCP port of the
/// loopback, and does what networks do. From any thread.
class DatabaseProxy {
 public:
  /// What becomes of a COMMIT and of the connection that it came on.
  enum class Fault {
    answer_cut,    ///< it is done, and the connection ends before its answer
    answer_lost,   ///< it is done; from its answer on nothing passes any more
    request_lost,  ///< it never arrives; nothing passes any more
  };

  /// `url`: of a database of test_cluster(). The server outlives the proxy.
  explicit DatabaseProxy(std::string url);
  ~DatabaseProxy();
  DatabaseProxy(const DatabaseProxy&) = delete;
  DatabaseProxy& operator=(const DatabaseProxy&) = delete;

  /// The way to the same database through here.
  std::string url() const;

  /// Each so-many-th COMMIT meets the fault; 0: none does.
  void spoil_commits(Fault fault, int each);
  int spoiled() const { return spoiled_; }

  /// As long as it is silent nothing passes, on old and new connections; both
  /// sides see them open.
  void set_silent(bool silent) { silent_ = silent; }
  /// The connections of now fall silent for good; new ones do not.
  void silence_connections() { silent_before_ = accepted_.load(); }
  /// Passes on a little now and then.
  void set_slow(bool slow) { slow_ = slow; }

  /// That came from the server.
  int64_t bytes_passed() const { return bytes_passed_; }

 private:
  void serve();
  void pass(int client, int number);

  std::string url_;
  std::string server_;  ///< the path of its socket
  int listener_ = -1;
  int port_ = 0;
  std::atomic<Fault> fault_ = Fault::answer_cut;
  std::atomic<int> each_ = 0;
  std::atomic<int> commits_ = 0;
  std::atomic<int> spoiled_ = 0;
  std::atomic<int> accepted_ = 0;
  std::atomic<int> silent_before_ = 0;
  std::atomic<int64_t> bytes_passed_ = 0;
  std::atomic<bool> silent_ = false;
  std::atomic<bool> slow_ = false;
  std::atomic<bool> stopped_ = false;
  std::thread acceptor_;
  std::vector<std::thread> passers_;
};

}  // namespace grumble::tests
