#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/timestamp.h"

namespace grumble::simulator {

/// When a request comes in. `now` is the time of the world: it may stand still.
/// `uptime` always runs, so that rate limits also end in a standing world.
struct Moment {
  domain::Timestamp now;
  std::chrono::milliseconds uptime{0};
};

struct Request {
  std::string method = "GET";
  std::string target;  ///< path and query as sent, still percent-encoded
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  /// Empty when the header was not sent.
  std::string_view header(const std::string& lower_case_name) const;
};

/// What becomes of the bytes of an answer on their way. As it stands, all of
/// them arrive and the connection stays open.
struct Delivery {
  enum class End { keep, close, reset, hang };

  bool head = true;                ///< false: not even the status line goes out
  std::optional<size_t> body;      ///< bytes of the body that go out
  std::optional<uint64_t> length;  ///< what Content-Length says instead
  bool chunked = false;            ///< in chunks, and the last never comes
  bool endless_head = false;       ///< header lines until the client goes
  bool endless_body = false;       ///< the body over and over, likewise
  size_t drip = 0;                 ///< bytes at a time; 0: all at once
  std::chrono::milliseconds pause{0};  ///< between two drips
  End end = End::keep;

  /// The client gets the answer as it was meant, be it slowly.
  bool arrives() const {
    return head && !body && !length && !chunked && !endless_head &&
           !endless_body && end == End::keep;
  }
};

/// An answer without an end. Goes with its connection.
class Feed {
 public:
  struct Piece {
    std::string bytes;               ///< may be none
    std::vector<std::string> shown;  ///< ids of the posts in it
    bool end = false;                ///< the site hangs up after it
    bool reset = false;              ///< ... without a word
  };

  virtual ~Feed() = default;
  /// What there is to send by now; asked for again and again.
  virtual Piece next(Moment moment) = 0;
  /// The site takes it for connected so long after it has gone.
  virtual void haunt(std::chrono::milliseconds /*span*/) {}
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// How long the server waits before it sends this.
  std::chrono::milliseconds delay{0};
  Delivery delivery;
  /// Ids of the posts, videos and comments in the body: all that the client
  /// sees, and those of them that a fault has made unreadable.
  std::vector<std::string> shown;
  std::vector<std::string> broken;
  std::shared_ptr<Feed> feed;  ///< then it goes on where the body ends

  /// Empty when there is none; `name` as it was set.
  std::string_view header(std::string_view name) const;
  /// Replaces the header or adds it.
  void set_header(const std::string& name, std::string value);
};

/// Thrown by the two APIs to end a request early with this answer.
struct Refusal {
  Response response;
};

/// The decoded path and query of a target.
class Target {
 public:
  explicit Target(std::string_view target);

  const std::string& path() const { return path_; }

  /// Parameters in the order sent.
  const std::vector<std::pair<std::string, std::string>>& parameters() const {
    return parameters_;
  }

  bool has(std::string_view name) const { return find(name).has_value(); }

  /// The first value of that name.
  std::optional<std::string> find(std::string_view name) const;

  /// All values of that name, split at commas; no empty ones.
  std::vector<std::string> list(std::string_view name) const;

 private:
  std::string path_;
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// Empty unless `text` is a whole decimal number.
std::optional<int64_t> parse_number(std::string_view text);

/// `Fri, 07 Oct 2022 22:43:19 ` + zone: X writes UTC, Google GMT.
std::string http_date(domain::Timestamp time, std::string_view zone);

std::string gzip(const std::string& bytes);
/// What unpacks to so many spaces, made without having them all.
std::string gzip_of_spaces(int64_t count);

/// Compresses the body when the request accepts gzip, unless the answer says
/// already how it is encoded.
void encode_body(const Request& request, Response& response);

}  // namespace grumble::simulator
