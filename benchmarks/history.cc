#include "benchmarks/history.h"

#include <functional>
#include <iterator>
#include <string>

namespace grumble::benchmarks {
namespace {

using domain::Polarity;

const char* const kModels[] = {"Sora",    "Runway", "Kling",    "Veo",
                               "Pika",    "Luma",   "Hailuo",   "Wan",
                               "Hunyuan", "Vidu",   "Seedance", "LTX"};
const char* const kCategories[] = {
    "price",       "speed",   "watermark",  "physics",  "hands",  "audio",
    "access",      "queue",   "resolution", "length",   "prompt", "censorship",
    "consistency", "support", "credits",    "identity", "text",   "other"};
const char* const kLangs[] = {"en", "en", "en", "en", "en",
                              "en", "zh", "ja", "es", "de"};
const char* const kWords[] = {
    "the",    "clip",  "looks",  "again",   "after",  "two",    "tries",
    "my",     "plan",  "really", "credits", "gone",   "render", "queue",
    "prompt", "still", "hands",  "melt",    "faster", "before", "today"};

/// splitmix64: a number of its own for every post and question.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  int below(int limit) { return int(next() % uint64_t(limit)); }
  bool in_hundred(int share) { return below(100) < share; }
  /// The first are drawn most.
  template <typename Item, size_t Size>
  const Item& skewed(const Item (&list)[Size]) {
    return list[below(below(Size) + 1)];
  }

 private:
  uint64_t state_;
};

std::string sentence(Dice& dice) {
  std::string text;
  for (int words = 8 + dice.below(20); words > 0; --words) {
    text += kWords[dice.below(std::size(kWords))];
    text += ' ';
  }
  return text;
}

domain::Finding invented_finding(Dice& dice, const std::string& model) {
  domain::Finding finding;
  if (!model.empty()) finding.model = model;
  finding.category = dice.skewed(kCategories);
  finding.polarity = dice.in_hundred(75)   ? Polarity::complaint
                     : dice.in_hundred(60) ? Polarity::praise
                                           : Polarity::request;
  finding.begin = 4;
  finding.end = 18;
  finding.rule = finding.category + ".invented";
  finding.confidence = 0.8;
  finding.scope = domain::Scope::clause;
  return finding;
}

/// As people state them: some values are everybody's, and the others grow more
/// slowly than texts do, for people like whole numbers.
domain::Value invented_value(Dice& dice) {
  static const domain::Value kCommon[] = {
      {"resolution", 1080, "p", "", 0, 4},
      {"duration", 10, "s", "", 0, 4},
      {"price", 20, "USD", "month", 0, 4},
      {"duration", 5, "s", "", 0, 4},
      {"resolution", 2160, "p", "", 0, 4},
      {"duration", 60, "s", "", 0, 4},
      {"price", 200, "USD", "month", 0, 4},
      {"resolution", 720, "p", "", 0, 4},
      {"quota", 3, "clips", "day", 0, 4},
      {"duration", 15, "s", "", 0, 4},
      {"price", 10, "credits", "clip", 0, 4},
      {"price", 9.99, "USD", "", 0, 4}};
  static const domain::Value kForms[] = {{"price", 0, "USD", "month", 0, 4},
                                         {"price", 0, "USD", "", 0, 4},
                                         {"price", 0, "credits", "clip", 0, 4},
                                         {"duration", 0, "s", "", 0, 4},
                                         {"price", 0, "CNY", "month", 0, 4},
                                         {"quota", 0, "clips", "day", 0, 4}};
  if (dice.in_hundred(45)) return dice.skewed(kCommon);
  domain::Value value = dice.skewed(kForms);
  int amount = 1 + dice.below(1 + dice.below(1 + dice.below(1000)));
  if (amount > 20 && dice.in_hundred(50)) amount -= amount % 5;
  value.amount = amount;
  return value;
}

void read(Dice& dice, domain::Analysis& analysis) {
  if (dice.in_hundred(5)) analysis.noise = domain::Noise::promo;
  if (dice.in_hundred(92)) analysis.models.push_back(dice.skewed(kModels));
  if (dice.in_hundred(12)) analysis.models.push_back(dice.skewed(kModels));
  if (dice.in_hundred(30)) {
    const std::string model =
        analysis.models.empty() ? "" : analysis.models.front();
    analysis.findings.push_back(invented_finding(dice, model));
    if (dice.in_hundred(25)) {
      analysis.findings.push_back(invented_finding(dice, model));
    }
  }
  if (dice.in_hundred(2)) {
    analysis.comparisons.push_back({"Kling", "Sora", std::nullopt});
  }
  if (dice.in_hundred(3)) {
    analysis.values.push_back(invented_value(dice));
  }
}

}  // namespace

domain::Analysis invented_analysis(const domain::Text& text) {
  Dice dice{std::hash<std::string>()(text.text)};
  domain::Analysis analysis;
  analysis.lang = text.lang;
  read(dice, analysis);
  return analysis;
}

store::AnalysedPost invented_post(int64_t i, int64_t count,
                                  domain::Timestamp end) {
  Dice dice{uint64_t(i)};
  store::AnalysedPost result;
  auto& [post, analysis] = result;
  const bool comment = dice.in_hundred(20);
  post.key.platform = comment ? "youtube" : "x";
  post.key.id = comment ? "Ug" + std::to_string(dice.next())
                        : std::to_string(1'500'000'000'000'000'000 + i * 7919);
  post.kind = comment ? domain::PostKind::comment : domain::PostKind::post;
  post.author_id = std::to_string(1'000'000 + dice.next() % (1 + count / 4));
  post.text = sentence(dice);
  post.lang = kLangs[dice.below(std::size(kLangs))];
  const std::chrono::milliseconds span = std::chrono::hours(24 * 730);
  post.created_at = end - span +
                    std::chrono::milliseconds(int64_t(
                        double(span.count()) * double(i) / double(count)));
  post.observed_at = end;
  post.conversation_id = comment ? "video" + std::to_string(i / 1000) : "";
  post.metrics.likes = dice.below(40);
  post.metrics.replies = dice.below(4);
  if (!comment) post.metrics.views = dice.below(5000);
  analysis.lang = post.lang;
  read(dice, analysis);
  return result;
}

std::vector<store::AnalysedPost> invented_posts(int64_t first, int64_t last,
                                                int64_t count,
                                                domain::Timestamp end) {
  std::vector<store::AnalysedPost> posts;
  for (int64_t i = first; i < last; ++i) {
    posts.push_back(invented_post(i, count, end));
  }
  return posts;
}

}  // namespace grumble::benchmarks
