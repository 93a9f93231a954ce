#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "simulator/http.h"

namespace grumble::simulator {

/// HTTP/1.1 with keep-alive on 127.0.0.1, any number of connections on the
/// one thread that calls run(). Handler and clock are called on that thread.
class Server {
 public:
  using Handler = std::function<Response(const Request&)>;
  using Clock = std::function<Moment()>;  ///< for feeds

  /// Listens from here on; port 0 takes a free one. Throws
  /// std::runtime_error when the port is taken.
  Server(
      uint16_t port, Handler handler, Clock clock = [] { return Moment{}; });
  ~Server();

  uint16_t port() const;

  /// Serves until stop() or, with `signals`, SIGTERM or SIGINT.
  void run(bool signals);

  /// From any thread.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace grumble::simulator
