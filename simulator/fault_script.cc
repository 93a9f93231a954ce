#include "simulator/fault_script.h"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "simulator/fault_kind.h"
#include "simulator/text.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;

struct NumberKey {
  std::string_view name;
  int64_t FaultRule::*member;
  int64_t least;
};

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr std::array kNumbers = {
    NumberKey{"from", &FaultRule::from, 1},
    NumberKey{"to", &FaultRule::to, 1},
    NumberKey{"every", &FaultRule::every, 1},
    NumberKey{"times", &FaultRule::times, 1},
    NumberKey{"begin", &FaultRule::begin, 0},
    NumberKey{"end", &FaultRule::end, 0},
    NumberKey{"status", &FaultRule::status, 200},
    NumberKey{"ms", &FaultRule::ms, 1},
    NumberKey{"bytes", &FaultRule::bytes, kLeast},
    NumberKey{"seconds", &FaultRule::seconds, kLeast},
    NumberKey{"run", &FaultRule::run, 1},
};

/// Keys of every rule about requests.
constexpr std::string_view kWhen =
    " fault path from to every chance times begin end ";

struct WorldKind {
  std::string_view name;
  std::string_view parameters;
  std::string_view help;
};

constexpr std::array kWorldKinds = {
    WorldKind{"late", " fault share seconds ",
              "a share of the posts is found up to so many seconds (60) late"},
    WorldKind{"deleted", " fault share seconds run ",
              "a share, in runs (1), is gone after so many seconds (0); a "
              "search still counts it, so a page can be empty"},
    WorldKind{"closed", " fault share seconds ",
              "a share of the accounts is gone, with all posts, so many "
              "seconds (0) after the last of them"},
    WorldKind{"edited", " fault share seconds ",
              "a share is replaced after so many seconds (120) by a new id"},
};

/// A rule about requests, at work.
class ScriptedFault : public Fault {
 public:
  enum class Stage { answer, page, delivery };

  ScriptedFault(FaultRule rule, const FaultKind& kind, Stage stage,
                std::string salt)
      : rule_(std::move(rule)),
        kind_(kind),
        stage_(stage),
        salt_(std::move(salt)) {}

  std::string_view name() const override { return kind_.name; }

  void meet(const Request& request, Moment moment) override {
    chosen_ = choose(Target(request.target), moment);
  }

  std::optional<Response> before(const Request& request,
                                 Moment moment) override {
    Response response;
    if (stage_ != Stage::answer || !act(request, moment, response)) {
      return std::nullopt;
    }
    return response;
  }

  void after(const Request& request, Moment moment,
             Response& response) override {
    if (stage_ == Stage::page) act(request, moment, response);
  }

  void deliver(const Request& request, Moment moment,
               Response& response) override {
    if (stage_ == Stage::delivery) act(request, moment, response);
  }

 private:
  bool choose(const Target& target, Moment moment) {
    if (target.path().rfind(rule_.path, 0) != 0) return false;
    const int64_t number = ++seen_;
    const auto up = std::chrono::floor<std::chrono::seconds>(moment.uptime);
    dice_ = stable_hash(salt_ + std::to_string(number));
    const double draw = static_cast<double>(dice_ >> 11) * 0x1.0p-53;
    return number >= rule_.from && number <= rule_.to &&
           (number - rule_.from) % rule_.every == 0 && draw < rule_.chance &&
           up.count() >= rule_.begin && up.count() < rule_.end &&
           fired() < rule_.times;
  }

  bool act(const Request& request, Moment moment, Response& response) {
    if (!chosen_) return false;
    const Target target(request.target);
    const bool acted =
        kind_.act({rule_, memory_, request, target, moment,
                   stable_hash("what " + std::to_string(dice_)), response});
    if (acted) fire();
    return acted;
  }

  FaultRule rule_;
  const FaultKind& kind_;
  Stage stage_;
  std::string salt_;
  FaultMemory memory_;
  int64_t seen_ = 0;
  uint64_t dice_ = 0;
  bool chosen_ = false;
};

[[noreturn]] void fail(const std::string& message) {
  throw FaultScriptError(message);
}

std::string in_quotes(std::string_view text) {
  return "'" + std::string(text) + "'";
}

double fraction(std::string_view key, const json::value& value) {
  json::error_code error;
  const auto number = value.to_number<double>(error);
  if (error || !(number >= 0 && number <= 1)) {
    fail(in_quotes(key) + " must be a number from 0 to 1");
  }
  return number;
}

std::string text_of(std::string_view key, const json::value& value) {
  if (!value.is_string()) fail(in_quotes(key) + " must be a string");
  return std::string(value.get_string());
}

void read_value(FaultRule& rule, std::string_view key,
                const json::value& value) {
  if (key == "fault") rule.fault = text_of(key, value);
  if (key == "path") rule.path = text_of(key, value);
  if (key == "reason") rule.reason = text_of(key, value);
  if (key == "target") rule.target = text_of(key, value);
  if (key == "chance") rule.chance = fraction(key, value);
  if (key == "share") rule.share = fraction(key, value);
  for (const auto& [name, member, least] : kNumbers) {
    if (name != key) continue;
    if (!value.is_int64() || value.get_int64() < least) {
      fail(in_quotes(key) + " must be a whole number" +
           (least == kLeast ? "" : ", at least " + std::to_string(least)));
    }
    rule.*member = value.get_int64();
  }
}

bool lists(std::string_view keys, std::string_view key) {
  return keys.find(" " + std::string(key) + " ") != keys.npos;
}

void check_keys(const json::object& object, const std::string& fault,
                std::string_view allowed, std::string_view more) {
  for (const auto& pair : object) {
    const std::string_view key(pair.key().data(), pair.key().size());
    if (!lists(allowed, key) && !lists(more, key)) {
      fail("fault '" + fault + "' knows no " + in_quotes(key));
    }
  }
}

FaultRule read_rule(const json::object& object) {
  FaultRule rule;
  for (const auto& pair : object) {
    read_value(rule, std::string_view(pair.key().data(), pair.key().size()),
               pair.value());
  }
  if (rule.fault.empty()) fail("'fault' is missing");
  if (rule.path.empty() || rule.path.front() != '/') {
    fail("'path' must begin with '/'");
  }
  return rule;
}

bool add_world_rule(WorldFaults& world, const FaultRule& rule) {
  const std::chrono::seconds seconds(std::max<int64_t>(rule.seconds, 0));
  if (rule.fault == "late") {
    world.late = rule.share;
    if (rule.seconds != 0) world.lateness = seconds;
  } else if (rule.fault == "deleted") {
    world.deleted = rule.share;
    world.deleted_after = seconds;
    world.run = rule.run;
  } else if (rule.fault == "closed") {
    world.closed = rule.share;
    world.closed_after = seconds;
  } else if (rule.fault == "edited") {
    world.edited = rule.share;
    if (rule.seconds != 0) world.edited_after = seconds;
  } else {
    return false;
  }
  return true;
}

void add_line(FaultScript& script, const std::string& line,
              const std::string& salt) {
  json::error_code error;
  const json::value value = json::parse(line, error);
  if (error) fail("not valid json: " + error.message());
  if (!value.is_object()) fail("not a json object");
  FaultRule rule = read_rule(value.get_object());
  for (const WorldKind& kind : kWorldKinds) {
    if (kind.name == rule.fault) {
      check_keys(value.get_object(), rule.fault, kind.parameters, "");
    }
  }
  if (add_world_rule(script.world, rule)) return;
  using Stage = ScriptedFault::Stage;
  const std::array stages = {std::pair(answer_faults(), Stage::answer),
                             std::pair(page_faults(), Stage::page),
                             std::pair(delivery_faults(), Stage::delivery),
                             std::pair(stream_faults(), Stage::delivery)};
  for (const auto& [kinds, stage] : stages) {
    for (const FaultKind& kind : kinds) {
      if (kind.name != rule.fault) continue;
      check_keys(value.get_object(), rule.fault, kWhen, kind.parameters);
      script.faults.push_back(
          std::make_unique<ScriptedFault>(std::move(rule), kind, stage, salt));
      return;
    }
  }
  fail("unknown fault " + in_quotes(rule.fault) + ": see --help");
}

}  // namespace

FaultScript read_fault_script(std::istream& input, const std::string& name,
                              uint64_t seed) {
  FaultScript script;
  script.world.seed = seed;
  std::string line;
  for (size_t number = 1; std::getline(input, line); ++number) {
    const size_t start = line.find_first_not_of(" \t\r");
    if (start == line.npos || line[start] == '#') continue;
    try {
      add_line(
          script, line,
          "fault " + std::to_string(seed) + " " + std::to_string(number) + " ");
    } catch (const FaultScriptError& error) {
      throw FaultScriptError(name + ":" + std::to_string(number) + ": " +
                             error.what());
    }
  }
  return script;
}

std::string fault_script_help() {
  std::string help =
      "A fault script holds one rule a line, in JSON; # begins a comment:\n"
      "  "
      "{\"fault\":\"cut\",\"path\":\"/2/tweets\",\"every\":10,\"bytes\":2048}\n"
      "Which requests: path (a prefix), and of those, by their number, from,\n"
      "to and every; chance (0 to 1, by the seed); times (so often at most);\n"
      "begin and end (seconds since the start). Of several rules that answer "
      "in\n"
      "the place of the site the first acts. Faults and their own keys:\n";
  const auto add = [&help](const auto& kind) {
    std::string keys(kind.parameters);
    if (keys.starts_with(" fault")) keys.erase(0, 6);
    std::string line = "  " + std::string(kind.name) + keys;
    line.resize(std::max<size_t>(line.size(), 34), ' ');
    help += line + std::string(kind.help) + "\n";
  };
  for (const FaultKind& kind : answer_faults()) add(kind);
  for (const FaultKind& kind : page_faults()) add(kind);
  for (const FaultKind& kind : delivery_faults()) add(kind);
  for (const FaultKind& kind : stream_faults()) add(kind);
  help += "Of posts, whoever asks:\n";
  for (const WorldKind& kind : kWorldKinds) add(kind);
  return help;
}

}  // namespace grumble::simulator
