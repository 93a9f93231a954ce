#include "store/author_naming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <set>
#include <thread>

#include "store/erasure.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

using store::AuthorMode;
using store::AuthorNaming;
using testing::IsEmpty;
using testing::SizeIs;

std::string bytes_from(char first) {
  std::string key;
  for (int i = 0; i < 32; ++i) key += static_cast<char>(first + i);
  return key;
}

TEST(AuthorNaming, APseudonymIsHalfOfAnHmac) {
  // As Python's hmac has it: HMAC-SHA256 of "x\n123", its first 16 bytes in
  // base64url.
  const AuthorNaming naming(bytes_from(0));
  EXPECT_EQ(naming.mode(), AuthorMode::keyed);
  EXPECT_EQ(naming.stored_id("x", "123"), "XNXPTKUFprEqgxFZcDLlNQ");
  EXPECT_EQ(naming.stored_id("youtube", "123"), "MY92suBjM0Tfy0QwbFKaNw");
  EXPECT_EQ(naming.stored_id("x", "1866123456789012345"),
            "5ngawb9dKBLPZxf8DICQwg");
  EXPECT_EQ(naming.stored_id("x", "123"), "XNXPTKUFprEqgxFZcDLlNQ")
      << "and again, whatever came in between";
  EXPECT_THAT(naming.stored_id("x", std::string(5000, 'a')),
              SizeIs(store::kPseudonymSize));
  EXPECT_NE(AuthorNaming(bytes_from(1)).stored_id("x", "123"),
            naming.stored_id("x", "123"));
  EXPECT_EQ(naming.stored_id("x", ""), "");
}

TEST(AuthorNaming, KeyedLeavesNothingOfAnAuthorInABatch) {
  auto items = batch({post("11"), post("12")});
  items.posts[1].post.author_id = "";
  items.authors = {{"x", "u11", "ann", "Ann", 5}};
  auto shown = items;
  AuthorNaming("").apply(shown);
  EXPECT_EQ(shown.posts[0].post.author_id, "u11");
  EXPECT_EQ(shown.authors[0].handle, "ann");
  const AuthorNaming naming(bytes_from(0));
  naming.apply(items);
  EXPECT_EQ(items.posts[0].post.author_id, naming.stored_id("x", "u11"));
  EXPECT_EQ(items.posts[1].post.author_id, "");
  EXPECT_THAT(items.authors, IsEmpty());
}

class AuthorNamingOf : public testing::Test {
 protected:
  AuthorNaming decide(AuthorMode mode) {
    return store::decide_author_naming(test_.database(), mode);
  }

  TestDatabase test_;
};

TEST_F(AuthorNamingOf, ADatabaseIsDecidedOnceAndItsOwn) {
  EXPECT_FALSE(store::author_mode(test_.database()));
  const std::string first = decide(AuthorMode::keyed).stored_id("x", "1");
  EXPECT_THAT(first, SizeIs(store::kPseudonymSize));
  EXPECT_EQ(store::author_mode(test_.database()), AuthorMode::keyed);
  EXPECT_EQ(decide(AuthorMode::keyed).stored_id("x", "1"), first);
  EXPECT_EQ(decide(AuthorMode::shown).stored_id("x", "1"), first)
      << "what is decided stays";
  TestDatabase other;
  EXPECT_NE(store::decide_author_naming(other.database(), AuthorMode::keyed)
                .stored_id("x", "1"),
            first);
  TestDatabase open;
  EXPECT_EQ(store::decide_author_naming(open.database(), AuthorMode::shown)
                .stored_id("x", "1"),
            "1");
  EXPECT_EQ(store::author_mode(open.database()), AuthorMode::shown);
}

TEST_F(AuthorNamingOf, WhoeverDecidesAtTheSameTimeAgrees) {
  constexpr int kPrograms = 8;
  std::vector<std::string> answers(kPrograms);
  std::barrier start(kPrograms);
  std::vector<std::thread> programs;
  for (int i = 0; i < kPrograms; ++i) {
    programs.emplace_back([&, i] {
      store::Database database(test_.url());
      start.arrive_and_wait();
      answers[i] = store::decide_author_naming(
                       database, i % 2 ? AuthorMode::keyed : AuthorMode::shown)
                       .stored_id("x", "1");
    });
  }
  for (auto& program : programs) program.join();
  EXPECT_THAT(std::set<std::string>(answers.begin(), answers.end()), SizeIs(1));
  EXPECT_EQ(test_.number("select count(*) from author_naming"), 1);
}

TEST_F(AuthorNamingOf, ItsTableHoldsNothingElse) {
  const auto refused = [&](const std::string& values) {
    try {
      test_.run("insert into author_naming values " + values);
      return false;
    } catch (const store::DatabaseError&) {
      return true;
    }
  };
  EXPECT_TRUE(refused("(true, 'keyed', null)"));
  EXPECT_TRUE(refused("(true, 'keyed', 'short')"));
  EXPECT_TRUE(refused("(true, 'shown', decode(repeat('00', 32), 'hex'))"));
  EXPECT_TRUE(refused("(false, 'shown', null)"));
  EXPECT_TRUE(refused("(true, 'named', null)"));
  EXPECT_FALSE(refused("(true, 'keyed', decode(repeat('00', 32), 'hex'))"));
  EXPECT_TRUE(refused("(true, 'shown', null)")) << "one row";
}

// Catalogue: 47
TEST_F(AuthorNamingOf, ErasingAnAuthorTakesTheSitesOwnId) {
  store::record_ruleset(test_.database(), "rules-1", "");
  const AuthorNaming naming = decide(AuthorMode::keyed);
  auto items = batch({post("11"), post("12"), post("13")});
  items.posts[2].post.author_id = "u11";
  naming.apply(items);
  store::land(test_.database(), items);
  EXPECT_EQ(
      store::erase_authors(test_.database(), "x", {"u11", "u99"}, "suspended"),
      2);
  EXPECT_EQ(test_.number("select count(*) from post where text <> ''"), 1);
}

}  // namespace
}  // namespace grumble::tests
