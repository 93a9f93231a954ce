#include "tests/support/database_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace grumble::tests {
namespace {

constexpr int kTick = 20;  // ms

/// `text` with each `from` replaced.
std::string replaced(std::string text, const std::string& from,
                     const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

/// Begin and size of the host in postgresql://grumble@DIRECTORY:5432/NAME.
std::pair<size_t, size_t> host_in(const std::string& url) {
  const size_t begin = url.find('@') + 1;
  const size_t end = url.find(":5432/", begin);
  if (begin == 0 || end == url.npos) throw std::runtime_error("no url: " + url);
  return {begin, end - begin};
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

int connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) == 0) {
    return server;
  }
  close(server);
  return -1;
}

}  // namespace

DatabaseProxy::DatabaseProxy(std::string url) : url_(std::move(url)) {
  const auto [begin, size] = host_in(url_);
  server_ = replaced(url_.substr(begin, size), "%2F", "/") + "/.s.PGSQL.5432";
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, any, length) != 0 || listen(listener_, 64) != 0 ||
      getsockname(listener_, any, &length) != 0) {
    throw std::runtime_error("cannot listen on the loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { serve(); });
}

DatabaseProxy::~DatabaseProxy() {
  stopped_ = true;
  acceptor_.join();
  for (auto& passer : passers_) passer.join();
  close(listener_);
}

std::string DatabaseProxy::url() const {
  const auto [begin, size] = host_in(url_);
  std::string url = url_;
  return url.replace(begin, size + std::string_view(":5432").size(),
                     "127.0.0.1:" + std::to_string(port_));
}

void DatabaseProxy::spoil_commits(Fault fault, int each) {
  fault_ = fault;
  each_ = each;
}

void DatabaseProxy::serve() {
  while (!stopped_) {
    pollfd ready{listener_, POLLIN, 0};
    if (poll(&ready, 1, kTick) <= 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    const int number = accepted_++;
    passers_.emplace_back([this, client, number] { pass(client, number); });
  }
}

void DatabaseProxy::pass(int client, int number) {
  const int server = connect_to(server_);
  bool open = server >= 0;
  bool silent = false;
  bool swallows = false;  // the server's answer
  std::array<char, 65536> bytes;
  while (open && !stopped_) {
    if (silent || silent_ || number < silent_before_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kTick));
      continue;
    }
    std::array<pollfd, 2> ready{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(ready.data(), ready.size(), kTick) <= 0) continue;
    const bool asks = ready[0].revents != 0;
    const ssize_t got =
        recv(asks ? client : server, bytes.data(), bytes.size(), 0);
    if (got <= 0) break;
    const std::string_view piece(bytes.data(), static_cast<size_t>(got));
    if (!asks && swallows) {
      ++spoiled_;
      if (fault_ == Fault::answer_cut) break;
      silent = true;
      continue;
    }
    const int each = each_;
    if (asks && each > 0 && is_commit(piece) && ++commits_ % each == 0) {
      swallows = fault_ != Fault::request_lost;
      if (!swallows) {
        ++spoiled_;
        silent = true;
        continue;
      }
    }
    if (!asks && slow_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(kTick));
    }
    open = send_all(asks ? server : client, piece);
    if (!asks) bytes_passed_ += got;
  }
  if (server >= 0) close(server);
  close(client);
}

}  // namespace grumble::tests
