#include "app/json.h"

#include <boost/json/src.hpp>
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

}  // namespace

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
