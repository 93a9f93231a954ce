#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/collect.h"
#include "collector/retry_policy.h"
#include "tests/collector/memory_gaps.h"

namespace grumble::collector {

/// The durable side in memory, with a log of what was asked of it.
class MemoryJournal : public Journal, public MemoryGaps {
 public:
  bool hold(const std::string&) override { return held; }
  std::vector<KeptPage> kept_pages(const std::string&) override { return kept; }
  Round next_round(const std::string&, const std::string&) override {
    round.clock = now();
    return round;
  }
  double had(const std::string&, const std::string&) override { return 0; }
  void open(const std::string& source, const std::string& query,
            const Start& start) override {
    ++opened;
    round.top = start.range.top;
    add(source, query, start.leads);
    if (start.range.open) {
      Gap gap;
      gap.list = start.list;
      gap.subject = query;
      gap.lo = start.range.open->lo;
      gap.hi = gap.asked_hi = start.range.open->hi;
      add(source, query, gap);
    }
  }
  std::vector<Gap> open_gaps(const std::string&, const std::string&) override {
    std::vector<Gap> open;
    for (const auto& [id, gap] : gaps) open.push_back(gap);
    return open;
  }
  std::optional<Gap> clip(const Gap& rest, const Range& lost) override {
    unreachable.push_back(lost);
    gaps[rest.id] = rest;
    return rest;
  }
  Permit reserve(const Gap&, const Cost& worst, bool) override {
    if (shut.contains(worst.bucket) && shut[worst.bucket] > now()) {
      return {"", "shut", shut[worst.bucket] - now(), 0, true};
    }
    if (spent[worst.bucket] + worst.amount > caps[worst.bucket]) {
      return {"", "a cap of '" + worst.bucket + "' is reached", {}, 0, false};
    }
    spent[worst.bucket] += worst.amount;
    const std::string receipt = std::to_string(++receipts);
    reserved[receipt] = worst;
    return {receipt, "", {}, failures[worst.bucket], false};
  }
  int64_t keep(const Gap& gap, const HttpResponse& response,
               domain::Timestamp received_at, const Cost& cost,
               const Permit& permit) override {
    if (taken) throw Taken("another instance");
    settle(permit.receipt, cost.amount);
    failures[cost.bucket] = 0;
    pages.push_back(gap);
    KeptPage page{static_cast<int64_t>(pages.size()), gap, {}, received_at};
    page.response = {200, {}, response.body};
    if (const auto clock = parse_http_date(response.header("date"))) {
      page.response.headers.emplace_back("date", http_date(*clock));
    }
    kept.push_back(std::move(page));
    return kept.back().page;
  }
  Applied apply(int64_t page, const Gap& gap, const Page& read,
                const Move& move) override {
    if (on_land) on_land();
    applied.push_back(page);
    forget(page);
    Applied result;
    for (const auto& post : read.posts) {
      ++(posts.insert(post.key.id).second ? result.landed.inserted
                                          : result.landed.unchanged);
    }
    result.landed.rejected = static_cast<int64_t>(read.rejects.size());
    follow(gap, move);
    if (gaps.contains(gap.id)) result.gaps.push_back(gaps[gap.id]);
    for (const Gap& more : add(gap.source, gap.query, read.leads)) {
      result.gaps.push_back(more);
    }
    return result;
  }
  void reject(const KeptPage& page, const std::string& reason) override {
    rejected.push_back(reason);
    forget(page.page);
  }
  void refuse(const Refusal& refusal) override {
    settle(refusal.receipt,
           refusal.charged ? reserved.at(refusal.receipt).amount : 0);
    failures[refusal.bucket] = refusal.failures;
    if (refusal.rest.count() > 0) {
      shut[refusal.bucket] = now() + refusal.rest;
    }
    if (refusal.ends_walk) dropped.push_back(refusal.reason);
    if (refusal.move) follow(refusal.gap, *refusal.move);
  }

  bool held = true;
  bool taken = false;
  Round round;
  std::vector<KeptPage> kept;    ///< and not applied: what is stored of them
  std::vector<Gap> pages;        ///< kept, as they were asked for
  std::vector<int64_t> applied;  ///< numbers of pages
  std::vector<Range> unreachable;
  std::set<std::string> posts;
  std::map<std::string, domain::Timestamp> shut;  ///< breakers by bucket
  /// The journal's own clock.
  std::function<domain::Timestamp()> now = [] {
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  };
  std::map<std::string, int> failures;
  std::map<std::string, int64_t> caps;
  std::map<std::string, int64_t> spent;
  std::map<std::string, Cost> reserved;  ///< by receipt, not settled yet
  std::vector<std::string> dropped;
  std::vector<std::string> rejected;
  int receipts = 0;
  int opened = 0;
  std::function<void()> on_land;  ///< before anything of a page is applied

 private:
  void forget(int64_t page) {
    std::erase_if(kept, [&](const KeptPage& one) { return one.page == page; });
  }
  void settle(const std::string& receipt, int64_t amount) {
    const Cost worst = reserved.at(receipt);
    spent[worst.bucket] += amount - worst.amount;
    reserved.erase(receipt);
  }
};

}  // namespace grumble::collector
