#include "app/rules_diff.h"

#include <gtest/gtest.h>

namespace grumble::app {
namespace {

using domain::Finding;
using domain::Polarity;

Finding finding(const std::string& model, const std::string& category,
                Polarity polarity = Polarity::complaint, size_t begin = 0,
                const std::string& rule = "a.b") {
  Finding result;
  result.model = model;
  result.category = category;
  result.polarity = polarity;
  result.begin = begin;
  result.end = begin + 4;
  result.rule = rule;
  return result;
}

domain::Analysis analysis(std::vector<Finding> findings) {
  domain::Analysis result;
  result.findings = std::move(findings);
  return result;
}

TEST(RulesDiff, TellsAddedRemovedTurnedAndMoved) {
  const auto before =
      analysis({finding("Sora", "price"), finding("Kling", "audio"),
                finding("Veo", "speed"), finding("Luma", "motion")});
  const auto after = analysis(
      {finding("Sora", "price", Polarity::praise), finding("Kling", "audio"),
       finding("Veo", "speed", Polarity::complaint, 9, "a.c"),
       finding("Pika", "motion")});
  const auto changes = changes_between(before, after);
  ASSERT_EQ(changes.size(), 4u);
  int seen = 0;
  for (const auto& change : changes) {
    const auto& model = *change.finding().model;
    if (model == "Sora") {
      EXPECT_EQ(change.kind, ChangeKind::turned);
      EXPECT_EQ(change.before->polarity, Polarity::complaint);
      EXPECT_EQ(change.after->polarity, Polarity::praise);
      seen |= 1;
    } else if (model == "Veo") {
      EXPECT_EQ(change.kind, ChangeKind::moved);
      seen |= 2;
    } else if (model == "Pika") {
      EXPECT_EQ(change.kind, ChangeKind::added);
      EXPECT_FALSE(change.before);
      seen |= 4;
    } else if (model == "Luma") {
      EXPECT_EQ(change.kind, ChangeKind::removed);
      EXPECT_FALSE(change.after);
      seen |= 8;
    }
  }
  EXPECT_EQ(seen, 15);
  EXPECT_TRUE(changes_between(before, before).empty());
}

TEST(RulesDiff, TheLabelsSayWhatAChangeIsWorth) {
  GoldText gold;
  gold.complaints = {{"Sora", "price"}};
  gold.praise = {{"Kling", "audio"}};
  gold.complaints_also_ok = {{"Veo", "speed"}};
  const auto added = [](const Finding& finding) {
    return Change{ChangeKind::added, std::nullopt, finding};
  };
  const auto removed = [](const Finding& finding) {
    return Change{ChangeKind::removed, finding, std::nullopt};
  };
  EXPECT_EQ(worth(added(finding("Sora", "price")), gold), 1);
  EXPECT_EQ(worth(removed(finding("Sora", "price")), gold), -1);
  EXPECT_EQ(worth(added(finding("Luma", "price")), gold), -1);
  EXPECT_EQ(worth(removed(finding("Luma", "price")), gold), 1);
  EXPECT_EQ(worth(added(finding("Veo", "speed")), gold), 0);
  EXPECT_EQ(worth(added(finding("Sora", "price", Polarity::question)), gold),
            0);
  EXPECT_EQ(worth({ChangeKind::turned, finding("Kling", "audio"),
                   finding("Kling", "audio", Polarity::resolved)},
                  gold),
            1);
  EXPECT_EQ(worth({ChangeKind::moved, finding("Sora", "price"),
                   finding("Sora", "price", Polarity::complaint, 9)},
                  gold),
            0);
}

}  // namespace
}  // namespace grumble::app
