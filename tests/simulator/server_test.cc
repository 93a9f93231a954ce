#include "simulator/server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace grumble::simulator {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

/// A running server that ends with the test.
class Running {
 public:
  Running()
      : server_(0,
                [this](const Request& request) {
                  ++requests_;
                  Response response;
                  response.body = request.method + " " + request.target + " " +
                                  std::string(request.header("x-test"));
                  response.headers.emplace_back("x-answer", "yes");
                  return response;
                }),
        thread_([this] { server_.run(false); }) {}

  ~Running() {
    server_.stop();
    thread_.join();
  }

  tcp::socket connect(asio::io_context& context) const {
    tcp::socket socket(context);
    socket.connect({asio::ip::address_v4::loopback(), server_.port()});
    return socket;
  }

  uint16_t port() const { return server_.port(); }
  int requests() const { return requests_; }

 private:
  std::atomic<int> requests_ = 0;
  Server server_;
  std::thread thread_;
};

http::response<http::string_body> ask(tcp::socket& socket,
                                      const std::string& target) {
  http::request<http::empty_body> request(http::verb::get, target, 11);
  request.set(http::field::host, "localhost");
  request.set("X-Test", "seen");
  http::write(socket, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(socket, buffer, response);
  return response;
}

TEST(Server, ServesManyRequestsOnOneConnection) {
  Running running;
  asio::io_context context;
  tcp::socket socket = running.connect(context);
  for (int i = 0; i < 20; ++i) {
    const auto response = ask(socket, "/a?b=" + std::to_string(i));
    EXPECT_EQ(response.result_int(), 200u);
    EXPECT_EQ(response.body(), "GET /a?b=" + std::to_string(i) + " seen");
    EXPECT_EQ(response["x-answer"], "yes");
  }
  EXPECT_EQ(running.requests(), 20);
}

TEST(Server, TakesManyConnectionsAtOnce) {
  Running running;
  asio::io_context context;
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 300; ++i) sockets.push_back(running.connect(context));
  for (auto at = sockets.rbegin(); at != sockets.rend(); ++at) {
    EXPECT_EQ(ask(*at, "/x").result_int(), 200u);
  }
}

TEST(Server, OutlivesGarbage) {
  Running running;
  asio::io_context context;
  tcp::socket bad = running.connect(context);
  asio::write(bad, asio::buffer(std::string("\x01\x02 nonsense\r\n\r\n")));
  tcp::socket gone = running.connect(context);
  gone.close();
  tcp::socket good = running.connect(context);
  EXPECT_EQ(ask(good, "/x").result_int(), 200u);
}

TEST(Server, RefusesATakenPort) {
  Running running;
  EXPECT_THROW(
      Server(running.port(), [](const Request&) { return Response(); }),
      std::runtime_error);
}

}  // namespace
}  // namespace grumble::simulator
