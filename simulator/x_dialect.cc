#include "simulator/x_dialect.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

namespace grumble::simulator {

const Words kTweetWords = {"tweet.fields",
                           "tweets",
                           "referenced_tweets",
                           "edit_history_tweet_ids",
                           "note_tweet",
                           "retweet_count",
                           "tweet_count",
                           "tweet_count",
                           "total_tweet_count",
                           "tweet",
                           "https://api.twitter.com/2/problems/",
                           "2.166"};

const Words kPostWords = {"post.fields",
                          "posts",
                          "referenced_posts",
                          "edit_history_post_ids",
                          "note_post",
                          "repost_count",
                          "post_count",
                          "post_count",
                          "total_post_count",
                          "post",
                          "https://api.x.com/2/problems/",
                          "2.167"};

namespace {

namespace json = boost::json;

using Names = std::vector<std::string_view>;

// The lists are those of the two specifications.
const Names kPostFields = {"article",
                           "attachments",
                           "card_uri",
                           "community_id",
                           "context_annotations",
                           "conversation_id",
                           "created_at",
                           "display_text_range",
                           "edit_controls",
                           "entities",
                           "geo",
                           "id",
                           "lang",
                           "matched_media_notes",
                           "media_metadata",
                           "non_public_metrics",
                           "note_request_suggestions",
                           "organic_metrics",
                           "paid_partnership",
                           "possibly_sensitive",
                           "promoted_metrics",
                           "public_metrics",
                           "reply_settings",
                           "scopes",
                           "source",
                           "suggested_source_links",
                           "suggested_source_links_with_counts",
                           "text",
                           "withheld"};
const Names kTweetOnlyFields = {"author_id", "edit_history_tweet_ids",
                                "in_reply_to_user_id", "note_tweet",
                                "referenced_tweets"};
const Names kPostOnlyFields = {"article_title", "note_post"};
const Names kUserFields = {"confirmed_email",
                           "connection_status",
                           "created_at",
                           "description",
                           "entities",
                           "id",
                           "is_identity_verified",
                           "location",
                           "name",
                           "parody",
                           "profile_banner_url",
                           "profile_image_url",
                           "protected",
                           "public_metrics",
                           "receives_your_dm",
                           "subscription",
                           "subscription_type",
                           "url",
                           "username",
                           "verified",
                           "verified_followers_count",
                           "verified_type",
                           "withheld"};
const Names kTweetOnlyUserFields = {"affiliation", "most_recent_tweet_id",
                                    "pinned_tweet_id"};
const Names kPostOnlyUserFields = {"subscribes_to_you"};
const Names kExpansions = {
    "article.cover_media",        "article.media_entities",
    "attachments.media_keys",     "attachments.media_source_tweet",
    "attachments.poll_ids",       "author_id",
    "entities.mentions.username", "geo.place_id",
    "in_reply_to_user_id"};
const Names kTweetOnlyExpansions = {
    "edit_history_tweet_ids", "entities.note.mentions.username",
    "referenced_tweets.id", "referenced_tweets.id.attachments.media_keys",
    "referenced_tweets.id.author_id"};
const Names kPostOnlyExpansions = {"edit_history_post_ids", "referenced_posts",
                                   "username"};

Names names_of(Dialect dialect, const Names& common, const Names& tweet,
               const Names& post) {
  Names names = common;
  if (dialect != Dialect::post) {
    names.insert(names.end(), tweet.begin(), tweet.end());
  }
  if (dialect != Dialect::tweet) {
    names.insert(names.end(), post.begin(), post.end());
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool contains(const auto& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const Names& names) {
  std::string all;
  for (const std::string_view name : names) {
    all += (all.empty() ? "" : ",") + std::string(name);
  }
  return all;
}

std::vector<std::string> checked_list(const Words& words, const Target& target,
                                      std::string_view parameter,
                                      const Names& allowed) {
  std::vector<std::string> values = target.list(parameter);
  for (const std::string& value : values) {
    if (contains(allowed, value)) continue;
    throw invalid_request(words,
                          "the value [" + value + "] of the parameter `" +
                              std::string(parameter) + "` is not one of [" +
                              joined(allowed) + "]",
                          {{std::string(parameter), value}});
  }
  return values;
}

}  // namespace

std::optional<Dialect> parse_dialect(std::string_view name) {
  if (name == "tweet") return Dialect::tweet;
  if (name == "post") return Dialect::post;
  if (name == "mixed") return Dialect::mixed;
  return std::nullopt;
}

bool Selection::post_field(std::string_view name) const {
  return contains(post_fields, name);
}

bool Selection::user_field(std::string_view name) const {
  return contains(user_fields, name);
}

const Words& words_for(Dialect dialect, const Target& target) {
  if (dialect == Dialect::tweet) return kTweetWords;
  if (dialect == Dialect::post) return kPostWords;
  const auto expansions = target.list("expansions");
  const bool post = target.has("post.fields") ||
                    contains(expansions, "referenced_posts") ||
                    contains(expansions, "edit_history_post_ids");
  return post ? kPostWords : kTweetWords;
}

Selection parse_selection(Dialect dialect, const Target& target) {
  Selection selection;
  selection.words = &words_for(dialect, target);
  selection.user_words = dialect == Dialect::post ? &kPostWords : &kTweetWords;
  const Words& words = *selection.words;
  const Names fields =
      names_of(dialect, kPostFields, kTweetOnlyFields, kPostOnlyFields);
  for (const std::string_view name : {"tweet.fields", "post.fields"}) {
    for (std::string& field : checked_list(words, target, name, fields)) {
      if (field == "note_post") field = "note_tweet";
      selection.post_fields.push_back(std::move(field));
    }
  }
  selection.user_fields =
      checked_list(words, target, "user.fields",
                   names_of(dialect, kUserFields, kTweetOnlyUserFields,
                            kPostOnlyUserFields));
  const auto expansions =
      checked_list(words, target, "expansions",
                   names_of(dialect, kExpansions, kTweetOnlyExpansions,
                            kPostOnlyExpansions));
  const auto expands = [&](std::string_view name) {
    return contains(expansions, name);
  };
  selection.author = expands("author_id");
  selection.reference_authors = expands("referenced_tweets.id.author_id");
  selection.references = selection.reference_authors ||
                         expands("referenced_tweets.id") ||
                         expands("referenced_posts");
  selection.replied_user = expands("in_reply_to_user_id");
  selection.mentioned_users = expands("entities.mentions.username");
  // An expansion shows the field it starts from.
  const auto show = [&](bool when, std::string_view field) {
    if (when && !selection.post_field(field)) {
      selection.post_fields.emplace_back(field);
    }
  };
  show(selection.author || selection.reference_authors, "author_id");
  show(selection.references, "referenced_tweets");
  show(selection.replied_user, "in_reply_to_user_id");
  show(selection.mentioned_users, "entities");
  show(selection.words == &kTweetWords || expands("edit_history_post_ids"),
       "edit_history_tweet_ids");
  return selection;
}

void check_parameters(Dialect dialect, const Target& target,
                      const std::vector<std::string_view>& own, bool selects) {
  Names allowed = own;
  if (selects) {
    for (const std::string_view name :
         {"expansions", "user.fields", "media.fields", "poll.fields",
          "place.fields"}) {
      allowed.push_back(name);
    }
    if (dialect != Dialect::post) allowed.push_back("tweet.fields");
    if (dialect != Dialect::tweet) allowed.push_back("post.fields");
  }
  for (const auto& [name, value] : target.parameters()) {
    if (contains(allowed, name)) continue;
    throw invalid_request(words_for(dialect, target),
                          "the query parameter [" + name + "] is not one of [" +
                              joined(allowed) + "]",
                          {{name, value}});
  }
}

Refusal invalid_request(
    const Words& words, const std::string& message,
    const std::vector<std::pair<std::string, std::string>>& parameters) {
  json::object named;
  for (const auto& [name, value] : parameters) {
    named[name] = json::array{value};
  }
  json::object error;
  error["parameters"] = named;
  error["message"] = message;
  json::object body;
  body["errors"] = json::array{error};
  body["title"] = "Invalid Request";
  body["detail"] = "One or more parameters to your request was invalid.";
  body["type"] = std::string(words.problems) + "invalid-request";
  Response response;
  response.status = 400;
  response.body = json::serialize(body);
  return {std::move(response)};
}

Response plain_problem(int status, std::string_view title) {
  json::object body;
  body["title"] = title;
  body["detail"] = title;
  body["type"] = "about:blank";
  body["status"] = status;
  Response response;
  response.status = status;
  response.body = json::serialize(body);
  return response;
}

}  // namespace grumble::simulator
