#include "tests/collector/simulation/site.h"

#include <algorithm>

namespace grumble::collector::simulation {

Site::Site(Random& random, int64_t end, int64_t most_lag, int page_size,
           int64_t memory, int64_t behind)
    : random_(random),
      page_size_(static_cast<size_t>(page_size)),
      memory_(memory),
      behind_(behind) {
  for (int64_t second = 1; second < end;) {
    const int64_t burst = random_.chance(0.2) ? random_.between(1, 6) : 1;
    for (int64_t i = 0; i < burst; ++i) {
      SitePost post;
      post.id = first_id_of(second) + 7 * i + random_.between(0, 6);
      post.visible = second;
      if (random_.chance(0.3)) post.visible += random_.between(0, most_lag);
      if (random_.chance(0.05)) {
        post.gone = post.visible + random_.between(0, end);
      }
      posts_.push_back(post);
    }
    second += random_.between(1, 14);
  }
}

void Site::told(int64_t until, int64_t permit) {
  told_until_ = std::max(told_until_, until);
  told_at_ = permit;
}

std::vector<int64_t> Site::page_of(int64_t lo, int64_t hi, int64_t now,
                                   size_t size, bool* more) const {
  std::vector<int64_t> ids;
  auto post = std::lower_bound(
      posts_.begin(), posts_.end(), hi,
      [](const SitePost& one, int64_t id) { return one.id < id; });
  *more = false;
  while (post != posts_.begin()) {
    --post;
    if (post->id <= lo) break;
    if (post->visible > now || post->gone <= now) continue;
    if (ids.size() == size) {
      *more = true;
      break;
    }
    ids.push_back(post->id);
  }
  return ids;
}

void Site::by_relevance(int64_t lo, int64_t hi, int64_t now,
                        std::vector<int64_t>& ids) {
  const size_t size = ids.size();
  bool more = false;
  ids = page_of(lo, hi, now, posts_.size(), &more);
  for (size_t i = 0; i < size; ++i) {
    std::swap(
        ids[i],
        ids[static_cast<size_t>(random_.between(
            static_cast<int64_t>(i), static_cast<int64_t>(ids.size()) - 1))]);
  }
  ids.resize(size);
  if (std::is_sorted(ids.rbegin(), ids.rend())) std::swap(ids[0], ids[1]);
}

Answer Site::search(int64_t lo, int64_t hi, const std::string& token,
                    int64_t now, const Weather& weather, int64_t permit) {
  Answer answer;
  answer.at = now - behind_;
  if (now < told_until_ && permit > told_at_) {
    disobedience_ = "asked at " + std::to_string(now) + ", not before " +
                    std::to_string(told_until_);
  }
  const auto refuse = [&](Answer::Kind kind) {
    answer.kind = kind;
    return answer;
  };
  if (!credits_ || random_.chance(weather.no_credits)) {
    credits_ = false;
    return refuse(Answer::Kind::no_credits);
  }
  if (now < closed_until_ || random_.chance(weather.limited)) {
    closed_until_ = std::max(closed_until_, now + random_.between(1, 90));
    answer.reset = closed_until_;
    return refuse(Answer::Kind::limited);
  }
  if (random_.chance(weather.broken)) return refuse(Answer::Kind::broken);
  if (lo <= reach(now)) return refuse(Answer::Kind::too_old);
  const std::string chain = std::to_string(lo) + ":" + std::to_string(hi) + ":";
  int64_t below = hi;
  if (!token.empty()) {
    if (!token.starts_with(chain) || random_.chance(weather.refused_token)) {
      return refuse(Answer::Kind::refused_token);
    }
    below = std::stoll(token.substr(chain.size()));
  }
  if (!token.empty() && random_.chance(weather.loop)) {
    // The first page again, or a token that leads back to itself.
    below = random_.chance(0.5) ? hi : below + 1;
  }
  size_t size = page_size_;
  if (random_.chance(weather.short_page)) size = (size + 1) / 2;
  bool more = false;
  answer.ids = page_of(lo, std::min(below, hi), answer.at, size, &more);
  if (random_.chance(weather.empty_page)) {
    // A run of deleted posts: nothing to show, and yet there is more.
    answer.ids.clear();
    more = true;
  }
  if (answer.ids.size() > 2 && random_.chance(weather.shuffle)) {
    by_relevance(lo, std::min(below, hi), answer.at, answer.ids);
  }
  billed_ += static_cast<int64_t>(answer.ids.size());
  if (more) {
    const int64_t lowest = answer.ids.empty() ? below : answer.ids.back();
    answer.next_token = chain + std::to_string(lowest);
    // What an empty page leads to must not look like a token that repeats.
    if (answer.ids.empty()) {
      answer.next_token = chain + std::string(token.size() % 7 + 1, '0') +
                          std::to_string(lowest);
    }
  }
  return answer;
}

}  // namespace grumble::collector::simulation
