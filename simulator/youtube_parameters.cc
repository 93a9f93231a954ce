#include "simulator/youtube_parameters.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "simulator/text.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 8> kCommon = {
    "part",      "key", "fields",   "prettyPrint",
    "quotaUser", "alt", "callback", "$.xgafv"};

Refusal invalid_page_token() {
  return refuse({.reason = "invalidPageToken",
                 .message = "The request specifies an invalid page token.",
                 .location = "pageToken"});
}

}  // namespace

Response render(const YoutubeError& error) {
  json::object item;
  item["message"] = error.message;
  item["domain"] = error.domain;
  item["reason"] = error.reason;
  if (!error.location.empty()) {
    item["location"] = error.location;
    item["locationType"] = "parameter";
  }
  json::object inner;
  inner["code"] = error.status;
  inner["message"] = error.message;
  inner["errors"] = json::array{item};
  if (!error.code.empty()) inner["status"] = error.code;
  if (!error.detail.empty()) {
    json::object metadata;
    metadata["service"] = "youtube.googleapis.com";
    json::object detail;
    detail["@type"] = "type.googleapis.com/google.rpc.ErrorInfo";
    detail["reason"] = error.detail;
    detail["domain"] = "googleapis.com";
    detail["metadata"] = std::move(metadata);
    inner["details"] = json::array{detail};
  }
  json::object body;
  body["error"] = std::move(inner);
  Response response;
  response.status = error.status;
  response.body = json::serialize(body);
  return response;
}

Parts::Parts(const Target& target, const std::vector<std::string_view>& allowed)
    : names_(target.list("part")) {
  if (names_.empty()) {
    throw refuse({.reason = "missingRequiredParameter",
                  .message = "Required parameter is missing: part",
                  .location = "part"});
  }
  for (const std::string& name : names_) {
    if (contains(allowed, name)) continue;
    throw refuse({.reason = "unknownPart",
                  .domain = "youtube.part",
                  .message = "The part '" + name + "' is not known here",
                  .location = "part"});
  }
}

bool Parts::has(std::string_view name) const { return contains(names_, name); }

void check_youtube_parameters(const Target& target,
                              const std::vector<std::string_view>& own) {
  for (const auto& [name, value] : target.parameters()) {
    if (contains(own, name) || contains(kCommon, name)) continue;
    throw refuse({.reason = "invalid",
                  .domain = "global",
                  .message = "Unknown name \"" + name +
                             "\": it cannot be bound to a query parameter",
                  .location = name,
                  .code = "INVALID_ARGUMENT"});
  }
}

size_t max_results(const Target& target, size_t fallback, size_t least,
                   size_t most) {
  const auto text = target.find("maxResults");
  if (!text) return fallback;
  const auto value = parse_number(*text);
  if (!value || *value < static_cast<int64_t>(least) ||
      *value > static_cast<int64_t>(most)) {
    throw refuse({.reason = "invalidParameter",
                  .domain = "global",
                  .message = "Invalid value '" + *text +
                             "'. Values must be within the range: [" +
                             std::to_string(least) + ", " +
                             std::to_string(most) + "]",
                  .location = "maxResults"});
  }
  return static_cast<size_t>(*value);
}

std::string choice(const Target& target, const char* name,
                   const std::vector<std::string>& allowed) {
  const auto text = target.find(name);
  if (!text) return allowed.front();
  if (contains(allowed, *text)) return *text;
  throw refuse({.reason = "invalidParameter",
                .domain = "global",
                .message = "Invalid string value: '" + *text + "'",
                .location = name});
}

std::string_view only_filter(const Target& target,
                             const std::vector<std::string_view>& filters) {
  std::string names;
  std::string_view sent;
  for (const std::string_view name : filters) {
    names += (names.empty() ? "" : ", ") + std::string(name);
    if (!target.has(name)) continue;
    if (!sent.empty()) {
      throw refuse({.reason = "incompatibleParameters",
                    .message = "Incompatible parameters specified: " +
                               std::string(sent) + ", " + std::string(name)});
    }
    sent = name;
  }
  if (!sent.empty()) return sent;
  throw refuse({.reason = "missingRequiredParameter",
                .message = "No filter selected. Expected one of: " + names});
}

std::string offset_token(size_t offset, bool backward) {
  std::string bytes = "\x08";
  for (; offset >= 0x80; offset >>= 7) {
    bytes += static_cast<char>((offset & 0x7F) | 0x80);
  }
  bytes += static_cast<char>(offset);
  bytes += '\x10';
  bytes += static_cast<char>(backward ? 1 : 0);
  return base64url(bytes);
}

size_t parse_offset_token(const Target& target) {
  const auto token = target.find("pageToken");
  if (!token) return 0;
  const std::string bytes = from_base64url(*token);
  size_t offset = 0;
  int shift = 0;
  for (size_t i = 1; i < bytes.size() && shift < 28; ++i, shift += 7) {
    offset |= (static_cast<size_t>(bytes[i]) & 0x7F) << shift;
    if ((bytes[i] & 0x80) == 0) break;
  }
  if (*token != offset_token(offset, false) &&
      *token != offset_token(offset, true)) {
    throw invalid_page_token();
  }
  return offset;
}

std::string item_token(const std::string& scope, const std::string& item) {
  return base64url(derived_name(stable_hash(scope + "\n" + item), 12) + item);
}

std::string parse_item_token(const Target& target, const std::string& scope) {
  const auto token = target.find("pageToken");
  if (!token) return {};
  const std::string bytes = from_base64url(*token);
  if (bytes.size() <= 12 || item_token(scope, bytes.substr(12)) != *token) {
    throw invalid_page_token();
  }
  return bytes.substr(12);
}

}  // namespace grumble::simulator
