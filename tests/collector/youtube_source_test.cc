#include <gmock/gmock.h>

#include "collector/registry.h"
#include "tests/collector/source_calls.h"

namespace grumble::collector {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(YoutubeSource, OpensWithASearchAndTheKnownVideos) {
  const auto source = make_source(config_of("youtube"));
  Round round = round_at(
      "2026-03-02T12:00:00Z",
      std::to_string(at("2026-03-02T06:00:00Z").time_since_epoch().count()));
  round.since = at("2026-01-01T00:00:00Z");
  round.known = {"vid00000001", "no id!"};
  Start start = source->open(round);
  ASSERT_THAT(start.leads, SizeIs(1));
  EXPECT_EQ(start.leads[0], (Lead{"videos", "sora", "vid00000001", 0}));
  const Gap search = gap_of(start);
  const HttpRequest request = source->request(search);
  EXPECT_THAT(request.url,
              HasSubstr("/youtube/v3/search?part=snippet&type=video&order=date"
                        "&maxResults=50&q=sora"));
  EXPECT_THAT(request.url,
              HasSubstr("publishedAfter=2026-03-01T06%3A00%3A00Z"));
  EXPECT_EQ(request.credential->first, "X-Goog-Api-Key");
  EXPECT_THAT(request.url, Not(HasSubstr("canary")));
  EXPECT_EQ(source->worst_cost(search).bucket, "youtube.search");
  round.unfinished = true;
  EXPECT_EQ(source->open(round).range.open->lo, *round.top)
      << "no overlap with what is open still";
}

TEST(YoutubeSource, ReadsAChannelsUploadsUntilKnownGround) {
  SourceConfig config = config_of("youtube");
  config.queries["sora"] = "channel:UCabcdefghijklmnopqrstuv";
  const auto source = make_source(config);
  const auto top = at("2026-03-02T06:00:00Z");
  Round round = round_at("2026-03-02T12:00:00Z",
                         std::to_string(top.time_since_epoch().count()));
  round.since = at("2026-01-01T00:00:00Z");
  const Gap uploads = gap_of(source->open(round));
  EXPECT_EQ(uploads.list, "uploads");
  EXPECT_EQ(uploads.lo, at("2026-02-16T06:00:00Z").time_since_epoch().count())
      << "two weeks of overlap";
  EXPECT_EQ(source->worst_cost(uploads).bucket, "youtube.units");
  EXPECT_THAT(source->request(uploads).url,
              HasSubstr("/youtube/v3/playlistItems?part=snippet%2C"
                        "contentDetails&playlistId=UUabcdefghijklmnopqrstuv"
                        "&maxResults=50"));
  const auto page_of = [&](const std::string& first, const std::string& last) {
    const auto item = [](const std::string& id, const std::string& time) {
      return R"({"kind":"youtube#playlistItem","snippet":{"publishedAt":)"
             R"("2026-03-01T00:00:00Z","title":"t","resourceId":{"videoId":")" +
             id + R"("}},"contentDetails":{"videoPublishedAt":")" + time +
             R"("}})";
    };
    return source->read(
        {200,
         {},
         R"({"kind":"youtube#playlistItemListResponse","nextPageToken":"n",)"
         R"("items":[)" +
             item("vid00000001", first) + "," + item("vid00000002", last) +
             "]}"},
        uploads, round.now);
  };
  const Page page = page_of("2026-03-02T01:00:00Z", "2026-02-01T00:00:00Z");
  EXPECT_TRUE(page.posts.empty()) << "they are asked for by id";
  ASSERT_THAT(page.leads, SizeIs(1));
  EXPECT_EQ(page.leads[0].items, "vid00000001,vid00000002");
  EXPECT_EQ(advance(uploads, page.sight, round.now).fate, Fate::moved);
  EXPECT_EQ(
      advance(uploads,
              page_of("2026-02-16T05:00:00Z", "2026-02-01T00:00:00Z").sight,
              round.now)
          .fate,
      Fate::closed)
      << "all of the page is known";
  config.queries["sora"] = "channel:OpenAI";
  EXPECT_THAT(refused(config), HasSubstr("no channel id"));
}

TEST(YoutubeSource, ReadsAllUploadsOnceAWeek) {
  SourceConfig config = config_of("youtube");
  config.queries["sora"] = "channel:UCabcdefghijklmnopqrstuv";
  const auto source = make_source(config);
  Round round = round_at("2026-03-02T12:00:00Z", "");
  round.query = "sora";
  EXPECT_THAT(source->open(round).leads, IsEmpty()) << "the first reads enough";
  round.top = at("2026-03-02T06:00:00Z").time_since_epoch().count();
  const auto leads = source->open(round).leads;
  ASSERT_THAT(leads, SizeIs(1));
  EXPECT_EQ(leads[0].list, "all-uploads");
  round.now += std::chrono::days(1);
  EXPECT_EQ(source->open(round).leads, leads) << "the same week";
  round.now += std::chrono::days(7);
  EXPECT_NE(source->open(round).leads[0].mark, leads[0].mark);

  Gap gap;
  gap.query = gap.subject = "sora";
  gap.list = leads[0].list;
  gap.hi = gap.asked_hi = round.now.time_since_epoch().count();
  EXPECT_THAT(source->request(gap).url,
              HasSubstr("playlistId=UUabcdefghijklmnopqrstuv"));
  const auto item = [](const std::string& id, const std::string& time) {
    return R"({"kind":"youtube#playlistItem","snippet":{"publishedAt":)"
           R"("2020-03-01T00:00:00Z","resourceId":{"videoId":")" +
           id + R"("}},"contentDetails":{"videoPublishedAt":")" + time +
           R"("}})";
  };
  const Page page = source->read(
      {200,
       {},
       R"({"kind":"youtube#playlistItemListResponse","nextPageToken":"n",)"
       R"("items":[)" +
           item("vid00000001", "2020-03-02T00:00:00Z") + "," +
           item("vid00000002", "2026-03-09T00:00:00Z") + "]}"},
      gap, round.now);
  ASSERT_THAT(page.leads, SizeIs(1));
  EXPECT_EQ(page.leads[0].items, "vid00000002") << "it waited for six years";
  EXPECT_EQ(advance(gap, page.sight, round.now).fate, Fate::moved)
      << "to the end";
}

TEST(YoutubeSource, AsksForListsByTheirSubject) {
  const auto source = make_source(config_of("youtube"));
  Gap gap;
  gap.list = "threads";
  gap.subject = "vid00000001";
  EXPECT_THAT(source->request(gap).url,
              HasSubstr("/youtube/v3/commentThreads?part=id%2Csnippet%2Creplies"
                        "&videoId=vid00000001"));
  EXPECT_EQ(source->worst_cost(gap).bucket, "youtube.units");
  gap.list = "replies";
  gap.subject = "vid00000001/Ugx3";
  EXPECT_THAT(source->request(gap).url, HasSubstr("&parentId=Ugx3"));
  gap.list = "videos";
  gap.items = "a,b";
  EXPECT_THAT(source->request(gap).url, HasSubstr("&id=a%2Cb"));
}

TEST(YoutubeSource, MeetsRefusalsByTheirReasons) {
  const auto action = [](int status, const std::string& reason,
                         const std::string& detail = "") {
    const std::string body = R"({"error":{"code":1,"message":"a <b>m</b>",)"
                             R"("errors":[{"reason":")" +
                             reason + R"("}],"details":[{"reason":")" + detail +
                             R"("}]}})";
    return met("youtube", status, body).action();
  };
  EXPECT_EQ(action(403, "commentsDisabled"), Action::drop_step);
  EXPECT_EQ(action(404, "videoNotFound"), Action::drop_step);
  EXPECT_EQ(action(403, "quotaExceeded"), Action::stop_window);
  EXPECT_EQ(action(403, "rateLimitExceeded"), Action::wait);
  EXPECT_EQ(action(400, "badRequest", "API_KEY_INVALID"),
            Action::stop_credential);
  EXPECT_EQ(action(400, "processingFailure"), Action::retry);
  EXPECT_EQ(action(400, "invalidFilters"), Action::stop_query);
  EXPECT_EQ(action(500, "backendError"), Action::retry);
  EXPECT_EQ(action(409, "neverHeardOf"), Action::stop_source);
}

TEST(YoutubeSource, ARefusedTokenStartsTheListAnew) {
  const std::string body =
      R"({"error":{"errors":[{"reason":"invalidPageToken"}]}})";
  EXPECT_EQ(met("youtube", 400, body, "t").action(), Action::restart);
  EXPECT_EQ(met("youtube", 400, body).action(), Action::drop_step);
}

}  // namespace
}  // namespace grumble::collector
