#include "store/local_cluster.h"

#include <locale.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "store/cluster_files.h"
#include "store/server_binaries.h"
#include "store/server_process.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr char kSocketName[] = ".s.PGSQL.5432";
constexpr size_t kLongestSocketPath = 107;  // sun_path without its NUL

[[noreturn]] void fail(const std::string& what) {
  throw LocalClusterError(what);
}

std::string quoted(const fs::path& path) { return "'" + path.string() + "'"; }

/// Percent-encodes all but the plainest characters.
std::string url_part(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
        c == '-' || c == '.') {
      encoded += c;
      continue;
    }
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X",
                  static_cast<unsigned char>(c));
    encoded += escape;
  }
  return encoded;
}

/// A locale that sorts by code point and knows the letters of all scripts.
std::string cluster_locale() {
  for (const char* const name : {"C.UTF-8", "C.utf8"}) {
    const locale_t locale = newlocale(LC_ALL_MASK, name, nullptr);
    if (locale == nullptr) continue;
    freelocale(locale);
    return name;
  }
  return "C";
}

/// An eighth of the machine's memory, within what helps: roll-ups of years are
/// larger than PostgreSQL's 128 MB.
int64_t buffer_mib() {
  const int64_t pages = sysconf(_SC_PHYS_PAGES);
  const int64_t mib = pages * sysconf(_SC_PAGESIZE) / (1 << 20);
  return std::clamp<int64_t>(mib / 8, 128, 1024);
}

}  // namespace

class LocalCluster::Impl {
 public:
  Impl(const fs::path& directory, const LocalClusterOptions& options) {
    prepare_directory(directory);
    binaries_ = find_server_binaries(options.binaries, data());
    starting_.emplace(directory_ / "start.lock", user_);
    users_.emplace(directory_ / "users.lock", user_);
    // Whoever starts or stops the server holds the first lock; whoever uses it
    // holds the second one, shared.
    if (!starting_->lock(LOCK_EX)) throw_errno(directory_ / "start.lock");
    if (!fs::exists(data() / "PG_VERSION")) create();
    run_server();
    if (!users_->lock(LOCK_SH)) throw_errno(directory_ / "users.lock");
    create_database();
    starting_->lock(LOCK_UN);
  }

  ~Impl() {
    try {
      if (!starting_->lock(LOCK_EX)) return;
      users_->lock(LOCK_UN);
      if (users_->lock(LOCK_EX | LOCK_NB)) stop();
    } catch (...) {
      // The server goes on; the next program takes it over.
    }
  }

  fs::path data() const { return directory_ / "data"; }

  std::string url(const std::string& database) const {
    return "postgresql://grumble@" + url_part(socket_directory_.string()) +
           ":5432/" + url_part(database);
  }

 private:
  void prepare_directory(const fs::path& directory) {
    std::error_code error;
    const fs::path path = fs::absolute(directory);
    fs::create_directories(path, error);
    if (!error) directory_ = fs::canonical(path, error);
    if (error) fail(quoted(directory) + ": " + error.message());
    struct stat info {};
    if (stat(directory_.c_str(), &info) != 0) throw_errno(directory_);
    if (geteuid() == 0) {
      choose_user(info.st_uid, info.st_gid);
      if (info.st_uid == 0) take_over_directory();
    } else if (info.st_uid != geteuid()) {
      fail(quoted(directory_) +
           ": belongs to another user: choose another data directory");
    }
    if (chmod(directory_.c_str(), 0700) != 0) throw_errno(directory_);
    if (user_ &&
        run({{"/bin/true"}, directory_, directory_ / "server.log", user_}) ==
            126) {
      fail(quoted(directory_) + ": user '" + user_->name +
           "', as whom the server runs, cannot enter a directory above it:"
           " choose another data directory");
    }
  }

  /// PostgreSQL refuses to run as root.
  void choose_user(uid_t owner, gid_t group) {
    if (owner != 0) {
      const passwd* const entry = getpwuid(owner);
      user_ = {owner, group,
               entry != nullptr ? entry->pw_name : std::to_string(owner)};
      return;
    }
    for (const char* const name : {"postgres", "nobody"}) {
      const passwd* const entry = getpwnam(name);
      if (entry == nullptr) continue;
      user_ = {entry->pw_uid, entry->pw_gid, name};
      return;
    }
    fail(
        "the database server may not run as root, and there is neither a user"
        " 'postgres' nor 'nobody'");
  }

  /// Only an empty directory is given away: not somebody's /srv.
  void take_over_directory() const {
    if (!fs::is_empty(directory_) && !fs::exists(data())) {
      fail(quoted(directory_) +
           ": is neither empty nor a data directory of ours");
    }
    if (chown(directory_.c_str(), user_->uid, user_->gid) != 0) {
      throw_errno(directory_);
    }
  }

  void create() {
    // Under another name until it is whole: a killed initdb leaves a torso.
    const fs::path fresh = directory_ / "data.new";
    fs::remove_all(fresh);
    const fs::path log = directory_ / "initdb.log";
    fs::remove(log);
    const int status =
        run({{(binaries_ / "initdb").string(), "--pgdata=" + fresh.string(),
              "--username=grumble", "--encoding=UTF8",
              "--locale=" + cluster_locale(), "--data-checksums",
              "--auth-local=trust", "--auth-host=reject", "--no-instructions"},
             directory_,
             log,
             user_});
    if (status != 0) {
      fail("initdb failed (" + std::to_string(status) +
           "): " + last_lines(log, 0));
    }
    fs::rename(fresh, data());
  }

  void run_server() {
    if (const auto file = read_pid_file(data())) {
      if (serves(file->pid, data())) {
        wait_until_ready(file->pid, 0);
        return;
      }
      if (alive(file->pid)) disown_pid_file(data());
    }
    choose_socket_directory();
    start_server();
  }

  void choose_socket_directory() {
    std::vector<fs::path> places{directory_ / "socket"};
    for (const char* const suffix : {"", "-1", "-2", "-3"}) {
      places.push_back("/tmp/grumble-" + short_hash(directory_.string()) +
                       suffix);
    }
    for (const fs::path& place : places) {
      if ((place / kSocketName).native().size() > kLongestSocketPath ||
          !make_private(place, user_)) {
        continue;
      }
      // No server of ours runs: these are a dead one's.
      fs::remove(place / kSocketName);
      fs::remove(place / (std::string(kSocketName) + ".lock"));
      socket_directory_ = place;
      return;
    }
    fail("no private directory for the server's socket: tried '" +
         places[0].string() + "' and '" + places[1].string() + "'");
  }

  void start_server() {
    std::string socket_list = "\"";
    for (const char c : socket_directory_.string()) {
      socket_list += c;
      if (c == '"') socket_list += c;
    }
    socket_list += '"';
    Command command{{(binaries_ / "postgres").string(), "-D", data().string()},
                    directory_,
                    directory_ / "server.log",
                    user_};
    for (const std::string& setting :
         {std::string("listen_addresses="), std::string("port=5432"),
          "unix_socket_directories=" + socket_list,
          std::string("unix_socket_permissions=0700"),
          std::string("log_destination=stderr"),
          std::string("logging_collector=off"), std::string("lc_messages=C"),
          std::string("timezone=UTC"), std::string("log_timezone=UTC"),
          std::string("jit=off"),
          "shared_buffers=" + std::to_string(buffer_mib()) + "MB"}) {
      command.argv.push_back("-c");
      command.argv.push_back(setting);
    }
    constexpr uintmax_t kLongestLog = 8 << 20;
    std::error_code absent;
    uintmax_t logged = fs::file_size(command.log, absent);
    if (absent || logged > kLongestLog) {
      fs::remove(command.log);
      logged = 0;
    }
    wait_until_ready(start(command), static_cast<size_t>(logged));
  }

  void wait_until_ready(pid_t server, size_t log_from) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::minutes(5);
    while (std::chrono::steady_clock::now() < deadline) {
      const bool running = alive(server);
      const auto file = read_pid_file(data());
      if (file && file->pid == server && file->ready) {
        socket_directory_ = file->socket_directory;
        return;
      }
      if (!running) {
        fail("the database server did not start: " +
             last_lines(directory_ / "server.log", log_from));
      }
      std::this_thread::sleep_for(milliseconds(10));
    }
    fail("the database server is not ready after 5 minutes: see " +
         quoted(directory_ / "server.log"));
  }

  void create_database() const {
    Database database(url("postgres"));
    const bool there =
        !Transaction(database)
             .run("select from pg_database where datname = 'grumble'")
             .empty();
    if (!there) run_alone(database, "create database grumble");
  }

  void stop() const {
    const auto file = read_pid_file(data());
    if (!file || !serves(file->pid, data())) return;
    // Fast: ends every session. Then immediate, which the log replays.
    for (const int signal : {SIGINT, SIGQUIT}) {
      kill(file->pid, signal);
      for (int i = 0; i < 6'000; ++i) {
        if (!alive(file->pid)) {
          if (socket_directory_.parent_path() != directory_) {
            rmdir(socket_directory_.c_str());
          }
          return;
        }
        std::this_thread::sleep_for(milliseconds(10));
      }
    }
  }

  fs::path directory_;
  fs::path binaries_;
  fs::path socket_directory_;
  std::optional<ServerUser> user_;
  std::optional<LockFile> starting_;
  std::optional<LockFile> users_;
};

LocalCluster::LocalCluster(const fs::path& directory,
                           const LocalClusterOptions& options) try
    : impl_(std::make_unique<Impl>(directory, options)) {
} catch (const std::system_error& error) {
  fail(std::string("embedded database: ") + error.what());
} catch (const DatabaseError& error) {
  fail(std::string("embedded database: ") + error.what());
}
LocalCluster::~LocalCluster() = default;
LocalCluster::LocalCluster(LocalCluster&& other) noexcept = default;
LocalCluster& LocalCluster::operator=(LocalCluster&& other) noexcept = default;

std::string LocalCluster::url() const { return impl_->url("grumble"); }

std::string LocalCluster::url(const std::string& database) const {
  return impl_->url(database);
}

fs::path LocalCluster::data_directory() const { return impl_->data(); }

}  // namespace grumble::store
