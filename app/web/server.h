#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>

#include "app/config.h"
#include "app/session.h"

namespace grumble::app {

/// Serves the page over plain HTTP on loopback: `/` (the matrix), `/posts`
/// (evidence), `/livez`, `/readyz`. GET and HEAD only, requests that name
/// another host are refused, and every text from outside is escaped. What is no
/// HTTP, and filters that a page does not have, are answered with 400.
/// Connections live on the executor; questions run on a thread of their own.
class WebServer {
 public:
  /// Binds at once. Throws std::runtime_error, naming address and port, when
  /// the port is taken, and ConfigError when the address is not loopback.
  /// Borrows the session.
  WebServer(boost::asio::any_io_executor executor, const Session& session,
            const Config& config);
  ~WebServer();

  /// Where it listens: web_port, or what the system chose for 0.
  uint16_t port() const;

  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace grumble::app
