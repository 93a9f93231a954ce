#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grumble::collector {

/// A text that must not reach a log, an error or a table. It has no stream
/// operator and no formatter on purpose; only the HTTP client reveals it.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  const std::string& reveal() const { return value_; }
  bool empty() const { return value_.empty(); }
  /// Eight hex digits that change with the secret: far too few to tell it.
  std::string fingerprint() const;

 private:
  std::string value_;
};

/// A request, still without transport: plain data that a test can compare.
struct HttpRequest {
  std::string url;  ///< absolute, query percent-encoded, without credentials
  std::vector<std::pair<std::string, std::string>> headers;
  /// Header that carries the credential, e.g. {"Authorization", "Bearer ..."}.
  std::optional<std::pair<std::string, Secret>> credential;
  std::string method = "GET";  ///< or POST, PUT, DELETE
  std::string body{};          ///< its type is among `headers`
};

/// An answer of any status. Header names are lower case.
struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< decoded (gzip undone), at most HttpLimits::body bytes

  /// First value of the header; empty when there is none.
  std::string_view header(std::string_view lower_case_name) const;
};

struct HttpLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds total{60'000};
  /// Slower than this for `slow_after`: given up.
  size_t slow_bytes_per_second = 64;
  std::chrono::seconds slow_after{20};
  size_t body = 8 * 1024 * 1024;  ///< decoded bytes
  size_t headers = 64 * 1024;
  /// Whose certificates are trusted, PEM; empty: the system's.
  std::string ca_file{};
};

}  // namespace grumble::collector
