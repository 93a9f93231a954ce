#include "collector/importers/importer.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/collector/loopback_server.h"

namespace grumble::collector {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// All pages of a file as one.
struct Imported {
  int64_t items = 0;
  int64_t duplicates = 0;
  std::vector<domain::Post> posts;
  std::vector<domain::Author> authors;
  std::vector<domain::Reject> rejects;
  std::map<std::string, int64_t> others;
  size_t pages = 0;
};

Imported import_file(const fs::path& file, const ImportOptions& options = {}) {
  Imported all;
  Importer importer(file, options);
  while (const auto page = importer.next()) {
    // Holds for each page, so that it holds for the file.
    EXPECT_EQ(page->items, static_cast<int64_t>(page->page.posts.size() +
                                                page->page.rejects.size()) +
                               page->duplicates);
    all.items += page->items;
    all.duplicates += page->duplicates;
    const Page& content = page->page;
    all.posts.insert(all.posts.end(), content.posts.begin(),
                     content.posts.end());
    all.authors.insert(all.authors.end(), content.authors.begin(),
                       content.authors.end());
    all.rejects.insert(all.rejects.end(), content.rejects.begin(),
                       content.rejects.end());
    ++all.pages;
  }
  EXPECT_EQ(importer.bytes_done(), importer.bytes_total());
  all.others = importer.others();
  return all;
}

/// A file that is gone with its test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_(fs::temp_directory_path() /
              ("grumble_import_" + std::to_string(getpid()) + "_" +
               std::to_string(++count_))) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  ~TemporaryFile() { fs::remove(path_); }
  const fs::path& path() const { return path_; }

 private:
  static inline int count_ = 0;
  fs::path path_;
};

Imported import_text(const std::string& content,
                     const ImportOptions& options = {}) {
  const TemporaryFile file(content);
  return import_file(file.path(), options);
}

std::vector<std::string> reasons(const Imported& imported) {
  std::vector<std::string> all;
  for (const auto& reject : imported.rejects) {
    all.push_back(reject.pointer + reject.reason);
  }
  return all;
}

TEST(Importer, ReadsOwnRecords) {
  const auto read = import_text(
      R"({"id":"a1","text":"Too many credits","lang":"en","platform":"forum","kind":"post","created_at":"2026-01-02T03:04:05Z","author":{"id":"u","handle":"h","followers":5},"metrics":{"likes":3},"references":[{"kind":"reply","id":"a0"}],"conversation_id":"a0"})"
      "\n");
  ASSERT_THAT(read.posts, SizeIs(1));
  const domain::Post& post = read.posts[0];
  EXPECT_EQ(post.key, (domain::PostKey{"forum", "a1"}));
  EXPECT_EQ(post.text, "Too many credits");
  EXPECT_EQ(domain::to_string(post.created_at), "2026-01-02T03:04:05Z");
  EXPECT_EQ(post.author_id, "u");
  EXPECT_EQ(post.metrics.likes, 3);
  EXPECT_EQ(post.references.at(0).id, "a0");
  EXPECT_FALSE(post.approximate_time);
  EXPECT_EQ(read.authors.at(0).followers, 5);
}

TEST(Importer, ARecordWithoutTimeTakesTheFilesAndSaysSo) {
  ImportOptions options;
  options.observed_at = domain::parse_timestamp("2026-05-01T00:00:00Z");
  const auto read = import_text("{\"id\":7,\"text\":\"hm\"}", options);
  ASSERT_THAT(read.posts, SizeIs(1));
  EXPECT_EQ(read.posts[0].key, (domain::PostKey{"import", "7"}));
  EXPECT_EQ(read.posts[0].created_at, *options.observed_at);
  EXPECT_TRUE(read.posts[0].approximate_time);
}

TEST(Importer, ReadingAFileTwiceGivesTheSame) {
  const TemporaryFile file("{\"id\":\"1\",\"text\":\"hm\"}\n");
  const auto first = import_file(file.path());
  const auto second = import_file(file.path());
  EXPECT_EQ(first.posts.at(0).created_at, second.posts.at(0).created_at);
  EXPECT_EQ(first.posts.at(0).observed_at, second.posts.at(0).observed_at);
}

TEST(Importer, BadRecordsSayWhereAndWhy) {
  const auto read = import_text(
      "{\"id\":\"1\",\"text\":\"good\"}\n"
      "{\"text\":\"no id\"}\n"
      "{\"id\":\"2\"}\n"
      "{\"id\":\"3\",\"text\":\"x\",\"created_at\":\"soon\"}\n"
      "{\"id\":\"4\",\"text\":\"x\",\"kind\":\"song\"}\n"
      "{\"id\":\"5\",\"text\":\"x\",\"platform\":\"Not a name\"}\n"
      "not json\n"
      "42\n");
  EXPECT_THAT(read.posts, SizeIs(1));
  EXPECT_THAT(
      reasons(read),
      ElementsAre("line 2: record has no id", "line 3: record has no text",
                  "line 4: created_at is no RFC 3339 time",
                  "line 5: kind is none of post, video and comment",
                  "line 6: platform 'Not a name' is no name of a site",
                  "line 7: is no JSON object or array",
                  "line 8: is no JSON object or array"));
  EXPECT_EQ(read.rejects[5].raw, "not json");
}

TEST(Importer, ACutLastLineIsARejectAndTheRestLands) {
  const auto read = import_text(
      "{\"id\":\"1\",\"text\":\"whole\"}\n{\"id\":\"2\",\"text\":\"cu");
  EXPECT_THAT(read.posts, SizeIs(1));
  EXPECT_THAT(reasons(read), ElementsAre("line 2: byte 46: line cut off"));
}

TEST(Importer, MarksBlankLinesAndCarriageReturnsDoNotMatter) {
  const auto read = import_text(
      "\xEF\xBB\xBF\r\n{\"id\":\"1\",\"text\":\"a\"}\r\n\r\n   \n"
      "{\"id\":\"2\",\"text\":\"b\"}\r\n");
  EXPECT_THAT(read.posts, SizeIs(2));
  EXPECT_THAT(reasons(read), IsEmpty());
}

TEST(Importer, NulAndLoneSurrogatesLand) {
  const auto read =
      import_text("{\"id\":\"1\",\"text\":\"a\\u0000b \\ud800 \xFF\"}\n");
  ASSERT_THAT(read.posts, SizeIs(1));
  EXPECT_EQ(read.posts[0].text, "a\u2400b \uFFFD \uFFFD");
}

TEST(Importer, AnEmptyFileHoldsNothing) {
  const auto read = import_text("");
  EXPECT_EQ(read.items, 0);
  EXPECT_THAT(reasons(import_text("\n\n")), IsEmpty());
}

TEST(Importer, ReadsCompressedFiles) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += "{\"id\":\"" + std::to_string(i) + "\",\"text\":\"t\"}\n";
  }
  const auto read = import_text(gzip(lines));
  EXPECT_THAT(read.posts, SizeIs(3000));
  EXPECT_EQ(read.pages, 6U);
}

TEST(Importer, ACutCompressedFileIsTold) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += "{\"id\":\"" + std::to_string(i * 7919) + "\",\"text\":\"t\"}\n";
  }
  const std::string packed = gzip(lines);
  const auto read = import_text(packed.substr(0, packed.size() / 2));
  EXPECT_GT(read.posts.size(), 500U);
  EXPECT_LT(read.posts.size(), 3000U);
  ASSERT_THAT(read.rejects, SizeIs(1));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("cut off"));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("the gzip file is cut off"));
}

TEST(Importer, ACorruptCompressedFileIsTold) {
  std::string lines;
  for (int i = 0; i < 3000; ++i) {
    lines += "{\"id\":\"" + std::to_string(i * 7919) + "\",\"text\":\"t\"}\n";
  }
  std::string packed = gzip(lines);
  packed[packed.size() - 6] ^= 0x55;  // the checksum
  const auto read = import_text(packed);
  EXPECT_THAT(read.posts, SizeIs(3000));
  ASSERT_THAT(read.rejects, SizeIs(1));
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("the gzip file is corrupt"));
}

TEST(Importer, MembersFollowEachOtherAndJunkIsTold) {
  const std::string two = gzip("{\"id\":\"1\",\"text\":\"a\"}\n") +
                          gzip("{\"id\":\"2\",\"text\":\"b\"}\n");
  const auto padded = import_text(two + std::string(600, '\0'));
  EXPECT_THAT(padded.posts, SizeIs(2));
  EXPECT_THAT(padded.rejects, IsEmpty());
  const auto junk = import_text(two + "<html>");
  EXPECT_THAT(junk.posts, SizeIs(2));
  ASSERT_THAT(junk.rejects, SizeIs(1));
  EXPECT_THAT(junk.rejects[0].reason, HasSubstr("no gzip"));
}

TEST(Importer, ReadsXPagesFlatPostsAndStreamLines) {
  const auto read = import_text(
      R"({"data":[{"id":"1800000000000000001","text":"page &amp; post"},{"id":"1800000000000000002","text":"two"},{"id":"1800000000000000001","text":"again"}],"includes":{"users":[{"id":"9","username":"u"}],"tweets":[{"id":"1800000000000000000","text":"parent"}]},"errors":[{"resource_id":"5","detail":"gone"}],"meta":{"result_count":3},"__twarc":{"retrieved_at":"2026-02-02T02:02:02+00:00"}})"
      "\n"
      R"({"id":"1800000000000000003","text":"flat","author_id":"9","author":{"id":"9","username":"u","public_metrics":{"followers_count":3}},"referenced_tweets":[{"type":"quoted","id":"1800000000000000004","text":"inlined"},{"type":"replied_to","id":"17"}]})"
      "\n"
      R"({"data":{"id":"1800000000000000005","text":"one from a stream"},"matching_rules":[{"id":1166916266197536768}]})"
      "\n");
  EXPECT_EQ(read.items, 8);
  EXPECT_EQ(read.duplicates, 1);
  ASSERT_THAT(read.posts, SizeIs(6));
  EXPECT_EQ(read.posts[0].text, "page & post");
  EXPECT_EQ(domain::to_string(read.posts[0].observed_at),
            "2026-02-02T02:02:02Z");
  std::set<std::string> context;
  for (const auto& post : read.posts) {
    if (post.context_only) context.insert(post.text);
  }
  EXPECT_THAT(context, ElementsAre("inlined", "parent"));
  EXPECT_THAT(reasons(read), ElementsAre("line 1: /errors/0not shown: gone"));
}

TEST(Importer, AnswersWithoutPostsAreTold) {
  const auto read = import_text(
      R"({"data":[{"start":"2026-01-01T00:00:00.000Z","end":"2026-01-02T00:00:00.000Z","tweet_count":4}],"meta":{"total_tweet_count":4}})"
      "\n"
      R"({"data":[{"id":"5","username":"u","name":"N"}]})"
      "\n"
      R"({"id":"5","action":"delete","created_at":"2026-01-01T00:00:00Z","reason":"deleted"})"
      "\n");
  EXPECT_EQ(read.items, 0);
  EXPECT_EQ(read.others,
            (std::map<std::string, int64_t>{
                {"compliance record", 1}, {"count", 1}, {"user", 1}}));
}

TEST(Importer, ReadsRecordedAnswers) {
  const auto read = import_text(R"([
    {"request": {"uri": "https://api.x.com/2/tweets"},
     "response": {"status": 200, "body": {"data": {"id": "1800000000000000001", "text": "recorded"}}}},
    {"request": {}, "response": {"status": 200, "body": "{\"data\":{\"id\":\"1800000000000000002\",\"text\":\"as text\"}}"}},
    {"request": {}, "response": {"status": 429, "body": {"title": "Too Many Requests"}}}
  ])");
  ASSERT_THAT(read.posts, SizeIs(2));
  EXPECT_EQ(read.posts[1].text, "as text");
  EXPECT_EQ(read.others.at("recorded answer of status 429"), 1);
}

TEST(Importer, ReadsYtdlpWithComments) {
  const auto read =
      import_text(R"({"id": "vid00000001", "title": "T", "description": null,
    "extractor_key": "Youtube", "channel_id": "UC1", "channel": "C", "upload_date": "20240131",
    "view_count": 10, "epoch": 1707251366, "comments": [
      {"id": "UgA", "parent": "root", "text": "first", "author": "@u1", "author_id": "UC2", "like_count": null, "timestamp": 1705795200},
      {"id": "UgA.1", "parent": "UgA", "text": "reply", "author": "@u2", "author_id": "UC3", "like_count": 2, "timestamp": 1705795200},
      {"id": "UgB", "parent": "root", "text": "no time"}]})");
  ASSERT_THAT(read.posts, SizeIs(3));
  EXPECT_EQ(read.posts[0].kind, domain::PostKind::video);
  EXPECT_TRUE(read.posts[0].approximate_time);
  EXPECT_EQ(domain::to_string(read.posts[0].created_at),
            "2024-01-31T00:00:00Z");
  EXPECT_EQ(domain::to_string(read.posts[0].observed_at),
            "2024-02-06T20:29:26Z");
  EXPECT_EQ(read.posts[2].references.at(0).id, "UgA");
  EXPECT_EQ(read.posts[2].conversation_id, "vid00000001");
  EXPECT_TRUE(read.posts[2].approximate_time);
  EXPECT_THAT(reasons(read),
              ElementsAre("/comments/2comment has no timestamp"));
}

TEST(Importer, ADocumentWithManyItemsComesInPages) {
  std::string document =
      "{\"kind\": \"youtube#videoListResponse\",\n\"items\": [";
  for (int i = 0; i < 1200; ++i) {
    document +=
        std::string(i == 0 ? "" : ",\n") +
        R"({"kind":"youtube#video","id":"v)" + std::to_string(i) +
        R"(","snippet":{"title":"t","publishedAt":"2026-01-01T00:00:00Z"}})";
  }
  const auto read = import_text(document + "]}");
  EXPECT_THAT(read.posts, SizeIs(1200));
  EXPECT_EQ(read.pages, 3U);
}

TEST(Importer, ACutDocumentIsOneReject) {
  const auto read = import_text("{\n  \"kind\": \"youtube#videoList");
  ASSERT_THAT(read.rejects, SizeIs(1));
  EXPECT_EQ(read.rejects[0].pointer, "byte 30: ");
  EXPECT_THAT(read.rejects[0].reason, HasSubstr("document cut off"));
}

TEST(Importer, AMissingFileThrows) {
  EXPECT_THROW(Importer("/nonexistent/file.jsonl"), std::runtime_error);
  EXPECT_THROW(Importer("/tmp"), std::runtime_error);
}

fs::path shared(const std::string& path) {
  const char* root = std::getenv("GRUMBLE_SHARED");
  return fs::path(root != nullptr ? root : "../shared") / path;
}

/// Files that hold something else than posts, videos and comments.
bool holds_no_posts(const std::string& name) {
  for (const char* sign :
       {"SOURCES", "error", "compliance", "counts", "_count", "stream_",
        "usage", "get_users", "users_resp", "lists", "channel_info",
        "pyyoutube_info", "search"}) {
    if (name.find(sign) != name.npos) {
      return name.find("search_tweets") == name.npos &&
             name.find("search_all_tweets") == name.npos &&
             name.find("search_recent_tweets") == name.npos &&
             name.find("threads_with_search") == name.npos &&
             name.find("streaming_output") == name.npos;
    }
  }
  return false;
}

TEST(Importer, TakesEverySample) {
  const fs::path samples = shared("api/samples");
  if (!fs::exists(samples)) GTEST_SKIP() << "no " << samples;
  for (const auto& folder : fs::directory_iterator(samples)) {
    for (const auto& file : fs::directory_iterator(folder)) {
      const std::string name = file.path().filename();
      if (file.path().extension() == ".md") continue;
      SCOPED_TRACE(name);
      const auto read = import_file(file.path());
      std::string others;
      for (const auto& [kind, number] : read.others) {
        others += ", " + std::to_string(number) + " x " + kind;
      }
      if (std::getenv("GRUMBLE_PRINT_SAMPLES") != nullptr) {
        printf("%-60s in %4ld posts %4zu rejects %3zu duplicates %3ld%s\n",
               name.c_str(), static_cast<long>(read.items), read.posts.size(),
               read.rejects.size(), static_cast<long>(read.duplicates),
               others.c_str());
        std::set<std::string> kinds;
        for (const auto& reject : read.rejects) {
          kinds.insert(reject.reason.substr(0, 60));
        }
        for (const auto& kind : kinds) printf("      %s\n", kind.c_str());
      }
      if (!holds_no_posts(name)) {
        EXPECT_THAT(read.posts, testing::Not(IsEmpty()));
      }
    }
  }
}

TEST(Importer, TakesEveryLineOfTheGeneralSample) {
  const fs::path file = shared("data/general-sample.jsonl");
  if (!fs::exists(file)) GTEST_SKIP() << "no " << file;
  const auto read = import_file(file);
  EXPECT_EQ(read.items, 60'000);
  EXPECT_THAT(read.posts, SizeIs(60'000));
}

}  // namespace
}  // namespace grumble::collector
