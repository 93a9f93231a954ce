#pragma once

#include <boost/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace grumble::simulator::testing {

/// The part of JSON Schema that the three specifications use: type, required,
/// properties, additionalProperties, $ref, items, enum, pattern, minItems,
/// minimum, maximum, allOf, oneOf, anyOf, nullable, discriminator. On top of
/// it, a key that an object's schema does not name is a fault, unless it is
/// `tolerated`.
class Schemas {
 public:
  /// `definitions`: schemas by name. A `$ref` is looked up by what follows its
  /// last slash, which serves OpenAPI and Google discovery alike.
  explicit Schemas(boost::json::object definitions)
      : definitions_(std::move(definitions)) {}

  void tolerate(const std::string& key) { tolerated_.insert(key); }

  /// One line for each fault: where, and what.
  std::vector<std::string> faults(const std::string& name,
                                  const boost::json::value& value) const;

 private:
  using Value = boost::json::value;
  using Object = boost::json::object;
  using Faults = std::vector<std::string>;

  const Object& resolve(const Object& schema) const;
  /// What a discriminator points at for this value; null when nothing.
  const Object* chosen(const Object& schema, const Value& value) const;
  /// `choose`: go by the schema's discriminator to the one meant.
  void check(const Object& schema, const Value& value, const std::string& at,
             Faults& faults, bool choose = true) const;
  void check_object(const Object& schema, const Object& value,
                    const std::string& at, Faults& faults) const;
  void check_scalar(const Object& schema, const Value& value,
                    const std::string& at, Faults& faults) const;
  /// Adds every property that schema knows of; false when it takes any key.
  bool known_keys(const Object& schema, std::set<std::string>& keys) const;

  Object definitions_;
  std::set<std::string> tolerated_;
};

}  // namespace grumble::simulator::testing
