#include "simulator/x_parameters.h"

#include <algorithm>

namespace grumble::simulator {

int64_t number_in(const Target& target, const Words& words, const char* name,
                  int64_t fallback, int64_t least, int64_t most) {
  const auto text = target.find(name);
  if (!text) return fallback;
  const auto value = parse_number(*text);
  if (!value || *value < least || *value > most) {
    throw invalid_request(words,
                          "the `" + std::string(name) +
                              "` query parameter value [" + *text +
                              "] is not between " + std::to_string(least) +
                              " and " + std::to_string(most),
                          {{name, *text}});
  }
  return *value;
}

std::string one_of(const Target& target, const Words& words, const char* name,
                   const std::vector<std::string>& allowed) {
  const auto text = target.find(name);
  if (!text) return allowed.front();
  if (std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    std::string names;
    for (const auto& each : allowed) names += (names.empty() ? "" : ",") + each;
    throw invalid_request(words,
                          "the `" + std::string(name) +
                              "` query parameter value [" + *text +
                              "] is not one of [" + names + "]",
                          {{name, *text}});
  }
  return *text;
}

Query query_of(const Target& target, const Words& words, bool all) {
  const std::string text = target.find("query").value_or("");
  const auto refuse = [&](const std::string& why) {
    return invalid_request(words, why, {{"query", text}});
  };
  if (text.empty())
    throw refuse("the `query` query parameter can not be empty");
  const size_t longest = all ? 1024 : 512;
  const size_t length = to_code_points(text).size();
  if (length > longest) {
    throw refuse("the query is " + std::to_string(length) +
                 " characters long, the longest allowed is " +
                 std::to_string(longest));
  }
  try {
    return Query::parse(text);
  } catch (const QueryError& error) {
    throw refuse(std::string("there were errors processing your request: ") +
                 error.what());
  }
}

int64_t post_id(const Words& words, const char* name, const std::string& text) {
  const auto id = parse_number(text);
  if (!id || *id < 0 || text.size() > 19) {
    throw invalid_request(words,
                          "the `" + std::string(name) +
                              "` query parameter value [" + text +
                              "] does not match ^[0-9]{1,19}$",
                          {{name, text}});
  }
  return *id;
}

}  // namespace grumble::simulator
