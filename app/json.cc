#include "app/json.h"

#include <fmt/format.h>

#include <boost/json/src.hpp>
#include <cmath>
#include <stdexcept>
#include <string>

namespace grumble::app {
namespace {

namespace json = boost::json;

template <typename T>
json::value or_null(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object to_json(const domain::Finding& finding, std::string_view text) {
  return {
      {"model", or_null(finding.model)},
      {"version", or_null(finding.version)},
      {"category", finding.category},
      {"polarity", domain::to_string(finding.polarity)},
      {"begin", finding.begin},
      {"end", finding.end},
      {"evidence", text.substr(finding.begin, finding.end - finding.begin)},
      {"rule", finding.rule},
      {"confidence", finding.confidence},
      {"scope", domain::to_string(finding.scope)},
      {"counterpart", or_null(finding.counterpart)},
  };
}

json::object to_json(const domain::Value& value, std::string_view text) {
  return {
      {"kind", value.kind},
      {"amount", value.amount},
      {"unit", value.unit},
      {"per", value.per},
      {"begin", value.begin},
      {"end", value.end},
      {"evidence", text.substr(value.begin, value.end - value.begin)},
  };
}

std::string optional_string(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr || value->is_null()) return {};
  if (!value->is_string()) {
    throw std::invalid_argument("'" + std::string(key) + "' is not a string");
  }
  return std::string(value->get_string());
}

domain::Context context_from_json(const json::value& value) {
  if (!value.is_object()) {
    throw std::invalid_argument("'context' is not an object");
  }
  const json::object& object = value.get_object();
  domain::Context context;
  context.kind = optional_string(object, "kind");
  context.text = optional_string(object, "text");
  if (const json::value* models = object.if_contains("models")) {
    if (!models->is_array()) {
      throw std::invalid_argument("'context.models' is not an array");
    }
    for (const json::value& model : models->get_array()) {
      if (!model.is_string()) {
        throw std::invalid_argument("'context.models' holds a non-string");
      }
      context.models.emplace_back(model.get_string());
    }
  }
  return context;
}

/// A mark that turns the direction of writing or ends a line.
bool turns(unsigned point) {
  return point == 0x200E || point == 0x200F ||
         (point >= 0x2028 && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069);
}

/// A string literal. What a terminal acts on and JSON may hold as it is, DEL,
/// C1 and the marks that turn, is escaped as well.
std::string quoted(std::string_view text) {
  const std::string plain = json::serialize(text);
  const auto byte = [&](size_t at) {
    return at < plain.size() ? static_cast<unsigned char>(plain[at]) : 0u;
  };
  std::string out;
  out.reserve(plain.size());
  for (size_t at = 0; at < plain.size();) {
    const unsigned point =
        0x2000 + ((byte(at + 1) & 1) << 6) + (byte(at + 2) & 0x3F);
    if (byte(at) == 0x7F) {
      out += "\\u007f";
      at += 1;
    } else if (byte(at) == 0xC2 && byte(at + 1) < 0xA0) {
      out += fmt::format("\\u{:04x}", byte(at + 1));
      at += 2;
    } else if (byte(at) == 0xE2 && (byte(at + 1) & 0xFE) == 0x80 &&
               turns(point)) {
      out += fmt::format("\\u{:04x}", point);
      at += 3;
    } else {
      out += plain[at++];
    }
  }
  return out;
}

void append(const json::value& value, std::string& out) {
  const char* separator = "";
  if (const json::object* object = value.if_object()) {
    out += '{';
    for (const auto& [key, member] : *object) {
      out += separator + quoted(key) + ':';
      append(member, out);
      separator = ",";
    }
    out += '}';
  } else if (const json::array* array = value.if_array()) {
    out += '[';
    for (const auto& element : *array) {
      out += separator;
      append(element, out);
      separator = ",";
    }
    out += ']';
  } else if (const json::string* text = value.if_string()) {
    out += quoted(*text);
  } else if (value.is_double() && std::isfinite(value.get_double())) {
    out += fmt::format("{}", value.get_double());
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_text(const json::value& value) {
  std::string out;
  append(value, out);
  return out;
}

json::object to_json(const domain::Analysis& analysis, std::string_view text) {
  json::array findings;
  for (const auto& finding : analysis.findings) {
    findings.push_back(to_json(finding, text));
  }
  json::array comparisons;
  for (const auto& comparison : analysis.comparisons) {
    comparisons.push_back(json::object{
        {"better", comparison.better},
        {"worse", comparison.worse},
        {"category", or_null(comparison.category)},
    });
  }
  json::array values;
  for (const auto& value : analysis.values) {
    values.push_back(to_json(value, text));
  }
  return {
      {"lang", analysis.lang},
      {"noise", domain::to_string(analysis.noise)},
      {"models", json::value_from(analysis.models)},
      {"findings", std::move(findings)},
      {"comparisons", std::move(comparisons)},
      {"values", std::move(values)},
  };
}

domain::Text text_from_json(const json::object& line) {
  const json::value* text = line.if_contains("text");
  if (text == nullptr || !text->is_string()) {
    throw std::invalid_argument("no string 'text'");
  }
  domain::Text result;
  result.text = std::string(text->get_string());
  result.lang = optional_string(line, "lang");
  if (const json::value* context = line.if_contains("context")) {
    if (context->is_array()) {
      for (const json::value& one : context->get_array()) {
        result.context.push_back(context_from_json(one));
      }
    } else if (!context->is_null()) {
      result.context.push_back(context_from_json(*context));
    }
  }
  return result;
}

}  // namespace grumble::app
