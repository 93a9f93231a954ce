#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/http.h"

/// The two vocabularies of X API v2: "tweet" (to 2.166) and "post" (2.167).
namespace grumble::simulator {

/// `mixed` takes the parameters of both; an answer follows the parameter that
/// was sent, except that users keep their `tweet_count`.
enum class Dialect { tweet, post, mixed };

std::optional<Dialect> parse_dialect(std::string_view name);

struct Words {
  std::string_view fields_parameter;
  std::string_view posts;       ///< in `includes`
  std::string_view references;  ///< in a post
  std::string_view history;
  std::string_view note;
  std::string_view reposts;   ///< in public_metrics
  std::string_view authored;  ///< in a user's public_metrics
  std::string_view count;
  std::string_view total;
  std::string_view resource;  ///< of a problem
  std::string_view problems;  ///< start of a problem's type
  std::string_view version;
};

extern const Words kTweetWords;
extern const Words kPostWords;

/// What a request asks to see. Field names are the tweet dialect's.
struct Selection {
  const Words* words = &kTweetWords;
  const Words* user_words = &kTweetWords;
  std::vector<std::string> post_fields;
  std::vector<std::string> user_fields;
  bool author = false;
  bool references = false;
  bool reference_authors = false;
  bool replied_user = false;
  bool mentioned_users = false;

  bool post_field(std::string_view name) const;
  bool user_field(std::string_view name) const;
};

/// The vocabulary of the answer to this request.
const Words& words_for(Dialect dialect, const Target& target);

/// Reads fields and expansions; throws Refusal when one is not of the dialect.
Selection parse_selection(Dialect dialect, const Target& target);

/// Throws Refusal when the request has a parameter that is neither in
/// `own` nor, with `selects`, one of fields and expansions.
void check_parameters(Dialect dialect, const Target& target,
                      const std::vector<std::string_view>& own, bool selects);

/// A 400 in X's shape that names the parameters at fault.
Refusal invalid_request(
    const Words& words, const std::string& message,
    const std::vector<std::pair<std::string, std::string>>& parameters);

/// about:blank problems: 401, 404, 405, 429, 503.
Response plain_problem(int status, std::string_view title);

}  // namespace grumble::simulator
