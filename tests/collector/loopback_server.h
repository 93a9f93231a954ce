#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace grumble::collector {

/// What a server does with one request.
struct Reply {
  enum class After { keep, close, hang };

  std::string bytes;  ///< status line, headers and body, as they go out
  After after = After::keep;
};

/// A complete answer with its length.
Reply reply(int status, const std::string& body,
            const std::string& headers = "Content-Type: application/json\r\n");

std::string gzip(const std::string& bytes);

/// An HTTP/1.1 server on 127.0.0.1 with a thread of its own; `handle` runs
/// there and is given the request line and headers.
class LoopbackServer {
 public:
  using Handler = std::function<Reply(const std::string& head)>;

  explicit LoopbackServer(Handler handle);
  ~LoopbackServer();

  std::string url(const std::string& path = "/") const;
  std::vector<std::string> heads() const;  ///< of all requests so far
  size_t closed() const;                   ///< connections the client ended

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace grumble::collector
