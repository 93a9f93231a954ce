#include "tests/dashboards/expand.h"

#include <functional>
#include <regex>
#include <stdexcept>

namespace grumble::tests {
namespace {

std::string doubled(const std::string& value) {
  return std::regex_replace(value, std::regex("'"), "''");
}

std::string interpolated(const Choice& choice) {
  if (!choice.multi) {
    return choice.values.empty() ? "" : doubled(choice.values.front());
  }
  std::string list;
  for (const auto& value : choice.values) {
    if (!list.empty()) list += ',';
    list += "'" + doubled(value) + "'";
  }
  return list;
}

/// Replaces every match by what `replace` makes of it.
std::string replaced(
    const std::string& text, const std::regex& pattern,
    const std::function<std::string(const std::smatch&)>& replace) {
  std::string result;
  auto rest = text.cbegin();
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end;
       match != end; ++match) {
    result.append(rest, (*match)[0].first);
    result += replace(*match);
    rest = (*match)[0].second;
  }
  return result.append(rest, text.cend());
}

std::string macro(const std::string& name, const std::string& arguments,
                  const Range& range) {
  const std::string from = "'" + range.from + "'";
  const std::string to = "'" + range.to + "'";
  if (name == "__timeFrom") return from;
  if (name == "__timeTo") return to;
  if (name == "__timeFilter" && !arguments.empty()) {
    return arguments + " BETWEEN " + from + " AND " + to;
  }
  throw std::invalid_argument("unknown macro '$" + name + "(" + arguments +
                              ")'");
}

}  // namespace

std::string expand(const std::string& sql, const Range& range,
                   const std::map<std::string, Choice>& choices,
                   const std::string& time_zone) {
  static const std::regex variable(
      R"(\$(\w+)|\$\{(\w+)(?::\w+)?\}|\[\[(\w+)\]\])");
  static const std::regex call(R"(\$(__\w+)\(([^)]*)\))");
  const std::string in_browser =
      replaced(sql, variable, [&](const std::smatch& match) {
        const std::string name = match[1].matched   ? match[1].str()
                                 : match[2].matched ? match[2].str()
                                                    : match[3].str();
        if (name == "__timezone") return doubled(time_zone);
        const auto found = choices.find(name);
        if (found != choices.end()) return interpolated(found->second);
        return match[0].str();
      });
  std::string done = replaced(in_browser, call, [&](const std::smatch& match) {
    return macro(match[1], match[2], range);
  });
  static const std::regex left(R"((\$|\[\[)[\w{]*)");
  std::smatch match;
  if (std::regex_search(done, match, left)) {
    throw std::invalid_argument("nothing stands for '" + match.str() + "'");
  }
  return done;
}

}  // namespace grumble::tests
