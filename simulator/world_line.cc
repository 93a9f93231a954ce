#include "simulator/world_line.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <span>

namespace grumble::simulator {
namespace {

namespace json = boost::json;

struct TextKey {
  std::string_view name;
  std::string WorldLine::*member;
};

struct CountKey {
  std::string_view name;
  int64_t WorldLine::*member;
};

constexpr std::array kTexts = {
    TextKey{"kind", &WorldLine::kind},
    TextKey{"by", &WorldLine::by},
    TextKey{"by_name", &WorldLine::by_name},
    TextKey{"lang", &WorldLine::lang},
    TextKey{"title", &WorldLine::title},
    TextKey{"text", &WorldLine::text},
    TextKey{"ref", &WorldLine::ref},
    TextKey{"reply_to", &WorldLine::reply_to},
    TextKey{"quote_of", &WorldLine::quote_of},
    TextKey{"on", &WorldLine::on},
    TextKey{"duration", &WorldLine::duration},
};

constexpr std::array kCounts = {
    CountKey{"likes", &WorldLine::likes},
    CountKey{"reposts", &WorldLine::reposts},
    CountKey{"replies", &WorldLine::replies},
    CountKey{"quotes", &WorldLine::quotes},
    CountKey{"views", &WorldLine::views},
};

struct Kind {
  std::string_view name;
  std::string_view required;  ///< space around each key
  std::string_view optional;
};

constexpr std::array kKinds = {
    Kind{"post", " at by text ",
         " kind lang ref reply_to quote_of likes reposts replies quotes "
         "views "},
    Kind{"video", " at by title ",
         " kind by_name lang ref text likes views duration "
         "comments_disabled "},
    Kind{"comment", " at by on text ",
         " kind by_name lang ref reply_to likes edited "},
};

constexpr std::string_view kSkipped = " gold cmp noise ";

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

bool lists(std::string_view keys, std::string_view key) {
  return keys.find(" " + std::string(key) + " ") != keys.npos;
}

std::string text_of(std::string_view key, const json::value& value) {
  if (!value.is_string()) throw LineError(in_quotes(key) + " must be a string");
  return std::string(value.get_string());
}

domain::Timestamp time_of(std::string_view key, const json::value& value) {
  const auto time = domain::parse_timestamp(text_of(key, value));
  if (!time) {
    throw LineError(in_quotes(key) +
                    " is no time: write it like 2024-12-09T18:12:07Z");
  }
  if (*time < *domain::parse_timestamp("2010-11-05T00:00:00Z")) {
    throw LineError(in_quotes(key) +
                    " is before 2010-11-05, when ids of today began");
  }
  return *time;
}

void read_value(WorldLine& line, std::string_view key,
                const json::value& value) {
  for (const auto& [name, member] : kTexts) {
    if (name == key) line.*member = text_of(key, value);
  }
  for (const auto& [name, member] : kCounts) {
    if (name != key) continue;
    if (!value.is_int64() || value.get_int64() < 0) {
      throw LineError(in_quotes(key) + " must be a whole number, not negative");
    }
    line.*member = value.get_int64();
  }
  if (key == "comments_disabled") {
    if (!value.is_bool())
      throw LineError(in_quotes(key) + " must be a boolean");
    line.comments_disabled = value.get_bool();
  }
  if (key == "at") line.at = time_of(key, value);
  if (key == "edited") line.edited = time_of(key, value);
}

void check_handle(const WorldLine& line) {
  const size_t longest = line.kind == "post" ? 15 : 30;
  const bool letters =
      std::all_of(line.by.begin(), line.by.end(), [&line](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
               (c >= 'a' && c <= 'z') || c == '_' ||
               (line.kind != "post" && (c == '-' || c == '.'));
      });
  if (line.by.empty() || line.by.size() > longest || !letters) {
    throw LineError("'by' is no handle: " + in_quotes(line.by));
  }
}

const Kind& kind_of(const json::object& object) {
  const json::value* const value = object.if_contains("kind");
  if (value == nullptr || !value->is_string()) {
    throw LineError("'kind' is missing: post, video or comment");
  }
  for (const Kind& kind : kKinds) {
    if (value->get_string() == json::string_view(kind.name)) return kind;
  }
  throw LineError("unknown kind " +
                  in_quotes(std::string(value->get_string())) +
                  ": post, video or comment");
}

}  // namespace

WorldLine parse_world_line(std::string_view text) {
  json::error_code error;
  const json::value value = json::parse(json::string_view(text), error);
  if (error) throw LineError("not valid json: " + error.message());
  if (!value.is_object()) throw LineError("not a json object");
  const json::object& object = value.get_object();
  const Kind& kind = kind_of(object);
  WorldLine line;
  for (const auto& pair : object) {
    const std::string_view key(pair.key().data(), pair.key().size());
    if (lists(kSkipped, key)) continue;
    if (!lists(kind.required, key) && !lists(kind.optional, key)) {
      throw LineError("unknown key " + in_quotes(key) + " in a " +
                      std::string(kind.name));
    }
    read_value(line, key, pair.value());
  }
  std::string_view rest = kind.required.substr(1);
  while (!rest.empty()) {
    const size_t end = rest.find(' ');
    const std::string_view key = rest.substr(0, end);
    if (!object.contains(json::string_view(key))) {
      throw LineError(in_quotes(key) + " is missing");
    }
    rest = rest.substr(end + 1);
  }
  check_handle(line);
  if (line.edited && *line.edited <= line.at) {
    throw LineError("'edited' is not later than 'at'");
  }
  return line;
}

}  // namespace grumble::simulator
