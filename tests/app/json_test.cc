#include "app/json.h"

#include <gtest/gtest.h>

namespace grumble::app {
namespace {

namespace json = boost::json;

TEST(TextFromJson, ReadsOneContextOrMany) {
  const auto one = text_from_json(
      json::parse(
          R"({"text":"a","lang":"en","context":{"kind":"reply","text":"b","models":["Sora"]}})")
          .as_object());
  ASSERT_EQ(one.context.size(), 1u);
  EXPECT_EQ(one.context[0].models, std::vector<std::string>{"Sora"});
  const auto many = text_from_json(
      json::parse(R"({"text":"a","context":[{"kind":"reply"},{"text":"v"}]})")
          .as_object());
  EXPECT_EQ(many.context.size(), 2u);
  EXPECT_TRUE(
      text_from_json(json::parse(R"({"text":"a","context":null})").as_object())
          .context.empty());
}

TEST(TextFromJson, SaysWhatIsWrong) {
  for (const char* line :
       {R"({"text":1})", R"({})", R"({"text":"a","context":1})",
        R"({"text":"a","lang":7})", R"({"text":"a","context":{"models":"x"}})",
        R"({"text":"a","context":{"models":[1]}})"}) {
    EXPECT_THROW(text_from_json(json::parse(line).as_object()),
                 std::invalid_argument)
        << line;
  }
}

TEST(ToJson, EvidenceIsTheSlice) {
  domain::Analysis analysis;
  domain::Finding finding;
  finding.model = "Kling";
  finding.category = "price";
  finding.polarity = domain::Polarity::praise;
  finding.begin = 2;
  finding.end = 7;
  analysis.findings = {finding};
  const auto object = to_json(analysis, "a cheap b");
  const auto& first = object.at("findings").as_array()[0].as_object();
  EXPECT_EQ(first.at("evidence").as_string(), "cheap");
  EXPECT_EQ(first.at("polarity").as_string(), "praise");
  EXPECT_TRUE(first.at("version").is_null());
}

}  // namespace
}  // namespace grumble::app
