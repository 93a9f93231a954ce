#pragma once

#include <map>
#include <string>
#include <vector>

#include "collector/source.h"

// The filtered stream of X: what it sends, and the rules it goes by. Nothing
// but a delivered post is charged.
namespace grumble::collector {

inline constexpr const char* kStream = "stream";  ///< the list of its pages
inline constexpr int64_t kStreamPosts = 25;       ///< of one landing, at most

/// A rule stands for a query, and says so in its tag. Others than ours have
/// no query.
struct XRule {
  std::string id;
  std::string value;
  std::string query;
};

HttpRequest x_rules(const SourceConfig& config);
/// `dry`: nothing changes, and the answer says what would be refused.
HttpRequest x_add_rules(const SourceConfig& config,
                        const std::vector<XRule>& rules, bool dry);
HttpRequest x_delete_rules(const SourceConfig& config,
                           const std::vector<XRule>& rules);
/// Ends all streams of the credential, also those that only X still sees.
HttpRequest x_end_streams(const SourceConfig& config);

/// Throws SourceError.
std::vector<XRule> read_x_rules(const HttpResponse& response,
                                domain::Timestamp now);
/// Whether a stream was refused because others still count as connected, be
/// they dead or not.
bool x_counts_others(const HttpResponse& response);

/// What was refused: the rule's value, and why. Throws SourceError.
std::map<std::string, std::string> read_x_rule_errors(
    const HttpResponse& response, domain::Timestamp now);

/// What must change for the rules to be those of the queries.
struct XRuleChange {
  std::vector<XRule> add;
  std::vector<XRule> remove;
  std::vector<XRule> foreign;  ///< of others, which must not be touched
};
XRuleChange rule_change(const std::map<std::string, std::string>& queries,
                        const std::vector<XRule>& present);

/// Empty for a post. Else what the line says: a reason for a disconnection.
std::string x_stream_notice(const std::string& line);

/// The lines of a page, which is made of as many as landed together: hits of
/// the queries whose rules they match. The cost is in hits and users.
struct XStreamPage {
  Page page;
  int64_t posts = 0;  ///< with those that came along
  int64_t hits = 0;
  int64_t users = 0;
};
XStreamPage read_x_stream(const std::string& lines, domain::Timestamp now);

}  // namespace grumble::collector
