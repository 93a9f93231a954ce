#include "tests/oracle/oracle.h"

#include <gmock/gmock.h>

#include <sstream>

namespace grumble::oracle {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr char kBill[] =
    R"({"bill":{"x":{"microusd":1500,"hits_returned":6},)"
    R"("youtube":{"days":{"2026-03-01":{"search":1,"default":4}}}}})";

/// Three posts of X that were shown and have landed as they are.
class Oracle : public testing::Test {
 protected:
  Oracle() {
    for (const char* id : {"100", "200", "300"}) {
      Item item;
      item.text = std::string("text ") + id;
      item.shown = 2;
      item.wanted = true;
      truth.items[{"x", id}] = item;
      facts.posts[{"x", id}] = {"", item.text};
    }
    truth.hits = 6;
    truth.billed["x.posts"] = 1500;
    facts.spent["x.posts"] = 1500;
    facts.dearest_day["x.posts"] = 1500;
  }

  Verdict verdict() const { return judge(truth, facts, terms); }

  Truth truth;
  Facts facts;
  Terms terms;
};

TEST_F(Oracle, FindsNothingWrong) {
  EXPECT_TRUE(verdict().good());
  EXPECT_EQ(verdict().expected, 3);
  EXPECT_EQ(verdict().landed, 3);
  EXPECT_DOUBLE_EQ(verdict().reads_per_post, 2.0);
}

TEST_F(Oracle, FindsWhatIsLost) {
  facts.posts.erase({"x", "200"});
  EXPECT_EQ(verdict().lost, 1);
  EXPECT_FALSE(verdict().good());
  EXPECT_THAT(verdict().examples, Contains("lost x 200"));
  truth.items[{"x", "200"}].shown = 0;
  EXPECT_EQ(verdict().lost, 1) << "it was asked for";
  truth.items[{"x", "200"}].late_ms = 60'001;
  EXPECT_EQ(verdict().lost, 0) << "it came too late";
  truth.items[{"x", "200"}].late_ms = 0;
  truth.items[{"x", "200"}].replaced = true;
  EXPECT_EQ(verdict().lost, 0) << "it was gone before it was shown";
}

TEST_F(Oracle, ARejectAccountsForAnItem) {
  facts.posts.erase({"x", "200"});
  facts.rejected.insert("200");
  EXPECT_EQ(verdict().lost, 0);
  facts.posts.erase({"x", "300"});
  truth.items[{"x", "300"}].shown = 0;
  truth.items[{"x", "300"}].broken = 1;
  EXPECT_EQ(verdict().lost, 1);
  facts.nameless_rejects = 1;
  EXPECT_EQ(verdict().lost, 0);
}

TEST_F(Oracle, AGapAccountsForAnItemAndIsTold) {
  facts.posts.erase({"x", "200"});
  facts.gaps = {{150, 200}};
  EXPECT_EQ(verdict().lost, 1) << "bounds are excluded";
  facts.gaps = {{150, 201}};
  EXPECT_EQ(verdict().lost, 0);
  EXPECT_EQ(verdict().in_gaps, 1);
  EXPECT_FALSE(verdict().good());
}

TEST_F(Oracle, FindsRequestsBeforeALimitsEndAndAfterAFinalAnswer) {
  truth.visits = {
      {"/a", 10, 429, 1'000}, {"/b", 20, 200, 0}, {"/a", 1'000, 402, 0}};
  EXPECT_TRUE(verdict().good());
  truth.visits.push_back({"/a", 5'000, 200, 0});
  EXPECT_EQ(verdict().in_vain, 1);
  EXPECT_EQ(verdict().hasty, 0);
  truth.visits.insert(truth.visits.begin() + 1, {"/a", 999, 503, 0});
  EXPECT_EQ(verdict().hasty, 1);
  EXPECT_FALSE(verdict().good());
}

TEST_F(Oracle, FindsSpuriousDuplicateAndAlteredPosts) {
  facts.posts[{"x", "400"}] = {"", "where from"};
  facts.posts[{"x", "300"}].text = "text 30";
  facts.duplicates = 2;
  EXPECT_EQ(verdict().spurious, 1);
  EXPECT_EQ(verdict().altered, 1);
  EXPECT_EQ(verdict().duplicate, 2);
}

TEST_F(Oracle, ShortenedAddressesAreNoChange) {
  truth.items[{"x", "100"}].text = "see https://example.com/long \n now";
  facts.posts[{"x", "100"}].text = "see https://t.co/abc now https://t.co/q";
  EXPECT_EQ(verdict().altered, 0);
}

TEST_F(Oracle, FindsMoneyBeyondTheLedgerAndTheCap) {
  truth.billed["x.posts"] = 1600;
  EXPECT_EQ(verdict().overspent, 100);
  terms.caps["x.posts"] = 1450;
  EXPECT_EQ(verdict().overspent, 150);
  truth.billed["youtube.units"] = 3;
  EXPECT_EQ(verdict().overspent, 153);
}

TEST_F(Oracle, AFaultThatNeverActedAndOpenWorkAreNotGood) {
  truth.fired["cut"] = 3;
  EXPECT_TRUE(verdict().good());
  truth.fired["reset"] = 0;
  EXPECT_EQ(verdict().unfired, 1);
  EXPECT_FALSE(verdict().good());
  truth.fired.clear();
  facts.open = 1;
  EXPECT_FALSE(verdict().good());
}

TEST(ReadTruth, ReadsEachKindOfLine) {
  std::istringstream input(
      std::string(
          R"({"fault":"cut","fired":7})"
          "\n"
          R"({"platform":"x","kind":"post","id":"9","text":"t","at":"",)"
          R"("shown":2,"broken":1,"wanted":true,"late_ms":70})"
          "\n"
          R"({"platform":"youtube","kind":"video","id":"v","text":"d",)"
          R"("title":"T","at":"","shown":1,"broken":0})"
          "\n") +
      kBill + "\n");
  const Truth truth = read_truth(input);
  EXPECT_EQ(truth.fired.at("cut"), 7);
  EXPECT_EQ(truth.items.at({"x", "9"}).late_ms, 70);
  EXPECT_TRUE(truth.items.at({"x", "9"}).wanted);
  EXPECT_EQ(truth.items.at({"youtube", "v"}).title, "T");
  EXPECT_EQ(truth.billed.at("x.posts"), 1500);
  EXPECT_EQ(truth.billed.at("youtube.units"), 4);
  EXPECT_EQ(truth.hits, 6);
}

TEST(ReadTruth, RefusesACutReport) {
  std::istringstream input(R"({"fault":"cut","fired":7})");
  EXPECT_THROW(read_truth(input), std::runtime_error);
  std::istringstream broken("{");
  EXPECT_THROW(read_truth(broken), std::runtime_error);
}

}  // namespace
}  // namespace grumble::oracle
