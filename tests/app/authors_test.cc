// What is stored of those who wrote, over real HTTP and with real processes: a
// database left to itself holds nobody's id, handle or name.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include "app/session.h"
#include "store/author_naming.h"
#include "store/database.h"
#include "store/local_cluster.h"
#include "store/statement.h"
#include "tests/app/program.h"
#include "tests/support/migrated_cluster.h"

namespace grumble::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Two databases of the same site: one as programs make it when nothing is
/// said of authors, and one that stores them as the site tells them.
class Authors : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = std::make_unique<TemporaryDirectory>();
    const auto port_file = files_->path() / "port";
    simulator_ = std::make_unique<Background>(
        "grumble-sim",
        std::vector<std::string>{"--world", "simulator/world.ndjson", "--port",
                                 "0", "--port-file", port_file,
                                 "--x-all-per-second", "0", "--quiet"},
        files_->path() / "simulator.log");
    port_ = wait_for_line(port_file, std::chrono::seconds(20));
    setenv("GRUMBLE_X_BEARER_TOKEN", "simulated", 1);
    setenv("GRUMBLE_YOUTUBE_API_KEY", "simulated", 1);
    for (const auto& [name, head] :
         {std::pair{"keyed", ""}, {"shown", "authors = \"shown\"\n"}}) {
      tests::make_cluster(files_->path() / name);
      const Outcome collected =
          grumble(config(name, head), {"collect", "--once", "-q"});
      ASSERT_EQ(collected.status, 0) << collected.err;
    }
  }
  static void TearDownTestSuite() {
    simulator_.reset();
    files_.reset();
  }

  /// Of the database of that name; `head` goes before everything.
  static std::string config(const std::string& database,
                            const std::string& head = "") {
    const auto file = files_->path() / "grumble.toml";
    std::ofstream(file)
        << head << "data_dir = \"" << database << "\"\n"
        << "since = \"2024-12-01T00:00:00Z\"\n"
        << "[budget]\nx_usd_per_day = 1000.0\nx_usd_per_month = 1000.0\n"
        << "youtube_searches_per_day = 10000\n[web]\nport = 0\n"
        << "[source.x]\nbase_url = \"http://127.0.0.1:" << port_ << "\"\n"
        << "options.archive = true\noptions.archive_spacing_ms = 0\n"
        << "[source.youtube]\nbase_url = \"http://127.0.0.1:" << port_
        << "\"\n[query.sora]\nx = \"sora\"\nyoutube = \"sora\"\n";
    return file;
  }
  static Outcome grumble(const std::string& config,
                         std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", config});
    return run("grumble", arguments);
  }

  using Ask = std::function<store::Rows(const std::string&)>;
  static void in(const std::string& name,
                 const std::function<void(const Ask&)>& use) {
    const store::LocalCluster cluster(files_->path() / name);
    store::Database database(cluster.url());
    store::Transaction transaction(database);
    use([&](const std::string& sql) { return transaction.run(sql); });
  }

  using Key = std::pair<std::string, std::string>;
  /// The author of each post.
  static std::map<Key, std::string> authors(const std::string& name) {
    std::map<Key, std::string> result;
    in(name, [&](const Ask& ask) {
      const auto rows = ask("select platform, post_id, author_id from post");
      for (size_t i = 0; i < rows.size(); ++i) {
        result[{rows.text(i, 0), rows.text(i, 1)}] = rows.text(i, 2);
      }
    });
    return result;
  }

  static std::unique_ptr<TemporaryDirectory> files_;
  static std::unique_ptr<Background> simulator_;
  static std::string port_;
};

std::unique_ptr<TemporaryDirectory> Authors::files_;
std::unique_ptr<Background> Authors::simulator_;
std::string Authors::port_;

TEST_F(Authors, EachHasOnePseudonymOnEveryPage) {
  const auto real = authors("shown");
  const auto keyed = authors("keyed");
  ASSERT_GT(real.size(), 100u);
  ASSERT_EQ(keyed.size(), real.size());
  std::map<Key, std::string> pseudonym_of;
  std::set<std::string> pseudonyms;
  for (const auto& [key, author] : real) {
    const std::string& stored = keyed.at(key);
    if (author.empty()) {
      EXPECT_EQ(stored, "");
      continue;
    }
    EXPECT_THAT(stored, SizeIs(store::kPseudonymSize));
    const auto [known, fresh] =
        pseudonym_of.emplace(Key(key.first, author), stored);
    EXPECT_EQ(known->second, stored) << key.first << ' ' << author;
    pseudonyms.insert(stored);
  }
  EXPECT_EQ(pseudonyms.size(), pseudonym_of.size());
  EXPECT_LT(pseudonyms.size(), real.size()) << "some wrote twice";
}

TEST_F(Authors, NoTableHoldsTheirIdsOrHandles) {
  std::set<std::string> names;
  in("shown", [&](const Ask& ask) {
    const auto rows =
        ask("select author_id from author union select handle from author"
            " where handle <> '' union select author_id from post"
            " where author_id <> ''");
    for (size_t i = 0; i < rows.size(); ++i) names.insert(rows.text(i, 0));
  });
  ASSERT_GT(names.size(), 100u);
  const auto held = [&](const std::string& row) {
    for (const std::string& name : names) {
      if (row.find(name) != row.npos) return true;
    }
    return false;
  };
  // What people wrote is stored as they wrote it, and raw answers and items
  // that could not be read for a while.
  const auto search = [&](const std::string& database) {
    std::set<std::string> found;
    in(database, [&](const Ask& ask) {
      const auto tables =
          ask("select relname from pg_class where not relispartition"
              " and relnamespace = 'public'::regnamespace"
              " and relkind in ('r', 'p')"
              " and relname not in ('raw_page', 'reject')");
      EXPECT_GT(tables.size(), 25u);
      for (size_t t = 0; t < tables.size(); ++t) {
        const std::string table = tables.text(t, 0);
        const auto rows =
            ask("select to_jsonb(t) - array['text', 'title']"
                " from " +
                table + " t");
        for (size_t i = 0; i < rows.size(); ++i) {
          if (!held(rows.text(i, 0))) continue;
          found.insert(table + ": " + rows.text(i, 0));
          break;
        }
      }
    });
    return found;
  };
  EXPECT_THAT(search("keyed"), testing::IsEmpty());
  EXPECT_THAT(search("shown"), SizeIs(2)) << "post and author";
}

TEST_F(Authors, AreTheSameForWhoeverLooks) {
  const auto file = config("keyed");
  const auto posts = grumble(file, {"posts", "--model", "sora"});
  EXPECT_THAT(posts.out, testing::ContainsRegex("x post  author [A-Za-z0-9_-]+"
                                                "  20"));
  EXPECT_THAT(posts.out, Not(HasSubstr("x post  @")));
  const auto rows = grumble(file, {"posts", "-o", "csv", "--limit", "10000"});
  const auto known = authors("keyed");
  for (const auto& line : {"x,", "youtube,"}) {
    const size_t at = rows.out.find(std::string("\n") + line);
    ASSERT_NE(at, std::string::npos) << line;
    const size_t id = at + 1 + std::string(line).size();
    const std::string post = rows.out.substr(id, rows.out.find(',', id) - id);
    const std::string& author =
        known.at({std::string(line, std::string(line).size() - 1), post});
    EXPECT_THAT(rows.out.substr(at, rows.out.find('\n', at + 1) - at),
                HasSubstr("," + author + ","));
  }
  EXPECT_THAT(grumble(file, {"status", "-o", "csv"}).out,
              HasSubstr(",authors,keyed"));
  const auto status = grumble(config("shown"), {"status", "-o", "csv"});
  EXPECT_THAT(status.out, HasSubstr(",authors,shown"));
}

TEST_F(Authors, AnotherWayOfStoringThemIsRefused) {
  const auto keyed = config("keyed", "authors = \"shown\"\n");
  for (const auto& command : std::vector<std::vector<std::string>>{
           {"collect", "--once"}, {"import", "-"}}) {
    const auto refused = grumble(keyed, command);
    EXPECT_EQ(refused.status, 5) << command[0];
    EXPECT_THAT(refused.err,
                HasSubstr("authors = \"shown\": this database stores authors "
                          "\"keyed\""));
  }
  const auto shown = config("shown", "authors = \"keyed\"\n");
  const auto refused = grumble(shown, {"replay", "1"});
  EXPECT_EQ(refused.status, 5);
  EXPECT_THAT(refused.err, HasSubstr("begin a new database"));
  for (const auto& [database, head] :
       {std::pair{"keyed", "authors = \"keyed\"\n"}, {"shown", ""}}) {
    const auto again = grumble(config(database, head), {"replay", "1"});
    EXPECT_EQ(again.status, 0) << again.err;
    EXPECT_THAT(again.out, HasSubstr("1 pages read again: 0 new, 0 changed"));
  }
}

// Catalogue: 47
TEST_F(Authors, WhoIsGoneIsErasedByTheSitesId) {
  tests::make_cluster(files_->path() / "gone");
  const auto file = config("gone");
  const auto posts = files_->path() / "posts.ndjson";
  std::ofstream out(posts);
  for (const auto& [id, author] :
       {std::pair{"11", "501"}, {"12", "502"}, {"13", "501"}}) {
    out << R"({"platform":"x","id":")" << id << R"(","author":{"id":")"
        << author << R"(","handle":"ann"},"text":"Sora is too expensive",)"
        << R"("created_at":"2024-12-10T08:00:00Z"})" << '\n';
  }
  out.close();
  ASSERT_EQ(grumble(file, {"import", posts}).status, 0);
  const auto result = files_->path() / "result.jsonl";
  std::ofstream(result)
      << R"({"id":"501","action":"delete","reason":"suspended"})" << '\n';
  const auto erased =
      grumble(file, {"compliance", "apply", "--authors", result});
  EXPECT_EQ(erased.status, 0) << erased.err;
  EXPECT_THAT(erased.out, HasSubstr("1 authors named; 2 posts"));
  in("gone", [&](const Ask& ask) {
    EXPECT_EQ(ask("select string_agg(post_id, ' ') from post where text <> ''")
                  .text(0, 0),
              "12");
  });
}

TEST_F(Authors, AreAskedForWhereTheDatabaseKeepsThem) {
  const auto asked = [](const std::string& name,
                        std::optional<store::AuthorMode> said) {
    const store::LocalCluster cluster(files_->path() / name);
    store::Database database(cluster.url());
    app::Config config;
    config.authors = said;
    return app::keeps_names(database, config);
  };
  EXPECT_FALSE(asked("keyed", {}));
  EXPECT_TRUE(asked("shown", {})) << "whatever the configuration leaves out";
  tests::make_cluster(files_->path() / "new");
  EXPECT_FALSE(asked("new", {}));
  EXPECT_TRUE(asked("new", store::AuthorMode::shown));
}

TEST_F(Authors, CostNothingWhereTheyAreKeyed) {
  const auto bill = [](const std::string& database) {
    std::pair<int64_t, int64_t> paid;
    in(database, [&](const Ask& ask) {
      const auto rows = ask(
          "select count(*), sum(actual) from ledger where bucket = 'x.posts'");
      paid = {rows.integer(0, 0), rows.integer(0, 1)};
    });
    return paid;
  };
  const auto [keyed_requests, keyed] = bill("keyed");
  const auto [shown_requests, shown] = bill("shown");
  EXPECT_EQ(keyed_requests, shown_requests);
  EXPECT_GT(keyed, 0);
  EXPECT_GT(shown, 2 * keyed) << "a post costs half of what its author costs";
  in("keyed", [](const Ask& ask) {
    EXPECT_EQ(ask("select count(*) from author").integer(0, 0), 0);
  });
}

}  // namespace
}  // namespace grumble::test
