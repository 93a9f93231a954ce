#include "collector/sources/youtube.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "collector/error_table.h"
#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/youtube_items.h"

namespace grumble::collector {
namespace {

using domain::Timestamp;
constexpr int kMostRestarts = 2;
/// Far above what the site gives (about 500 results; 100 threads a page).
constexpr int kMostPages = 20'000;

/// Members of a step:
///   step      "search", "videos", "threads" or "replies"
///   after, before  search: the time window
///   ids       videos: comma-separated, at most 50
///   video     threads and replies
///   parent    replies: the thread
///   token     of the page to ask for; empty for the first
///   first, last    digests of the ids on the first and the last page
///   page, restarts counters
using Step = std::map<std::string, std::string>;

std::string at(const Step& step, const std::string& name) {
  const auto member = step.find(name);
  return member == step.end() ? "" : member->second;
}

int number_at(const Step& step, const std::string& name) {
  return std::atoi(at(step, name).c_str());
}

std::string time_text(Timestamp time) {
  return domain::to_string(
      Timestamp(std::chrono::floor<std::chrono::seconds>(time)));
}

/// FNV-1a; tells a page that came again, nothing more.
std::string digest_of(const std::vector<std::string>& ids) {
  uint64_t hash = 14'695'981'039'346'656'037U;
  for (const std::string& id : ids) {
    for (const char c : id + ',') {
      hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
    }
  }
  return std::to_string(hash);
}

std::vector<std::string> ids_of(const Step& step) {
  std::vector<std::string> ids;
  const std::string list = at(step, "ids");
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    ids.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return ids;
}

std::string joined(const std::vector<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) list += (list.empty() ? "" : ",") + id;
  return list;
}

struct Refusal {
  std::vector<std::string> reasons;
  std::string message;
};

Refusal read_refusal(const std::string& body) {
  Refusal refusal;
  const JsonText text(body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  const auto error =
      root && root->is_object() ? member(*root, "error") : std::nullopt;
  if (!error || !error->is_object()) return refusal;
  refusal.message = text_of_html(string_member(*error, "message").value_or(""));
  for (const std::string_view list : {"errors", "details"}) {
    for (const JsonValue item : array_member(*error, list)) {
      auto reason = string_member(item, "reason");
      if (reason) refusal.reasons.push_back(std::move(*reason));
    }
  }
  return refusal;
}

class YoutubeSource : public Source {
 public:
  explicit YoutubeSource(const SourceConfig& config)
      : base_url_(base_url_of(config) + "/youtube/v3/"),
        credential_(config.credential),
        queries_(config.queries) {
    const Options options(config,
                          {"comments", "language", "overlap_hours", "region"});
    comments_ = options.flag("comments", true);
    overlap_ = std::chrono::hours(options.integer("overlap_hours", 24, 0, 168));
    region_ = options.text("region", "");
    language_ = options.text("language", "");
  }

  Opening open(const Round& round) const override {
    Opening opening{{}, time_text(round.now)};
    Timestamp after = round.since;
    if (const auto last = domain::parse_timestamp(round.watermark)) {
      after = std::max(after, *last - overlap_);
    }
    const Cursor cursor{"", round.query, ""};
    if (after < round.now) {
      opening.cursors.push_back(
          at_step(cursor, {{"step", "search"},
                           {"after", time_text(after)},
                           {"before", opening.watermark}}));
    }
    for (const std::string& video : round.known) {
      if (!comments_ || !is_youtube_id(video)) continue;
      opening.cursors.push_back(threads_of(cursor, video));
    }
    return opening;
  }

  HttpRequest request(const Cursor& cursor) const override {
    const Step step = read_flat(cursor.step);
    HttpRequest request;
    request.url = url_of(step, cursor);
    request.headers.emplace_back("Accept", "application/json");
    if (!credential_.empty()) {
      request.credential.emplace("X-Goog-Api-Key", credential_);
    }
    return request;
  }

  Cost worst_cost(const Cursor& cursor) const override {
    const bool search = at(read_flat(cursor.step), "step") == "search";
    return {search ? "youtube.search" : "youtube.units", 1};
  }

  Page read(const HttpResponse& response, const Cursor& cursor,
            Timestamp now) const override {
    const Step step = read_flat(cursor.step);
    if (response.status != 200) return read_refused(response, cursor, now);
    const JsonText text(response.body);
    YoutubeReading how;
    how.observed_at = now;
    how.video = at(step, "video");
    how.plain_text = true;
    auto answer = read_youtube_answer(text.view(), how);
    if (!answer || !answer->has_page) {
      throw SourceError(Action::retry,
                        "answer 200 is no page of the YouTube API: '" +
                            one_line(response.body).substr(0, 80) + "'");
    }
    Page page;
    page.cost = worst_cost(cursor);
    add_steps(page, cursor, step, *answer);
    for (auto& reject : answer->items.rejects) {
      page.rejects.push_back(std::move(reject));
    }
    page.posts = std::move(answer->items.posts);
    page.authors = std::move(answer->items.authors);
    return page;
  }

 private:
  static Cursor at_step(const Cursor& cursor, const Step& step) {
    return {cursor.source, cursor.query, write_flat(step)};
  }

  static Cursor threads_of(const Cursor& cursor, const std::string& video) {
    return at_step(cursor, {{"step", "threads"}, {"video", video}});
  }

  std::string url_of(const Step& step, const Cursor& cursor) const {
    const std::string kind = at(step, "step");
    if (kind == "search") {
      const auto query = queries_.find(cursor.query);
      if (query == queries_.end()) {
        throw std::invalid_argument("source 'youtube' has no query '" +
                                    cursor.query + "'");
      }
      return url_with(base_url_ + "search",
                      {{"part", "snippet"},
                       {"type", "video"},
                       {"order", "date"},
                       {"maxResults", "50"},
                       {"q", query->second},
                       {"publishedAfter", at(step, "after")},
                       {"publishedBefore", at(step, "before")},
                       {"regionCode", region_},
                       {"relevanceLanguage", language_},
                       {"pageToken", at(step, "token")}});
    }
    if (kind == "videos") {
      return url_with(base_url_ + "videos", {{"part", "snippet,statistics"},
                                             {"id", at(step, "ids")}});
    }
    if (kind == "threads") {
      return url_with(base_url_ + "commentThreads",
                      {{"part", "id,snippet,replies"},
                       {"videoId", at(step, "video")},
                       {"order", "time"},
                       {"maxResults", "100"},
                       {"textFormat", "plainText"},
                       {"pageToken", at(step, "token")}});
    }
    if (kind == "replies") {
      return url_with(base_url_ + "comments",
                      {{"part", "id,snippet"},
                       {"parentId", at(step, "parent")},
                       {"maxResults", "100"},
                       {"textFormat", "plainText"},
                       {"pageToken", at(step, "token")}});
    }
    throw std::invalid_argument("source 'youtube': unknown step '" + kind +
                                "'");
  }

  void add_steps(Page& page, const Cursor& cursor, const Step& step,
                 const YoutubeAnswer& answer) const {
    const std::string kind = at(step, "step");
    if (kind == "videos") {
      add_threads(page, cursor, step, answer);
      return;
    }
    if (!answer.videos_found.empty()) {
      page.next.push_back(at_step(
          cursor, {{"step", "videos"}, {"ids", joined(answer.videos_found)}}));
    }
    for (const YoutubeThread& thread : answer.cut_threads) {
      page.next.push_back(at_step(cursor, {{"step", "replies"},
                                           {"video", at(step, "video")},
                                           {"parent", thread.id}}));
    }
    turn_page(page, cursor, step, answer);
  }

  void add_threads(Page& page, const Cursor& cursor, const Step& step,
                   const YoutubeAnswer& answer) const {
    for (const std::string& id : ids_of(step)) {
      const auto& came = answer.ids;
      if (std::find(came.begin(), came.end(), id) == came.end()) {
        page.rejects.push_back(
            {"/items", id, "video not returned: private or deleted", ""});
      }
    }
    if (!comments_) return;
    for (const std::string& video : answer.commented) {
      page.next.push_back(threads_of(cursor, video));
    }
  }

  /// The next page of the same list, unless the site turns in circles.
  static void turn_page(Page& page, const Cursor& cursor, const Step& step,
                        const YoutubeAnswer& answer) {
    if (answer.next_token.empty()) return;
    const std::string digest = digest_of(answer.ids);
    const int number = number_at(step, "page") + 1;
    if (answer.next_token == at(step, "token") || digest == at(step, "last") ||
        digest == at(step, "first") || number >= kMostPages) {
      page.rejects.push_back({"/nextPageToken", subject_of(step, cursor),
                              "walk stopped: the site repeats its pages",
                              cursor.step});
      return;
    }
    Step next = step;
    next["token"] = answer.next_token;
    next["last"] = digest;
    if (at(step, "first").empty()) next["first"] = digest;
    next["page"] = std::to_string(number);
    next.erase("restarts");
    page.next.push_back(at_step(cursor, next));
  }

  static std::string subject_of(const Step& step, const Cursor& cursor) {
    for (const char* name : {"parent", "video"}) {
      if (!at(step, name).empty()) return at(step, name);
    }
    return cursor.query;
  }

  static Page read_refused(const HttpResponse& response, const Cursor& cursor,
                           Timestamp now) {
    const Step step = read_flat(cursor.step);
    const Refusal refusal = read_refusal(response.body);
    const ErrorRow& row = classify("youtube", response, refusal.reasons);
    const bool bad_token = row.reason == "invalidPageToken";
    if (bad_token && !at(step, "token").empty() &&
        number_at(step, "restarts") < kMostRestarts) {
      // From the first page again: a unit a page, and nothing is missed.
      Step again = step;
      for (const char* name : {"token", "first", "last", "page"}) {
        again.erase(name);
      }
      again["restarts"] = std::to_string(number_at(step, "restarts") + 1);
      Page page;
      page.cost = {
          at(step, "step") == "search" ? "youtube.search" : "youtube.units", 1};
      page.next.push_back(at_step(cursor, again));
      return page;
    }
    std::string what = "answer " + std::to_string(response.status) + ": " +
                       std::string(row.meaning);
    if (!refusal.message.empty()) what += ": " + one_line(refusal.message);
    throw SourceError(row.action, what, not_before(row, response, now));
  }

  std::string base_url_;
  Secret credential_;
  std::map<std::string, std::string> queries_;
  bool comments_ = true;
  std::chrono::hours overlap_{24};
  std::string region_;
  std::string language_;
};

}  // namespace

std::unique_ptr<Source> make_youtube_source(const SourceConfig& config) {
  return std::make_unique<YoutubeSource>(config);
}

}  // namespace grumble::collector
