#include "simulator/server.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <csignal>
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
constexpr uint64_t kLongestBody = 64 * 1024;

Request to_request(const http::request<http::string_body>& from) {
  Request request;
  request.method = std::string(from.method_string());
  request.target = std::string(from.target());
  for (const auto& field : from) {
    const std::string name(field.name_string());
    request.headers[lower_ascii(name)] = std::string(field.value());
  }
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

asio::awaitable<void> serve(beast::tcp_stream stream,
                            const Server::Handler& handler) {
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
  State(uint16_t port, Handler own_handler)
      : acceptor(context), handler(std::move(own_handler)) {
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
      asio::co_spawn(context,
                     serve(beast::tcp_stream(std::move(socket)), handler),
                     asio::detached);
    }
  }

  asio::io_context context{1};
  tcp::acceptor acceptor;
  Handler handler;
};

Server::Server(uint16_t port, Handler handler)
    : state_(std::make_unique<State>(port, std::move(handler))) {}

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
