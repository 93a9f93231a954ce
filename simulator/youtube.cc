#include "simulator/youtube.h"

#include <array>
#include <boost/json.hpp>

#include "simulator/youtube_call.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

constexpr std::string_view kBase = "/youtube/v3/";

struct Method {
  std::string_view name;
  json::object (YoutubeCall::*run)();
};

constexpr std::array kMethods = {
    Method{"search", &YoutubeCall::search_list},
    Method{"videos", &YoutubeCall::videos_list},
    Method{"channels", &YoutubeCall::channels_list},
    Method{"playlistItems", &YoutubeCall::playlist_items_list},
    Method{"commentThreads", &YoutubeCall::comment_threads_list},
    Method{"comments", &YoutubeCall::comments_list}};

/// Null when YouTube has nothing there.
const Method* method_of(const std::string& path) {
  for (const Method& method : kMethods) {
    if (path.substr(kBase.size()) == method.name) return &method;
  }
  return nullptr;
}

/// Google writes no bare angle bracket.
std::string wire_text(const json::object& body) {
  std::string out;
  for (const char c : json::serialize(body)) {
    out += c == '<'   ? std::string("\\u003c")
           : c == '>' ? std::string("\\u003e")
                      : std::string(1, c);
  }
  return out;
}

/// Ids of the resources of a list, with the replies that came along. What a
/// search finds is no resource yet.
std::vector<std::string> shown_in(const json::object& body) {
  std::vector<std::string> ids;
  const auto add = [&ids](const json::value& list, const auto& self) -> void {
    for (const json::value& item : list.as_array()) {
      const json::object& object = item.as_object();
      if (object.at("id").is_string())
        ids.emplace_back(object.at("id").as_string());
      if (const json::value* replies = object.if_contains("replies")) {
        self(replies->at("comments"), self);
      }
    }
  };
  if (const json::value* items = body.if_contains("items")) add(*items, add);
  return ids;
}

Response refused_key(bool sent) {
  if (!sent) {
    return render({.status = 403,
                   .reason = "forbidden",
                   .domain = "global",
                   .message = "The request names no API key.",
                   .code = "PERMISSION_DENIED"});
  }
  return render({.status = 400,
                 .reason = "badRequest",
                 .domain = "global",
                 .message = "API key not valid. Please pass a valid API key.",
                 .code = "INVALID_ARGUMENT",
                 .detail = "API_KEY_INVALID"});
}

}  // namespace

YoutubeApi::YoutubeApi(const World& world, YoutubeOptions options)
    : world_(world), options_(std::move(options)) {}

bool YoutubeApi::serves(const std::string& path) {
  return path.rfind(kBase, 0) == 0;
}

Response YoutubeApi::answer(const Request& request, const Target& target,
                            Moment moment) {
  Response response;
  try {
    response = dispatch(request, target, moment);
  } catch (Refusal& refusal) {
    response = std::move(refusal.response);
  }
  bill_.request(method_of(target.path()) ? target.path() : "unknown",
                response.status);
  response.headers.emplace_back("date", http_date(moment.now, "GMT"));
  response.headers.emplace_back("vary", "Origin, X-Origin, Referer");
  if (response.status != 304) {
    response.headers.emplace_back("content-type",
                                  "application/json; charset=UTF-8");
  }
  return response;
}

void YoutubeApi::charge(const std::string& path, Timestamp now) {
  const Method* const method = method_of(path);
  const bool search = method != nullptr && method->name == "search";
  quota_.take(search ? "search" : "default", 1,
              search ? options_.searches_per_day : options_.units_per_day, now);
}

std::optional<Timestamp> YoutubeApi::asked_for_comments(size_t video) const {
  const auto found = asked_.find(video);
  if (found == asked_.end()) return std::nullopt;
  return found->second;
}

Response YoutubeApi::dispatch(const Request& request, const Target& target,
                              Moment moment) {
  std::string key(request.header("x-goog-api-key"));
  if (key.empty()) key = target.find("key").value_or("");
  if (key != options_.key) return refused_key(!key.empty());
  const Method* const method = method_of(target.path());
  if (method == nullptr || request.method != "GET") {
    return render({.status = 404,
                   .reason = "notFound",
                   .domain = "global",
                   .message = "There is no such method"});
  }
  const bool search = method->name == "search";
  if (!quota_.take(search ? "search" : "default", 1,
                   search ? options_.searches_per_day : options_.units_per_day,
                   moment.now)) {
    return render({.status = 403,
                   .reason = "quotaExceeded",
                   .domain = "youtube.quota",
                   .message = "The request cannot be completed because you "
                              "have exceeded your <a href=\"/youtube/v3/"
                              "getting-started#quota\">quota</a>."});
  }
  YoutubeCall call(world_, target, moment.now);
  const json::object body = with_etag((call.*method->run)());
  Response response;
  if (method->name == "commentThreads") {
    const Video* const video =
        world_.find_video(target.find("videoId").value_or(""));
    if (video != nullptr) {
      asked_[static_cast<size_t>(video - world_.videos().data())] = moment.now;
    }
  }
  const std::string etag =
      "\"" + std::string(body.at("etag").as_string()) + "\"";
  response.headers.emplace_back("etag", etag);
  const std::string_view known = request.header("if-none-match");
  if (!known.empty() && known.find(etag) != known.npos) {
    response.status = 304;
    return response;
  }
  response.body = wire_text(body);
  if (method->name == "videos" || method->name == "commentThreads" ||
      method->name == "comments") {
    response.shown = shown_in(body);
  }
  return response;
}

}  // namespace grumble::simulator
