#include "simulator/server.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
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

/// The path names what becomes of its answer.
void disturb(const std::string& path, Delivery& how) {
  using End = Delivery::End;
  if (path == "/cut" || path == "/stall" || path == "/reset") how.body = 2;
  if (path == "/cut" || path == "/length" || path == "/chunks") {
    how.end = End::close;
  }
  if (path == "/stall" || path == "/black-hole") how.end = End::hang;
  if (path == "/reset") how.end = End::reset;
  if (path == "/black-hole") how.head = false;
  if (path == "/length") how.length = 1000;
  if (path == "/chunks") how.chunked = true;
  if (path == "/endless-head") how.endless_head = true;
  if (path == "/endless-body") how.endless_body = true;
  if (path == "/drip") how.drip = 1;
  if (path == "/drip") how.pause = std::chrono::milliseconds(1);
}

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
                  disturb(request.target, response.delivery);
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

/// All that comes, until the connection ends or `most` bytes are there.
std::string raw(tcp::socket& socket, const std::string& path, size_t most,
                boost::system::error_code& error) {
  asio::write(socket, asio::buffer("GET " + path + " HTTP/1.1\r\n\r\n"));
  std::string got;
  std::array<char, 4096> piece{};
  while (got.size() < most) {
    const size_t size = socket.read_some(asio::buffer(piece), error);
    if (error) break;
    got.append(piece.data(), size);
  }
  return got;
}

constexpr size_t kAll = 1 << 30;

TEST(Server, CutsStopsAndMiscountsBodies) {
  Running running;
  asio::io_context context;
  boost::system::error_code error;
  tcp::socket cut = running.connect(context);
  EXPECT_TRUE(raw(cut, "/cut", kAll, error).ends_with("\r\n\r\nGE"));
  EXPECT_EQ(error, asio::error::eof);
  tcp::socket reset = running.connect(context);
  raw(reset, "/reset", kAll, error);
  EXPECT_EQ(error, asio::error::connection_reset);
  tcp::socket length = running.connect(context);
  const std::string wrong = raw(length, "/length", kAll, error);
  EXPECT_NE(wrong.find("content-length: 1000\r\n"), wrong.npos);
  EXPECT_EQ(error, asio::error::eof);
  tcp::socket chunks = running.connect(context);
  EXPECT_TRUE(raw(chunks, "/chunks", kAll, error)
                  .ends_with("\r\n\r\nc\r\nGET /chunks \r\n"));
}

TEST(Server, SendsWithoutEnd) {
  Running running;
  asio::io_context context;
  boost::system::error_code error;
  tcp::socket head = running.connect(context);
  const std::string lines = raw(head, "/endless-head", 1 << 20, error);
  EXPECT_FALSE(error);
  EXPECT_EQ(lines.find("\r\n\r\n"), lines.npos);
  tcp::socket body = running.connect(context);
  EXPECT_GE(raw(body, "/endless-body", 1 << 20, error).size(), 1u << 20);
  EXPECT_FALSE(error);
}

TEST(Server, StaysSilentAndServesTheOthers) {
  Running running;
  asio::io_context context;
  tcp::socket hole = running.connect(context);
  asio::write(hole,
              asio::buffer(std::string("GET /black-hole HTTP/1.1\r\n\r\n")));
  tcp::socket stall = running.connect(context);
  asio::write(stall, asio::buffer(std::string("GET /stall HTTP/1.1\r\n\r\n")));
  std::string half(1, ' ');
  while (!half.ends_with("\r\n\r\nGE")) {
    char byte = 0;
    asio::read(stall, asio::buffer(&byte, 1));
    half += byte;
  }
  tcp::socket good = running.connect(context);
  EXPECT_EQ(ask(good, "/x").result_int(), 200u);
  EXPECT_EQ(hole.available(), 0u);
  EXPECT_EQ(stall.available(), 0u);
}

TEST(Server, DripsAndKeepsTheConnection) {
  Running running;
  asio::io_context context;
  tcp::socket socket = running.connect(context);
  EXPECT_EQ(ask(socket, "/drip").body(), "GET /drip seen");
  EXPECT_EQ(ask(socket, "/x").body(), "GET /x seen");
}

TEST(Server, RefusesATakenPort) {
  Running running;
  EXPECT_THROW(
      Server(running.port(), [](const Request&) { return Response(); }),
      std::runtime_error);
}

}  // namespace
}  // namespace grumble::simulator
