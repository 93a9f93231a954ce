#include "app/web/server.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <optional>

#include "app/model_names.h"
#include "app/render/terminal.h"
#include "app/web/page.h"
#include "store/report_queries.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr auto kRequestTimeout = std::chrono::seconds(10);
constexpr size_t kHeaderLimit = 8 * 1024;
constexpr int kPostsShown = 200;
constexpr int kConnections = 64;
/// Bytes that are still read, and for how long, after an answer that came
/// before the request ended: closing over them would reset the connection and
/// take the answer away (RFC 9112, 9.6).
constexpr size_t kLingerBytes = 256 * 1024;
constexpr auto kLinger = std::chrono::seconds(1);

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

Response respond(const Request& request, http::status status,
                 std::string_view type, std::string body) {
  Response response{status, request.version()};
  response.set(http::field::content_type,
               std::string(type) + "; charset=utf-8");
  response.set("Content-Security-Policy",
               "default-src 'none'; style-src 'unsafe-inline'; "
               "base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Referrer-Policy", "no-referrer");
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(false);
  response.content_length(body.size());
  if (request.method() != http::verb::head) response.body() = std::move(body);
  return response;
}

Response plain(const Request& request, http::status status,
               const std::string& text) {
  return respond(request, status, "text/plain", text + "\n");
}

/// What to say to bytes that are no request; empty when nobody listens.
std::optional<Response> refusal(const boost::system::error_code& error) {
  if (error == http::error::end_of_stream ||
      error.category() != make_error_code(http::error::bad_method).category()) {
    return std::nullopt;
  }
  const bool large = error == http::error::header_limit ||
                     error == http::error::body_limit ||
                     error == http::error::buffer_overflow;
  return plain(Request(),
               large ? http::status::request_header_fields_too_large
                     : http::status::bad_request,
               large ? "the request is too large" : "this is no HTTP request");
}

/// The pages there are, and what each can be asked for.
const std::map<std::string, std::vector<std::string>>& filters_of_pages() {
  static const std::map<std::string, std::vector<std::string>> pages = {
      {"/", {}},
      {"/healthz", {}},
      {"/livez", {}},
      {"/readyz", {}},
      {"/posts", {"category", "model"}}};
  return pages;
}

/// Refuses filters that the page does not have.
void check_parameters(const std::map<std::string, std::string>& parameters,
                      const std::vector<std::string>& known) {
  for (const auto& [name, value] : parameters) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw std::invalid_argument(fmt::format(
        "no filter '{}' here; {}", printable(name),
        known.empty() ? "this page takes none"
                      : fmt::format("known here: {}", fmt::join(known, ", "))));
  }
}

/// A browser that was led here under another name (DNS rebinding) says so.
bool own_host(std::string_view host) {
  if (host.starts_with('[')) return host.starts_with("[::1]");
  host = host.substr(0, host.find(':'));
  return host == "localhost" || host == "127.0.0.1";
}

}  // namespace

class WebServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, const Session& session,
       const Config& config)
      : session_(session), time_zone_(config.time_zone), acceptor_(executor) {
    const auto address = asio::ip::make_address(config.web_address);
    if (!address.is_loopback()) {
      throw ConfigError(fmt::format(
          "web.address: '{}' is not a loopback address", config.web_address));
    }
    const tcp::endpoint endpoint(address, config.web_port);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(endpoint, error);
    if (!error)
      acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      throw std::runtime_error(fmt::format(
          "cannot listen on {}:{}: {}; set [web] port to another one, or to 0 "
          "for no page",
          config.web_address, config.web_port, error.message()));
    }
  }

  void start() {
    asio::co_spawn(acceptor_.get_executor(), accept(shared_from_this()),
                   asio::detached);
  }

  uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    questions_.join();
  }

 private:
  using Self = std::shared_ptr<Impl>;

  static asio::awaitable<void> accept(Self self) {
    while (self->acceptor_.is_open()) {
      boost::system::error_code error;
      auto token = asio::redirect_error(asio::use_awaitable, error);
      tcp::socket socket = co_await self->acceptor_.async_accept(token);
      if (error) continue;
      if (self->connections_ >= kConnections) continue;
      ++self->connections_;
      asio::co_spawn(self->acceptor_.get_executor(),
                     converse(self, std::move(socket)),
                     [self](std::exception_ptr) { --self->connections_; });
    }
  }

  static asio::awaitable<void> converse(Self self, tcp::socket socket) {
    beast::tcp_stream stream(std::move(socket));
    stream.expires_after(kRequestTimeout);
    beast::flat_buffer buffer(kHeaderLimit);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kHeaderLimit);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await http::async_read(stream, buffer, parser, token);
    if (error) {
      std::optional<Response> answer = refusal(error);
      if (answer) co_await send(stream, *answer);
      co_return;
    }
    const Request request = parser.release();
    // The database is asked on its own thread, the answer sent from here.
    Response response = co_await asio::co_spawn(self->questions_.get_executor(),
                                                answer_later(self, request),
                                                asio::use_awaitable);
    co_await send(stream, response);
  }

  static asio::awaitable<void> send(beast::tcp_stream& stream,
                                    Response& response) {
    stream.expires_after(kRequestTimeout);
    co_await http::async_write(stream, response, asio::use_awaitable);
    boost::system::error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(kLinger);
    std::array<char, 4096> rest;
    for (size_t read = 0; !error && read < kLingerBytes;) {
      read += co_await stream.async_read_some(
          asio::buffer(rest), asio::redirect_error(asio::use_awaitable, error));
    }
  }

  static asio::awaitable<Response> answer_later(Self self, Request request) {
    co_return self->answer(request);
  }

  Response answer(const Request& request) {
    const auto host = request[http::field::host];
    if (!own_host({host.data(), host.size()})) {
      return plain(request, http::status::misdirected_request,
                   "this host name is not served");
    }
    if (request.method() != http::verb::get &&
        request.method() != http::verb::head) {
      return plain(request, http::status::method_not_allowed, "GET only");
    }
    try {
      const std::string target(request.target().data(),
                               request.target().size());
      return route(request, target);
    } catch (const std::invalid_argument& error) {
      return plain(request, http::status::bad_request, error.what());
    } catch (const UnknownModel& error) {
      return plain(request, http::status::bad_request,
                   "model: " + printable(error.what()));
    } catch (const store::DatabaseError& error) {
      if (error.sqlstate() == "22021") {
        return plain(request, http::status::bad_request, "no valid UTF-8");
      }
      return unavailable(request, error);
    } catch (const std::exception& error) {
      return unavailable(request, error);
    }
  }

  Response unavailable(const Request& request, const std::exception& error) {
    std::string text = printable(error.what());
    std::replace(text.begin(), text.end(), '"', '\'');
    spdlog::error("msg=page error=\"{}\"", text);
    database_.reset();
    return plain(request, http::status::service_unavailable,
                 "the database does not answer");
  }

  Response route(const Request& request, const std::string& target) {
    const auto mark = std::min(target.find('?'), target.size());
    const std::string path = target.substr(0, mark);
    const auto parameters = parse_query(
        mark < target.size() ? target.substr(mark + 1) : std::string());
    const auto page = filters_of_pages().find(path);
    if (page == filters_of_pages().end()) {
      return plain(request, http::status::not_found, "no such page");
    }
    check_parameters(parameters, page->second);
    if (path == "/livez" || path == "/healthz") {
      return plain(request, http::status::ok, "ok");
    }
    store::Filter filter;
    filter.tz = time_zone_;
    if (path == "/readyz") {
      filter.limit = 1;
      store::top(database(), filter, store::Dimension::platform);
      return plain(request, http::status::ok, "ok");
    }
    if (path == "/") {
      return respond(request, http::status::ok, "text/html",
                     matrix_page(store::matrix(database(), filter)));
    }
    const auto value = [&](const char* name) -> std::vector<std::string> {
      const auto found = parameters.find(name);
      if (found == parameters.end() || found->second.empty()) return {};
      return {found->second};
    };
    filter.models = value("model");
    filter.categories = value("category");
    filter.limit = kPostsShown;
    match_models(database(), filter.models);
    return respond(request, http::status::ok, "text/html",
                   posts_page(store::posts(database(), filter), filter));
  }

  store::Database& database() {
    if (!database_) database_.emplace(session_.connect());
    return *database_;
  }

  const Session& session_;
  std::string time_zone_;
  tcp::acceptor acceptor_;
  int connections_ = 0;
  asio::thread_pool questions_{1};
  std::optional<store::Database> database_;
};

WebServer::WebServer(asio::any_io_executor executor, const Session& session,
                     const Config& config)
    : impl_(std::make_shared<Impl>(std::move(executor), session, config)) {
  impl_->start();
}

uint16_t WebServer::port() const { return impl_->port(); }

WebServer::~WebServer() { impl_->stop(); }

}  // namespace grumble::app
