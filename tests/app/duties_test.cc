// What is owed to those whose posts are kept, over real HTTP and with real
// processes: posts that are gone are missed, and erased.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <thread>

#include "domain/timestamp.h"
#include "store/database.h"
#include "store/local_cluster.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/support/migrated_cluster.h"

namespace grumble::test {
namespace {

using testing::HasSubstr;

/// Programs over a site that can be changed for another.
class SiteTest : public testing::Test {
 protected:
  SiteTest() {
    setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
    tests::make_cluster(files_.path() / "data");
  }

  /// The site as the programs see it from now on, asked as `lines` of
  /// [source.x] and the query say.
  void serve(const std::string& name, std::vector<std::string> world,
             const std::string& lines, const std::string& query) {
    const auto port_file = files_.path() / (name + ".port");
    world.insert(world.end(), {"--port", "0", "--port-file", port_file,
                               "--quiet", "--x-all-per-second", "0"});
    site_ = std::make_unique<Background>("grumble-sim", world,
                                         files_.path() / (name + ".log"));
    std::ofstream(file_)
        << head_ << "data_dir = \"data\"\nsince = \"2024-12-01T00:00:00Z\"\n"
        << "[budget]\nx_usd_per_day = 1000.0\nx_usd_per_month = 1000.0\n"
        << "[web]\nport = 0\n[source.youtube]\nenabled = false\n"
        << "[source.x]\nbase_url = \"http://127.0.0.1:"
        << wait_for_line(port_file, std::chrono::seconds(60)) << "\"\n"
        << lines << "[query.sora]\nx = \"" << query << "\"\n";
  }
  Outcome grumble(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", file_});
    return run("grumble", arguments);
  }
  Outcome collect() { return grumble({"collect", "--once"}); }
  store::Rows rows(const std::string& sql) {
    const store::LocalCluster cluster(files_.path() / "data");
    store::Database database(cluster.url());
    store::Transaction transaction(database);
    const auto result = transaction.run(sql);
    transaction.commit();
    return result;
  }
  int64_t number(const std::string& sql) { return rows(sql).integer(0, 0); }

  TemporaryDirectory files_;
  std::string file_ = files_.path() / "grumble.toml";
  std::string head_;  ///< of that file
  std::unique_ptr<Background> site_;
};

class Duties : public SiteTest {
 protected:
  explicit Duties(const std::string& head = "") {
    head_ = head;
    std::ofstream(files_.path() / "deleted.ndjson")
        << R"({"fault":"deleted","share":0.3})" << '\n'
        << R"({"fault":"closed","share":0.2})" << '\n';
    serve_sample("whole", {});
    const auto once = collect();
    EXPECT_EQ(once.status, 0) << once.err;
    stored_ = number("select count(*) from post where text <> ''");
    EXPECT_GT(stored_, 50);
    // From here on some of the posts are gone.
    serve_sample("holes", {"--faults", files_.path() / "deleted.ndjson"});
  }

  void serve_sample(const std::string& name, std::vector<std::string> more) {
    more.insert(more.end(), {"--world", "simulator/world.ndjson"});
    serve(name, more,
          "refresh = [\"1d\", \"7d\"]\noptions.archive = true\n"
          "options.archive_spacing_ms = 0\n",
          "sora");
  }

  int64_t stored_ = 0;
};

// Catalogue: 47
TEST_F(Duties, ARefreshErasesWhatIsGoneAndPaysForTheRest) {
  rows("update post set observed_at = created_at, first_seen_at = created_at");
  rows("update refresh set created_at = '2024-11-01' where age = 604800");
  // What is no week old yet is not due at that age.
  const std::string old =
      "not context_only and created_at < now() - interval '7 days'";
  const int64_t due = number("select count(*) from post where " + old);
  const auto again = collect();
  ASSERT_EQ(again.status, 0) << again.err;
  const int64_t left = number("select count(*) from post where text <> ''");
  const int64_t erased = number("select count(*) from erased");
  EXPECT_GT(erased, 0);
  EXPECT_EQ(left + erased, stored_);
  EXPECT_EQ(number("select sum(actual) from ledger where query = ''"),
            5'000 * (due - erased));
  EXPECT_EQ(number("select count(*) from gap where state = 'open'"), 0);
  EXPECT_EQ(number("select count(*) from post where text <> '' and " + old +
                   " and observed_at < now() - interval '1 d'"),
            0)
      << "what is there was seen today";
  const auto third = collect();
  EXPECT_EQ(third.status, 0) << third.err;
  EXPECT_EQ(number("select sum(actual) from ledger where query = ''"),
            5'000 * (due - erased))
      << "who was asked for once is not due again";
}

class DutiesToTheNamed : public Duties {
 protected:
  DutiesToTheNamed() : Duties("authors = \"shown\"\n") {}
};

// Catalogue: 47
TEST_F(DutiesToTheNamed, AComplianceRunGoesOnWhereItWasBrokenOff) {
  const int64_t authors = number("select count(*) from author");
  const auto first = grumble({"compliance", "run", "--once"});
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_THAT(first.out, HasSubstr("ids uploaded"));
  EXPECT_THAT(first.out, HasSubstr("is under way"));
  EXPECT_EQ(number("select count(*) from compliance_job"), 2)
      << "of authors and of posts, side by side";
  const auto second = grumble({"compliance", "run"});
  ASSERT_EQ(second.status, 0) << second.err;
  EXPECT_THAT(second.out, HasSubstr("are erased now"));
  const int64_t erased = number("select count(*) from erased");
  EXPECT_GT(erased, stored_ / 10);
  EXPECT_EQ(number("select count(*) from post where text <> ''") + erased,
            stored_);
  EXPECT_EQ(number("select count(*) from compliance_job"), 4)
      << "each job, and the end of its pass";
  EXPECT_LT(number("select count(*) from author"), authors);
  EXPECT_EQ(number("select count(*) from post p join erased e"
                   " using (platform, post_id) where e.reason = 'deactivated'"
                   " and p.author_id <> ''"),
            0);
  const auto status = grumble({"compliance", "status", "-o", "json"});
  EXPECT_THAT(status.out, HasSubstr("last_pass"));

  // The site has made the job, and we died before its answer.
  rows(
      "update compliance_job set state = 'planned', job_id = ''"
      " where state = 'applied'");
  rows("delete from compliance_job where state = 'over'");
  const auto third = grumble({"compliance", "run"});
  ASSERT_EQ(third.status, 0) << third.err;
  EXPECT_EQ(number("select count(distinct job_id) from compliance_job"
                   " where job_id <> ''"),
            2);
  EXPECT_EQ(number("select count(*) from erased"), erased);
}

// Catalogue: 47
TEST_F(Duties, AComplianceRunAsksAboutPostsWhoseAuthorsItCannotName) {
  const auto once = grumble({"compliance", "run"});
  ASSERT_EQ(once.status, 0) << once.err;
  EXPECT_EQ(number("select count(*) from compliance_job"
                   " where about = 'authors'"),
            0);
  EXPECT_EQ(number("select count(*) from post where text <> ''") +
                number("select count(*) from erased"),
            stored_);
  EXPECT_GT(number("select count(*) from erased where reason = 'deactivated'"),
            0)
      << "accounts that are gone, by their posts";
  const auto ids = grumble({"compliance", "ids", "--authors"});
  EXPECT_EQ(ids.status, 2);
  EXPECT_EQ(ids.out, "");
  EXPECT_THAT(ids.err, HasSubstr("stored as pseudonyms"));
  EXPECT_THAT(grumble({"compliance", "status"}).out, HasSubstr("keyed"));
}

TEST_F(SiteTest, AStreamIsFollowedAndSearchReadsWhatCameBefore) {
  const auto end = std::chrono::floor<std::chrono::seconds>(
                       std::chrono::system_clock::now()) +
                   std::chrono::seconds(120);
  serve("live",
        {"--generate", "280", "--span", "140s", "--until",
         domain::to_string(domain::Timestamp(end))},
        "interval = \"2s\"\noptions.stream = true\n"
        "options.settle_seconds = 31\n",
        "take");
  Background daemon("grumbled", {"--config", file_}, files_.path() / "log");
  // The second gap lies between the first search and the stream's beginning.
  const auto followed = [&] {
    try {
      return number("select count(*) from gap where state = 'closed'") >= 2 &&
             number("select count(*) from gap where state = 'open'") == 0;
    } catch (const std::exception&) {
      return false;  // the database is still being made
    }
  };
  while (std::chrono::system_clock::now() < end && !followed()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
  }
  EXPECT_TRUE(followed());
  daemon.signal(SIGTERM);
  EXPECT_EQ(daemon.wait(), 0);
  EXPECT_GT(number("select count(*) from raw_page where list = 'stream'"), 3);
  const auto seen = rows(
      "select count(*), max(n) - min(n) + 1 from (select"
      " substring(p.text from 'take ([0-9]+)')::int as n from post p, walk w"
      " where w.list = 'posts' and p.post_id::bigint <= w.top"
      " and 'x sora' = any (p.queries)) t");
  EXPECT_GT(seen.integer(0, 0), 20);
  EXPECT_EQ(seen.integer(0, 0), seen.integer(0, 1)) << "nothing is missing";
  EXPECT_EQ(number("select count(*) from ledger where state <> 'settled'"), 0)
      << "every leave is settled or given back";
}

}  // namespace
}  // namespace grumble::test
