#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// Starting the programs of PostgreSQL, for local_cluster.cc.
namespace grumble::store {

/// Who a child runs as, when it must not run as us.
struct ServerUser {
  uid_t uid = 0;
  gid_t gid = 0;
  std::string name;
};

struct Command {
  std::vector<std::string> argv;  ///< argv[0] is the program's path
  std::filesystem::path directory;
  std::filesystem::path log;  ///< both outputs are appended to it
  std::optional<ServerUser> user;
};

/// Starts the command in a session of its own, with an empty input, no other
/// open file and a bare environment. Throws std::system_error.
pid_t start(const Command& command);

/// Runs the command to its end. Returns its exit status; 127 when it could not
/// be executed, 126 when the user cannot enter the directory, 128 + n when
/// signal n ended it.
int run(const Command& command);

/// True while the process exists and has not ended, waited for or not.
bool alive(pid_t pid);

/// The end of a text file, in one line: for an error message.
std::string last_lines(const std::filesystem::path& log, size_t from);

}  // namespace grumble::store
