#include "analyzer/form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>

#include "analyzer/rule_error.h"

namespace grumble::analyzer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// In these tests the names are 1, 2 and 3.
class FormTest : public ::testing::Test {
 protected:
  struct Made {
    explicit Made(const std::string& text, const PatternCompiler& compiler)
        : form({text, {"f.toml", 3, 7}}, compiler, words) {
      words.compile();
    }

    Matcher words;
    Form form;
  };

  std::vector<std::string> find(const std::string& form,
                                const std::string& text) {
    return find(Made(form, compiler_), text);
  }

  /// "begin-end a b" of each match, in bytes of the skeleton.
  std::vector<std::string> find(const Made& made, const std::string& text) {
    std::vector<Mention> mentions;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] < '1' || text[i] > '3') continue;
      Mention mention;
      mention.span = {i, i + 1};
      mention.model = static_cast<size_t>(text[i] - '0');
      mention.group = mentions.size();
      mentions.push_back(mention);
    }
    const Cast cast{mentions, nobody_};
    const Skeleton skeleton(text, {0, text.size()}, cast);
    Hits hits;
    made.words.match(skeleton.text(), hits);
    std::vector<FormMatch> matches;
    made.form.find(skeleton, hits, matches);
    std::vector<std::string> found;
    for (const FormMatch& match : matches) {
      found.push_back(std::to_string(match.begin) + "-" +
                      std::to_string(match.end));
      for (const auto& side : {match.a, match.b}) {
        found.back() += side ? " " + std::to_string(*side) : " no";
      }
    }
    return found;
  }

  std::string error(const std::string& form) {
    try {
      Matcher words;
      Form({form, {"f.toml", 3, 7}}, compiler_, words);
    } catch (const RuleError& refused) {
      return refused.what();
    }
    return "";
  }

  std::vector<size_t> nobody_;
  Normalizer normalizer_;
  std::map<std::string, WordList> lists_;
  PatternCompiler compiler_{normalizer_, lists_};
};

TEST_F(FormTest, NamesWordsAndGapsInOrder) {
  EXPECT_THAT(find("A beats B", "1 beats 2"), ElementsAre("0-9 0 8"));
  EXPECT_THAT(find("B , A", "1, 2"), ElementsAre("0-4 3 0"));
  EXPECT_THAT(find("A ~ beats ~ B", "1 really beats old 2"),
              ElementsAre("0-20 0 19"));
  EXPECT_THAT(find("A beats B", "1 really beats 2"), IsEmpty());
  EXPECT_THAT(find("A beats B", "1's beats 2"), ElementsAre("0-11 0 10"));
  EXPECT_THAT(find("A 's B", "1's 2"), ElementsAre("0-5 0 4"));
}

TEST_F(FormTest, AGapEndsWithTheSentenceBeforeANameAndAfterEightyCharacters) {
  EXPECT_THAT(find("A ~ B", "1 or. 2"), IsEmpty());
  EXPECT_THAT(find("A ~ B", "1 x.5 2"), ElementsAre("0-7 0 6"));
  EXPECT_THAT(find("A ~ x ~ B", "1 2 x 3"), ElementsAre("2-7 2 6"));
  const auto apart = [&](size_t characters) {
    std::string gap;
    for (size_t i = 0; i < characters; ++i) gap += "好";
    return find("A ~ B", "1" + gap + "2");
  };
  EXPECT_THAT(apart(80), ElementsAre("0-242 0 241"));
  EXPECT_THAT(apart(81), IsEmpty());
}

TEST_F(FormTest, GapsAreAsShortAsCanBe) {
  EXPECT_THAT(find("A ~ x", "1 x x x"), ElementsAre("0-3 0 no"));
  EXPECT_THAT(find("A ~ x y B", "1 x z x y 2"), ElementsAre("0-11 0 10"));
}

TEST_F(FormTest, TheNextPairMayBeginWithTheNameThatEndedTheLast) {
  EXPECT_THAT(find("A > B", "1 > 2 > 3"), ElementsAre("0-5 0 4", "4-9 4 8"));
}

TEST_F(FormTest, RefusesWhatComparesNothing) {
  EXPECT_EQ(error("beats all"),
            "f.toml:3:7: a comparison needs an `A` or a `B`, or both");
  EXPECT_THAT(error("A beats A"), HasSubstr("names `A` once"));
}

// As one regular expression with lazy gaps would.
TEST_F(FormTest, FindsWhatOneExpressionFinds) {
  const std::string name = "(M)(?:'s)?";
  const std::string gap = R"((?:[^M.!?\n]|\.\d){0,80}?)";
  const std::string x = R"(\s*\bx\b\s*)";
  const std::string y = R"(\s*\by\b\s*)";
  const std::pair<Made, RE2> forms[] = {
      {Made("A ~ x B", compiler_), name + gap + x + name},
      {Made("x A ~ y ~ B", compiler_), x + name + gap + y + gap + name},
      {Made("A ~ x ~ y ~ x", compiler_), name + gap + x + gap + y + gap + x}};
  const std::string parts[] = {"1", "2", "x", "y", "x", "y", "1.5", ".", "'s"};
  std::mt19937 dice(1);
  int matched = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text = "or";
    for (auto length = 3 + dice() % 10; length > 0; --length) {
      text += (dice() % 8 == 0 ? "" : " ") + parts[dice() % std::size(parts)];
    }
    std::string skeleton = text;
    for (char& c : skeleton) c = c == '1' || c == '2' ? 'M' : c;
    const auto& [made, expression] = forms[dice() % std::size(forms)];
    const bool expected = RE2::PartialMatch(skeleton, expression);
    ASSERT_EQ(!find(made, text).empty(), expected)
        << expression.pattern() << " in " << text;
    matched += expected;
  }
  EXPECT_GT(matched, 3000);
}

// Every word may end each gap, and none leads to the end.
TEST_F(FormTest, RepetitionIsNotTriedAgainAndAgain) {
  std::string text = "1";
  for (int i = 0; i < 200'000; ++i) text += " x";
  EXPECT_THAT(find("A ~ x ~ x ~ x ~ x ~ x ~ x ~ B", text + " 2"), IsEmpty());
}

}  // namespace
}  // namespace grumble::analyzer
