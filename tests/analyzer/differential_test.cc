// Holds the matcher's answers against every pattern by itself.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "analyzer/analyzer_impl.h"

namespace grumble::analyzer {
namespace {

const Analyzer::Impl& rules() {
  static const Analyzer::Impl impl("rules");
  return impl;
}

std::vector<std::string> examples() {
  std::vector<std::string> all;
  const RuleFiles files = read_rule_files("rules");
  for (const auto& category : files.categories) {
    for (const RuleSource& rule : category.rules) {
      for (const auto* some : {&rule.matches, &rule.rejects}) {
        for (const Example& one : *some) all.push_back(one.text);
      }
    }
  }
  return all;
}

/// The lines of a file as they stand: any bytes make a text. Empty when the
/// file is absent.
std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Checks the atoms of one matcher in one text: those that it finds, and a few
/// others, taken in turn. Every place must be RE2's, and none be missing.
class Differ {
 public:
  explicit Differ(const Matcher& matcher) : matcher_(matcher) {}

  void check(const std::string& text, size_t others) {
    matcher_.match(text, hits_);
    for (int atom : hits_.ids) check_atom(text, atom);
    for (size_t i = 0; i < others; ++i) {
      next_ = (next_ + 1) % matcher_.size();
      check_atom(text, static_cast<int>(next_));
    }
  }

 private:
  void check_atom(const std::string& text, int atom) {
    spans_.clear();
    matcher_.find(atom, text, 0, text.size(), spans_);
    std::vector<Span> places;
    for (const RawHit& hit : hits_.places(atom)) {
      places.push_back({hit.begin, hit.end});
    }
    ASSERT_EQ(places, spans_) << matcher_.pattern(atom) << "\nin: " << text;
    ASSERT_EQ(hits_.holds[static_cast<size_t>(atom)] != 0, !spans_.empty());
  }

  const Matcher& matcher_;
  Hits hits_;
  std::vector<Span> spans_;
  size_t next_ = 0;
};

void check_all(const std::vector<std::string>& texts, size_t others) {
  Differ gate(rules().gate);
  Differ matcher(rules().matcher);
  for (const std::string& text : texts) {
    const std::string folded = rules().normalizer.fold(text);
    gate.check(folded, others);
    matcher.check(folded, others);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

// One that RE2 looks for in every text costs more than all the others do.
TEST(Differential, TheAutomatonTakesEveryPattern) {
  for (const Matcher* all :
       {&rules().gate, &rules().matcher, &rules().untopical}) {
    EXPECT_EQ(all->shape().left_to_re2, 0u);
  }
}

TEST(Differential, ExamplesEqualEveryPatternAlone) {
  const std::vector<std::string> all = examples();
  ASSERT_GT(all.size(), rules().book.rules().size());
  check_all(all, 30);
}

TEST(Differential, LabelledTextsEqualEveryPatternAlone) {
  check_all(lines_of("simulator/world.ndjson"), 30);
  for (const char* path : {"../shared/data/gold-dev.jsonl",
                           "../shared/data/general-sample.jsonl"}) {
    auto texts = lines_of(path);
    if (texts.empty()) std::cout << "[  SKIPPED ] " << path << " is absent\n";
    if (texts.size() > 5000) texts.resize(3000);
    check_all(texts, 5);
  }
}

TEST(Differential, GeneratedTextsEqualEveryPatternAlone) {
  // Pieces of texts that rules are about, cut anywhere and put together anew.
  const std::vector<std::string> sources = examples();
  std::mt19937 random(7);
  std::vector<std::string> texts;
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    for (size_t n = 1 + random() % 4; n > 0; --n) {
      const std::string& source = sources[random() % sources.size()];
      const size_t begin = random() % source.size();
      text += source.substr(begin, 1 + random() % 24);
      if (random() % 2 == 0) text += ' ';
    }
    texts.push_back(std::move(text));
  }
  check_all(texts, 1);
}

}  // namespace
}  // namespace grumble::analyzer
