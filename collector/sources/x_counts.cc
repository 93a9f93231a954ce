#include "collector/sources/x_counts.h"

#include <stdexcept>

#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/x_refusal.h"

namespace grumble::collector {

HttpRequest x_counts_request(const SourceConfig& config,
                             const std::string& query, domain::Timestamp since,
                             domain::Timestamp until,
                             const std::string& token) {
  const auto text = config.queries.find(query);
  if (text == config.queries.end()) {
    throw std::invalid_argument("source 'x' has no query '" + query + "'");
  }
  HttpRequest request;
  request.url = url_with(base_url_of(config) + "/2/tweets/counts/all",
                         {{"query", text->second},
                          {"granularity", "day"},
                          {"start_time", domain::to_string(since)},
                          {"end_time", domain::to_string(until)},
                          {"next_token", token}});
  request.headers.emplace_back("Accept", "application/json");
  if (!config.credential.empty()) {
    request.credential.emplace("Authorization",
                               Secret("Bearer " + config.credential.reveal()));
  }
  return request;
}

XCounts read_x_counts(const HttpResponse& response, bool paged,
                      domain::Timestamp now) {
  if (response.status != 200) refuse_x(response, paged, now);
  const JsonText text(response.body);
  JsonParser parser;
  XCounts counts;
  const auto root = parser.parse(text.view());
  if (root && root->is_object()) {
    JsonValue meta;
    if ((*root)["meta"].get(meta) == simdjson::SUCCESS && meta.is_object()) {
      // The two names that X gives it.
      for (const char* name : {"total_tweet_count", "total_post_count"}) {
        if (const auto posts = integer_member(meta, name)) {
          counts.posts = *posts;
          counts.next_token = string_member(meta, "next_token").value_or("");
          return counts;
        }
      }
    }
  }
  throw SourceError(Action::stop_query,
                    "answer 200 holds no counts: '" +
                        one_line(response.body.substr(0, 80)) + "'");
}

}  // namespace grumble::collector
