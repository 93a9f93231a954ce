#include "simulator/http.h"

#include <zlib.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace grumble::simulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 +
                               hex_digit(text[i + 2]));
      i += 2;
    } else if (text[i] == '+' && plus_is_space) {
      out += ' ';
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::string_view Request::header(const std::string& lower_case_name) const {
  const auto found = headers.find(lower_case_name);
  return found == headers.end() ? std::string_view() : found->second;
}

std::string_view Response::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

void Response::set_header(const std::string& name, std::string value) {
  for (auto& [key, old] : headers) {
    if (key != name) continue;
    old = std::move(value);
    return;
  }
  headers.emplace_back(name, std::move(value));
}

Target::Target(std::string_view target) {
  const size_t question = target.find('?');
  path_ = decode(target.substr(0, question), false);
  if (question == target.npos) return;
  std::string_view rest = target.substr(question + 1);
  while (!rest.empty()) {
    const size_t end = rest.find('&');
    const std::string_view pair = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view() : rest.substr(end + 1);
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    parameters_.emplace_back(
        decode(pair.substr(0, equals), true),
        equals == pair.npos ? "" : decode(pair.substr(equals + 1), true));
  }
}

std::optional<std::string> Target::find(std::string_view name) const {
  for (const auto& [key, value] : parameters_) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Target::list(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : parameters_) {
    if (key != name) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const size_t comma = rest.find(',');
      if (comma != 0) values.emplace_back(rest.substr(0, comma));
      rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
    }
  }
  return values;
}

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end) return std::nullopt;
  return value;
}

std::string http_date(domain::Timestamp time, std::string_view zone) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed",
                                       "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr",
                                         "May", "Jun", "Jul", "Aug",
                                         "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(
      std::chrono::floor<std::chrono::seconds>(time - day));
  std::array<char, 64> out{};
  const int length = std::snprintf(
      out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d ",
      kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()),
      kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return std::string(out.data(), static_cast<size_t>(length)) +
         std::string(zone);
}

namespace {

/// `window` and `flush` as zlib has them.
std::string deflated(const std::string& body, int window, int flush) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib refused to start");
  }
  std::string out(deflateBound(&stream, body.size()) + 64, '\0');
  stream.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());  // NOLINT
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, flush);
  out.resize(stream.total_out);
  const bool whole = stream.avail_in == 0;
  deflateEnd(&stream);
  if (!whole || result < 0) throw std::runtime_error("zlib stopped early");
  return out;
}

std::string little_endian(uint64_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

uLong checksum(const std::string& bytes) {
  return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()),  // NOLINT
               static_cast<uInt>(bytes.size()));
}

}  // namespace

std::string gzip(const std::string& bytes) {
  constexpr int kGzipWindow = 15 + 16;
  return deflated(bytes, kGzipWindow, Z_FINISH);
}

std::string gzip_of_spaces(int64_t count) {
  constexpr int64_t kPiece = 1 << 20;
  constexpr int kRawWindow = -15;
  const std::string piece(kPiece, ' ');
  const std::string rest(static_cast<size_t>(count % kPiece), ' ');
  // After a full flush the next block knows nothing of the last: one will do.
  const std::string block = deflated(piece, kRawWindow, Z_FULL_FLUSH);
  std::string out("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
  const uLong piece_sum = checksum(piece);
  uLong sum = 0;
  for (int64_t i = 0; i < count / kPiece; ++i) {
    out += block;
    sum = crc32_combine(sum, piece_sum, kPiece);
  }
  sum = crc32_combine(sum, checksum(rest), static_cast<z_off_t>(rest.size()));
  return out + deflated(rest, kRawWindow, Z_FINISH) + little_endian(sum) +
         little_endian(static_cast<uint64_t>(count));
}

void encode_body(const Request& request, Response& response) {
  const std::string_view accepted = request.header("accept-encoding");
  if (response.body.empty() || accepted.find("gzip") == accepted.npos ||
      !response.header("content-encoding").empty()) {
    return;
  }
  response.body = gzip(response.body);
  response.headers.emplace_back("content-encoding", "gzip");
}

}  // namespace grumble::simulator
