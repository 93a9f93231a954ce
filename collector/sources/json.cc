#include "collector/sources/json.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

constexpr size_t kMaxDepth = 64;
/// No item of any site comes near it, and a parsed one takes many times its
/// size.
constexpr size_t kLargest = size_t{1} << 20;
constexpr size_t kExcerptBytes = 4096;

}  // namespace

JsonText::JsonText(std::string_view bytes) : text_(fit_json(bytes)) {
  text_.reserve(text_.size() + simdjson::SIMDJSON_PADDING);
}

std::string_view find_member(const std::vector<JsonMember>& members,
                             std::string_view name) {
  for (const auto& [key, value] : members) {
    if (key == name) return value == "null" ? std::string_view() : value;
  }
  return {};
}

std::optional<JsonValue> JsonParser::parse(std::string_view slice,
                                           std::string& error) {
  if (slice.size() > kLargest) {
    error = "larger than 1 MiB";
    return std::nullopt;
  }
  // Stage 1 copies the last block of the slice, and the text is padded.
  if (parser_.capacity() < slice.size() || parser_.max_depth() != kMaxDepth) {
    if (parser_.allocate(std::max<size_t>(slice.size(), 4096), kMaxDepth)) {
      error = "too large to parse";
      return std::nullopt;
    }
  }
  JsonValue value;
  const auto code = parser_.parse(slice.data(), slice.size(), false).get(value);
  if (code) {
    error = simdjson::error_message(code);
    return std::nullopt;
  }
  return value;
}

std::optional<JsonValue> JsonParser::parse(std::string_view slice) {
  std::string error;
  return parse(slice, error);
}

std::optional<JsonValue> member(JsonValue object, std::string_view name) {
  simdjson::dom::object members;
  JsonValue value;
  if (object.get_object().get(members)) return std::nullopt;
  if (members.at_key(name).get(value) || value.is_null()) return std::nullopt;
  return value;
}

std::optional<std::string> string_member(JsonValue object,
                                         std::string_view name) {
  const auto value = member(object, name);
  std::string_view text;
  if (!value || value->get_string().get(text)) return std::nullopt;
  return without_nul(text);
}

std::optional<int64_t> integer_member(JsonValue object, std::string_view name) {
  const auto value = member(object, name);
  if (!value) return std::nullopt;
  int64_t number = 0;
  if (!value->get_int64().get(number)) return number;
  std::string_view text;
  if (value->get_string().get(text)) return std::nullopt;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<std::string> id_member(JsonValue object, std::string_view name) {
  const auto value = member(object, name);
  if (!value) return std::nullopt;
  uint64_t number = 0;
  if (!value->get_uint64().get(number)) return std::to_string(number);
  return string_member(object, name);
}

bool bool_member(JsonValue object, std::string_view name) {
  const auto value = member(object, name);
  bool flag = false;
  return value && !value->get_bool().get(flag) && flag;
}

std::vector<JsonValue> array_member(JsonValue object, std::string_view name) {
  const auto value = member(object, name);
  simdjson::dom::array array;
  if (!value || value->get_array().get(array)) return {};
  return {array.begin(), array.end()};
}

std::string excerpt(std::string_view raw) {
  std::string text = without_nul(valid_utf8(raw.substr(0, kExcerptBytes)));
  if (text.size() > kExcerptBytes) {
    size_t end = kExcerptBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
      --end;
    }
    text.resize(end);
  }
  return text;
}

std::string write_flat(const std::map<std::string, std::string>& members) {
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (value.empty()) continue;
    if (json.size() > 1) json += ',';
    json += quoted_json(name) + ':' + quoted_json(value);
  }
  return json + '}';
}

std::map<std::string, std::string> read_flat(std::string_view json) {
  const JsonText text(json);
  JsonParser parser;
  const auto value = parser.parse(text.view());
  simdjson::dom::object object;
  if (!value || value->get_object().get(object)) {
    throw std::invalid_argument("'" + excerpt(json) + "' is no cursor step");
  }
  std::map<std::string, std::string> members;
  for (const auto& [key, member] : object) {
    std::string_view content;
    if (member.get_string().get(content)) {
      throw std::invalid_argument("cursor step: '" + std::string(key) +
                                  "' is no string");
    }
    members.emplace(key, content);
  }
  return members;
}

}  // namespace grumble::collector
