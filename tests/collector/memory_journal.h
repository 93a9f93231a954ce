#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "collector/collect.h"

namespace grumble::collector {

/// The durable side in memory, with a log of what was asked of it.
class MemoryJournal : public Journal {
 public:
  std::vector<Cursor> open_cursors(const std::string&,
                                   const std::string&) override {
    return {cursors.begin(), cursors.end()};
  }
  Round next_round(const std::string&, const std::string&) override {
    return round;
  }
  void open(const std::string&, const std::string&,
            const Opening& opening) override {
    ++opened;
    cursors.insert(opening.cursors.begin(), opening.cursors.end());
    round.watermark = opening.watermark;
  }
  std::string reserve(const Cursor&, const Cost& worst) override {
    if (spent[worst.bucket] + worst.amount > caps[worst.bucket]) return "";
    spent[worst.bucket] += worst.amount;
    const std::string receipt = std::to_string(++receipts);
    reserved[receipt] = worst;
    return receipt;
  }
  Landed land(const Cursor& cursor, const Page& page,
              const std::string& receipt) override {
    if (on_land) on_land();
    settle(receipt, page.cost.amount);
    cursors.erase(cursor);
    cursors.insert(page.next.begin(), page.next.end());
    Landed landed;
    for (const auto& post : page.posts) {
      ++(posts.insert(post.key.id).second ? landed.inserted : landed.unchanged);
    }
    landed.rejected = static_cast<int64_t>(page.rejects.size());
    return landed;
  }
  void refuse(const Cursor&, const std::string& receipt,
              bool charged) override {
    settle(receipt, charged ? reserved.at(receipt).amount : 0);
  }
  void drop(const Cursor& cursor, const std::string& reason) override {
    cursors.erase(cursor);
    dropped.push_back(reason);
  }

  Round round;
  std::set<Cursor> cursors;
  std::set<std::string> posts;
  std::map<std::string, int64_t> caps;
  std::map<std::string, int64_t> spent;
  std::map<std::string, Cost> reserved;  ///< by receipt, not settled yet
  std::vector<std::string> dropped;
  int receipts = 0;
  int opened = 0;
  std::function<void()> on_land;

 private:
  void settle(const std::string& receipt, int64_t amount) {
    const Cost worst = reserved.at(receipt);
    spent[worst.bucket] += amount - worst.amount;
    reserved.erase(receipt);
  }
};

}  // namespace grumble::collector
