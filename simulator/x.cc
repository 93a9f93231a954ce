#include "simulator/x.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>

#include "simulator/x_endpoints.h"
#include "simulator/x_parameters.h"
#include "simulator/x_render.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

Response ok(const json::object& body, std::vector<std::string> shown = {}) {
  Response response;
  response.body = json::serialize(body);
  response.shown = std::move(shown);
  return response;
}

bool there(const XPost& post, Timestamp now) {
  return post.at <= now && post.deleted_at > now;
}

json::object search_meta(const World& world, const std::vector<size_t>& page) {
  json::object meta;
  if (!page.empty()) {
    const auto [oldest, newest] = std::minmax_element(page.begin(), page.end());
    meta["newest_id"] = std::to_string(world.posts()[*newest].id);
    meta["oldest_id"] = std::to_string(world.posts()[*oldest].id);
  }
  meta["result_count"] = page.size();
  return meta;
}

}  // namespace

XApi::XApi(const World& world, XOptions options)
    : world_(world),
      options_(std::move(options)),
      jobs_(world),
      stream_(world, bill_) {}

bool XApi::serves(const std::string& path) {
  return path.rfind("/2/", 0) == 0 || XJobs::stores(path);
}

Response XApi::answer(const Request& request, const Target& target,
                      Moment moment) {
  if (XJobs::stores(target.path())) {
    return jobs_.store(request, target, moment);
  }
  const XEndpoint* const endpoint = x_endpoint_of(target.path());
  const std::string name(endpoint ? endpoint->name : "unknown");
  Response response;
  if (request.header("authorization") != "Bearer " + options_.token) {
    response = plain_problem(401, "Unauthorized");
  } else if (endpoint == nullptr) {
    response = plain_problem(404, "Not Found");
  } else if (endpoint->methods.find(request.method) == endpoint->methods.npos) {
    response = plain_problem(405, "Method Not Allowed");
  } else {
    response = admit(name, endpoint->limit, request, target, moment);
  }
  bill_.request(name, response.status);
  const Words& words = words_for(options_.dialect, target);
  std::array<char, 17> transaction{};
  std::snprintf(transaction.data(), transaction.size(), "%016llx",
                static_cast<unsigned long long>(stable_hash(
                    "transaction " + std::to_string(++transactions_))));
  for (auto& header : std::vector<std::pair<std::string, std::string>>{
           {"date", http_date(moment.now, "UTC")},
           {"content-type", "application/json; charset=utf-8"},
           {"cache-control", "no-cache, no-store, max-age=0"},
           {"api-version", std::string(words.version)},
           {"x-access-level", "read"},
           {"x-transaction-id", transaction.data()},
           {"x-response-time", "12"}}) {
    response.headers.push_back(std::move(header));
  }
  return response;
}

/// Within the limits of an endpoint.
Response XApi::admit(const std::string& endpoint, int limit,
                     const Request& request, const Target& target,
                     Moment moment) {
  const auto own = options_.limits.find(endpoint);
  const bool paced = options_.all_per_second > 0 &&
                     (endpoint == kAllSearch || endpoint == kAllCounts);
  const auto standing = windows_.take(
      endpoint, own == options_.limits.end() ? limit : own->second,
      std::chrono::milliseconds(paced ? 1000 / options_.all_per_second : 0),
      moment.uptime);
  Response response;
  if (standing.allowed) {
    try {
      response = dispatch(endpoint, request, target, moment);
    } catch (Refusal& refusal) {
      response = std::move(refusal.response);
    }
  } else {
    response = plain_problem(429, "Too Many Requests");
  }
  const auto reset = std::chrono::ceil<std::chrono::seconds>(
      moment.now + standing.until_reset);
  response.headers = {
      {"x-rate-limit-limit", std::to_string(standing.limit)},
      {"x-rate-limit-remaining", std::to_string(standing.remaining)},
      {"x-rate-limit-reset", std::to_string(reset.time_since_epoch().count())}};
  return response;
}

/// The posts of a window that match, newest first; stops after `most`. Deleted
/// ones are among them: the site leaves them out when it writes the page.
std::vector<size_t> XApi::matching(const Query& query, Window window,
                                   Timestamp now, size_t most) {
  const auto by_id = [](const XPost& post, int64_t id) { return post.id < id; };
  const auto& posts = world_.posts();
  const auto shown = [&](size_t index) {
    return posts[index].visible_at <= now;
  };
  std::vector<size_t> found;
  auto at = std::lower_bound(posts.begin(), posts.end(), window.end, by_id);
  while (at != posts.begin() && found.size() < most) {
    --at;
    if (at->id < window.first) break;
    if (!query.matches(world_, *at)) continue;
    const auto index = static_cast<size_t>(at - posts.begin());
    if (!shown(index)) {
      ++effects_.late;
    } else if (at->edited_to && shown(*at->edited_to)) {
      ++effects_.edited;
    } else {
      found.push_back(index);
    }
  }
  return found;
}

void XApi::leave_out_deleted(std::vector<size_t>& page, bool more,
                             Timestamp now) {
  const auto gone = static_cast<int64_t>(std::erase_if(page, [&](size_t index) {
    return world_.posts()[index].deleted_at <= now;
  }));
  effects_.deleted += gone;
  if (gone > 0 && page.empty() && more) ++effects_.empty_pages;
}

std::vector<bool> XApi::asked_for() const {
  std::vector<bool> asked = stream_.sent();
  for (const auto& [text, where] : asked_) {
    const Query query = Query::parse(text);
    for (size_t i = 0; i < asked.size(); ++i) {
      const XPost& post = world_.posts()[i];
      if (post.id >= where.first && post.id < where.end && !asked[i]) {
        asked[i] = query.matches(world_, post);
      }
    }
  }
  return asked;
}

Response XApi::dispatch(const std::string& endpoint, const Request& request,
                        const Target& target, Moment moment) {
  const Words& words = words_for(options_.dialect, target);
  if (endpoint == kJobs) {
    return request.method == "POST" ? jobs_.create(request, words, moment)
                                    : jobs_.list(target, words, moment);
  }
  if (endpoint == kJob) {
    return jobs_.one(target.path().substr(kJobs.size() + 1), words, moment);
  }
  if (endpoint == kRules) {
    return request.method == "POST"
               ? stream_.change_rules(request, target, words, moment)
               : stream_.rules(target, moment);
  }
  if (endpoint == kStream) {
    return stream_.connect(target, options_.dialect, moment);
  }
  if (endpoint == kConnections) return stream_.end_connections();
  if (endpoint == kRecentSearch) return search(target, moment, false);
  if (endpoint == kAllSearch) return search(target, moment, true);
  if (endpoint == kRecentCounts) return counts(target, moment, false);
  if (endpoint == kAllCounts) return counts(target, moment, true);
  if (endpoint == kLookup) return lookup(target, moment);
  if (endpoint == kLookupOne) return lookup_one(target, moment);
  return usage(target, moment);
}

Response XApi::search(const Target& target, Moment moment, bool all) {
  const Words& words = words_for(options_.dialect, target);
  check_parameters(
      options_.dialect, target,
      {"query", "start_time", "end_time", "since_id", "until_id", "max_results",
       "next_token", "pagination_token", "sort_order"},
      true);
  const Query query = query_of(target, words, all);
  const Selection selection = parse_selection(options_.dialect, target);
  const bool annotated = selection.post_field("context_annotations");
  const auto most = static_cast<size_t>(number_in(
      target, words, "max_results", 10, 10, all && !annotated ? 500 : 100));
  const bool ranked = one_of(target, words, "sort_order",
                             {"recency", "relevancy"}) == "relevancy";
  const Window window =
      parse_window(target, all ? Reach::all : Reach::recent, words, moment.now);
  const auto position = parse_page_token(target, words);

  std::vector<size_t> page;
  std::optional<int64_t> next;
  if (ranked) {
    page = matching(query, window, moment.now, world_.posts().size());
    std::stable_sort(page.begin(), page.end(), [this](size_t a, size_t b) {
      return world_.posts()[a].likes > world_.posts()[b].likes;
    });
    const auto start =
        std::min(page.size(), static_cast<size_t>(position.value_or(0)));
    page.erase(page.begin(), page.begin() + static_cast<ptrdiff_t>(start));
    if (page.size() > most) next = static_cast<int64_t>(start + most);
  } else {
    Window rest = window;
    rest.end = std::min(window.end, position.value_or(window.end));
    page = matching(query, rest, moment.now, most + 1);
    if (page.size() > most) next = world_.posts()[page[most - 1]].id;
  }
  if (page.size() > most) page.resize(most);
  leave_out_deleted(page, next.has_value(), moment.now);
  const auto [asked, added] = asked_.try_emplace(
      target.find("query").value_or(""), Asked{window.first, window.end});
  asked->second.first = std::min(asked->second.first, window.first);
  asked->second.end = std::max(asked->second.end, window.end);

  Rendered rendered = render_posts(world_, page, selection, false, moment.now);
  json::object meta = search_meta(world_, page);
  if (next) meta["next_token"] = page_token(target, *next);
  rendered.body["meta"] = std::move(meta);
  bill_.read(page.size(), rendered.post_ids, rendered.user_ids, moment.now);
  return ok(rendered.body, rendered.post_ids);
}

Response XApi::counts(const Target& target, Moment moment, bool all) {
  using std::chrono::days;
  constexpr days kPage(31);
  const Words& words = words_for(options_.dialect, target);
  check_parameters(
      options_.dialect, target,
      {"query", "start_time", "end_time", "since_id", "until_id", "next_token",
       "pagination_token", "granularity", "search_count.fields"},
      false);
  const Query query = query_of(target, words, all);
  const std::string granularity =
      one_of(target, words, "granularity", {"hour", "minute", "day"});
  const std::chrono::milliseconds step = granularity == "day" ? days(1)
                                         : granularity == "hour"
                                             ? std::chrono::hours(1)
                                             : std::chrono::minutes(1);
  const Window window =
      parse_window(target, all ? Reach::all : Reach::recent, words, moment.now);
  Timestamp end = std::chrono::ceil<std::chrono::seconds>(window.end_time);
  if (const auto position = parse_page_token(target, words)) {
    end = Timestamp(std::chrono::milliseconds(*position));
  }
  Timestamp start = std::chrono::floor<std::chrono::seconds>(window.start_time);
  const bool more = all && start < end - kPage;
  if (more) start = std::chrono::ceil<days>(end - kPage);

  std::vector<int64_t> times;
  Window counted = window;
  counted.first = std::max(window.first, snowflake(start));
  counted.end = std::min(window.end, snowflake(end));
  for (const size_t index :
       matching(query, counted, moment.now, world_.posts().size())) {
    const XPost& post = world_.posts()[index];
    if (post.deleted_at > moment.now) {
      times.push_back(post.at.time_since_epoch().count());
    }
  }
  std::reverse(times.begin(), times.end());
  json::array data;
  auto time = times.begin();
  for (Timestamp from = start; from < end;) {
    const auto since = from.time_since_epoch();
    const Timestamp to = std::min(end, Timestamp(since - since % step + step));
    const auto stop =
        std::lower_bound(time, times.end(), to.time_since_epoch().count());
    json::object bucket;
    bucket["end"] = x_time(to);
    bucket["start"] = x_time(from);
    bucket[words.count] = stop - time;
    data.push_back(std::move(bucket));
    time = stop;
    from = to;
  }
  json::object body;
  if (!data.empty()) body["data"] = std::move(data);
  json::object meta;
  meta[words.total] = times.size();
  if (more)
    meta["next_token"] = page_token(target, start.time_since_epoch().count());
  body["meta"] = std::move(meta);
  bill_.fee(all ? 10'000 : 5'000, moment.now);
  return ok(body);
}

Response XApi::lookup(const Target& target, Moment moment) {
  const Words& words = words_for(options_.dialect, target);
  check_parameters(options_.dialect, target, {"ids"}, true);
  const auto ids = target.list("ids");
  if (ids.empty() || ids.size() > 100) {
    throw invalid_request(
        words,
        "the number of values in the `ids` query parameter list [" +
            std::to_string(ids.size()) + "] is not between 1 and 100",
        {{"ids", target.find("ids").value_or("")}});
  }
  const Selection selection = parse_selection(options_.dialect, target);
  std::vector<size_t> found;
  json::array missing;
  for (const std::string& text : ids) {
    const XPost* const post = world_.find_post(post_id(words, "ids", text));
    if (post == nullptr || !there(*post, moment.now)) {
      missing.push_back(not_found(words, words.resource, "ids", text));
      continue;
    }
    const auto index = static_cast<size_t>(post - world_.posts().data());
    if (std::find(found.begin(), found.end(), index) == found.end()) {
      found.push_back(index);
    }
  }
  Rendered rendered = render_posts(world_, found, selection, false, moment.now);
  if (!missing.empty()) {
    json::value& errors = rendered.body["errors"];
    if (!errors.is_array()) errors = json::array();
    for (auto& error : missing) errors.as_array().push_back(std::move(error));
  }
  bill_.read(found.size(), rendered.post_ids, rendered.user_ids, moment.now);
  return ok(rendered.body, rendered.post_ids);
}

Response XApi::lookup_one(const Target& target, Moment moment) {
  const Words& words = words_for(options_.dialect, target);
  check_parameters(options_.dialect, target, {}, true);
  const Selection selection = parse_selection(options_.dialect, target);
  const std::string text = target.path().substr(kLookup.size() + 1);
  const XPost* const post = world_.find_post(post_id(words, "id", text));
  if (post == nullptr || !there(*post, moment.now)) {
    json::object body;
    body["errors"] = json::array{not_found(words, words.resource, "id", text)};
    return ok(body);
  }
  const Rendered rendered =
      render_posts(world_, {static_cast<size_t>(post - world_.posts().data())},
                   selection, true, moment.now);
  bill_.read(1, rendered.post_ids, rendered.user_ids, moment.now);
  return ok(rendered.body, rendered.post_ids);
}

Response XApi::usage(const Target& target, Moment moment) const {
  const Words& words = words_for(options_.dialect, target);
  check_parameters(options_.dialect, target, {"days", "usage.fields"}, false);
  number_in(target, words, "days", 7, 1, 90);
  const std::string used = std::to_string(bill_.posts_charged());
  json::object data;
  data["cap_reset_day"] = 28;
  data["project_cap"] = "3000000";
  data["project_id"] = "1700000000000000001";
  data["project_usage"] = used;
  const auto fields = target.list("usage.fields");
  if (std::find(fields.begin(), fields.end(), "daily_project_usage") !=
      fields.end()) {
    json::object day;
    day["date"] = x_time(std::chrono::floor<std::chrono::days>(moment.now));
    day["usage"] = used;
    json::object daily;
    daily["project_id"] = data["project_id"];
    daily["usage"] = json::array{day};
    data["daily_project_usage"] = std::move(daily);
  }
  json::object body;
  body["data"] = std::move(data);
  return ok(body);
}

}  // namespace grumble::simulator
