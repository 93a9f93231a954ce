#include "benchmarks/store_landing.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "benchmarks/history.h"
#include "benchmarks/measure.h"
#include "store/statement.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;
using store::Transaction;

constexpr int64_t kCompared = 50'000;
constexpr int64_t kSingles = 1000;
constexpr int kPasses = 3;

/// What COPY takes back: generated columns are not in it.
const std::pair<const char*, const char*> kTables[] = {
    {"post_key", "platform, post_id, created_at"},
    {"post",
     "platform, post_id, kind, author_id, title, text, created_at,"
     " approximate_time, edited_at, conversation_id, parents, queries, likes,"
     " reposts, replies, quotes, views, bookmarks, context_only, site_lang,"
     " ruleset_id, analysis_digest, first_seen_at, observed_at"},
    {"mention",
     "platform, post_id, created_at, slot, ordinal, model, lang, noise,"
     " context_only"},
    {"finding",
     "platform, post_id, created_at, slot, ordinal, model, version, category,"
     " polarity, begin_byte, end_byte, rule, confidence, scope, counterpart,"
     " lang, noise, context_only"},
    {"comparison",
     "platform, post_id, created_at, slot, ordinal, better, worse, category,"
     " lang, noise, context_only"},
    {"value",
     "platform, post_id, created_at, slot, ordinal, kind, amount, unit, per,"
     " begin_byte, end_byte, lang, noise, context_only"}};

store::Batch batch_of(int64_t first, int64_t last, int64_t count,
                      domain::Timestamp end) {
  store::Batch batch;
  batch.source = "bench";
  batch.query = "query " + std::to_string(first / (last - first) % kQueries);
  batch.ruleset = "bench";
  batch.posts = invented_posts(first, last, count, end);
  return batch;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// One history landed in several ways.
class Comparison {
 public:
  Comparison(store::Database& database, const fs::path& directory,
             int64_t density, domain::Timestamp end)
      : database_(database),
        directory_(directory),
        density_(density),
        end_(end) {}

  void run(const char* shape) {
    std::vector<double> landing;
    std::vector<double> copying;
    std::vector<double> inserting;
    std::vector<store::Batch> batches;
    for (int64_t first = 0; first < kCompared; first += kBatch) {
      batches.push_back(batch_of(first, first + kBatch, density_, end_));
    }
    for (int pass = 0; pass < kPasses; ++pass) {
      truncate();
      landing.push_back(seconds([&] {
        for (const store::Batch& batch : batches) store::land(database_, batch);
      }));
      unload();
      truncate();
      copying.push_back(seconds([&] { load(); }));
      truncate();
      inserting.push_back(seconds([&] { insert_singly(); }));
    }
    truncate();
    const double ours = double(kCompared) / median(landing);
    const double raw = double(kCompared) / median(copying);
    const double singly = double(kSingles) / median(inserting);
    std::printf("%s\nlanding with roll-ups       %9.0f posts/s\n", shape, ours);
    std::printf(
        "raw binary COPY             %9.0f posts/s  landing is %.2f of it\n",
        raw, ours / raw);
    std::printf(
        "one INSERT a post, committed %8.0f posts/s  landing is %.1f times"
        " it\n",
        singly, ours / singly);
  }

 private:
  void truncate() {
    Transaction transaction(database_);
    transaction.run(
        "truncate post_key, post, mention, finding, comparison, value, cell,"
        " rollup, rollup_dirty");
    transaction.commit();
  }

  std::string file_of(const std::string& table) const {
    return (directory_ / ("bench_" + table)).string();
  }

  void unload() {
    Transaction transaction(database_);
    for (const auto& [table, columns] : kTables) {
      transaction.run(std::string("copy (select ") + columns + " from " +
                      table + " order by created_at) to '" + file_of(table) +
                      "' (format binary)");
    }
  }

  void load() {
    for (const auto& [table, columns] : kTables) {
      Transaction transaction(database_);
      transaction.run(std::string("copy ") + table + " (" + columns +
                      ") from '" + file_of(table) + "' (format binary)");
      transaction.commit();
    }
  }

  /// The rows of a post, each by an INSERT of its own, and a commit.
  void insert_singly() {
    for (int64_t i = 0; i < kSingles; ++i) {
      const auto [post, analysis] = invented_post(i, density_, end_);
      const auto& [platform, id] = post.key;
      Transaction transaction(database_);
      transaction.run(
          "insert into post_key (platform, post_id, created_at)"
          " values ($1, $2, $3)",
          store::Params(platform, id, post.created_at));
      transaction.run(
          "insert into post (platform, post_id, kind, author_id, title, text,"
          " created_at, approximate_time, conversation_id, parents, queries,"
          " likes, views, context_only, site_lang, ruleset_id,"
          " analysis_digest, observed_at) values ($1, $2, 'post', $3, '', $4,"
          " $5, false, '', '{}', '{}', $6, $7, false, $8, 1, 1, $5)",
          store::Params(platform, id, post.author_id, post.text,
                        post.created_at, post.metrics.likes, post.metrics.views,
                        post.lang));
      int ordinal = 0;
      for (const auto& model : analysis.models) {
        transaction.run(
            "insert into mention (platform, post_id, created_at, slot,"
            " ordinal, model, lang, noise, context_only)"
            " values ($1, $2, $3, 0, $4, $5, $6, 'none', false)",
            store::Params(platform, id, post.created_at, ordinal++, model,
                          analysis.lang));
      }
      for (const auto& finding : analysis.findings) {
        transaction.run(
            "insert into finding (platform, post_id, created_at, slot,"
            " ordinal, model, category, polarity, begin_byte, end_byte, rule,"
            " confidence, scope, lang, noise, context_only)"
            " values ($1, $2, $3, 0, $4, $5, $6, 'complaint', $7, $8, $9,"
            " 0.8, 'clause', $10, 'none', false)",
            store::Params(platform, id, post.created_at, ordinal++,
                          finding.model.value_or(""), finding.category,
                          finding.begin, finding.end, finding.rule,
                          analysis.lang));
      }
      transaction.commit();
    }
  }

  store::Database& database_;
  fs::path directory_;
  int64_t density_;
  domain::Timestamp end_;
};

}  // namespace

void land(store::Database& database, int64_t first, int64_t last, int64_t count,
          domain::Timestamp end, int64_t batch_size) {
  for (; first < last; first += batch_size) {
    store::land(database, batch_of(first, std::min(first + batch_size, last),
                                   count, end));
  }
}

void compare_landing(store::Database& database, const fs::path& directory,
                     domain::Timestamp end) {
  Comparison(database, directory, 200 * kCompared, end)
      .run("50,000 posts of four days");
  Comparison(database, directory, kCompared, end)
      .run("50,000 posts of two years");
}

}  // namespace grumble::benchmarks
