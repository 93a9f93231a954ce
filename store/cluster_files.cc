#include "store/cluster_files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

#include "store/local_cluster.h"

namespace grumble::store {

namespace fs = std::filesystem;

void throw_errno(const fs::path& path) {
  throw LocalClusterError("'" + path.string() + "': " + std::strerror(errno));
}

LockFile::LockFile(const fs::path& path, const std::optional<ServerUser>& owner)
    : file_(
          open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (file_ < 0) throw_errno(path);
  if (owner && fchown(file_, owner->uid, owner->gid) != 0) {
    const int error = errno;
    close(file_);
    errno = error;
    throw_errno(path);
  }
}

LockFile::~LockFile() { close(file_); }

bool LockFile::lock(int operation) const {
  while (flock(file_, operation) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

std::optional<PidFile> read_pid_file(const fs::path& data) {
  std::ifstream in(data / "postmaster.pid");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  if (lines.empty()) return std::nullopt;
  PidFile file;
  file.pid = std::atoi(lines[0].c_str());
  if (lines.size() > 4) file.socket_directory = lines[4];
  file.ready = lines.size() > 7 && lines[7].starts_with("ready");
  return file;
}

bool serves(pid_t pid, const fs::path& data) {
  if (!alive(pid)) return false;
  std::error_code error;
  const fs::path directory =
      fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error);
  return !error && directory == data;
}

void disown_pid_file(const fs::path& data) {
  const fs::path path = data / "postmaster.pid";
  std::ifstream in(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  text.replace(0, text.find('\n'), std::to_string(getpid()));
  std::ofstream(path, std::ios::binary) << text;
}

bool make_private(const fs::path& path, const std::optional<ServerUser>& user) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return false;
  const uid_t owner = user ? user->uid : geteuid();
  if (info.st_uid != owner && info.st_uid != geteuid()) return false;
  if (user && lchown(path.c_str(), user->uid, user->gid) != 0) return false;
  return chmod(path.c_str(), 0700) == 0;
}

std::string short_hash(const std::string& text) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  char hex[17];
  std::snprintf(hex, sizeof hex, "%016llx",
                static_cast<unsigned long long>(hash));
  return hex;
}

}  // namespace grumble::store
