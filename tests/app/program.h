#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.h"

namespace grumble::test {

struct Outcome {
  int status = -1;  ///< exit status, or 128 + signal
  std::string out;
  std::string err;
};

/// Runs one of our programs (by name, from GRUMBLE_BIN) to its end.
Outcome run(const std::string& program,
            const std::vector<std::string>& arguments,
            const std::string& input = "");

/// A program of ours in the background; ended by the destructor, or by the
/// heir of a TemporaryDirectory that its arguments name.
class Background {
 public:
  Background(const std::string& program,
             const std::vector<std::string>& arguments,
             const std::filesystem::path& log);
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  void signal(int number) const;
  /// Waits for its end; as Outcome::status.
  int wait();
  /// Whether it has ended by a signal, and not with a status that tells of one.
  bool killed() const { return killed_; }
  bool running();
  pid_t pid() const { return pid_; }

 private:
  void note_end(int raw);

  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
  bool killed_ = false;
};

using tests::TemporaryDirectory;

/// Waits until the file has content, at most `limit`; its first line.
std::string wait_for_line(const std::filesystem::path& file,
                          std::chrono::seconds limit);

}  // namespace grumble::test
