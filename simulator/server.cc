#include "simulator/server.h"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "simulator/text.h"

namespace grumble::simulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr int kBacklog = 1024;
constexpr std::chrono::seconds kIdle(120);
constexpr uint32_t kLongestHead = 64 * 1024;
constexpr uint64_t kLongestBody = 64 * 1024 * 1024;
/// So often a feed is asked for what is new.
constexpr std::chrono::milliseconds kFeedPause(20);

Request to_request(const http::request<http::string_body>& from) {
  Request request;
  request.method = std::string(from.method_string());
  request.target = std::string(from.target());
  for (const auto& field : from) {
    const std::string name(field.name_string());
    request.headers[lower_ascii(name)] = std::string(field.value());
  }
  request.body = from.body();
  return request;
}

http::response<http::string_body> to_message(Response from, unsigned version,
                                             bool keep_alive) {
  http::response<http::string_body> message;
  message.version(version);
  message.result(static_cast<unsigned>(from.status));
  for (const auto& [name, value] : from.headers) message.insert(name, value);
  message.body() = std::move(from.body);
  message.keep_alive(keep_alive);
  message.prepare_payload();
  return message;
}

/// Status line and headers as they go out, when Beast would not write them so.
std::string head_of(const Response& response) {
  const Delivery& how = response.delivery;
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " -\r\n";
  for (const auto& [name, value] : response.headers) {
    head += name + ": " + value + "\r\n";
  }
  if (how.endless_head) return head;
  if (how.chunked) {
    head += "transfer-encoding: chunked\r\n";
  } else if (!how.endless_body) {
    head += "content-length: " +
            std::to_string(how.length.value_or(response.body.size())) + "\r\n";
  }
  return head + "\r\n";
}

std::string chunk_of(const std::string& bytes) {
  std::array<char, 17> size{};
  std::snprintf(size.data(), size.size(), "%zx", bytes.size());
  return size.data() + std::string("\r\n") + bytes + "\r\n";
}

/// The bytes before the end that the delivery names.
std::string bytes_of(const Response& response) {
  const Delivery& how = response.delivery;
  if (!how.head) return "";
  if (how.endless_head) return head_of(response);
  const std::string body =
      response.body.substr(0, how.body.value_or(response.body.size()));
  return head_of(response) + (how.chunked ? chunk_of(body) : body);
}

/// Until the client goes away or says something more.
asio::awaitable<void> hang(beast::tcp_stream& stream) {
  char byte = 0;
  beast::error_code error;
  stream.expires_never();
  while (!error) {
    co_await stream.async_read_some(
        asio::buffer(&byte, 1),
        asio::redirect_error(asio::use_awaitable, error));
  }
}

/// Ends the connection without waiting for what is still to be sent.
void reset(beast::tcp_stream& stream) {
  beast::error_code error;
  stream.socket().set_option(asio::socket_base::linger(true, 0), error);
  stream.socket().close(error);
}

/// Sends what a fault lets through. True when the connection can go on.
asio::awaitable<bool> send_disturbed(beast::tcp_stream& stream,
                                     const Response& response) {
  const Delivery& how = response.delivery;
  beast::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  const std::string bytes = bytes_of(response);
  const size_t step =
      how.drip > 0 ? how.drip : std::max<size_t>(1, bytes.size());
  stream.expires_never();
  for (size_t at = 0; at < bytes.size() && !error; at += step) {
    if (at > 0) {
      asio::steady_timer timer(stream.get_executor(), how.pause);
      co_await timer.async_wait(token);
    }
    co_await asio::async_write(
        stream,
        asio::buffer(bytes.data() + at, std::min(step, bytes.size() - at)),
        token);
  }
  if (how.endless_head || how.endless_body) {
    const std::string more =
        how.endless_head ? "x-filler: " + std::string(1000, 'x') + "\r\n"
                         : std::string(64 * 1024, ' ');
    while (!error)
      co_await asio::async_write(stream, asio::buffer(more), token);
  }
  if (error) co_return false;
  if (how.end == Delivery::End::hang) co_await hang(stream);
  if (how.end == Delivery::End::reset) {
    reset(stream);
  }
  co_return how.end == Delivery::End::keep&& how.arrives();
}

/// A feed in chunks, until either side has enough.
asio::awaitable<void> send_feed(beast::tcp_stream& stream, Response response,
                                const Server::Clock& clock) {
  beast::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  response.delivery.chunked = true;
  std::string bytes = head_of(response);
  if (!response.body.empty()) bytes += chunk_of(response.body);
  stream.expires_never();
  for (;;) {
    Feed::Piece piece = response.feed->next(clock());
    if (piece.reset) co_return reset(stream);
    if (!piece.bytes.empty()) bytes += chunk_of(piece.bytes);
    if (piece.end) bytes += "0\r\n\r\n";
    if (!bytes.empty())
      co_await asio::async_write(stream, asio::buffer(bytes), token);
    if (error || piece.end) co_return;
    bytes.clear();
    // Whoever has gone away is noticed even when there is nothing to send.
    char byte = 0;
    stream.socket().non_blocking(true, error);
    stream.socket().receive(asio::buffer(&byte, 1),
                            asio::socket_base::message_peek, error);
    if (error && error != asio::error::would_block) co_return;
    asio::steady_timer timer(stream.get_executor(), kFeedPause);
    co_await timer.async_wait(token);
  }
}

asio::awaitable<void> serve(beast::tcp_stream stream,
                            const Server::Handler& handler,
                            const Server::Clock& clock) {
  beast::flat_buffer buffer;
  beast::error_code error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  bool open = true;
  while (open) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(kLongestHead);
    parser.body_limit(kLongestBody);
    stream.expires_after(kIdle);
    co_await http::async_read(stream, buffer, parser, token);
    if (error) break;
    const auto& incoming = parser.get();
    Response response = handler(to_request(incoming));
    if (response.delay.count() > 0) {
      asio::steady_timer timer(stream.get_executor(), response.delay);
      co_await timer.async_wait(token);
    }
    if (response.feed && response.delivery.arrives()) {
      co_await send_feed(stream, std::move(response), clock);
      break;
    }
    if (!response.delivery.arrives() || response.delivery.drip > 0) {
      open = co_await send_disturbed(stream, response);
      continue;
    }
    auto message = to_message(std::move(response), incoming.version(),
                              incoming.keep_alive());
    open = message.keep_alive();
    stream.expires_after(kIdle);
    co_await http::async_write(stream, message, token);
    if (error) break;
  }
  stream.socket().shutdown(tcp::socket::shutdown_send, error);
}

}  // namespace

struct Server::State {
  State(uint16_t port, Handler own_handler, Clock own_clock)
      : acceptor(context),
        handler(std::move(own_handler)),
        clock(std::move(own_clock)) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    beast::error_code error;
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(kBacklog, error);
    if (error) {
      throw std::runtime_error("port " + std::to_string(port) +
                               " on 127.0.0.1: " + error.message());
    }
  }

  asio::awaitable<void> accept() {
    for (;;) {
      beast::error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      tcp::socket socket = co_await acceptor.async_accept(token);
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors: let connections end first
        asio::steady_timer timer(context, std::chrono::milliseconds(50));
        co_await timer.async_wait(token);
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(
          context, serve(beast::tcp_stream(std::move(socket)), handler, clock),
          asio::detached);
    }
  }

  asio::io_context context{1};
  tcp::acceptor acceptor;
  Handler handler;
  Clock clock;
};

Server::Server(uint16_t port, Handler handler, Clock clock)
    : state_(std::make_unique<State>(port, std::move(handler),
                                     std::move(clock))) {}

Server::~Server() = default;

uint16_t Server::port() const {
  return state_->acceptor.local_endpoint().port();
}

void Server::run(bool signals) {
  asio::signal_set waited(state_->context);
  if (signals) {
    waited.add(SIGTERM);
    waited.add(SIGINT);
    waited.async_wait([this](beast::error_code error, int /*signal*/) {
      if (!error) state_->context.stop();
    });
  }
  asio::co_spawn(state_->context, state_->accept(), asio::detached);
  state_->context.run();
}

void Server::stop() { state_->context.stop(); }

}  // namespace grumble::simulator
