#include "collector/sources/x.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "collector/refresh.h"
#include "collector/retry_policy.h"
#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/x_items.h"
#include "collector/sources/x_lookup.h"
#include "collector/sources/x_refusal.h"
#include "collector/sources/x_stream.h"

namespace grumble::collector {
namespace {

using domain::Timestamp;
using std::chrono::hours;
using std::chrono::seconds;

/// The site searches 7 days back; an hour is left for what it takes to ask.
constexpr hours kReach{7 * 24 - 1};
constexpr std::chrono::minutes kSlack{50};

/// A stream whose list ends so long ago has gone; search takes its place.
constexpr std::chrono::minutes kStreamLag{3};

/// A page is booked at its worst case, which a crash turns into spent money:
/// small pages cost no more, and lose less.
constexpr int64_t kPageSize = 25;

/// The first post of all.
constexpr Timestamp kFirstXPost{seconds{1'142'974'200}};

constexpr std::string_view kTweetFields =
    "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,"
    "referenced_tweets,lang,public_metrics,possibly_sensitive,entities,"
    "edit_history_tweet_ids,edit_controls,note_tweet,withheld";
constexpr std::string_view kTweetExpansions = "referenced_tweets.id";
constexpr std::string_view kTweetAndAuthorExpansions =
    "author_id,referenced_tweets.id,referenced_tweets.id.author_id";
constexpr std::string_view kPostFields =
    "id,text,created_at,conversation_id,lang,public_metrics,"
    "possibly_sensitive,entities,note_post,withheld";
/// This dialect names authors only where it shows them.
constexpr std::string_view kPostExpansions =
    "author_id,referenced_posts,edit_history_post_ids";
constexpr std::string_view kUserFields =
    "id,name,username,public_metrics,verified,protected";

std::string in_older_words(std::string expansions) {
  for (const auto& [word, older] :
       {std::pair<std::string, std::string>{"referenced_posts",
                                            "referenced_tweets.id"},
        {"edit_history_post_ids", "edit_history_tweet_ids"}}) {
    const size_t at = expansions.find(word);
    if (at != expansions.npos) expansions.replace(at, word.size(), older);
  }
  return expansions;
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
                 "stream", "user_price"});
    archive_ = options.flag("archive", false);
    // The full archive takes one request a second.
    const int64_t spacing =
        options.integer("archive_spacing_ms", 1'000, 0, 60'000);
    if (archive_) spacing_ = std::chrono::milliseconds(spacing);
    const int64_t most = archive_ ? 500 : 100;
    max_results_ = options.integer("max_results", kPageSize, 10, most);
    settle_ = seconds(options.integer("settle_seconds", 60, 30, 3600));
    stream_ = options.flag("stream", false);
    const std::string dialect = options.text("dialect", "tweet");
    if (dialect != "tweet" && dialect != "post") {
      options.refuse("dialect", "tweet or post");
    }
    post_dialect_ = dialect == "post";
    const std::string usual(config.names ? kTweetAndAuthorExpansions
                                         : kTweetExpansions);
    expansions_ = options.text(
        "expansions", post_dialect_ ? std::string(kPostExpansions) : usual);
    stream_expansions_ = in_older_words(options.text("expansions", usual));
    constexpr int64_t kMostPrice = 1'000'000;
    post_price_ = options.integer("post_price", 5'000, 0, kMostPrice);
    user_price_ = options.integer("user_price", 10'000, 0, kMostPrice);
    bill_includes_ = options.flag("bill_includes", true);
  }

  Start open(const Round& round) const override {
    if (round.query == kRefresh) return open_refresh(round, kXLookupIds);
    const int64_t until = x_first_id_of(round.now - settle_);
    const int64_t since = x_first_id_of(std::max(round.since, kFirstXPost)) - 1;
    const int64_t top = round.top.value_or(since);
    // A stream that runs has seen to all but the last moments.
    if (stream_ && round.top &&
        x_time_of(until) - x_time_of(top) < kStreamLag) {
      return {"posts", {{}, {}, top}, {}};
    }
    int64_t reach = archive_ ? 0 : x_first_id_of(round.now - kReach) - 1;
    Start start{"posts", open_range(top, until, reach), {}};
    // A first round that asks for the usual 7 days misses nothing by it.
    if (!round.top && round.since >= round.now - hours(7 * 24)) {
      start.range.unreachable.reset();
    }
    return start;
  }

  HttpRequest request(const Gap& gap) const override {
    HttpRequest request;
    request.url = gap.list == kLookup   ? lookup_url(gap)
                  : gap.list == kStream ? stream_url()
                                        : search_url(gap);
    request.headers.emplace_back("Accept", "application/json");
    if (!credential_.empty()) {
      request.credential.emplace("Authorization",
                                 Secret("Bearer " + credential_.reveal()));
    }
    return request;
  }

  Cost worst_cost(const Gap& gap) const override {
    if (gap.list == kLookup) {
      return {std::string(kBucket), post_price_ * looked_up(gap)};
    }
    const int64_t posts = gap.list == kStream ? kStreamPosts : max_results_;
    return {std::string(kBucket), price_of_post().most * posts};
  }

  XPrice price_of_post() const {
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
    return {post_price_, item};
  }

  std::chrono::milliseconds spacing() const override { return spacing_; }

  std::optional<int64_t> too_old(const Gap& gap, Timestamp now) const override {
    if (archive_ || gap.list != "posts") return {};
    if (x_time_of(gap.lo) >= now - kReach - kSlack) return {};
    return x_first_id_of(now - kReach) - 1;
  }

  Page read(const HttpResponse& response, const Gap& gap,
            Timestamp now) const override {
    if (response.status != 200) refuse_x(response, !gap.token.empty(), now);
    if (gap.list == kStream) {
      XStreamPage stream = read_x_stream(response.body, now);
      stream.page.cost = {std::string(kBucket),
                          cost_of(stream.hits, stream.posts, stream.users)};
      return std::move(stream.page);
    }
    const JsonText text(response.body);
    auto answer = read_x_answer(text.view(), now);
    const bool lookup = gap.list == kLookup;
    // When all that was asked for is gone, there is no data.
    if (!answer || !(answer->has_page || (lookup && answer->has_errors))) {
      throw SourceError(Action::retry,
                        "answer 200 is no page of the X API: '" +
                            one_line(response.body.substr(0, 80)) + "'");
    }
    const Cost cost{std::string(kBucket),
                    cost_of(answer->hits, answer->posts, answer->users)};
    if (lookup) {
      Page page = read_x_lookup(std::move(*answer), gap);
      page.cost = cost;
      return page;
    }
    Page page;
    page.cost = cost;
    page.sight.order = Order::by_id;
    page.sight.keys = std::move(answer->ids);
    page.sight.next_token = answer->next_token;
    page.sight.too_soon = too_soon(response, gap);
    page.rejects = std::move(answer->items.rejects);
    page.posts = std::move(answer->items.posts);
    page.edits = std::move(answer->items.edits);
    page.authors = std::move(answer->items.authors);
    return page;
  }

 private:
  /// A clock of ours that runs ahead asks for posts that nobody can have seen
  /// yet. Half of the time to settle is left to small differences.
  std::chrono::milliseconds too_soon(const HttpResponse& response,
                                     const Gap& gap) const {
    const auto there = parse_http_date(response.header("date"));
    const Timestamp end = x_time_of(gap.asked_hi);
    if (!there || end + settle_ / 2 <= *there) return {};
    return end + settle_ - *there;
  }

  static constexpr std::string_view kBucket = "x.posts";

  std::string search_url(const Gap& gap) const {
    const auto query = queries_.find(gap.query);
    if (query == queries_.end()) {
      throw std::invalid_argument("source 'x' has no query '" + gap.query +
                                  "'");
    }
    return url_with(base_url_ + (archive_ ? "/2/tweets/search/all"
                                          : "/2/tweets/search/recent"),
                    {{"query", query->second},
                     {"max_results", std::to_string(max_results_)},
                     {"sort_order", "recency"},
                     {"since_id", std::to_string(std::max<int64_t>(gap.lo, 1))},
                     {"until_id", std::to_string(gap.asked_hi)},
                     {"next_token", gap.token},
                     fields(),
                     {"expansions", expansions_},
                     {"user.fields", std::string(kUserFields)}});
  }

  /// Nothing comes along: only what was asked for is paid.
  std::string lookup_url(const Gap& gap) const {
    return url_with(base_url_ + "/2/tweets", {{"ids", gap.items}, fields()});
  }

  /// The stream has kept the older words, whatever the dialect.
  std::string stream_url() const {
    return url_with(base_url_ + "/2/tweets/search/stream",
                    {{"tweet.fields", std::string(kTweetFields)},
                     {"expansions", stream_expansions_},
                     {"user.fields", std::string(kUserFields)}});
  }

  std::pair<std::string, std::string> fields() const {
    return {post_dialect_ ? "post.fields" : "tweet.fields",
            std::string(post_dialect_ ? kPostFields : kTweetFields)};
  }

  bool has_expansion(std::string_view name) const {
    return (',' + expansions_ + ',').find(',' + std::string(name) + ',') !=
           std::string::npos;
  }

  int64_t cost_of(int64_t hits, int64_t posts, int64_t users) const {
    if (!bill_includes_) return hits * post_price_;
    return posts * post_price_ + users * user_price_;
  }

  std::string base_url_;
  Secret credential_;
  std::map<std::string, std::string> queries_;
  bool archive_ = false;
  std::chrono::milliseconds spacing_{0};
  bool stream_ = false;
  bool post_dialect_ = false;
  bool bill_includes_ = true;
  std::string expansions_;
  std::string stream_expansions_;
  int64_t max_results_ = 100;
  int64_t post_price_ = 0;
  int64_t user_price_ = 0;
  seconds settle_{60};
};

}  // namespace

std::unique_ptr<Source> make_x_source(const SourceConfig& config) {
  return std::make_unique<XSource>(config);
}

XPrice x_price_of_post(const SourceConfig& config) {
  return XSource(config).price_of_post();
}

}  // namespace grumble::collector
