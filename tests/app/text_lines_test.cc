#include "app/text_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace grumble::app {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::vector<TextLine> read(const std::string& bytes,
                           const std::string& name = "") {
  std::istringstream in(bytes);
  std::vector<TextLine> lines;
  read_text_lines(in, name, [&](TextLine& line) { lines.push_back(line); });
  return lines;
}

TEST(TextLines, TakesWhatAnImportTakes) {
  const auto lines = read(
      "\xEF\xBB\xBF{\"id\":\"1\",\"text\":\"a\"}\r\n"
      "\n"
      "{\"id\":\"1866395454667240440\",\"text\":\"b\",\"lang\":\"en\"}\n"
      "{\"id\":\"3\",\"text\":\"half \\ud83d of a pair\"}\n"
      "{\"id\":\"4\",\"text\":\"bad \xFF byte\"}\n");
  ASSERT_EQ(lines.size(), 4u);
  for (const auto& line : lines) EXPECT_EQ(line.error, "");
  EXPECT_EQ(lines[0].name(), "1");
  EXPECT_EQ(lines[1].name(), "1866395454667240440");
  EXPECT_EQ(lines[1].text.lang, "en");
  EXPECT_EQ(lines[2].text.text, "half \uFFFD of a pair");
  EXPECT_EQ(lines[3].text.text, "bad \uFFFD byte");
}

TEST(TextLines, SaysWhereALineIsWrong) {
  const auto lines = read(
      "{\"id\":\"1\",\"text\":\"a\"}\n\n[1]\n{\"id\":\n{\"text\":\"a\"}\n"
      "{\"id\":\"7\",\"text\":null}\n{\"id\":8,\"text\":\"a\"}\n",
      "posts.ndjson");
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_EQ(lines[1].error, "posts.ndjson:3: is no JSON object");
  EXPECT_THAT(lines[2].error, StartsWith("posts.ndjson:4: is no JSON: "));
  EXPECT_THAT(lines[3].error, HasSubstr(":5: has no string 'id'"));
  EXPECT_THAT(lines[4].error, HasSubstr(":6: no string 'text'"));
  EXPECT_EQ(lines[4].name(), "7");
  EXPECT_THAT(lines[5].error, HasSubstr(":7: has no string 'id'"));
  EXPECT_EQ(lines[5].id, 8);  // told with the error
  EXPECT_THAT(read("x\n")[0].error, StartsWith("line 1: is no JSON"));
}

TEST(TextLines, AFileThatIsNotThereIsNamed) {
  try {
    read_text_files({"no/such/file"}, [](TextLine&) {});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "cannot open 'no/such/file'");
  }
}

}  // namespace
}  // namespace grumble::app
