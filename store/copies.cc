#include "store/copies.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "store/analysis_rows.h"
#include "store/counts.h"
#include "store/prints.h"
#include "store/statement.h"
#include "store/stored_posts.h"

namespace grumble::store {
namespace {

constexpr char kNone[] = "none";
constexpr char kDuplicate[] = "duplicate";
constexpr char kBot[] = "bot";
/// Of an author's day, when any number of posts may be a person's.
constexpr int64_t kMostOfDay = 10'000;

/// Locked posts that some slot shows with another of the labels given here;
/// what the rules call noise stays so. $3: labels.
constexpr std::string_view kOtherwise = R"sql(
with k as materialized (
  select i.platform, i.post_id, k.created_at, i.noise, s.slot
  from unnest($1::text[], $2::text[], $3::text[])
    as i (platform, post_id, noise)
  join post_key k using (platform, post_id)
  cross join unnest('{0,1}'::smallint[]) as s (slot)
)
select distinct k.platform, k.post_id, k.created_at, k.noise
from k
cross join lateral (
  select distinct m.post_id from mention m
  where m.platform = k.platform and m.post_id = k.post_id
    and m.created_at = k.created_at and m.slot = k.slot and m.ordinal = 0
    and m.noise in ('none', 'duplicate', 'bot') and m.noise <> k.noise) m
)sql";

bool emptied(const domain::Post& post) {
  return post.title.empty() && post.text.empty();
}

AuthorDay day_of(const Print& print) {
  return {*print.author,
          std::chrono::floor<std::chrono::days>(print.key.created_at)};
}

/// Of an author's day.
struct Count {
  int64_t posts = 0;
  int64_t copies = 0;
};

/// One call's way through the prints. Only one at a time is under way.
class Judgement {
 public:
  Judgement(Transaction& transaction, const ReadBands& read,
            const BotLimits& limits)
      : transaction_(transaction),
        read_(read),
        limits_(limits),
        history_(lock_history(transaction)) {}

  Judged judge(const std::vector<PrintKey>& due) {
    settle(due);
    replace();
    judge_copies();
    judge_bots(2 * static_cast<int64_t>(due.size()));
    write();
    std::set<domain::PostKey> posts;
    for (const auto& [post, time] : due) posts.insert(post);
    return {static_cast<int64_t>(posts.size()), label()};
  }

 private:
  /// What the posts are compared by from now on, beside what they were by.
  void settle(const std::vector<PrintKey>& due) {
    std::map<domain::PostKey, PrintedPost> posts;
    std::vector<PrintKey> places = due;
    for (PrintedPost& one : read_printed(transaction_, due)) {
      places.push_back({one.post.key, one.post.created_at});
      posts.emplace(one.post.key, std::move(one));
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    std::map<domain::PostKey, std::vector<Print>> prints;
    for (Print& print : read_prints(transaction_, places)) {
      prints[print.key.post].push_back(std::move(print));
    }
    for (size_t i = 0; i < due.size(); ++i) {
      if (i > 0 && due[i].post == due[i - 1].post) continue;
      const auto post = posts.find(due[i].post);
      settle(post == posts.end() ? nullptr : &post->second,
             prints[due[i].post]);
    }
  }

  void settle(const PrintedPost* post, const std::vector<Print>& before) {
    const std::optional<Print> now =
        post ? print_of(*post, before) : std::nullopt;
    // With its text a post loses its author, and nothing that it is compared
    // by: what there is of his day stays as it is.
    const bool compared = !post || !emptied(post->post);
    for (const Print& print : before) {
      if (now && now->same_as(print)) continue;
      gone_.push_back(print.key);
      if (compared) changed_.push_back(print);
    }
    if (now) {
      prints_[now->key] = *now;
      own_.insert(now->key);
      const bool kept =
          std::any_of(before.begin(), before.end(),
                      [&](const Print& print) { return now->same_as(print); });
      if (kept) return;
      come_.push_back(*now);
      if (compared) changed_.push_back(*now);
    } else if (post && compared) {
      unprinted_.push_back(post->post.key);
    }
  }

  /// With the verdict that there was.
  std::optional<Print> print_of(const PrintedPost& printed,
                                const std::vector<Print>& before) const {
    const auto& [post, author] = printed;
    if (post.context_only) return std::nullopt;
    std::optional<Print> print;
    if (!before.empty()) print = before.front();
    // What copies it stays a copy: it is still counted. Its author is unknown.
    if (emptied(post)) {
      if (print) print->author.reset();
      return print;
    }
    if (!print) print.emplace();
    print->key = {post.key, post.created_at};
    print->author = author;
    print->bands = read_(post);
    return print;
  }

  void replace() {
    std::vector<domain::Timestamp> times;
    for (const Print& print : come_) times.push_back(print.key.created_at);
    std::sort(times.begin(), times.end());
    ensure_months(transaction_, history_.slot, times);
    replace_prints(transaction_, gone_, come_);
    for (const Print& print : changed_) touch(print);
  }

  void touch(const Print& print) {
    if (print.author) days_.insert(day_of(print));
  }

  void judge_copies() {
    std::set<PrintKey> judged = own_;
    std::vector<PrintKey> others;
    for (PrintKey& key : next_prints(transaction_, changed_)) {
      if (judged.insert(key).second) others.push_back(std::move(key));
    }
    for (Print& print : read_prints(transaction_, others)) {
      prints_.emplace(print.key, print);
    }
    const auto found =
        copies_among(transaction_, {judged.begin(), judged.end()});
    const std::set<PrintKey> copies(found.begin(), found.end());
    for (const PrintKey& key : judged) {
      Print& print = prints_.at(key);
      if (print.is_copy == copies.contains(key)) continue;
      print.is_copy = !print.is_copy;
      rewritten_.insert(key);
      touch(print);
    }
  }

  /// Who crosses a limit by these posts brings those of his day along. A day
  /// with more of them than are read crossed it long ago.
  void judge_bots(int64_t room) {
    const int64_t most =
        (limits_.posts == 0 ? kMostOfDay : limits_.posts) + room;
    std::map<AuthorDay, Count> counts;
    for (auto& [day, print] :
         prints_of_days(transaction_, {days_.begin(), days_.end()}, most)) {
      const auto& known = prints_.emplace(print.key, print).first->second;
      Count& count = counts[day];
      ++count.posts;
      count.copies += known.is_copy ? 1 : 0;
    }
    for (auto& [key, print] : prints_) {
      std::string noise = print.is_copy ? kDuplicate : kNone;
      const bool known = print.author && days_.contains(day_of(print));
      if (known ? past(counts[day_of(print)]) : print.noise == kBot) {
        noise = kBot;
      }
      if (noise == print.noise) continue;
      print.noise = noise;
      rewritten_.insert(key);
    }
  }

  bool past(const Count& count) const {
    return (limits_.posts > 0 && count.posts >= limits_.posts) ||
           (limits_.copies > 0 && count.copies >= limits_.copies);
  }

  void write() {
    std::vector<Print> prints;
    for (const PrintKey& key : rewritten_) prints.push_back(prints_.at(key));
    write_verdicts(transaction_, prints);
  }

  /// Gives the rows of the posts their label; how many had another.
  int64_t label() {
    std::set<PrintKey> keys = rewritten_;
    keys.insert(own_.begin(), own_.end());
    Columns posts;
    Columns labels;
    const auto add = [&](const domain::PostKey& key, const std::string& noise) {
      posts.add(key.platform, key.id);
      labels.add(key.platform, key.id, noise);
    };
    for (const PrintKey& key : keys) add(key.post, prints_.at(key).noise);
    for (const domain::PostKey& key : unprinted_) add(key, kNone);
    if (posts.empty()) return 0;
    lock_posts(transaction_, posts);
    const Rows rows = transaction_.run(kOtherwise, labels.params());
    if (!rows.empty()) count_anew(rows);
    return static_cast<int64_t>(rows.size());
  }

  void count_anew(const Rows& rows) {
    Columns keys;
    Columns labels;
    for (size_t i = 0; i < rows.size(); ++i) {
      keys.add(rows.text(i, 0), rows.text(i, 1));
      labels.add(rows.text(i, 0), rows.text(i, 1), rows.time(i, 2),
                 rows.text(i, 3));
    }
    Counts counts(transaction_, history_);
    counts.anew(keys, [&] { set_noise(transaction_, labels); });
    counts.write();
  }

  Transaction& transaction_;
  const ReadBands& read_;
  const BotLimits& limits_;
  const History history_;
  std::map<PrintKey, Print> prints_;  ///< all that were read, as they are now
  std::set<PrintKey> own_;            ///< of what is due
  std::set<PrintKey> rewritten_;      ///< whose verdict is another
  std::vector<PrintKey> gone_;
  std::vector<Print> come_;
  std::vector<Print> changed_;  ///< as they were, and as they are
  std::vector<domain::PostKey> unprinted_;
  std::set<AuthorDay> days_;  ///< on which something changed
};

}  // namespace

std::optional<Judged> judge_some(Database& database, const ReadBands& read,
                                 const BotLimits& limits, int limit) {
  Transaction transaction(database);
  const bool alone = transaction
                         .run(
                             "select pg_try_advisory_xact_lock("
                             "hashtextextended('grumble copies', 0))")
                         .flag(0, 0);
  if (!alone) return std::nullopt;
  const std::vector<PrintKey> due = take_due(transaction, limit);
  if (due.empty()) return std::nullopt;
  const Judged judged = Judgement(transaction, read, limits).judge(due);
  transaction.commit();
  return judged;
}

}  // namespace grumble::store
