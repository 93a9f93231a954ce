// Posts that were edited: every version is a post of its own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>
#include <utility>

#include "store/erasure.h"
#include "store/history.h"
#include "store/landing.h"
#include "store/ruleset.h"
#include "store/statement.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

/// Ids of the versions, one of them with a digit more.
const std::vector<std::string> kVersions = {"98", "99", "100"};

class Edits : public testing::Test {
 protected:
  Edits() { store::record_ruleset(test_.database(), "rules-1", ""); }

  /// What shows the version with that number, and those before it.
  static store::Batch showing(size_t number, bool hit = true) {
    auto version = post(kVersions[number]);
    version.post.context_only = !hit;
    version.analysis.models = {"Sora"};
    version.analysis.findings = {finding("Sora", "price")};
    store::Batch items = batch({version});
    if (number > 0) {
      items.edits.push_back(
          {"x",
           {kVersions.begin(),
            kVersions.begin() + static_cast<std::ptrdiff_t>(number) + 1}});
    }
    return items;
  }
  /// The first one is no noise: no two of these change the same roll-up, whose
  /// lock would have one wait for the other.
  static store::Batch noisy_once_edited(size_t number) {
    store::Batch items = showing(number);
    if (number > 0) {
      items.posts.front().analysis.noise = domain::Noise::promo;
    }
    return items;
  }
  void forget() {
    test_.run(
        "delete from post; delete from post_key; delete from mention;"
        " delete from finding; delete from post_edit; delete from rollup;"
        " delete from rollup_dirty; delete from erased");
  }
  int64_t counted() {
    return test_.number(
        "select coalesce(sum(posts), 0) from report.matrix()"
        " where model = 'Sora' and category = 'price'");
  }
  std::string standing() {
    return test_.text(
        "select string_agg(concat_ws(' ', post_id, context_only, superseded),"
        " ', ' order by length(post_id), post_id) from post");
  }
  std::string rows() {
    return test_.text(
        "select string_agg(x, ' ' order by x) from ("
        " select post_id || xmin::text as x from post union all"
        " select post_id || xmin::text from mention union all"
        " select post_id || xmin::text from post_edit) t");
  }
  bool verified() {
    const auto faults = store::verify_rollups(test_.database()).faults;
    EXPECT_THAT(faults, testing::IsEmpty());
    return faults.empty();
  }

  TestDatabase test_;
};

// Catalogue: 46
TEST_F(Edits, CountOnceInWhateverOrderTheyArrive) {
  std::vector<size_t> order = {0, 1, 2};
  do {
    forget();
    for (const size_t number : order) {
      store::land(test_.database(), showing(number));
    }
    SCOPED_TRACE(testing::PrintToString(order));
    EXPECT_EQ(standing(), "98 t t, 99 t t, 100 f f");
    EXPECT_EQ(counted(), 1);
    EXPECT_TRUE(verified());
    const auto before = rows();
    for (const size_t number : order) {
      EXPECT_EQ(store::land(test_.database(), showing(number)).unchanged, 1);
    }
    EXPECT_EQ(rows(), before) << "a second time changes no row";
  } while (std::next_permutation(order.begin(), order.end()));
}

// Catalogue: 46
TEST_F(Edits, TheNewestCountsWhenAnyVersionWasFound) {
  for (size_t found = 0; found < kVersions.size(); ++found) {
    std::vector<size_t> order = {0, 1, 2};
    do {
      forget();
      for (const size_t number : order) {
        store::land(test_.database(), showing(number, number == found));
      }
      SCOPED_TRACE(testing::PrintToString(order));
      EXPECT_EQ(standing(), "98 t t, 99 t t, 100 f f");
      EXPECT_EQ(counted(), 1);
      EXPECT_TRUE(verified());
    } while (std::next_permutation(order.begin(), order.end()));
  }
  forget();
  for (const size_t number : {0, 2}) {
    store::land(test_.database(), showing(number, false));
  }
  EXPECT_EQ(standing(), "98 t t, 100 t f");
  EXPECT_EQ(counted(), 0);
  store::land(test_.database(), showing(0));
  EXPECT_EQ(standing(), "98 t t, 100 f f") << "an old version is found later";
  EXPECT_EQ(counted(), 1);
  EXPECT_TRUE(verified());
}

TEST_F(Edits, OfOnePageAreSortedOutTogether) {
  store::Batch items = showing(2);
  for (const size_t number : {0, 1}) {
    items.posts.push_back(showing(number).posts.front());
  }
  EXPECT_EQ(store::land(test_.database(), items).inserted, 3);
  EXPECT_EQ(standing(), "98 t t, 99 t t, 100 f f");
  EXPECT_EQ(counted(), 1);
  EXPECT_TRUE(verified());
}

/// Lands in another connection what began after `first`, and before `first`
/// ends.
void land_beside(TestDatabase& test, const store::Batch& first,
                 const std::function<void(store::Database&)>& second) {
  store::Transaction transaction(test.database());
  store::land_items(transaction, first);
  std::atomic<bool> ended = false;
  std::thread beside([&] {
    store::Database other(test.url());
    EXPECT_NO_THROW(second(other));
    ended = true;
  });
  // Until it can get no further.
  store::Database watcher(test.url());
  while (!ended && store::Transaction(watcher)
                           .run("select count(*) from pg_locks l"
                                " join pg_stat_activity a using (pid)"
                                " where not l.granted"
                                "  and a.datname = current_database()")
                           .integer(0, 0) == 0) {
    std::this_thread::yield();
  }
  transaction.commit();
  beside.join();
}

// Catalogue: 46
TEST_F(Edits, CountOnceWhenTheyLandAtTheSameInstant) {
  for (const size_t first : {0, 1}) {
    forget();
    land_beside(test_, noisy_once_edited(first), [&](auto& other) {
      store::land(other, noisy_once_edited(1 - first));
    });
    EXPECT_EQ(standing(), "98 t t, 99 f f");
    EXPECT_EQ(counted(), 0);
    EXPECT_TRUE(verified());
  }
}

// Catalogue: 47
TEST_F(Edits, AreTakenBackWhenTheyLandAtTheSameInstant) {
  for (const size_t landing : {0, 1}) {
    forget();
    store::land(test_.database(), showing(1 - landing));
    land_beside(test_, showing(landing), [&](store::Database& other) {
      store::erase_posts(other, {{"x", "98"}}, "deleted");
    });
    EXPECT_EQ(test_.number("select count(*) from post where text <> ''"), 0);
    EXPECT_TRUE(verified());
  }
}

// Catalogue: 47
TEST_F(Edits, AreTakenBackTogether) {
  store::land(test_.database(), showing(0));
  store::land(test_.database(), showing(1));
  EXPECT_EQ(store::erase_posts(test_.database(), {{"x", "98"}}, "deleted"), 2);
  EXPECT_EQ(store::land(test_.database(), showing(2)).unchanged, 1)
      << "a version that comes later is gone too";
  EXPECT_EQ(test_.number("select count(*) from post where text <> ''"), 0);
  EXPECT_EQ(test_.number("select count(*) from erased"), 3);
  EXPECT_EQ(counted(), 1);
  EXPECT_TRUE(verified());
}

}  // namespace
}  // namespace grumble::tests
