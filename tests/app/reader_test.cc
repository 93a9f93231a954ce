// Questions to a second server, while the first is out of reach.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/landing.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using test::run;
using testing::HasSubstr;

class Reader : public testing::Test {
 protected:
  Reader() {
    store::record_ruleset(database_.database(), "rules-1", "");
    auto complaint = post("1");
    complaint.analysis.findings = {finding("Sora", "price")};
    complaint.analysis.models = {"Sora"};
    store::land(database_.database(), batch({complaint}));
    write_config(database_.url_as("grumble_reader"));
  }

  void write_config(const std::string& reader) {
    std::ofstream(files_.path() / "grumble.toml")
        << "[database]\nurl = \"postgresql://127.0.0.1:1/none\"\nreader_url = "
           "\""
        << reader << "\"\n";
  }

  test::Outcome ask(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--config", (files_.path() / "grumble.toml").string()});
    return run("grumble", arguments);
  }

  TestDatabase database_;
  test::TemporaryDirectory files_;
};

TEST_F(Reader, AnswersEveryQuestionAlone) {
  for (const char* question :
       {"matrix", "posts", "status", "coverage", "stops", "cost", "gaps"}) {
    const auto outcome = ask({question, "-o", "json"});
    EXPECT_EQ(outcome.status, 0) << question << ": " << outcome.err;
  }
  EXPECT_THAT(ask({"matrix", "-o", "ndjson"}).out, HasSubstr("\"price\""));
  EXPECT_THAT(ask({"posts", "--model", "sora"}).out, HasSubstr("too dear"));
  EXPECT_EQ(ask({"status", "--ready"}).status, 4) << "collecting is not ready";
  EXPECT_EQ(ask({"db", "verify"}).status, 4);
}

TEST_F(Reader, SaysWhatAReplicaLacks) {
  database_.run(
      "delete from schema_migration where number ="
      " (select max(number) from schema_migration)");
  const auto old = ask({"matrix"});
  EXPECT_EQ(old.status, 1);
  EXPECT_THAT(old.err, HasSubstr("the schema lacks '0"));
  database_.run(
      "insert into schema_migration (number, name, checksum)"
      " values (999, '999_new.sql', '')");
  EXPECT_THAT(ask({"matrix"}).err, HasSubstr("upgrade this program"));
  write_config("postgresql://127.0.0.1:1/none");
  EXPECT_EQ(ask({"matrix"}).status, 4);
}

}  // namespace
}  // namespace grumble::tests
