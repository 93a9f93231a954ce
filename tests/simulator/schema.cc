#include "tests/simulator/schema.h"

#include <algorithm>
#include <regex>

namespace grumble::simulator::testing {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  return std::string(value.as_string());
}

bool is_number(const json::value& value) {
  return value.is_int64() || value.is_uint64() || value.is_double();
}

bool has_type(const json::value& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  if (type == "number") return is_number(value);
  return type == "any";
}

}  // namespace

std::vector<std::string> Schemas::faults(const std::string& name,
                                         const json::value& value) const {
  Faults faults;
  const Value* const schema = definitions_.if_contains(name);
  if (schema == nullptr) return {"no schema '" + name + "'"};
  check(schema->as_object(), value, name, faults);
  return faults;
}

const json::object& Schemas::resolve(const Object& schema) const {
  const Value* const reference = schema.if_contains("$ref");
  if (reference == nullptr) return schema;
  std::string name = text_of(*reference);
  name.erase(0, name.rfind('/') + 1);
  return resolve(definitions_.at(name).as_object());
}

const json::object* Schemas::chosen(const Object& schema,
                                    const Value& value) const {
  const Value* const discriminator = schema.if_contains("discriminator");
  if (discriminator == nullptr || !value.is_object()) return nullptr;
  const Value* const kind = value.as_object().if_contains(
      discriminator->at("propertyName").as_string());
  const Value* const mapping =
      discriminator->as_object().if_contains("mapping");
  if (kind == nullptr || mapping == nullptr || !kind->is_string()) {
    return nullptr;
  }
  const Value* const name = mapping->as_object().if_contains(kind->as_string());
  if (name == nullptr) return nullptr;
  const std::string reference = text_of(*name);
  return &definitions_.at(reference.substr(reference.rfind('/') + 1))
              .as_object();
}

void Schemas::check(const Object& given, const Value& value,
                    const std::string& at, Faults& faults, bool choose) const {
  const Object& schema = resolve(given);
  if (const Object* meant = choose ? chosen(schema, value) : nullptr) {
    return check(*meant, value, at, faults, false);
  }
  if (value.is_null() && schema.contains("nullable")) return;
  if (const Value* all = schema.if_contains("allOf")) {
    for (const Value& each : all->as_array()) {
      Faults inner;
      check(each.as_object(), value, at, inner, false);
      // Which keys are unknown is judged by the whole, below.
      std::erase_if(inner, [&](const std::string& fault) {
        return fault.find("unknown key") != fault.npos &&
               fault.rfind(at + ":", 0) == 0;
      });
      faults.insert(faults.end(), inner.begin(), inner.end());
    }
  }
  for (const char* choice : {"oneOf", "anyOf"}) {
    const Value* const all = schema.if_contains(choice);
    if (all == nullptr) continue;
    Faults first;
    const bool any = std::any_of(all->as_array().begin(), all->as_array().end(),
                                 [&](const Value& each) {
                                   Faults inner;
                                   check(each.as_object(), value, at, inner);
                                   if (first.empty()) first = inner;
                                   return inner.empty();
                                 });
    if (!any) {
      faults.push_back(at + ": fits none of " + choice);
      faults.insert(faults.end(), first.begin(), first.end());
    }
  }
  if (const Value* type = schema.if_contains("type")) {
    if (!has_type(value, text_of(*type))) {
      faults.push_back(at + ": is no " + text_of(*type));
      return;
    }
  }
  if (value.is_object()) {
    check_object(schema, value.as_object(), at, faults);
  } else if (value.is_array()) {
    const auto& items = value.as_array();
    const Value* const least = schema.if_contains("minItems");
    if (least != nullptr &&
        static_cast<int64_t>(items.size()) < least->as_int64()) {
      faults.push_back(at + ": has too few items");
    }
    if (const Value* item = schema.if_contains("items")) {
      for (size_t i = 0; i < items.size(); ++i) {
        check(item->as_object(), items[i], at + "/" + std::to_string(i),
              faults);
      }
    }
  } else {
    check_scalar(schema, value, at, faults);
  }
}

bool Schemas::known_keys(const Object& given,
                         std::set<std::string>& keys) const {
  const Object& schema = resolve(given);
  bool closed = false;
  if (const Value* properties = schema.if_contains("properties")) {
    for (const auto& pair : properties->as_object()) {
      keys.insert(std::string(pair.key()));
    }
    closed = true;
  }
  for (const char* group : {"allOf", "oneOf", "anyOf"}) {
    const Value* const all = schema.if_contains(group);
    if (all == nullptr) continue;
    for (const Value& each : all->as_array()) {
      closed = known_keys(each.as_object(), keys) || closed;
    }
  }
  return closed && !schema.contains("additionalProperties");
}

void Schemas::check_object(const Object& schema, const Object& value,
                           const std::string& at, Faults& faults) const {
  if (const Value* required = schema.if_contains("required")) {
    if (required->is_array()) {
      for (const Value& key : required->as_array()) {
        if (!value.contains(key.as_string())) {
          faults.push_back(at + ": lacks '" + text_of(key) + "'");
        }
      }
    }
  }
  std::set<std::string> keys;
  const bool closed = known_keys(schema, keys);
  const Value* const properties = schema.if_contains("properties");
  for (const auto& pair : value) {
    const std::string key(pair.key());
    if (closed && !keys.contains(key) && !tolerated_.contains(key)) {
      faults.push_back(at + ": unknown key '" + key + "'");
    }
    if (properties == nullptr) continue;
    if (const Value* inner = properties->as_object().if_contains(key)) {
      check(inner->as_object(), pair.value(), at + "/" + key, faults);
    }
  }
}

void Schemas::check_scalar(const Object& schema, const Value& value,
                           const std::string& at, Faults& faults) const {
  if (const Value* allowed = schema.if_contains("enum")) {
    const auto& all = allowed->as_array();
    if (std::find(all.begin(), all.end(), value) == all.end()) {
      faults.push_back(at + ": " + json::serialize(value) + " is not allowed");
    }
  }
  if (const Value* pattern = schema.if_contains("pattern")) {
    if (!std::regex_search(text_of(value), std::regex(text_of(*pattern)))) {
      faults.push_back(at + ": " + text_of(value) + " does not match " +
                       text_of(*pattern));
    }
  }
  const Value* const format = schema.if_contains("format");
  if (format != nullptr && format->is_string() && value.is_string()) {
    const std::string name = text_of(*format);
    static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z)");
    static const std::regex kUnsigned(R"(\d{1,20})");
    if ((name == "date-time" && !std::regex_match(text_of(value), kTime)) ||
        (name == "uint64" && !std::regex_match(text_of(value), kUnsigned))) {
      faults.push_back(at + ": " + text_of(value) + " is no " + name);
    }
  }
  if (!is_number(value)) return;
  const auto number = value.to_number<double>();
  const Value* const least = schema.if_contains("minimum");
  const Value* const most = schema.if_contains("maximum");
  if ((least != nullptr && is_number(*least) &&
       number < least->to_number<double>()) ||
      (most != nullptr && is_number(*most) &&
       number > most->to_number<double>())) {
    faults.push_back(at + ": is out of range");
  }
}

}  // namespace grumble::simulator::testing
