#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "collector/http.h"

namespace grumble::collector {

/// No answer came: name, connection, TLS, time, size. Always worth a retry
/// unless `permanent()`, which says that the address or certificate is refused.
class HttpError : public std::runtime_error {
 public:
  HttpError(const std::string& what, bool permanent, bool timed_out = false,
            bool sent = false)
      : std::runtime_error(what),
        permanent_(permanent),
        timed_out_(timed_out),
        sent_(sent) {}
  bool permanent() const { return permanent_; }
  bool timed_out() const { return timed_out_; }
  /// Whether the site may have had the request.
  bool sent() const { return sent_; }

 private:
  bool permanent_;
  bool timed_out_;
  bool sent_;
};

/// Many transfers on one thread: a curl multi handle driven by an Asio
/// executor. Redirects are never followed, TLS is always verified, plain
/// `http` is allowed to loopback addresses only.
///
/// Not thread-safe: construct it, call it and destroy it on the thread that
/// runs `executor`, before that executor's context. Destroying it ends what is
/// under way: each waiting `send` throws HttpError.
class HttpClient {
 public:
  explicit HttpClient(boost::asio::any_io_executor executor,
                      HttpLimits limits = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  using OnData = std::function<void(std::string_view)>;

  /// Sends the request and yields the answer, whatever its status. Throws
  /// HttpError. Cancelling the awaiting coroutine ends the transfer at once.
  boost::asio::awaitable<HttpResponse> send(HttpRequest request);

  /// The same for an answer without an end: the body of a 200 goes to `on_data`
  /// as it comes in, and no limit but this holds: when nothing comes for
  /// `silence`, HttpError says so. What `on_data` throws ends it likewise.
  boost::asio::awaitable<HttpResponse> stream(
      HttpRequest request, OnData on_data, std::chrono::milliseconds silence);

 private:
  class Impl;
  class Guard;
  std::shared_ptr<Impl> impl_;
};

}  // namespace grumble::collector
