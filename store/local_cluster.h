#pragma once

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace grumble::store {

/// The embedded server cannot be had. `what()` says what to do about it.
class LocalClusterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct LocalClusterOptions {
  /// Where `initdb` and `postgres` are. Empty: the newest of
  /// /usr/lib/postgresql/*/bin, else the directory of `pg_ctl` on PATH.
  std::filesystem::path binaries{};
};

/// A PostgreSQL server of our own: in one directory, on a private unix socket,
/// without TCP, durable. Programs that name the same directory at the same time
/// share one server; the last to leave stops it. A server that a killed program
/// left behind is taken over. Started by root, it runs as the directory's
/// owner, user `postgres`, or `nobody`.
class LocalCluster {
 public:
  /// Creates `directory` and the cluster in it on first use (about a second),
  /// starts the server unless it runs, and waits until it answers. Throws
  /// LocalClusterError.
  explicit LocalCluster(const std::filesystem::path& directory,
                        const LocalClusterOptions& options = {});
  /// Stops the server if nobody else uses it.
  ~LocalCluster();
  LocalCluster(LocalCluster&& other) noexcept;
  LocalCluster& operator=(LocalCluster&& other) noexcept;

  /// For Database: our superuser and our database, both named `grumble`.
  std::string url() const;
  /// Of another database of this server.
  std::string url(const std::string& database) const;
  /// What the server's `show data_directory` answers.
  std::filesystem::path data_directory() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::store
