#include "collector/sources/x.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "collector/error_table.h"
#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_step.h"

namespace grumble::collector {
namespace {

using domain::Timestamp;
using std::chrono::hours;
using std::chrono::seconds;

/// The site searches 7 days back; an hour is left for what it takes to ask.
constexpr hours kReach{7 * 24 - 1};
constexpr int kMostEmptyPages = 20;
constexpr int kMostRestarts = 3;

constexpr std::string_view kTweetFields =
    "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,"
    "referenced_tweets,lang,public_metrics,possibly_sensitive,entities,"
    "edit_history_tweet_ids,edit_controls,note_tweet,withheld";
constexpr std::string_view kTweetExpansions =
    "author_id,referenced_tweets.id,referenced_tweets.id.author_id";
constexpr std::string_view kPostFields =
    "id,text,created_at,conversation_id,lang,public_metrics,"
    "possibly_sensitive,entities,note_post,withheld";
constexpr std::string_view kPostExpansions =
    "author_id,referenced_posts,edit_history_post_ids";
constexpr std::string_view kUserFields =
    "id,name,username,public_metrics,verified,protected";

Timestamp whole_seconds(Timestamp time) {
  return std::chrono::floor<seconds>(time);
}

std::string range_text(Timestamp from, Timestamp to) {
  return domain::to_string(from) + " to " + domain::to_string(to);
}

/// What a refusal says of itself.
struct Refusal {
  std::vector<std::string> reasons;
  std::string detail;
};

Refusal read_refusal(const std::string& body) {
  Refusal refusal;
  const JsonText text(body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  if (!root || !root->is_object()) return refusal;
  for (const std::string_view name : {"type", "title", "reason"}) {
    std::string reason = string_member(*root, name).value_or("");
    // The host of a problem type differs; its last segment does not.
    if (const size_t slash = reason.rfind('/'); slash != reason.npos) {
      reason.erase(0, slash + 1);
    }
    if (!reason.empty()) refusal.reasons.push_back(std::move(reason));
  }
  refusal.detail = string_member(*root, "detail").value_or("");
  for (const JsonValue error : array_member(*root, "errors")) {
    if (const auto message = string_member(error, "message")) {
      refusal.detail = *message;
      break;
    }
  }
  return refusal;
}

class XSource : public Source {
 public:
  explicit XSource(const SourceConfig& config)
      : base_url_(base_url_of(config)),
        credential_(config.credential),
        queries_(config.queries) {
    const Options options(
        config, {"archive", "archive_spacing_ms", "bill_includes", "dialect",
                 "expansions", "max_results", "post_price", "settle_seconds",
                 "user_price"});
    archive_ = options.flag("archive", false);
    // The full archive takes one request a second.
    const int64_t spacing =
        options.integer("archive_spacing_ms", 1'000, 0, 60'000);
    if (archive_) spacing_ = std::chrono::milliseconds(spacing);
    const int64_t most = archive_ ? 500 : 100;
    max_results_ = options.integer("max_results", 100, 10, most);
    settle_ = seconds(options.integer("settle_seconds", 60, 10, 3600));
    const std::string dialect = options.text("dialect", "tweet");
    if (dialect != "tweet" && dialect != "post") {
      options.refuse("dialect", "tweet or post");
    }
    post_dialect_ = dialect == "post";
    expansions_ = options.text(
        "expansions",
        std::string(post_dialect_ ? kPostExpansions : kTweetExpansions));
    constexpr int64_t kMostPrice = 1'000'000;
    post_price_ = options.integer("post_price", 5'000, 0, kMostPrice);
    user_price_ = options.integer("user_price", 10'000, 0, kMostPrice);
    bill_includes_ = options.flag("bill_includes", true);
  }

  Opening open(const Round& round) const override {
    const Timestamp end = whole_seconds(round.now - settle_);
    const int64_t hi = x_first_id_of(end);
    const auto lo = x_id(round.watermark);
    if (lo && hi - 1 <= *lo) return {{}, round.watermark};
    XStep step;
    if (lo && (archive_ || x_time_of(*lo) >= round.now - kReach)) {
      step.lo = round.watermark;
      step.hi = std::to_string(hi);
    } else {
      const Timestamp wanted = lo ? x_time_of(*lo) : round.since;
      step = by_time(wanted, end, round.now);
      // A first round that asks for the usual 7 days misses nothing by it.
      if (!lo && wanted >= round.now - hours(7 * 24)) step.gap_from.clear();
      if (step.start.empty()) return {{}, std::to_string(hi - 1)};
    }
    return {{{"", round.query, write_x_step(step)}}, std::to_string(hi - 1)};
  }

  HttpRequest request(const Cursor& cursor) const override {
    const XStep step = read_x_step(cursor.step);
    const auto query = queries_.find(cursor.query);
    if (query == queries_.end()) {
      throw std::invalid_argument("source 'x' has no query '" + cursor.query +
                                  "'");
    }
    HttpRequest request;
    request.url =
        url_with(base_url_ + (archive_ ? "/2/tweets/search/all"
                                       : "/2/tweets/search/recent"),
                 {{"query", query->second},
                  {"max_results", std::to_string(max_results_)},
                  {"sort_order", "recency"},
                  {"since_id", step.lo},
                  {"until_id", step.hi},
                  {"start_time", step.start},
                  {"end_time", step.end},
                  {"next_token", step.token},
                  {post_dialect_ ? "post.fields" : "tweet.fields",
                   std::string(post_dialect_ ? kPostFields : kTweetFields)},
                  {"expansions", expansions_},
                  {"user.fields", std::string(kUserFields)}});
    request.headers.emplace_back("Accept", "application/json");
    if (!credential_.empty()) {
      request.credential.emplace("Authorization",
                                 Secret("Bearer " + credential_.reveal()));
    }
    return request;
  }

  Cost worst_cost(const Cursor&) const override {
    int64_t item = post_price_;
    if (bill_includes_) {
      // A post refers to two others at most: it answers one and quotes one.
      const bool authors = has_expansion("author_id");
      const bool others = has_expansion("referenced_tweets.id") ||
                          has_expansion("referenced_posts");
      const bool their_authors =
          others &&
          (post_dialect_ ? authors
                         : has_expansion("referenced_tweets.id.author_id"));
      item += (authors ? user_price_ : 0) + (others ? 2 * post_price_ : 0) +
              (their_authors ? 2 * user_price_ : 0);
    }
    return {std::string(kBucket), item * max_results_};
  }

  std::chrono::milliseconds spacing() const override { return spacing_; }

  Page read(const HttpResponse& response, const Cursor& cursor,
            Timestamp now) const override {
    const XStep step = read_x_step(cursor.step);
    if (response.status != 200) return read_refused(response, cursor, now);
    const JsonText text(response.body);
    auto answer = read_x_answer(text.view(), now);
    if (!answer || !answer->has_page) {
      throw SourceError(Action::retry,
                        "answer 200 is no page of the X API: '" +
                            one_line(response.body).substr(0, 80) + "'");
    }
    Page page;
    page.cost = {std::string(kBucket), cost_of(*answer)};
    if (!step.gap_from.empty()) {
      page.rejects.push_back(gap_reject(
          domain::parse_timestamp(step.gap_from).value_or(kFirstXPost),
          begin_of(step), "older than the site searches"));
    }
    follow(page, cursor, step, *answer);
    for (auto& reject : answer->items.rejects) {
      page.rejects.push_back(std::move(reject));
    }
    page.posts = std::move(answer->items.posts);
    page.authors = std::move(answer->items.authors);
    return page;
  }

 private:
  static constexpr std::string_view kBucket = "x.posts";

  /// The part of the range that can still be searched; `start` stays empty
  /// when there is none.
  XStep by_time(Timestamp wanted, Timestamp end, Timestamp now) const {
    XStep step;
    Timestamp start = std::max(wanted, kFirstXPost);
    if (!archive_ && start < now - kReach) {
      step.gap_from = domain::to_string(whole_seconds(start));
      start = now - kReach;
    }
    start = whole_seconds(start);
    if (start >= end) return {};
    step.start = domain::to_string(start);
    step.end = domain::to_string(end);
    return step;
  }

  bool has_expansion(std::string_view name) const {
    return (',' + expansions_ + ',').find(',' + std::string(name) + ',') !=
           std::string::npos;
  }

  int64_t cost_of(const XAnswer& answer) const {
    if (!bill_includes_) return answer.hits * post_price_;
    return answer.posts * post_price_ + answer.users * user_price_;
  }

  static domain::Reject gap_reject(Timestamp from, Timestamp to,
                                   const std::string& why) {
    return {"", "", "coverage gap: " + range_text(from, to) + ", " + why, ""};
  }

  static Cursor cursor_at(const Cursor& cursor, const XStep& step) {
    return {cursor.source, cursor.query, write_x_step(step)};
  }

  /// Appends the step that comes after a page.
  static void follow(Page& page, const Cursor& cursor, const XStep& step,
                     const XAnswer& answer) {
    if (answer.next_token.empty()) return;
    const int64_t low = x_id(step.low).value_or(0);
    const bool repeats =
        answer.next_token == step.token ||
        (answer.hits > 0 && low != 0 && answer.lowest_id >= low);
    if (repeats) {
      restart(page, cursor, step, "the site repeats its pages");
      return;
    }
    XStep next = step;
    next.token = answer.next_token;
    next.gap_from.clear();
    next.empty_pages = answer.hits == 0 ? step.empty_pages + 1 : 0;
    if (answer.lowest_id != 0) {
      next.low = std::to_string(answer.lowest_id);
      next.restarts = 0;
    }
    if (next.empty_pages > kMostEmptyPages) {
      page.rejects.push_back(gap_reject(begin_of(step), end_below(step),
                                        "too many empty pages in a row"));
      return;
    }
    page.next.push_back(cursor_at(cursor, next));
  }

  /// Goes on below the lowest id that landed, with no token. Gives up, and
  /// says what is missing, when that does not help.
  static void restart(Page& page, const Cursor& cursor, const XStep& step,
                      const std::string& why) {
    if (step.restarts >= kMostRestarts) {
      page.rejects.push_back(gap_reject(begin_of(step), end_below(step), why));
      return;
    }
    XStep next = step;
    next.token.clear();
    next.gap_from.clear();
    next.empty_pages = 0;
    ++next.restarts;
    if (const auto low = x_id(step.low)) {
      if (!step.lo.empty()) {
        next.hi = step.low;
        if (*low - 1 <= x_id(step.lo).value_or(0)) return;
      } else {
        // By whole seconds: what landed of that second comes once more.
        next.end = domain::to_string(std::min(
            end_of(step), whole_seconds(x_time_of(*low)) + seconds(1)));
      }
    }
    page.next.push_back(cursor_at(cursor, next));
  }

  /// A refusal that the walk can mend is a page of its own; others are thrown.
  Page read_refused(const HttpResponse& response, const Cursor& cursor,
                    Timestamp now) const {
    const XStep step = read_x_step(cursor.step);
    const Refusal refusal = read_refusal(response.body);
    Page page;
    page.cost.bucket = kBucket;
    if (response.status == 400 && !step.token.empty()) {
      restart(page, cursor, step, "the site refuses its own page token");
      return page;
    }
    if (response.status == 400 && !archive_ && begin_of(step) < now - kReach) {
      const XStep rest = by_time(begin_of(step), end_below(step), now);
      const Timestamp reach =
          rest.start.empty() ? end_below(step) : begin_of(rest);
      page.rejects.push_back(
          gap_reject(begin_of(step), reach, "older than the site searches"));
      if (!rest.start.empty()) {
        XStep next = rest;
        next.gap_from.clear();
        page.next.push_back(cursor_at(cursor, next));
      }
      return page;
    }
    const ErrorRow& row = classify("x", response, refusal.reasons);
    std::string what = "answer " + std::to_string(response.status) + ": " +
                       std::string(row.meaning);
    if (!refusal.detail.empty()) what += ": " + one_line(refusal.detail);
    throw SourceError(row.action, what, not_before(row, response, now), false);
  }

  std::string base_url_;
  Secret credential_;
  std::map<std::string, std::string> queries_;
  bool archive_ = false;
  std::chrono::milliseconds spacing_{0};
  bool post_dialect_ = false;
  bool bill_includes_ = true;
  std::string expansions_;
  int64_t max_results_ = 100;
  int64_t post_price_ = 0;
  int64_t user_price_ = 0;
  seconds settle_{60};
};

}  // namespace

std::unique_ptr<Source> make_x_source(const SourceConfig& config) {
  return std::make_unique<XSource>(config);
}

}  // namespace grumble::collector
