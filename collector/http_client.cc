#include "collector/http_client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <map>
#include <new>
#include <string>
#include <unordered_map>
#include <utility>

#include "collector/http_transfer.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

void start_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    throw std::runtime_error(std::string("curl: ") + curl_easy_strerror(code));
  }
}

}  // namespace

/// The multi handle and what it waits for. Handlers hold it weakly: they may
/// still be queued when the client is gone.
class HttpClient::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, HttpLimits limits)
      : executor_(std::move(executor)),
        limits_(limits),
        timer_(executor_),
        multi_(curl_multi_init()) {
    if (multi_ == nullptr) throw std::bad_alloc();
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Impl::on_socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Impl::on_timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  }

  ~Impl() { close(); }

  std::shared_ptr<Transfer> start(HttpRequest request, OnData on_data = {}) {
    auto transfer = std::make_shared<Transfer>(executor_, std::move(request),
                                               limits_, std::move(on_data));
    transfer->set(CURLOPT_CLOSESOCKETFUNCTION, &Impl::on_close);
    transfer->set(CURLOPT_CLOSESOCKETDATA, this);
    const CURLMcode code = curl_multi_add_handle(multi_, transfer->easy());
    if (code != CURLM_OK) throw HttpError(curl_multi_strerror(code), false);
    transfers_.emplace(transfer->easy(), transfer);
    return transfer;
  }

  void abandon(const std::shared_ptr<Transfer>& transfer) {
    if (transfers_.erase(transfer->easy()) > 0) {
      curl_multi_remove_handle(multi_, transfer->easy());
    }
  }

  /// Ends what is under way; the waiting coroutines throw.
  void close() {
    if (multi_ == nullptr) return;
    for (auto& [easy, transfer] : std::exchange(transfers_, {})) {
      curl_multi_remove_handle(multi_, easy);
      transfer->fail("the client was closed");
    }
    // Closes the kept connections, which still calls back into this.
    curl_multi_cleanup(std::exchange(multi_, nullptr));
    timer_.cancel();
    sockets_.clear();
  }

 private:
  /// A descriptor of curl's that Asio watches and does not own.
  struct Socket {
    Socket(const asio::any_io_executor& executor, curl_socket_t fd)
        : descriptor(executor, fd) {}
    ~Socket() { descriptor.release(); }

    asio::posix::stream_descriptor descriptor;
    bool wants_read = false;
    bool wants_write = false;
    bool reading = false;
    bool writing = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* self_pointer,
                       void*) {
    auto& self = *static_cast<Impl*>(self_pointer);
    if (what == CURL_POLL_REMOVE) {
      self.sockets_.erase(fd);
      return 0;
    }
    try {
      auto socket = self.sockets_[fd];
      if (!socket) socket = std::make_shared<Socket>(self.executor_, fd);
      self.sockets_[fd] = socket;
      socket->wants_read = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
      socket->wants_write = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
      self.watch(fd, socket);
      return 0;
    } catch (const std::exception&) {
      // No exception may pass through curl; it ends the transfer instead.
      self.sockets_.erase(fd);
      return -1;
    }
  }

  /// Asio must let go of a descriptor before its number can be used again.
  static int on_close(void* self_pointer, curl_socket_t fd) {
    static_cast<Impl*>(self_pointer)->sockets_.erase(fd);
    return ::close(fd);
  }

  static int on_timer(CURLM*, long milliseconds_left, void* self_pointer) {
    auto& self = *static_cast<Impl*>(self_pointer);
    if (milliseconds_left < 0) {
      self.timer_.cancel();
      return 0;
    }
    self.timer_.expires_after(milliseconds(milliseconds_left));
    self.timer_.async_wait([weak = self.weak_from_this()](error_code error) {
      const auto impl = weak.lock();
      if (!error && impl) impl->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void watch(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
    if (socket->wants_read && !socket->reading) {
      wait(fd, socket, asio::posix::descriptor_base::wait_read);
    }
    if (socket->wants_write && !socket->writing) {
      wait(fd, socket, asio::posix::descriptor_base::wait_write);
    }
  }

  void wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket,
            asio::posix::descriptor_base::wait_type type) {
    const bool read = type == asio::posix::descriptor_base::wait_read;
    (read ? socket->reading : socket->writing) = true;
    socket->descriptor.async_wait(
        type, [weak = weak_from_this(), weak_socket = std::weak_ptr(socket), fd,
               read](error_code error) {
          const auto impl = weak.lock();
          const auto ready = weak_socket.lock();
          if (!impl || !ready) return;
          (read ? ready->reading : ready->writing) = false;
          if (error == asio::error::operation_aborted) return;
          const int event = read ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
          impl->act(fd, error ? CURL_CSELECT_ERR : event);
          // The number may stand for another socket by now.
          const auto still = impl->sockets_.find(fd);
          if (still != impl->sockets_.end() && still->second == ready) {
            impl->watch(fd, ready);
          }
        });
  }

  void act(curl_socket_t fd, int events) {
    if (multi_ == nullptr) return;
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    for (const auto& [easy, transfer] : transfers_) transfer->look();
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = transfers_.find(message->easy_handle);
      if (found == transfers_.end()) continue;
      const auto transfer = found->second;
      transfers_.erase(found);
      curl_multi_remove_handle(multi_, transfer->easy());
      transfer->finish(code);
    }
  }

  asio::any_io_executor executor_;
  HttpLimits limits_;
  asio::steady_timer timer_;
  std::unordered_map<curl_socket_t, std::shared_ptr<Socket>> sockets_;
  std::map<CURL*, std::shared_ptr<Transfer>> transfers_;
  CURLM* multi_;
};

HttpClient::HttpClient(asio::any_io_executor executor, HttpLimits limits) {
  start_curl();
  impl_ = std::make_shared<Impl>(std::move(executor), limits);
}

HttpClient::~HttpClient() { impl_->close(); }

/// Ends the transfer also when the coroutine is destroyed while it waits.
class HttpClient::Guard {
 public:
  Guard(const std::shared_ptr<Impl>& impl, std::shared_ptr<Transfer> transfer)
      : impl_(impl), transfer_(std::move(transfer)) {}
  ~Guard() {
    if (const auto alive = impl_.lock()) alive->abandon(transfer_);
  }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  std::weak_ptr<Impl> impl_;
  std::shared_ptr<Transfer> transfer_;
};

asio::awaitable<HttpResponse> HttpClient::send(HttpRequest request) {
  const auto transfer = impl_->start(std::move(request));
  const Guard guard(impl_, transfer);
  error_code error;
  if (!transfer->ended) {
    co_await transfer->done.async_wait(
        asio::redirect_error(asio::use_awaitable, error));
  }
  if (!transfer->ended) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return transfer->take();
}

asio::awaitable<HttpResponse> HttpClient::stream(HttpRequest request,
                                                 OnData on_data,
                                                 milliseconds silence) {
  const auto transfer = impl_->start(std::move(request), std::move(on_data));
  const Guard guard(impl_, transfer);
  while (!transfer->ended) {
    transfer->done.expires_at(transfer->heard + silence);
    error_code error;
    co_await transfer->done.async_wait(
        asio::redirect_error(asio::use_awaitable, error));
    if (transfer->ended) break;
    if (error) {
      throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (std::chrono::steady_clock::now() >= transfer->heard + silence) {
      transfer->fail(
          "nothing came for " + std::to_string(silence.count()) + " ms", true);
    }
  }
  co_return transfer->take();
}

}  // namespace grumble::collector
