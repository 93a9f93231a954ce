#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>

#include "store/server_process.h"

// The files by which programs agree on one server, for local_cluster.cc.
namespace grumble::store {

/// LocalClusterError with the path and what errno says.
[[noreturn]] void throw_errno(const std::filesystem::path& path);

/// An open lock file; closing it gives the lock back.
class LockFile {
 public:
  LockFile(const std::filesystem::path& path,
           const std::optional<ServerUser>& owner);
  ~LockFile();
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;

  /// `operation`: as of flock(2). False when LOCK_NB would wait.
  bool lock(int operation) const;

 private:
  int file_;
};

/// What a server writes about itself into its data directory.
struct PidFile {
  pid_t pid = 0;
  std::filesystem::path socket_directory;
  bool ready = false;
};

std::optional<PidFile> read_pid_file(const std::filesystem::path& data);

/// True while `pid` is the server of `data`, and not another process that has
/// come to bear its number: a server works in its data directory.
bool serves(pid_t pid, const std::filesystem::path& data);

/// Puts our number into postmaster.pid, whose own belongs to a stranger by now:
/// PostgreSQL would refuse to start for it. Its parent it lets pass, and still
/// looks at the shared memory that the file names.
void disown_pid_file(const std::filesystem::path& data);

/// Makes a directory of mode 0700 that belongs to `user` (else to us). False
/// when that cannot be, or when somebody else's stands there.
bool make_private(const std::filesystem::path& path,
                  const std::optional<ServerUser>& user);

/// 16 hex digits; the same for the same text.
std::string short_hash(const std::string& text);

}  // namespace grumble::store
