#include "simulator/x_stream.h"

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "simulator/x_parameters.h"
#include "simulator/x_render.h"

namespace grumble::simulator {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds kKeepAlive(20'000);
constexpr size_t kMostConnections = 1;
constexpr size_t kMostRules = 1000;
constexpr size_t kLongestRule = 1024;
constexpr int64_t kFirstRule = 1'166'895'166'390'583'296;

Response answer(const json::object& body) {
  Response response;
  response.body = json::serialize(body);
  return response;
}

Response problem(int status, const std::string& title,
                 const std::string& detail, const std::string& type,
                 const std::string& issue = "") {
  json::object body;
  body["title"] = title;
  body["detail"] = detail;
  body["type"] = "https://api.x.com/2/problems/" + type;
  if (!issue.empty()) body["connection_issue"] = issue;
  Response response = answer(body);
  response.status = status;
  return response;
}

std::string text_at(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

const json::array* list_at(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value ? value->if_array() : nullptr;
}

}  // namespace

struct XStream::State {
  State(const World& own_world, Bill& own_bill)
      : world(own_world), bill(own_bill), sent(world.posts().size(), false) {
    for (size_t i = 0; i < world.posts().size(); ++i) by_time.push_back(i);
    std::stable_sort(
        by_time.begin(), by_time.end(), [this](size_t a, size_t b) {
          return world.posts()[a].visible_at < world.posts()[b].visible_at;
        });
  }

  size_t connected(milliseconds uptime) {
    std::erase_if(phantoms, [&](milliseconds end) { return end <= uptime; });
    return active + phantoms.size();
  }
  /// The first post that is not there yet.
  size_t position(Timestamp now) const {
    const auto at = std::partition_point(
        by_time.begin(), by_time.end(),
        [&](size_t i) { return world.posts()[i].visible_at <= now; });
    return static_cast<size_t>(at - by_time.begin());
  }

  const World& world;
  Bill& bill;
  std::vector<size_t> by_time;
  std::vector<Rule> rules;
  int64_t rules_made = 0;
  size_t active = 0;
  int64_t generation = 0;  ///< of connections: a new one when all are ended
  std::vector<milliseconds> phantoms;  ///< when each is noticed, in uptime
  std::vector<bool> sent;
};

/// One connection.
class XFeed : public Feed {
 public:
  XFeed(std::shared_ptr<XStream::State> state, Selection selection,
        Moment moment)
      : state_(std::move(state)),
        selection_(std::move(selection)),
        generation_(state_->generation),
        next_(state_->position(moment.now)),
        said_(moment.uptime),
        uptime_(moment.uptime) {
    ++state_->active;
  }
  ~XFeed() override {
    if (generation_ != state_->generation) return;
    --state_->active;
    if (haunt_.count() > 0) state_->phantoms.push_back(uptime_ + haunt_);
  }
  XFeed(const XFeed&) = delete;
  XFeed& operator=(const XFeed&) = delete;

  Piece next(Moment moment) override {
    Piece piece;
    uptime_ = moment.uptime;
    if (generation_ != state_->generation) {
      piece.end = true;
      return piece;
    }
    for (const size_t end = state_->position(moment.now); next_ < end;
         ++next_) {
      send(state_->by_time[next_], moment.now, piece);
    }
    if (piece.bytes.empty() && moment.uptime - said_ >= kKeepAlive) {
      piece.bytes = "\r\n";
    }
    if (!piece.bytes.empty()) said_ = moment.uptime;
    return piece;
  }

  void haunt(milliseconds span) override { haunt_ = span; }

 private:
  void send(size_t index, Timestamp now, Piece& piece) {
    const XPost& post = state_->world.posts()[index];
    if (post.deleted_at <= now) return;
    json::array matching;
    for (const auto& rule : state_->rules) {
      if (!rule.query->matches(state_->world, post)) continue;
      json::object match{{"id", rule.id}};
      if (!rule.tag.empty()) match["tag"] = rule.tag;
      matching.push_back(std::move(match));
    }
    if (matching.empty()) return;
    Rendered one = render_posts(state_->world, {index}, selection_, true, now);
    one.body["matching_rules"] = std::move(matching);
    piece.bytes += json::serialize(one.body) + "\r\n";
    piece.shown.insert(piece.shown.end(), one.post_ids.begin(),
                       one.post_ids.end());
    state_->bill.read(1, one.post_ids, one.user_ids, now);
    state_->sent[index] = true;
  }

  std::shared_ptr<XStream::State> state_;
  Selection selection_;
  int64_t generation_;
  size_t next_;
  milliseconds said_;
  milliseconds uptime_;
  milliseconds haunt_{0};
};

XStream::XStream(const World& world, Bill& bill)
    : state_(std::make_shared<State>(world, bill)) {}

const std::vector<bool>& XStream::sent() const { return state_->sent; }

Response XStream::rules(const Target& target, Moment moment) const {
  const auto ids = target.list("ids");
  json::array data;
  for (const Rule& rule : state_->rules) {
    if (!ids.empty() &&
        std::find(ids.begin(), ids.end(), rule.id) == ids.end()) {
      continue;
    }
    json::object one{{"id", rule.id}, {"value", rule.value}};
    if (!rule.tag.empty()) one["tag"] = rule.tag;
    data.push_back(std::move(one));
  }
  json::object meta{{"sent", x_time(moment.now)},
                    {"result_count", data.size()}};
  json::object body;
  if (!data.empty()) body["data"] = std::move(data);
  body["meta"] = std::move(meta);
  return answer(body);
}

namespace {

json::object bad_rule(const std::string& title, const std::string& type,
                      const std::string& value, const std::string& detail) {
  return {{"title", title},
          {"type", "https://api.x.com/2/problems/" + type},
          {"value", value},
          {"details", json::array{json::string(detail)}}};
}

}  // namespace

Response XStream::change_rules(const Request& request, const Target& target,
                               const Words& words, Moment moment) {
  json::error_code error;
  const json::value parsed = json::parse(request.body, error);
  const json::object* const object = error ? nullptr : parsed.if_object();
  const json::array* const add = object ? list_at(*object, "add") : nullptr;
  const json::value* const removed =
      object ? object->if_contains("delete") : nullptr;
  const json::array* const ids = removed && removed->is_object()
                                     ? list_at(removed->as_object(), "ids")
                                     : nullptr;
  if ((add == nullptr) == (ids == nullptr)) {
    throw invalid_request(words, "JSON doesn't match expected schema", {});
  }
  const bool dry = target.find("dry_run").value_or("") == "true";
  std::vector<Rule> rules = state_->rules;
  json::array data;
  json::array errors;
  json::object summary;
  if (ids != nullptr) {
    std::set<std::string> gone;
    for (const auto& id : *ids) {
      if (id.is_string()) gone.insert(std::string(id.get_string()));
    }
    const auto count = static_cast<int64_t>(std::erase_if(
        rules, [&](const Rule& rule) { return gone.contains(rule.id); }));
    summary = {{"deleted", count},
               {"not_deleted", static_cast<int64_t>(gone.size()) - count}};
  } else {
    for (const auto& item : *add) {
      if (!item.is_object()) continue;
      Rule rule;
      rule.value = text_at(item.as_object(), "value");
      rule.tag = text_at(item.as_object(), "tag");
      const bool known =
          std::any_of(rules.begin(), rules.end(), [&](const Rule& other) {
            return other.value == rule.value && other.tag == rule.tag;
          });
      try {
        if (known) {
          errors.push_back(bad_rule("DuplicateRule", "duplicate-rules",
                                    rule.value, "the rule is there already"));
          continue;
        }
        if (rules.size() >= kMostRules || rule.value.size() > kLongestRule) {
          throw QueryError("too long, or one too many");
        }
        rule.query = std::make_shared<Query>(Query::parse(rule.value));
      } catch (const QueryError& wrong) {
        errors.push_back(bad_rule("Invalid Rule", "invalid-rules", rule.value,
                                  wrong.what()));
        continue;
      }
      rule.id = std::to_string(kFirstRule + ++state_->rules_made);
      json::object one{{"value", rule.value}, {"id", rule.id}};
      if (!rule.tag.empty()) one["tag"] = rule.tag;
      data.push_back(std::move(one));
      rules.push_back(std::move(rule));
    }
    const auto bad = static_cast<int64_t>(errors.size());
    const auto good = static_cast<int64_t>(data.size());
    summary = {{"created", good},
               {"not_created", bad},
               {"valid", good},
               {"invalid", bad}};
  }
  if (!dry) state_->rules = std::move(rules);
  json::object body;
  if (!data.empty()) body["data"] = std::move(data);
  body["meta"] = json::object{{"sent", x_time(moment.now)},
                              {"summary", std::move(summary)}};
  if (!errors.empty()) body["errors"] = std::move(errors);
  return answer(body);
}

Response XStream::connect(const Target& target, Dialect dialect,
                          Moment moment) {
  // The stream has kept the older words.
  const Dialect own = dialect == Dialect::post ? Dialect::tweet : dialect;
  check_parameters(own, target, {"backfill_minutes", "start_time", "end_time"},
                   true);
  Selection selection = parse_selection(own, target);
  if (state_->rules.empty()) {
    return problem(409, "Conflict", "there are no rules to stream by",
                   "rule-configuration-issue", "RuleConfigurationIssue");
  }
  if (state_->connected(moment.uptime) >= kMostConnections) {
    return problem(429, "ConnectionException",
                   "This stream is currently at the maximum allowed "
                   "connection limit.",
                   "streaming-connection", "TooManyConnections");
  }
  Response response;
  response.feed = std::make_shared<XFeed>(state_, std::move(selection), moment);
  return response;
}

Response XStream::end_connections() {
  const auto ended =
      static_cast<int64_t>(state_->active + state_->phantoms.size());
  ++state_->generation;
  state_->active = 0;
  state_->phantoms.clear();
  json::object data{{"successful_kills", ended}, {"failed_kills", 0}};
  json::object body;
  body["data"] = std::move(data);
  return answer(body);
}

}  // namespace grumble::simulator
