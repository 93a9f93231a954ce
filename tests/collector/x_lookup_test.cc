#include "collector/sources/x_lookup.h"

#include <gmock/gmock.h>

#include "collector/refresh.h"
#include "collector/registry.h"

namespace grumble::collector {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr domain::Timestamp kNow{std::chrono::hours(500'000)};

std::unique_ptr<Source> source(const std::string& type) {
  SourceConfig config;
  config.type = type;
  config.base_url = "https://site.test";
  config.queries["sora"] = "sora";
  return make_source(config);
}

Gap lookup(const std::string& subject, const std::string& items) {
  Gap gap;
  gap.list = "lookup";
  gap.subject = subject;
  gap.items = items;
  gap.hi = gap.asked_hi = 2;
  return gap;
}

std::string gone(const std::string& id, const std::string& type,
                 const std::string& detail) {
  return R"({"value":")" + id + R"(","detail":")" + detail +
         R"(","title":"T","resource_type":"tweet","parameter":"ids",)" +
         R"("resource_id":")" + id +
         R"(","type":"https://api.x.com/2/problems/)" + type + R"("})";
}

TEST(Refresh, AsksByKindSoManyARequest) {
  Round round;
  round.now = kNow;
  round.due_mark = "mark";
  for (const char* id : {"1", "2", "3"}) {
    round.due.push_back({domain::PostKind::comment, id});
  }
  round.due.push_back({domain::PostKind::video, "v"});
  const Start start = open_refresh(round, 2);
  EXPECT_THAT(start.leads, ElementsAre(Lead{"lookup", "comments", "1,2", 0},
                                       Lead{"lookup", "comments", "3", 0},
                                       Lead{"lookup", "videos", "v", 0}));
  EXPECT_EQ(start.refreshed, "mark");
  EXPECT_GT(start.range.top, 0);
  EXPECT_FALSE(start.range.open);
  round.due.clear();
  EXPECT_THAT(open_refresh(round, 2).leads, IsEmpty());
}

TEST(XLookup, AsksForPostsAloneAndPaysForThem) {
  const auto x = source("x");
  const Gap gap = lookup("posts", "11,12,13");
  const auto url = x->request(gap).url;
  EXPECT_THAT(url, HasSubstr("https://site.test/2/tweets?ids=11%2C12%2C13&"));
  EXPECT_THAT(url, Not(HasSubstr("expansions")));
  EXPECT_EQ(x->worst_cost(gap).amount, 3 * 5'000);
  EXPECT_EQ(x->too_old(gap, kNow), std::nullopt);
}

// Catalogue: 47
TEST(XLookup, TellsWhatIsGoneFromWhatIsNot) {
  const auto x = source("x");
  const Gap gap = lookup("posts", "11,12,13,14,15");
  const std::string body =
      R"({"data":[{"id":"11","text":"one",)"
      R"("created_at":"2024-12-01T00:00:00Z","public_metrics":{"like_count":9}},)"
      R"({"id":"15","text":"RT @a: cut",)"
      R"("created_at":"2024-12-01T00:00:00Z","referenced_tweets":[)"
      R"({"type":"retweeted","id":"9"}]}],"errors":[)" +
      gone("12", "resource-not-found", "Could not find tweet with ids: [12].") +
      ',' + gone("13", "not-authorized-for-resource", "you may not see it") +
      ',' + gone("14", "resource-not-found", "User has been suspended: [x].") +
      ',' + gone("77", "resource-not-found", "nobody asked") + "]}";
  const Page page = x->read({200, {}, body}, gap, kNow);
  ASSERT_THAT(page.gone, SizeIs(3));
  EXPECT_EQ(page.gone[0].key, (domain::PostKey{"x", "12"}));
  EXPECT_EQ(page.gone[0].reason, "deleted");
  EXPECT_EQ(page.gone[1].reason, "protected");
  EXPECT_EQ(page.gone[2].reason, "suspended");
  EXPECT_THAT(page.rejects, SizeIs(1));
  ASSERT_THAT(page.posts, SizeIs(1)) << "a repost's text is cut short";
  EXPECT_EQ(page.posts[0].metrics.likes, 9);
  EXPECT_TRUE(page.again);
  EXPECT_EQ(page.cost.amount, 2 * 5'000);
  EXPECT_EQ(advance(gap, page.sight, kNow).fate, Fate::closed);
}

TEST(XLookup, AllMayBeGone) {
  const auto x = source("x");
  const Gap gap = lookup("posts", "12");
  const auto error = gone("12", "resource-not-found", "gone");
  const Page page =
      x->read({200, {}, "{\"errors\":[" + error + "]}"}, gap, kNow);
  EXPECT_THAT(page.gone, SizeIs(1));
  EXPECT_EQ(page.cost.amount, 0);
  EXPECT_THROW(x->read({200, {}, "{}"}, gap, kNow), SourceError);
}

TEST(XLookup, OfYoutubeAsksEachKindByItsOwnMethod) {
  const auto youtube = source("youtube");
  EXPECT_EQ(youtube->request(lookup("videos", "a,b")).url,
            "https://site.test/youtube/v3/videos?part=snippet%2Cstatistics"
            "&id=a%2Cb");
  const Gap comments = lookup("comments", "c,d");
  EXPECT_EQ(youtube->request(comments).url,
            "https://site.test/youtube/v3/comments?part=id%2Csnippet&id=c%2Cd"
            "&textFormat=plainText");
  EXPECT_EQ(youtube->worst_cost(comments).bucket, "youtube.units");
  const Page page = youtube->read(
      {200,
       {},
       R"({"kind":"youtube#commentListResponse","items":[)"
       R"({"kind":"youtube#comment","id":"c","snippet":{"textOriginal":"t",)"
       R"("publishedAt":"2026-01-01T00:00:00Z"}}]})"},
      comments, kNow);
  EXPECT_TRUE(page.again);
  EXPECT_THAT(page.posts, SizeIs(1));
  EXPECT_THAT(page.leads, IsEmpty());
  EXPECT_EQ(advance(comments, page.sight, kNow).fate, Fate::closed);
}

}  // namespace
}  // namespace grumble::collector
