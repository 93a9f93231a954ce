#include "tests/faults/commit_cutter.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace grumble::tests {
namespace {

constexpr int kTick = 50;  // ms

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.native().size() >= sizeof(address.sun_path)) {
    throw std::runtime_error("socket path too long: " + path.string());
  }
  path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

/// Whether a message of the wire protocol is the query COMMIT.
bool is_commit(std::string_view bytes) {
  return bytes.size() >= 11 && bytes[0] == 'Q' &&
         (bytes.substr(5, 6) == "COMMIT" || bytes.substr(5, 6) == "commit");
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

CommitCutter::CommitCutter(const std::filesystem::path& server,
                           const std::filesystem::path& directory, int each)
    : server_(server), each_(each) {
  const auto path = directory / server.filename();
  listener_ = socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(path);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0 ||
      listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen at " + path.string());
  }
  chmod(path.c_str(), 0777);
  acceptor_ = std::thread([this] { serve(); });
}

CommitCutter::~CommitCutter() {
  stopped_ = true;
  acceptor_.join();
  for (auto& passer : passers_) passer.join();
  close(listener_);
}

void CommitCutter::serve() {
  while (!stopped_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, kTick) <= 0) continue;
    const int client = accept(listener_, nullptr, nullptr);
    if (client >= 0) passers_.emplace_back([this, client] { pass(client); });
  }
}

void CommitCutter::pass(int client) {
  const int server = socket(AF_UNIX, SOCK_STREAM, 0);
  const sockaddr_un address = address_of(server_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address),
                      sizeof(address)) == 0;
  std::array<char, 65536> bytes;
  bool cut = false;
  while (open && !stopped_) {
    std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), kTick) <= 0) continue;
    for (size_t side = 0; side < 2 && open; ++side) {
      if (ready[side].revents == 0) continue;
      const ssize_t got = recv(ready[side].fd, bytes.data(), bytes.size(), 0);
      if (got <= 0) {
        open = false;
        break;
      }
      const std::string_view piece(bytes.data(), static_cast<size_t>(got));
      if (side == 0 && is_commit(piece) && ++commits_ % each_ == 0) cut = true;
      // After the cut the server's answer is waited for and swallowed.
      if (side == 1 && cut) {
        ++cuts_;
        open = false;
        break;
      }
      open = send_all(ready[1 - side].fd, piece);
    }
  }
  close(server);
  close(client);
}

}  // namespace grumble::tests
