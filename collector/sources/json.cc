#include "collector/sources/json.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "collector/sources/text.h"

namespace grumble::collector {
namespace {

/// More than any object or array of ours has; what has more is refused, for
/// the list of its parts would be larger than the text.
constexpr size_t kMostMembers = 100'000;
constexpr size_t kMostElements = 1'000'000;

namespace ondemand = simdjson::ondemand;

constexpr size_t kMaxDepth = 64;
constexpr size_t kExcerptBytes = 4096;
constexpr std::string_view kSpace = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

simdjson::padded_string_view padded(std::string_view slice) {
  return simdjson::padded_string_view(
      slice.data(), slice.size(), slice.size() + simdjson::SIMDJSON_PADDING);
}

simdjson::simdjson_result<std::string_view> raw_of(ondemand::value value) {
  ondemand::json_type type;
  if (const auto error = value.type().get(type)) return error;
  if (type == ondemand::json_type::object) {
    ondemand::object object;
    if (const auto error = value.get_object().get(object)) return error;
    return object.raw_json();
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (const auto error = value.get_array().get(array)) return error;
    return array.raw_json();
  }
  return value.raw_json_token();
}

}  // namespace

JsonText::JsonText(std::string_view bytes) : text_(fit_json(bytes)) {}

std::optional<std::vector<JsonMember>> split_object(std::string_view slice) {
  if (trimmed(slice).substr(0, 1) != "{") return std::nullopt;
  ondemand::parser parser;
  ondemand::document document;
  ondemand::object object;
  if (parser.iterate(padded(slice)).get(document)) return std::nullopt;
  if (document.get_object().get(object)) return std::nullopt;
  std::vector<JsonMember> members;
  for (auto result : object) {
    ondemand::field field;
    if (std::move(result).get(field)) return std::nullopt;
    std::string_view key;
    if (field.unescaped_key().get(key)) return std::nullopt;
    std::string name(key);
    std::string_view raw;
    if (raw_of(field.value()).get(raw)) return std::nullopt;
    if (members.size() == kMostMembers) return std::nullopt;
    members.emplace_back(std::move(name), trimmed(raw));
  }
  return members;
}

std::optional<std::vector<std::string_view>> split_array(
    std::string_view slice) {
  if (trimmed(slice).substr(0, 1) != "[") return std::nullopt;
  ondemand::parser parser;
  ondemand::document document;
  ondemand::array array;
  if (parser.iterate(padded(slice)).get(document)) return std::nullopt;
  if (document.get_array().get(array)) return std::nullopt;
  std::vector<std::string_view> elements;
  for (auto result : array) {
    ondemand::value value;
    std::string_view raw;
    if (std::move(result).get(value) || raw_of(value).get(raw))
      return std::nullopt;
    if (elements.size() == kMostElements) return std::nullopt;
    elements.push_back(trimmed(raw));
  }
  return elements;
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
