#include "collector/sources/youtube.h"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "collector/error_table.h"
#include "collector/refresh.h"
#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/youtube_items.h"

namespace grumble::collector {
namespace {

using domain::Timestamp;
using std::chrono::milliseconds;

/// A request by id takes so many.
constexpr size_t kMostIds = 50;

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

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> ids;
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    ids.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return ids;
}

/// The channel of a query that asks for its uploads; empty for a search.
std::string channel_of(const std::string& query) {
  constexpr std::string_view kChannel = "channel:";
  return query.starts_with(kChannel) ? query.substr(kChannel.size()) : "";
}

/// Uploads stand in the order in which they came to the site; they may be
/// published so much later.
constexpr std::chrono::hours kUploadOverlap{14 * 24};

/// All uploads of a channel, once a week: one may have waited for years. Of
/// what stands there only what was published lately can be new.
constexpr const char* kAllUploads = "all-uploads";
constexpr std::chrono::weeks kAllUploadsEvery{1};

bool lists_uploads(const Gap& gap) {
  return gap.list == "uploads" || gap.list == kAllUploads;
}

std::vector<std::string> published_after(const YoutubeAnswer& answer,
                                         Timestamp time) {
  std::vector<std::string> videos;
  for (size_t i = 0; i < answer.videos_found.size(); ++i) {
    if (answer.listed_times[i] > time) videos.push_back(answer.videos_found[i]);
  }
  return videos;
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
    for (const auto& [name, query] : queries_) {
      const std::string channel = channel_of(query);
      if (!query.starts_with("channel:") ||
          (is_youtube_id(channel) && channel.starts_with("UC") &&
           channel.size() == 24)) {
        continue;
      }
      throw std::invalid_argument("query '" + name + "': '" + channel +
                                  "' is no channel id, which is 'UC' and 22 "
                                  "more characters");
    }
  }

  Start open(const Round& round) const override {
    if (round.query == kRefresh) return open_refresh(round, kMostIds);
    const int64_t now = round.now.time_since_epoch() / milliseconds(1);
    const int64_t since = round.since.time_since_epoch() / milliseconds(1) - 1;
    const auto query = queries_.find(round.query);
    const bool uploads =
        query != queries_.end() && !channel_of(query->second).empty();
    Start start{uploads ? "uploads" : "search",
                open_range(round.top.value_or(since), now),
                {}};
    if (start.range.open && round.top && !round.unfinished) {
      // What a search finds shifts, uploads show late: reach back into the last
      // round.
      const auto overlap = uploads ? kUploadOverlap : overlap_;
      start.range.open->lo =
          std::max(since, *round.top - overlap / milliseconds(1));
    }
    std::vector<std::string> ids;
    for (const std::string& video : round.known) {
      if (comments_ && is_youtube_id(video)) ids.push_back(video);
    }
    start.leads = leads_to(ids, round.query);
    if (uploads && round.top) {
      start.leads.push_back(
          {kAllUploads, round.query, "",
           1 + round.now.time_since_epoch() / kAllUploadsEvery});
    }
    return start;
  }

  HttpRequest request(const Gap& gap) const override {
    HttpRequest request;
    request.url = url_of(gap);
    request.headers.emplace_back("Accept", "application/json");
    if (!credential_.empty()) {
      request.credential.emplace("X-Goog-Api-Key", credential_);
    }
    return request;
  }

  Cost worst_cost(const Gap& gap) const override {
    return {gap.list == "search" ? "youtube.search" : "youtube.units", 1};
  }

  Page read(const HttpResponse& response, const Gap& gap,
            Timestamp now) const override {
    if (response.status != 200) refuse(response, gap, now);
    const JsonText text(response.body);
    YoutubeReading how;
    how.observed_at = now;
    how.video = video_of(gap);
    how.plain_text = true;
    how.playlist_lists = lists_uploads(gap);
    auto answer = read_youtube_answer(text.view(), how);
    if (!answer || !answer->has_page) {
      throw SourceError(Action::retry,
                        "answer 200 is no page of the YouTube API: '" +
                            one_line(response.body.substr(0, 80)) + "'");
    }
    Page page;
    page.cost = worst_cost(gap);
    page.sight = sight_of(gap, *answer);
    if (gap.list == kAllUploads) {
      answer->videos_found = published_after(*answer, now - kUploadOverlap);
    }
    add_leads(page, gap, *answer);
    for (auto& reject : answer->items.rejects) {
      page.rejects.push_back(std::move(reject));
    }
    page.posts = std::move(answer->items.posts);
    page.again = gap.list == "lookup";
    page.authors = std::move(answer->items.authors);
    return page;
  }

 private:
  /// The subject of replies is their video and their thread.
  static std::string video_of(const Gap& gap) {
    if (gap.list == "threads") return gap.subject;
    return gap.list == "replies" ? gap.subject.substr(0, gap.subject.find('/'))
                                 : "";
  }
  static std::string thread_of(const Gap& gap) {
    return gap.subject.substr(gap.subject.find('/') + 1);
  }

  /// What is to be asked for by id, as few requests as it takes.
  static std::vector<Lead> leads_to(const std::vector<std::string>& videos,
                                    const std::string& query) {
    std::vector<Lead> leads;
    for (size_t i = 0; i < videos.size(); i += kMostIds) {
      const auto begin = videos.begin() + static_cast<std::ptrdiff_t>(i);
      const auto end = videos.begin() + static_cast<std::ptrdiff_t>(std::min(
                                            i + kMostIds, videos.size()));
      leads.push_back({"videos", query, joined({begin, end}), 0});
    }
    return leads;
  }

  std::string url_of(const Gap& gap) const {
    const std::string& kind = gap.list;
    const auto time = [](int64_t number) {
      return time_text(Timestamp(milliseconds(number)));
    };
    const auto query = queries_.find(gap.query);
    if ((kind == "search" || lists_uploads(gap)) && query == queries_.end()) {
      throw std::invalid_argument("source 'youtube' has no query '" +
                                  gap.query + "'");
    }
    if (lists_uploads(gap)) {
      // The playlist of a channel's uploads is named after it.
      return url_with(
          base_url_ + "playlistItems",
          {{"part", "snippet,contentDetails"},
           {"playlistId", "UU" + channel_of(query->second).substr(2)},
           {"maxResults", "50"},
           {"pageToken", gap.token}});
    }
    if (kind == "search") {
      return url_with(base_url_ + "search", {{"part", "snippet"},
                                             {"type", "video"},
                                             {"order", "date"},
                                             {"maxResults", "50"},
                                             {"q", query->second},
                                             {"publishedAfter", time(gap.lo)},
                                             {"publishedBefore", time(gap.hi)},
                                             {"regionCode", region_},
                                             {"relevanceLanguage", language_},
                                             {"pageToken", gap.token}});
    }
    if (kind == "videos") {
      return url_with(base_url_ + "videos",
                      {{"part", "snippet,statistics"}, {"id", gap.items}});
    }
    if (kind == "lookup") {
      const bool videos = gap.subject == "videos";
      return url_with(base_url_ + gap.subject,
                      {{"part", videos ? "snippet,statistics" : "id,snippet"},
                       {"id", gap.items},
                       {"textFormat", videos ? "" : "plainText"}});
    }
    if (kind == "threads") {
      return url_with(base_url_ + "commentThreads",
                      {{"part", "id,snippet,replies"},
                       {"videoId", gap.subject},
                       {"order", "time"},
                       {"maxResults", "100"},
                       {"textFormat", "plainText"},
                       {"pageToken", gap.token}});
    }
    if (kind == "replies") {
      return url_with(base_url_ + "comments", {{"part", "id,snippet"},
                                               {"parentId", thread_of(gap)},
                                               {"maxResults", "100"},
                                               {"textFormat", "plainText"},
                                               {"pageToken", gap.token}});
    }
    throw std::invalid_argument("source 'youtube': unknown list '" + kind +
                                "'");
  }

  static Sight sight_of(const Gap& gap, const YoutubeAnswer& answer) {
    Sight sight;
    // What was asked for by id has no second page.
    const bool by_id = gap.list == "videos" || gap.list == "lookup";
    sight.next_token = by_id ? "" : answer.next_token;
    sight.digest = digest_of(answer.ids);
    // Threads and uploads are sorted by time. Nothing is known of other lists:
    // their items never lie on known ground.
    const bool sorted = gap.list == "threads" || lists_uploads(gap);
    if (!sorted) sight.keys.assign(answer.ids.size(), gap.lo + 1);
    for (const auto* times : {&answer.thread_times, &answer.listed_times}) {
      for (const Timestamp time : *times) {
        sight.keys.push_back(time.time_since_epoch() / milliseconds(1));
      }
    }
    return sight;
  }

  void add_leads(Page& page, const Gap& gap,
                 const YoutubeAnswer& answer) const {
    if (gap.list == "lookup") return;
    if (gap.list == "videos") {
      for (const std::string& id : split(gap.items)) {
        const auto& came = answer.ids;
        if (std::find(came.begin(), came.end(), id) == came.end()) {
          page.rejects.push_back(
              {"/items", id, "video not returned: private or deleted", ""});
        }
      }
      for (const auto& [video, comments] : answer.commented) {
        if (comments_) page.leads.push_back({"threads", video, "", comments});
      }
      return;
    }
    page.leads = leads_to(answer.videos_found, gap.query);
    for (const YoutubeThread& thread : answer.cut_threads) {
      page.leads.push_back(
          {"replies", gap.subject + '/' + thread.id, "", thread.replies});
    }
  }

  [[noreturn]] static void refuse(const HttpResponse& response, const Gap& gap,
                                  Timestamp now) {
    const Refusal refusal = read_refusal(response.body);
    const ErrorRow& row = classify("youtube", response, refusal.reasons);
    std::string what = "answer " + std::to_string(response.status) + ": " +
                       std::string(row.meaning);
    if (!refusal.message.empty()) what += ": " + one_line(refusal.message);
    // From the first page again: a unit a page, and nothing is missed.
    const bool token = row.reason == "invalidPageToken" && !gap.token.empty();
    throw SourceError(token ? Action::restart : row.action, what,
                      not_before(row, response, now));
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
