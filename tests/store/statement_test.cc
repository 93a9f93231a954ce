#include "store/statement.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "store/columns.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::ArrayText;
using store::Columns;
using store::Params;
using store::Transaction;

TEST(Params, RefusesNul) {
  const std::string text("ab\0c", 4);
  try {
    Params params(1, text);
    FAIL() << "NUL was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "value $2 of a statement holds a NUL byte at offset 2");
  }
}

TEST(Statement, CarriesEveryKindOfValue) {
  TestDatabase test(TestDatabase::Schema::none);
  const std::string nasty = "a,b {\"\\'} NULL\n\t\xE5\x8F\xAF";
  const std::vector<std::string> texts{nasty, "", "NULL", "{}"};
  const auto time = at("2024-12-09T18:12:07.123Z");
  const auto rows = Transaction(test.database())
                        .run(
                            "select $1::text, $2::bigint, $3::boolean,"
                            " $4::timestamptz, $5::text[], $6::text",
                            Params(nasty, int64_t{-5}, true, time, texts,
                                   std::optional<std::string>()));
  EXPECT_EQ(rows.text(0, 0), nasty);
  EXPECT_EQ(rows.integer(0, 1), -5);
  EXPECT_TRUE(rows.flag(0, 2));
  EXPECT_EQ(rows.time(0, 3), time);
  EXPECT_EQ(store::read_array(rows.text(0, 4)), texts);
  EXPECT_TRUE(rows.null(0, 5));
  EXPECT_THROW(rows.text(0, 5), std::logic_error);
}

TEST(Statement, CarriesColumns) {
  TestDatabase test(TestDatabase::Schema::none);
  Columns columns;
  columns.add("one", 1, 0.25, std::optional<int64_t>());
  columns.add("two", 2, -1.5, std::optional<int64_t>(7));
  const auto rows = Transaction(test.database())
                        .run(
                            "select * from unnest($1::text[], $2::int[],"
                            " $3::double precision[], $4::bigint[])",
                            columns.params());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows.text(1, 0), "two");
  EXPECT_EQ(rows.integer(1, 1), 2);
  EXPECT_EQ(rows.number(0, 2), 0.25);
  EXPECT_FALSE(rows.integer_or_null(0, 3).has_value());
  EXPECT_EQ(rows.integer_or_null(1, 3), 7);
}

TEST(ReadArray, RefusesWhatIsNone) {
  EXPECT_THROW(store::read_array("a,b"), std::logic_error);
  EXPECT_TRUE(store::read_array("{}").empty());
}

}  // namespace
}  // namespace grumble::tests
