#include "collector/http_transfer.h"

#include <arpa/inet.h>

#include <algorithm>
#include <new>
#include <utility>

#include "domain/crash_point.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;

constexpr char kUserAgent[] = "grumble/" GRUMBLE_VERSION " (gzip)";

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
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

}  // namespace

Transfer::Transfer(const asio::any_io_executor& executor, HttpRequest request,
                   const HttpLimits& limits, HttpClient::OnData on_data)
    : done(executor, asio::steady_timer::time_point::max()),
      heard(std::chrono::steady_clock::now()),
      request_(std::move(request)),
      limits_(limits),
      on_data_(std::move(on_data)),
      address_(checked_address(request_.url)),
      easy_(curl_easy_init()) {
  if (easy_ == nullptr) throw std::bad_alloc();
  for (const auto& [name, value] : request_.headers) add_header(name, value);
  if (request_.credential) {
    add_header(request_.credential->first,
               request_.credential->second.reveal());
  }
  set_options();
}

void Transfer::look() {
  if (seen_sent_) return;
  long bytes = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
  seen_sent_ = bytes > 0;
  if (seen_sent_ && header_bytes_ == 0) domain::crash_point("CP05");
}

void Transfer::finish(CURLcode code) {
  long status = 0;
  if (code == CURLE_OK) {
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

void Transfer::fail(const std::string& error, bool timed_out) {
  error_ = error;
  timed_out_ = timed_out;
  sent_ = true;
  end();
}

HttpResponse Transfer::take() {
  if (!error_.empty()) {
    throw HttpError(address_ + ": " + error_, permanent_, timed_out_, sent_);
  }
  return std::move(response_);
}

void Transfer::end() {
  ended = true;
  done.cancel();
}

void Transfer::add_header(const std::string& name, const std::string& value) {
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

void Transfer::set_options() {
  set_address();
  set_method();
  set_limits();
  set(CURLOPT_USERAGENT, kUserAgent);
  set(CURLOPT_HTTPHEADER, headers_.get());
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, detail_.data());
}

void Transfer::set_address() {
  set(CURLOPT_URL, request_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR,
      request_.url.starts_with("https") ? "https" : "http");
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
}

void Transfer::set_method() {
  if (request_.method == "GET") {
    set(CURLOPT_HTTPGET, 1L);
    return;
  }
  if (request_.method == "POST" || request_.method == "PUT") {
    // Sent at once, without asking whether it is wanted.
    add_header("Expect", "");
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDS, request_.body.data());
    set(CURLOPT_POSTFIELDSIZE_LARGE,
        static_cast<curl_off_t>(request_.body.size()));
  }
  set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

void Transfer::set_limits() {
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits_.connect.count()));
  if (on_data_) return;
  // Unpacking holds back what has come: a stream is taken as it is.
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits_.total.count()));
  set(CURLOPT_LOW_SPEED_LIMIT,
      static_cast<long>(limits_.slow_bytes_per_second));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits_.slow_after.count()));
  set(CURLOPT_MAXFILESIZE_LARGE, static_cast<curl_off_t>(limits_.body));
}

size_t Transfer::take_body(std::string_view data) {
  heard = std::chrono::steady_clock::now();
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  if (on_data_ && status == 200) {
    try {
      on_data_(data);
      return data.size();
    } catch (const std::exception& error) {
      // No exception may pass through curl; it ends the transfer instead.
      error_ = error.what();
      return 0;
    }
  }
  if (response_.body.size() + data.size() > limits_.body) {
    error_ = "answer is larger than " + std::to_string(limits_.body) + " bytes";
    return 0;
  }
  response_.body.append(data);
  domain::crash_point("CP06");
  return data.size();
}

/// Called with decoded bytes: a small body may unpack to a large one.
size_t Transfer::on_body(char* data, size_t, size_t size, void* self_pointer) {
  return static_cast<Transfer*>(self_pointer)
      ->take_body(std::string_view(data, size));
}

size_t Transfer::on_header(char* data, size_t, size_t size,
                           void* self_pointer) {
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

}  // namespace grumble::collector
