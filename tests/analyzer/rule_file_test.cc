#include "analyzer/rule_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "analyzer/analyzer.h"

namespace grumble::analyzer {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const char kHead[] = "[category]\nkey = \"speed\"\ntitle = \"Speed\"\n";
const char kRule[] =
    "[[rule]]\nid = \"slow\"\ntopic = false\nphrases = [\"slow\"]\n"
    "matches = [\"so slow\"]\nrejects = [\"fast\"]\n";

class RuleFileTest : public ::testing::Test {
 protected:
  RuleFileTest()
      : directory_(fs::temp_directory_path() /
                   ("grumble-rules-" + std::to_string(::getpid()))) {
    fs::create_directories(directory_);
  }
  ~RuleFileTest() override { fs::remove_all(directory_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(directory_ / name) << text;
  }

  /// The message without the directory, or "" when the rules load.
  std::string error(const std::string& text) {
    write("speed.toml", text);
    try {
      Analyzer analyzer(directory_);
    } catch (const RuleError& refused) {
      std::string message = refused.what();
      const std::string prefix = directory_.string() + "/";
      const size_t at = message.find(prefix);
      return at == message.npos ? message : message.erase(at, prefix.size());
    }
    return "";
  }

  fs::path directory_;
};

TEST_F(RuleFileTest, LoadsACategoryOfOneRule) {
  EXPECT_EQ(error(std::string(kHead) + kRule), "");
  const Analyzer analyzer(directory_);
  ASSERT_EQ(analyzer.categories().size(), 1u);
  EXPECT_EQ(analyzer.categories()[0].title, "Speed");
  EXPECT_EQ(analyzer.version().size(), 64u);
  const auto found = analyzer.analyze({"it is SLOW", "en", {}});
  ASSERT_EQ(found.findings.size(), 1u);
  EXPECT_EQ(found.findings[0].rule, "speed.slow");
}

TEST_F(RuleFileTest, RefusesWithFileLineAndColumn) {
  const std::string head = kHead;
  EXPECT_THAT(error(head + "[[rule]\n"), HasSubstr("speed.toml:4:"));
  EXPECT_THAT(error(head + kRule + "colour = 1\n"),
              HasSubstr("speed.toml:10:1: unknown key \"colour\""));
  EXPECT_THAT(error(head + kRule + kRule),
              HasSubstr("speed.toml:10:1: id \"speed.slow\" is taken, first"));
  EXPECT_THAT(error(head + "[[rule]]\nid = \"a\"\nphrases = [\"x\"]\n"
                           "matches = [\"x\"]\n"),
              HasSubstr("speed.toml:4:1: rule \"speed.a\" has no `rejects`"));
  EXPECT_THAT(error(head + "[[rule]]\nid = \"a\"\nphrases = [\"x\"]\n"
                           "rejects = [\"y\"]\n"),
              HasSubstr("has no `matches` example"));
  EXPECT_THAT(error(head + "[[rule]]\nid = \"a\"\nregex = [\"(\"]\n"
                           "matches = [\"x\"]\nrejects = [\"y\"]\n"),
              HasSubstr("speed.toml:6:10: bad pattern"));
  EXPECT_THAT(error(head + "[[rule]]\nid = \"a\"\nphrases = [3]\n"),
              HasSubstr("speed.toml:6:12: \"phrases\" must be a string"));
  EXPECT_THAT(error("[category]\nkey = \"sped\"\ntitle = \"S\"\n"),
              HasSubstr("differs from the file's name"));
}

TEST_F(RuleFileTest, RefusesExamplesThatDoNotHoldAllAtOnce) {
  const std::string text =
      std::string(kHead) +
      "[[rule]]\nid = \"slow\"\ntopic = false\nphrases = [\"slow\"]\n"
      "matches = [\"so fast\"]\nrejects = [\"so slow\"]\n";
  const std::string message = error(text);
  EXPECT_THAT(message, HasSubstr("speed.toml:8:12: rule \"speed.slow\" does "
                                 "not find complaint in \"so fast\""));
  EXPECT_THAT(message, HasSubstr("speed.toml:9:12: rule \"speed.slow\" must "
                                 "not match \"so slow\", but finds \"slow\""));
}

TEST_F(RuleFileTest, ExamplesRunOnTheWholeClauseLogic) {
  write("clauses.toml", "[negation]\nen = [\"not\"]\n");
  const std::string text =
      std::string(kHead) +
      "[[rule]]\nid = \"slow\"\ntopic = false\nphrases = [\"slow\"]\n"
      "matches = [{ text = \"not slow\", polarity = \"praise\" }]\n"
      "rejects = [\"not slow\"]\n";
  EXPECT_EQ(error(text), "");
}

TEST_F(RuleFileTest, ConditionsLookAsFarAsTheySay) {
  write("models.toml",
        "other_trades = [\"stills\"]\nvideo = [\"clips\"]\n"
        "[[model]]\nname = \"Vidu\"\naliases = [\"vidu\"]\n");
  const auto found = [&](const std::string& condition,
                         const std::string& text) {
    EXPECT_EQ(error(kHead + ("[[rule]]\nid = \"slow\"\nphrases = [\"slow\"]\n" +
                             condition +
                             "\nmatches = [\"vidu is slow. I waited\"]\n"
                             "rejects = [\"vidu is fast\"]\n")),
              "");
    return Analyzer(directory_).analyze({text, "en", {}}).findings.size();
  };
  const std::string sentence = "unless_sentence = [\"elsewhere\"]";
  EXPECT_EQ(found(sentence, "elsewhere, vidu is slow"), 0u);
  EXPECT_EQ(found(sentence, "not elsewhere. vidu is slow"), 1u);
  EXPECT_EQ(found("unless = [\"elsewhere\"]", "elsewhere, vidu is slow"), 1u);
  const std::string whole = "require_text = [\"waited\"]";
  EXPECT_EQ(found(whole, "we waited. vidu is slow"), 1u);
  EXPECT_EQ(found(whole, "vidu is slow"), 0u);
  const std::string named = "named = true\ntopic = false";
  EXPECT_EQ(found(named, "it is slow. vidu, I mean"), 1u);
  EXPECT_EQ(found(named, "it is slow"), 0u);
  EXPECT_EQ(found("", "vidu is slow for stills"), 0u);
  EXPECT_EQ(found("", "vidu is slow for stills and clips"), 1u);
}

TEST_F(RuleFileTest, VagueWordsGiveWayToPlainOnes) {
  write("clauses.toml", "[negation]\nen = [\"not\"]\n");
  write("models.toml",
        "[[model]]\nname = \"Vidu\"\naliases = [\"vidu\"]\n"
        "[[model]]\nname = \"Pika\"\naliases = [\"pika\"]\n");
  write("other.toml",
        "[category]\nkey = \"other\"\ntitle = \"Other\"\n"
        "[[rule]]\nid = \"hitch\"\nvague = true\nphrases = [\"trouble\"]\n"
        "matches = [\"vidu is trouble\"]\nrejects = [\"vidu is fine\"]\n");
  EXPECT_EQ(error(kHead +
                  std::string("[[rule]]\nid = \"slow\"\nphrases = [\"slow\"]\n"
                              "matches = [\"vidu is slow\"]\n"
                              "rejects = [\"vidu is fast\"]\n")),
            "");
  const auto categories = [&](const std::string& text) {
    std::string found;
    for (const auto& finding :
         Analyzer(directory_).analyze({text, "en", {}}).findings) {
      found += finding.category + " ";
    }
    return found;
  };
  EXPECT_EQ(categories("vidu is trouble"), "other ");
  EXPECT_EQ(categories("vidu is trouble. vidu is slow"), "speed ");
  EXPECT_EQ(categories("pika is trouble. vidu is slow"), "other speed ");
  EXPECT_EQ(categories("vidu is trouble. vidu is not slow"), "other speed ");
}

TEST_F(RuleFileTest, RefusesAnEmptyOrMissingDirectory) {
  EXPECT_THROW(Analyzer{directory_}, RuleError);
  EXPECT_THROW(Analyzer{directory_ / "none"}, RuleError);
}

TEST_F(RuleFileTest, NamesItselfByTheDigestOfItsFiles) {
  write("words.toml", "");
  const std::string version = read_rule_files(directory_).version;
  EXPECT_EQ(version.size(), 64u);
  EXPECT_EQ(read_rule_files(directory_).version, version);
  write("words.toml", "# changed\n");
  EXPECT_NE(read_rule_files(directory_).version, version);
}

}  // namespace
}  // namespace grumble::analyzer
