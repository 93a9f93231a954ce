#include "tests/collector/loopback_server.h"

#include <zlib.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <thread>

namespace grumble::collector {

namespace asio = boost::asio;
using asio::ip::tcp;

struct LoopbackServer::State {
  explicit State(Handler handler)
      : handle(std::move(handler)),
        acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0),
                 true) {
    acceptor.listen(128);
  }

  asio::awaitable<void> accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      asio::co_spawn(context, serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    std::string buffer;
    try {
      for (;;) {
        const size_t size = co_await asio::async_read_until(
            socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
            asio::use_awaitable);
        const std::string head = buffer.substr(0, size);
        buffer.erase(0, size);
        {
          const std::lock_guard lock(mutex);
          heads.push_back(head);
        }
        const Reply answer = handle(head);
        co_await asio::async_write(socket, asio::buffer(answer.bytes),
                                   asio::use_awaitable);
        if (answer.after == Reply::After::close) co_return;
        if (answer.after == Reply::After::hang) break;
      }
      for (;;) {
        co_await asio::async_read_until(socket, asio::dynamic_buffer(buffer),
                                        "never", asio::use_awaitable);
      }
    } catch (const boost::system::system_error&) {
      ++closed;
    }
  }

  Handler handle;
  asio::io_context context;
  tcp::acceptor acceptor;
  mutable std::mutex mutex;
  std::vector<std::string> heads;
  std::atomic<size_t> closed{0};
  std::thread thread;
};

LoopbackServer::LoopbackServer(Handler handle)
    : state_(std::make_shared<State>(std::move(handle))) {
  asio::co_spawn(state_->context, state_->accept(), asio::detached);
  state_->thread = std::thread([this] { state_->context.run(); });
}

LoopbackServer::~LoopbackServer() {
  state_->context.stop();
  state_->thread.join();
}

std::string LoopbackServer::url(const std::string& path) const {
  return "http://127.0.0.1:" +
         std::to_string(state_->acceptor.local_endpoint().port()) + path;
}

std::vector<std::string> LoopbackServer::heads() const {
  const std::lock_guard lock(state_->mutex);
  return state_->heads;
}

size_t LoopbackServer::closed() const { return state_->closed; }

Reply reply(int status, const std::string& body, const std::string& headers) {
  return {"HTTP/1.1 " + std::to_string(status) + " Some Reason\r\n" + headers +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
              body,
          Reply::After::keep};
}

std::string gzip(const std::string& bytes) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace grumble::collector
