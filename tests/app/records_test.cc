#include "app/render/records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace grumble::app {
namespace {

std::string written(const Records& records, Format format, bool safe = false) {
  std::ostringstream out;
  write(out, records, format, Terminal{}, safe);
  return out.str();
}

const Records kSample{
    {"model", "posts", "rate", "note"},
    {{std::string("Sora"), int64_t{12}, 3.5, std::string("a, \"b\"\nc")},
     {std::string("可灵"), int64_t{3}, 10.0, Cell()}}};

TEST(Records, CsvQuotesAsRfc4180) {
  EXPECT_EQ(written(kSample, Format::csv),
            "model,posts,rate,note\r\n"
            "Sora,12,3.5,\"a, \"\"b\"\"\nc\"\r\n"
            "可灵,3,10,\r\n");
}

TEST(Records, CsvSafeDefusesFormulas) {
  const Records records{{"text", "n"},
                        {{std::string("=cmd()"), int64_t{-1}},
                         {std::string("＝1"), int64_t{2}},
                         {std::string("fine"), int64_t{3}}}};
  EXPECT_EQ(written(records, Format::csv, true),
            "text,n\r\n'=cmd(),-1\r\n'＝1,2\r\nfine,3\r\n");
  EXPECT_EQ(written(records, Format::csv),
            "text,n\r\n=cmd(),-1\r\n＝1,2\r\nfine,3\r\n");
}

TEST(Records, JsonKeepsTypes) {
  EXPECT_EQ(written(kSample, Format::ndjson),
            "{\"model\":\"Sora\",\"posts\":12,\"rate\":3.5,\"note\":\"a, "
            "\\\"b\\\"\\nc\"}\n"
            "{\"model\":\"可灵\",\"posts\":3,\"rate\":10,\"note\":null}\n");
  EXPECT_TRUE(written(kSample, Format::json)
                  .starts_with("{\"schema_version\":1,\"rows\":["));
}

TEST(Records, TableAlignsWideCharacters) {
  EXPECT_EQ(written(kSample, Format::table),
            "model  posts  rate  note\n"
            "Sora      12   3.5  a, \"b\" c\n"
            "可灵       3    10\n");
}

TEST(Records, TableLetsNoEscapeThrough) {
  const Records records{{"text"}, {{std::string("\x1b[2J")}}};
  EXPECT_EQ(written(records, Format::table).find('\x1b'), std::string::npos);
}

TEST(Records, NoFormatSendsControlsToATerminal) {
  const Records records{{"text"}, {{std::string("a\x1b[31mb\u009bc\u202e")}}};
  Terminal screen;
  screen.tty = true;
  for (const Format format :
       {Format::table, Format::csv, Format::json, Format::ndjson}) {
    std::ostringstream out;
    write(out, records, format, screen);
    EXPECT_EQ(out.str().find('\x1b'), std::string::npos);
    EXPECT_EQ(out.str().find("\u009b"), std::string::npos);
    EXPECT_EQ(out.str().find("\u202e"), std::string::npos);
  }
  std::ostringstream file;
  write(file, records, Format::csv, Terminal{});
  EXPECT_NE(file.str().find('\x1b'), std::string::npos);
}

TEST(Records, NumbersInJsonAreWrittenAsPeopleDo) {
  const Records records{{"a", "b"}, {{0.9, 12.0}}};
  std::ostringstream out;
  write(out, records, Format::ndjson, Terminal{});
  EXPECT_THAT(out.str(), testing::StartsWith("{\"a\":0.9,\"b\":12"));
}

}  // namespace
}  // namespace grumble::app
