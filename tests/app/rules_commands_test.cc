// The commands for people who write rules, as they run them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/app/program.h"
#include "tests/support/migrated_cluster.h"

namespace grumble::test {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::HasSubstr;

std::vector<json::object> rows_of(const std::string& ndjson) {
  std::vector<json::object> rows;
  std::istringstream in(ndjson);
  for (std::string line; std::getline(in, line);) {
    rows.push_back(json::parse(line).as_object());
  }
  return rows;
}

std::string text_at(const json::object& row, const char* key) {
  return row.at(key).is_string() ? std::string(row.at(key).as_string()) : "";
}

/// A copy of the shipped rules with one category less.
class OtherRules {
 public:
  explicit OtherRules(const std::string& without) {
    path_ = directory_.path() / "rules";
    fs::copy("rules", path_);
    fs::remove(path_ / (without + ".toml"));
  }
  const fs::path& path() const { return path_; }
  fs::path file(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.path() / name) << text;
    return directory_.path() / name;
  }

 private:
  TemporaryDirectory directory_;
  fs::path path_;
};

TEST(RulesTest, ShowsEveryStep) {
  const auto outcome = run("grumble", {"rules", "test",
                                       "Sora is not blurry, but the watermark "
                                       "ruins everything. Kling is cheaper",
                                       "-o", "ndjson"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  std::map<std::string, std::set<std::string>> names;
  for (const auto& row : rows_of(outcome.out)) {
    names[text_at(row, "step")].insert(text_at(row, "name"));
  }
  EXPECT_TRUE(names["name"].contains("Sora"));
  EXPECT_TRUE(names["name"].contains("Kling"));
  EXPECT_TRUE(names["marker"].contains("negation"));
  EXPECT_FALSE(names["words"].empty());
  EXPECT_FALSE(names["finding"].empty());
  EXPECT_GE(names["clause"].size(), 1u);
  EXPECT_EQ(names["folded"].size(), 1u);
}

TEST(RulesTest, SaysWhatAMarkerSilenced) {
  const auto outcome =
      run("grumble", {"rules", "test",
                      "If Sora leaves a watermark on everything I "
                      "will cancel",
                      "-o", "ndjson"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  bool told = false;
  for (const auto& row : rows_of(outcome.out)) {
    told = told || (text_at(row, "step") == "stopped" &&
                    text_at(row, "name").starts_with("watermark.") &&
                    !text_at(row, "detail").empty());
  }
  EXPECT_TRUE(told) << outcome.out;
}

TEST(RulesDiffCommand, AMissingCategoryTakesItsFindingsAway) {
  const OtherRules other("availability");
  const auto gold = other.file(
      "gold.jsonl",
      R"({"id":"1","text":"Sora is not available in Germany","complaints":[{"model":"Sora","category":"availability"}]}
{"id":"2","text":"Sora is too expensive","complaints":[{"model":"Sora","category":"price"}]}
)");
  const auto outcome = run("grumble", {"rules", "diff", "rules", other.path(),
                                       "--gold", gold, "-o", "ndjson"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = rows_of(outcome.out);
  ASSERT_EQ(rows.size(), 1u) << outcome.out;
  EXPECT_EQ(text_at(rows[0], "id"), "1");
  EXPECT_EQ(text_at(rows[0], "change"), "removed");
  EXPECT_EQ(text_at(rows[0], "category"), "availability");
  EXPECT_EQ(text_at(rows[0], "by_gold"), "wrong");
  const auto table =
      run("grumble", {"rules", "diff", "rules", other.path(), "--gold", gold});
  EXPECT_THAT(table.out, HasSubstr("1 of 2 texts are read differently"));
  EXPECT_THAT(table.out, HasSubstr("complaint pair availability"));
  const auto nothing = run("grumble", {"rules", "diff", "rules", "rules"});
  EXPECT_EQ(nothing.status, 2);
  EXPECT_THAT(nothing.err, HasSubstr("no texts to compare on"));
}

TEST(RulesSuggestCommand, FindsAComplaintThatNoRuleSpeaksOf) {
  std::ostringstream posts;
  for (int i = 0; i < 8; ++i) {
    posts << R"({"id":"w)" << i << R"(","lang":"en","text":"clip )" << i
          << R"( by Kling was not finished yesterday, the zorble flips over"})"
          << '\n';
  }
  for (int i = 0; i < 40; ++i) {
    posts << R"({"id":"r)" << i << R"(","lang":"en","text":"clip )" << i
          << R"( by Kling shows a lake at dawn"})" << '\n'
          << R"({"id":"s)" << i << R"(","lang":"en","text":"how clip )" << i
          << R"( was made with Kling in an hour"})" << '\n';
  }
  const auto outcome =
      run("grumble", {"rules", "suggest", "-o", "ndjson"}, posts.str());
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("zorble"));
  EXPECT_THAT(outcome.out, HasSubstr("w0"));
}

/// An embedded database with a question about Kling and an answer that names
/// no model.
class StoredThread {
 public:
  explicit StoredThread(const std::string& head = "") {
    tests::make_cluster(directory_.path() / "data");
    std::ofstream(config()) << head << "data_dir = \"data\"\n";
    const auto page = directory_.path() / "page.json";
    std::ofstream(page) << R"({"data":[
      {"id":"1866000000000000001","text":"Has anyone tried Kling for a music video?",
       "author_id":"7","created_at":"2024-12-09T09:00:00.000Z","lang":"en"},
      {"id":"1866000000000000002","text":"Yes, but the servers are down again",
       "author_id":"8","created_at":"2024-12-09T09:05:00.000Z","lang":"en",
       "referenced_tweets":[{"type":"replied_to","id":"1866000000000000001"}]}]})";
    imported_ = run("grumble", {"--config", config(), "import", page});
  }
  std::string config() const { return directory_.path() / "grumble.toml"; }
  const Outcome& imported() const { return imported_; }

 private:
  TemporaryDirectory directory_;
  Outcome imported_;
};

TEST(RulesExplainCommand, ReadsAStoredPostUnderWhatItAnswers) {
  const StoredThread thread;
  ASSERT_EQ(thread.imported().status, 0) << thread.imported().err;
  for (const std::string name :
       {"x:1866000000000000002", "1866000000000000002"}) {
    const auto outcome = run("grumble", {"--config", thread.config(), "rules",
                                         "explain", name, "-o", "ndjson"});
    ASSERT_EQ(outcome.status, 0) << outcome.err;
    bool found = false;
    for (const auto& row : rows_of(outcome.out)) {
      found = found || (text_at(row, "step") == "finding" &&
                        outcome.out.find("Kling") != std::string::npos);
    }
    EXPECT_TRUE(found) << outcome.out;
  }
  const auto absent =
      run("grumble", {"--config", thread.config(), "rules", "explain", "x:9"});
  EXPECT_EQ(absent.status, 1);
  EXPECT_THAT(absent.err, HasSubstr("no post 'x:9' is stored"));
}

TEST(ComplianceCommand, ErasesWhatAJobNames) {
  const StoredThread thread("authors = \"shown\"\n");
  const auto grumble = [&](std::vector<std::string> arguments,
                           const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--config", thread.config()});
    return run("grumble", arguments, input);
  };
  EXPECT_EQ(grumble({"compliance", "ids"}).out,
            "1866000000000000001\n1866000000000000002\n");
  const auto applied = grumble(
      {"compliance", "apply"},
      R"({"id":"1866000000000000002","action":"delete","reason":"deleted"})"
      "\n{\"id\":7}\n");
  EXPECT_EQ(applied.status, 1);
  EXPECT_THAT(applied.out, HasSubstr("1 posts were stored and are erased now"));
  EXPECT_THAT(applied.err, HasSubstr("line 2: has no \"action\""));
  EXPECT_EQ(grumble({"compliance", "ids"}).out, "1866000000000000001\n");
  const auto posts = grumble({"posts", "--model", "Kling"});
  EXPECT_THAT(posts.out, HasSubstr("(erased)"));
  EXPECT_THAT(posts.out, testing::Not(HasSubstr("servers")));
  const std::string authors = grumble({"compliance", "ids", "--authors"}).out;
  EXPECT_EQ(std::count(authors.begin(), authors.end(), '\n'), 1) << authors;
  EXPECT_EQ(grumble({"erase", "1866000000000000001"}).status, 2);
  EXPECT_EQ(grumble({"erase", "x:1866000000000000001"}).status, 0);
  EXPECT_EQ(grumble({"db", "verify"}).status, 0);
}

TEST(RulesDiffCommand, ReadsTheStoredPosts) {
  const StoredThread thread;
  const OtherRules other("availability");
  const auto outcome =
      run("grumble", {"--config", thread.config(), "rules", "diff", "rules",
                      other.path(), "--stored", "-o", "ndjson"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = rows_of(outcome.out);
  ASSERT_EQ(rows.size(), 1u) << outcome.out;
  EXPECT_EQ(text_at(rows[0], "id"), "x:1866000000000000002");
  EXPECT_EQ(text_at(rows[0], "model"), "Kling");
  EXPECT_EQ(text_at(rows[0], "change"), "removed");
}

TEST(Analyze, AnswersEveryLineWithItsPlace) {
  const auto outcome =
      run("grumble", {"analyze"},
          "\xEF\xBB\xBF{\"id\":\"12\",\"text\":\"Sora is too expensive\"}\n"
          "nonsense\n"
          "{\"id\":\"3\",\"text\":\"\\ud83d Sora\"}\n");
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const auto rows = rows_of(outcome.out);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(text_at(rows[0], "id"), "12");
  EXPECT_FALSE(rows[0].at("findings").as_array().empty());
  EXPECT_THAT(text_at(rows[1], "error"), testing::StartsWith("line 2: "));
  EXPECT_FALSE(rows[2].contains("error"));
  EXPECT_THAT(outcome.out, HasSubstr("\"confidence\":0."));
}

}  // namespace
}  // namespace grumble::test
