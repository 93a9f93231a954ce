#include "collector/http_client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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

#include "domain/crash_point.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

constexpr char kUserAgent[] = "grumble/" GRUMBLE_VERSION " (gzip)";

void start_curl() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) {
    throw std::runtime_error(std::string("curl: ") + curl_easy_strerror(code));
  }
}

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string url_part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host == "[::1]") return true;
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         (ntohl(address.s_addr) >> 24) == 127;
}

/// Scheme, host and path: all of an address that may be shown.
std::string checked_address(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
    throw HttpError("'" + text.substr(0, text.find('?')) + "' is no URL", true);
  }
  const std::string scheme = url_part(url.get(), CURLUPART_SCHEME);
  const std::string host = url_part(url.get(), CURLUPART_HOST);
  const std::string port = url_part(url.get(), CURLUPART_PORT);
  const std::string shown = scheme + "://" + host +
                            (port.empty() ? "" : ":" + port) +
                            url_part(url.get(), CURLUPART_PATH);
  if (!url_part(url.get(), CURLUPART_USER).empty() ||
      !url_part(url.get(), CURLUPART_PASSWORD).empty()) {
    throw HttpError(shown + ": a URL must not hold a user name", true);
  }
  if (scheme != "https" && !(scheme == "http" && is_loopback(host))) {
    throw HttpError(shown +
                        ": refused, only https is allowed, and http to "
                        "this machine",
                    true);
  }
  return shown;
}

bool is_permanent(CURLcode code) {
  return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT ||
         code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// One request under way. Shared by the waiting coroutine and the client, so
/// that either may go first.
class Transfer {
 public:
  Transfer(const asio::any_io_executor& executor, const HttpRequest& request,
           const HttpLimits& limits)
      : done(executor, asio::steady_timer::time_point::max()),
        limits_(limits),
        address_(checked_address(request.url)),
        easy_(curl_easy_init()) {
    if (easy_ == nullptr) throw std::bad_alloc();
    for (const auto& [name, value] : request.headers) add_header(name, value);
    if (request.credential) {
      add_header(request.credential->first,
                 request.credential->second.reveal());
    }
    set_options(request.url);
  }

  CURL* easy() { return easy_.get(); }

  template <typename Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(easy_.get(), option, value);
    if (code != CURLE_OK) {
      throw HttpError(address_ + ": " + curl_easy_strerror(code), true);
    }
  }

  void finish(CURLcode code) {
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
      response_.status = static_cast<int>(status);
    } else if (error_.empty()) {
      // What is wrong with a certificate stands in curl's own words only.
      const bool tls = code == CURLE_PEER_FAILED_VERIFICATION ||
                       code == CURLE_SSL_CONNECT_ERROR;
      error_ =
          tls && detail_[0] != '\0' ? detail_.data() : curl_easy_strerror(code);
    }
    permanent_ = is_permanent(code);
    timed_out_ = code == CURLE_OPERATION_TIMEDOUT;
    long sent_bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent_bytes);
    sent_ = sent_bytes > 0;
    end();
  }

  void fail(const std::string& error) {
    error_ = error;
    sent_ = true;
    end();
  }

  /// Called whenever the transfer may have got on.
  void look() {
    if (seen_sent_) return;
    long bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
    seen_sent_ = bytes > 0;
    if (seen_sent_ && header_bytes_ == 0) domain::crash_point("CP05");
  }

  HttpResponse take() {
    if (!error_.empty()) {
      throw HttpError(address_ + ": " + error_, permanent_, timed_out_, sent_);
    }
    return std::move(response_);
  }

  /// Never expires; cancelled when the transfer has ended.
  asio::steady_timer done;
  bool ended = false;

 private:
  void end() {
    ended = true;
    done.cancel();
  }

  void add_header(const std::string& name, const std::string& value) {
    if ((name + value).find_first_of(std::string_view("\r\n\0", 3)) !=
        std::string::npos) {
      throw HttpError(address_ + ": header '" + name + "' has a line break",
                      true);
    }
    curl_slist* longer =
        curl_slist_append(headers_.get(), (name + ": " + value).c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  }

  void set_options(const std::string& url) {
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, url.starts_with("https") ? "https" : "http");
    set(CURLOPT_HTTPGET, 1L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!limits_.ca_file.empty()) {
      set(CURLOPT_CAINFO, limits_.ca_file.c_str());
      set(CURLOPT_CAPATH, nullptr);
    }
    set(CURLOPT_USERAGENT, kUserAgent);
    set(CURLOPT_ACCEPT_ENCODING, "gzip");
    set(CURLOPT_HTTPHEADER, headers_.get());
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total.count()));
    set(CURLOPT_LOW_SPEED_LIMIT,
        static_cast<long>(limits_.slow_bytes_per_second));
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits_.slow_after.count()));
    set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits_.body));
    set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_PRIVATE, this);
    set(CURLOPT_ERRORBUFFER, detail_.data());
  }

  /// Called with decoded bytes: a small body may unpack to a large one.
  static size_t on_body(char* data, size_t, size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    if (self.response_.body.size() + size > self.limits_.body) {
      self.error_ = "answer is larger than " +
                    std::to_string(self.limits_.body) + " bytes";
      return 0;
    }
    self.response_.body.append(data, size);
    domain::crash_point("CP06");
    return size;
  }

  static size_t on_header(char* data, size_t, size_t size, void* self_pointer) {
    auto& self = *static_cast<Transfer*>(self_pointer);
    self.header_bytes_ += size;
    if (self.header_bytes_ > self.limits_.headers) {
      self.error_ = "headers are larger than " +
                    std::to_string(self.limits_.headers) + " bytes";
      return 0;
    }
    const std::string_view line(data, size);
    // A status line begins anew: what came before was an interim answer.
    if (line.starts_with("HTTP/")) self.response_.headers.clear();
    const size_t colon = line.find(':');
    if (colon == line.npos) return size;
    std::string name(trimmed(line.substr(0, colon)));
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    self.response_.headers.emplace_back(
        std::move(name), std::string(trimmed(line.substr(colon + 1))));
    return size;
  }

  HttpLimits limits_;
  std::string address_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::unique_ptr<CURL, FreeEasy> easy_;
  HttpResponse response_;
  size_t header_bytes_ = 0;
  std::string error_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  bool permanent_ = false;
  bool timed_out_ = false;
  bool sent_ = false;
  bool seen_sent_ = false;
};

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

  std::shared_ptr<Transfer> start(const HttpRequest& request) {
    auto transfer = std::make_shared<Transfer>(executor_, request, limits_);
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

asio::awaitable<HttpResponse> HttpClient::get(HttpRequest request) {
  const std::shared_ptr<Transfer> transfer = impl_->start(request);
  // Ends the transfer also when the coroutine is destroyed while it waits.
  struct Guard {
    std::weak_ptr<Impl> impl;
    std::shared_ptr<Transfer> transfer;
    ~Guard() {
      if (const auto alive = impl.lock()) alive->abandon(transfer);
    }
  };
  const Guard guard{impl_, transfer};
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

}  // namespace grumble::collector
