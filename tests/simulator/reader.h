#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/simulator/support.h"

namespace grumble::simulator::testing {

inline const std::string kSearch = "/2/tweets/search/recent";

/// Asks for posts page by page, `pages` times or to the end.
class Reader {
 public:
  explicit Reader(const std::string& rules, World world = long_world(300, kNow),
                  uint64_t seed = 1)
      : client(std::move(world), {}, {}, script(rules, seed)) {
    client.at = moment("2024-12-15T01:00:00Z");
  }

  Answer page() {
    Parameters parameters = {{"query", "kling"}, {"max_results", "100"}};
    if (!token.empty()) parameters.emplace_back("next_token", token);
    Answer answer = client.get(kSearch, parameters);
    token.clear();
    if (const json::value* meta = answer.body.if_contains("meta")) {
      if (const auto* next = meta->as_object().if_contains("next_token")) {
        token = next->as_string();
      }
    }
    return answer;
  }

  Client client;
  std::string token;
};

inline std::vector<std::string> ids_of(const Answer& answer) {
  std::vector<std::string> ids;
  if (!answer.body.contains("data")) return ids;
  for (const json::value& item : answer.body.at("data").as_array()) {
    ids.emplace_back(item.as_object().at("id").as_string());
  }
  return ids;
}

}  // namespace grumble::simulator::testing
