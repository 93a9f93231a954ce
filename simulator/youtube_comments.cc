#include <algorithm>
#include <boost/json.hpp>
#include <tuple>

#include "simulator/youtube_call.h"
#include "simulator/youtube_search.h"

namespace grumble::simulator {

namespace json = boost::json;

TextFormat YoutubeCall::text_format() const {
  return choice(target_, "textFormat", {"html", "plainText"}) == "html"
             ? TextFormat::html
             : TextFormat::plain;
}

std::vector<size_t> YoutubeCall::threads_of_video() const {
  const Video* const video =
      world_.find_video(target_.find("videoId").value_or(""));
  if (video == nullptr || !visible(*video)) {
    throw youtube_not_found("videoNotFound", "youtube.commentThread",
                            "videoId");
  }
  if (video->comments_disabled) {
    throw refuse({.status = 403,
                  .reason = "commentsDisabled",
                  .domain = "youtube.commentThread",
                  .message = "The video identified by the <code><a "
                             "href=\"/youtube/v3/docs/commentThreads/"
                             "list#videoId\">videoId</a></code> parameter has "
                             "disabled comments.",
                  .location = "videoId"});
  }
  return written_by(world_, video->threads, now_);
}

std::vector<size_t> YoutubeCall::threads_of_channel() const {
  const Channel* const channel = world_.find_channel(
      target_.find("allThreadsRelatedToChannelId").value_or(""));
  if (channel == nullptr) {
    throw youtube_not_found("channelNotFound", "youtube.commentThread",
                            "allThreadsRelatedToChannelId");
  }
  std::vector<size_t> threads;
  for (const size_t index : channel->videos) {
    const Video& video = world_.videos()[index];
    if (video.comments_disabled || !visible(video)) continue;
    const auto visible_threads = written_by(world_, video.threads, now_);
    threads.insert(threads.end(), visible_threads.begin(),
                   visible_threads.end());
  }
  return threads;
}

std::vector<size_t> YoutubeCall::threads_by_id() const {
  std::vector<size_t> threads;
  for (const std::string& id : target_.list("id")) {
    const Comment* const comment = world_.find_comment(id);
    if (comment == nullptr || comment->parent || comment->at > now_) {
      throw youtube_not_found("commentThreadNotFound", "youtube.commentThread",
                              "id");
    }
    threads.push_back(static_cast<size_t>(comment - world_.comments().data()));
  }
  return threads;
}

std::vector<size_t> YoutubeCall::item_page(std::vector<size_t> comments,
                                           size_t most,
                                           const std::string& scope,
                                           json::object& out) const {
  const std::string last = parse_item_token(target_, scope);
  if (!last.empty()) {
    const auto at = std::find_if(
        comments.begin(), comments.end(),
        [&](size_t index) { return world_.comments()[index].id == last; });
    comments.erase(comments.begin(),
                   at == comments.end() ? comments.end() : at + 1);
  }
  if (comments.size() > most) {
    comments.resize(most);
    out["nextPageToken"] =
        item_token(scope, world_.comments()[comments.back()].id);
  }
  return comments;
}

json::object YoutubeCall::comment_threads_list() {
  check_youtube_parameters(
      target_,
      {"videoId", "id", "allThreadsRelatedToChannelId", "maxResults", "order",
       "pageToken", "searchTerms", "textFormat", "moderationStatus"});
  const Parts parts(target_, {"id", "snippet", "replies"});
  const std::string_view filter =
      only_filter(target_, {"videoId", "id", "allThreadsRelatedToChannelId"});
  const std::string order = choice(target_, "order", {"time", "relevance"});
  const size_t most = max_results(target_, 20, 1, 100);
  const TextFormat format = text_format();
  std::vector<size_t> threads = filter == "videoId" ? threads_of_video()
                                : filter == "id"    ? threads_by_id()
                                                    : threads_of_channel();
  const SearchTerms terms(target_.find("searchTerms").value_or(""));
  std::erase_if(threads, [&](size_t index) {
    return !terms.match(world_.comments()[index].words);
  });
  if (filter != "id") {
    std::sort(threads.begin(), threads.end(), [&](size_t a, size_t b) {
      const Comment& left = world_.comments()[a];
      const Comment& right = world_.comments()[b];
      return order == "time"
                 ? std::tie(left.at, left.id) > std::tie(right.at, right.id)
                 : std::tie(left.likes, left.at, left.id) >
                       std::tie(right.likes, right.at, right.id);
    });
  }
  json::object out = youtube_list("youtube#commentThreadListResponse");
  const auto page = item_page(
      std::move(threads), most,
      std::string(filter) + "=" + target_.find(filter).value_or("") + " " +
          order + " " + target_.find("searchTerms").value_or(""),
      out);
  out["pageInfo"] = page_info(page.size(), most);
  json::array items;
  for (const size_t index : page) {
    const Comment& comment = world_.comments()[index];
    items.push_back(thread_resource(world_, comment,
                                    written_by(world_, comment.replies, now_),
                                    parts, format));
  }
  out["items"] = std::move(items);
  return out;
}

json::object YoutubeCall::comments_list() {
  check_youtube_parameters(
      target_, {"parentId", "id", "maxResults", "pageToken", "textFormat"});
  const Parts parts(target_, {"id", "snippet"});
  const std::string_view filter = only_filter(target_, {"parentId", "id"});
  // What is asked for by id comes on one page.
  const size_t most = filter == "id" ? target_.list("id").size()
                                     : max_results(target_, 20, 1, 100);
  const TextFormat format = text_format();
  std::vector<size_t> comments;
  for (const std::string& id : target_.list(filter)) {
    const Comment* const comment = world_.find_comment(id);
    if (comment == nullptr || comment->at > now_) {
      if (filter == "id") continue;
      throw youtube_not_found("commentNotFound", "youtube.comment", "parentId");
    }
    if (filter == "id") {
      comments.push_back(
          static_cast<size_t>(comment - world_.comments().data()));
    } else {
      comments = written_by(world_, comment->replies, now_);
      std::reverse(comments.begin(), comments.end());
    }
  }
  json::object out = youtube_list("youtube#commentListResponse");
  const auto page = item_page(
      std::move(comments), most,
      std::string(filter) + "=" + target_.find(filter).value_or(""), out);
  json::object info;
  info["resultsPerPage"] = most;
  out["pageInfo"] = std::move(info);
  json::array items;
  for (const size_t index : page) {
    items.push_back(
        comment_resource(world_, world_.comments()[index], parts, format));
  }
  out["items"] = std::move(items);
  return out;
}

}  // namespace grumble::simulator
