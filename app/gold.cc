#include <boost/json.hpp>
#include <fstream>
#include <stdexcept>

#include "app/evaluation.h"
#include "app/json.h"

namespace grumble::app {
namespace {

namespace json = boost::json;

std::string string_or_empty(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string()
             ? std::string(value->get_string())
             : std::string();
}

const json::array& array_or_empty(const json::object& object,
                                  std::string_view key) {
  static const json::array empty;
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_array() ? value->get_array() : empty;
}

void add_label(GoldText& gold, const std::string& model,
               const std::string& category, const std::string& polarity,
               bool also_ok) {
  if (category.empty()) throw std::invalid_argument("a label has no category");
  if (polarity == "complaint") {
    (also_ok ? gold.complaints_also_ok : gold.complaints)
        .insert({model, category});
  } else if (polarity == "praise" || polarity == "resolved") {
    (also_ok ? gold.praise_also_ok : gold.praise).insert({model, category});
  }
}

void read_labels(const json::object& line, GoldText& gold) {
  const auto each = [&](std::string_view key, const char* polarity,
                        bool also_ok) {
    for (const auto& label : array_or_empty(line, key)) {
      const json::object& object = label.as_object();
      std::string own = string_or_empty(object, "polarity");
      if (own.empty()) own = polarity;
      const auto category = string_or_empty(object, "category");
      const auto model = string_or_empty(object, "model");
      add_label(gold, model, category, own.empty() ? "complaint" : own,
                also_ok);
      if (own.empty()) add_label(gold, model, category, "praise", also_ok);
    }
  };
  each("complaints", "complaint", false);
  each("praise", "praise", false);
  each("findings", "complaint", false);
  each("also_ok", "", true);
  for (const auto& one : array_or_empty(line, "comparisons")) {
    const auto better = string_or_empty(one.as_object(), "better");
    const auto worse = string_or_empty(one.as_object(), "worse");
    if (!better.empty() && !worse.empty()) {
      gold.comparisons.insert({better, worse});
    }
  }
}

void read_world_labels(const json::object& line, GoldText& gold) {
  for (const auto& label : array_or_empty(line, "gold")) {
    const json::array& parts = label.as_array();
    add_label(gold,
              parts.at(0).is_null() ? std::string()
                                    : std::string(parts.at(0).as_string()),
              std::string(parts.at(1).as_string()),
              std::string(parts.at(2).as_string()), false);
  }
  for (const auto& one : array_or_empty(line, "cmp")) {
    const json::array& parts = one.as_array();
    gold.comparisons.insert({std::string(parts.at(0).as_string()),
                             std::string(parts.at(1).as_string())});
  }
}

/// What the refs of a world's earlier lines said.
struct Parent {
  std::string kind;
  std::string text;
};
using Parents = std::map<std::string, Parent>;

void read_world_line(const json::object& line, const Parents& parents,
                     GoldText& gold) {
  read_world_labels(line, gold);
  const auto title = string_or_empty(line, "title");
  if (!title.empty()) gold.text.text = title + "\n" + gold.text.text;
  const auto stand_under = [&](std::string_view key, const char* kind) {
    const auto found = parents.find(string_or_empty(line, key));
    if (found != parents.end()) {
      gold.text.context.push_back({kind, found->second.text, {}});
    }
  };
  stand_under("reply_to", "reply");
  stand_under("quote_of", "quote");
  stand_under("on", "video");
}

GoldText read_line(const json::object& line, Parents& parents) {
  GoldText gold;
  gold.text = text_from_json(line);
  gold.id = string_or_empty(line, "id");
  if (gold.id.empty()) {
    gold.id = string_or_empty(line, "at") + " " + string_or_empty(line, "by");
  }
  for (const auto& [key, value] : line) {
    gold.fields[std::string(key)] = value.is_string()
                                        ? std::string(value.get_string())
                                        : json::serialize(value);
  }
  if (line.contains("gold")) {
    read_world_line(line, parents, gold);
    if (const auto ref = string_or_empty(line, "ref"); !ref.empty()) {
      const auto title = string_or_empty(line, "title");
      parents[ref] = {string_or_empty(line, "kind"),
                      title.empty() ? gold.text.text : title};
    }
  } else {
    read_labels(line, gold);
  }
  const auto group = string_or_empty(line, "group");
  gold.group = group.empty() ? gold.id : group;
  const auto noise = string_or_empty(line, "noise");
  gold.distractor = noise == "homonym" || noise == "prompt" || noise == "news";
  return gold;
}

bool kept(const GoldText& gold, const std::string& where) {
  if (where.empty()) return true;
  const auto equals = where.find('=');
  if (equals == std::string::npos) {
    throw std::invalid_argument("'" + where + "' is not key=value");
  }
  const auto found = gold.fields.find(where.substr(0, equals));
  return found != gold.fields.end() &&
         found->second == where.substr(equals + 1);
}

}  // namespace

std::vector<GoldText> load_gold(const std::filesystem::path& file,
                                const std::string& where) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot open '" + file.string() + "'");
  std::vector<GoldText> texts;
  Parents parents;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    try {
      GoldText gold = read_line(json::parse(line).as_object(), parents);
      if (kept(gold, where)) texts.push_back(std::move(gold));
    } catch (const std::exception& error) {
      throw std::runtime_error(file.string() + ":" + std::to_string(number) +
                               ": " + error.what());
    }
  }
  return texts;
}

}  // namespace grumble::app
