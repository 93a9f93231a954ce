#pragma once

#include <chrono>
#include <memory>
#include <string>

namespace grumble::store {

/// Finds out that the server of one connection has fallen silent, which no
/// socket tells. A call without an answer is looked into after `patience`:
/// whether the server still works at it is asked over a second connection. If
/// it does, the call may last as long as it takes. If it does not and no byte
/// comes for as long again, or nobody answers two such questions, the
/// connection is cut off, and the call ends as one whose connection is lost:
/// after two to three times `patience`. For store/ only.
class Watchdog {
 public:
  /// `connection`: for libpq, `patience` as its connect_timeout; 0 watches
  /// nothing. `socket`: of the connection to watch, which libpq may close at
  /// any time.
  Watchdog(std::string connection, std::chrono::seconds patience, int socket);
  ~Watchdog();

  /// The server's process, which libpq does not know behind a pooler. Until it
  /// is told, the server works at nothing. Not during a call.
  void set_backend(int pid);

  /// A call under way, from here to its end. One at a time a watchdog, which
  /// outlives it.
  class Call {
   public:
    explicit Call(Watchdog& watchdog);
    ~Call();
    Call(const Call&) = delete;
    Call& operator=(const Call&) = delete;

   private:
    Watchdog& watchdog_;
  };

  /// Whether it has cut the connection off. From any thread.
  bool has_cut() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::store
