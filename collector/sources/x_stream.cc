#include "collector/sources/x_stream.h"

#include <utility>

#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_refusal.h"

namespace grumble::collector {
namespace {

constexpr std::string_view kTag = "grumble:";

HttpRequest request_to(const SourceConfig& config, const std::string& path,
                       const char* method, std::string body = "") {
  HttpRequest request;
  request.url = base_url_of(config) + path;
  request.method = method;
  request.headers.emplace_back("Accept", "application/json");
  if (!body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(body);
  }
  if (!config.credential.empty()) {
    request.credential.emplace("Authorization",
                               Secret("Bearer " + config.credential.reveal()));
  }
  return request;
}

constexpr const char* kRulesPath = "/2/tweets/search/stream/rules";

/// The query of a tag; empty when the tag is not ours.
std::string query_of(const std::string& tag) {
  return tag.starts_with(kTag) ? tag.substr(kTag.size()) : "";
}

/// Whether a good answer has come; throws when it is a refusal.
void check(const HttpResponse& response, domain::Timestamp now) {
  if (response.status < 200 || response.status > 299) {
    refuse_x(response, false, now);
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

/// The queries whose rules a line matches.
std::vector<std::string> queries_in(const std::vector<JsonMember>& root) {
  std::vector<std::string> queries;
  JsonParser parser;
  const auto rules = split_array(find_member(root, "matching_rules"));
  for (size_t i = 0; rules && i < rules->size(); ++i) {
    const auto rule = parser.parse((*rules)[i]);
    if (!rule || !rule->is_object()) continue;
    auto query = query_of(string_member(*rule, "tag").value_or(""));
    if (!query.empty()) queries.push_back(std::move(query));
  }
  return queries;
}

}  // namespace

HttpRequest x_rules(const SourceConfig& config) {
  return request_to(config, kRulesPath, "GET");
}

HttpRequest x_add_rules(const SourceConfig& config,
                        const std::vector<XRule>& rules, bool dry) {
  std::string list;
  for (const XRule& rule : rules) {
    list += list.empty() ? "" : ",";
    list += R"({"value":)" + quoted_json(rule.value) + R"(,"tag":)" +
            quoted_json(std::string(kTag) + rule.query) + '}';
  }
  return request_to(config,
                    std::string(kRulesPath) + (dry ? "?dry_run=true" : ""),
                    "POST", R"({"add":[)" + list + "]}");
}

HttpRequest x_delete_rules(const SourceConfig& config,
                           const std::vector<XRule>& rules) {
  std::string list;
  for (const XRule& rule : rules) {
    list += (list.empty() ? "" : ",") + quoted_json(rule.id);
  }
  return request_to(config, kRulesPath, "POST",
                    R"({"delete":{"ids":[)" + list + "]}}");
}

HttpRequest x_end_streams(const SourceConfig& config) {
  return request_to(config, "/2/connections/all", "DELETE");
}

std::vector<XRule> read_x_rules(const HttpResponse& response,
                                domain::Timestamp now) {
  check(response, now);
  const JsonText text(response.body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  if (!root || !root->is_object() || !member(*root, "meta")) {
    throw SourceError(Action::retry, "the answer holds no stream rules: '" +
                                         one_line(response.body).substr(0, 80) +
                                         "'");
  }
  std::vector<XRule> rules;
  for (const JsonValue item : array_member(*root, "data")) {
    if (!item.is_object()) continue;
    rules.push_back({id_member(item, "id").value_or(""),
                     string_member(item, "value").value_or(""),
                     query_of(string_member(item, "tag").value_or(""))});
  }
  return rules;
}

bool x_counts_others(const HttpResponse& response) {
  const JsonText text(response.body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  return response.status == 429 && root && root->is_object() &&
         string_member(*root, "connection_issue").value_or("") ==
             "TooManyConnections";
}

std::map<std::string, std::string> read_x_rule_errors(
    const HttpResponse& response, domain::Timestamp now) {
  // When none of the rules is good, the answer as a whole is a refusal.
  if (response.status != 400) check(response, now);
  std::map<std::string, std::string> refused;
  const JsonText text(response.body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  if (!root || !root->is_object()) return refused;
  for (const JsonValue error : array_member(*root, "errors")) {
    if (!error.is_object() || !member(error, "value")) continue;
    std::string why = string_member(error, "detail").value_or("");
    for (const JsonValue detail : array_member(error, "details")) {
      std::string_view more;
      if (!detail.get_string().get(more)) {
        why += (why.empty() ? "" : "; ") + std::string(more);
      }
    }
    if (why.empty()) why = string_member(error, "title").value_or("refused");
    refused[string_member(error, "value").value_or("")] = one_line(why);
  }
  if (refused.empty()) check(response, now);
  return refused;
}

XRuleChange rule_change(const std::map<std::string, std::string>& queries,
                        const std::vector<XRule>& present) {
  XRuleChange change;
  std::map<std::string, std::string> missing = queries;
  for (const XRule& rule : present) {
    if (rule.query.empty()) {
      change.foreign.push_back(rule);
      continue;
    }
    const auto wanted = missing.find(rule.query);
    if (wanted != missing.end() && wanted->second == rule.value) {
      missing.erase(wanted);
    } else {
      change.remove.push_back(rule);
    }
  }
  for (const auto& [query, value] : missing) {
    change.add.push_back({"", value, query});
  }
  return change;
}

std::string x_stream_notice(const std::string& line) {
  const JsonText text(line);
  const auto root = split_object(text.view());
  if (!root) return "a line that is no JSON";
  if (!find_member(*root, "data").empty()) return "";
  JsonParser parser;
  const auto errors = split_array(find_member(*root, "errors"));
  for (size_t i = 0; errors && i < errors->size(); ++i) {
    const auto error = parser.parse((*errors)[i]);
    if (!error || !error->is_object()) continue;
    for (const char* name : {"disconnect_type", "detail", "title"}) {
      const auto why = string_member(*error, name);
      if (why && !why->empty()) return one_line(*why);
    }
  }
  return "a line that is no post";
}

XStreamPage read_x_stream(const std::string& lines, domain::Timestamp now) {
  XStreamPage stream;
  Items items;
  int64_t number = 0;
  for (const std::string& line : lines_of(lines)) {
    const JsonText text(line);
    const std::string place = "/line/" + std::to_string(++number);
    auto answer = read_x_answer(text.view(), now, place);
    if (!answer) {
      items.reject(place, "", "stream line is no JSON object", line);
      continue;
    }
    const auto queries = queries_in(split_object(text.view()).value());
    for (const domain::Post& post : answer->items.posts) {
      if (!post.context_only) stream.page.found_by[post.key] = queries;
    }
    stream.posts += answer->posts;
    stream.hits += answer->hits;
    stream.users += answer->users;
    items.append(std::move(answer->items));
  }
  stream.page.posts = std::move(items.posts);
  stream.page.authors = std::move(items.authors);
  stream.page.rejects = std::move(items.rejects);
  stream.page.edits = std::move(items.edits);
  return stream;
}

}  // namespace grumble::collector
