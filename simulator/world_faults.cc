#include "simulator/world_faults.h"

#include <algorithm>
#include <numeric>

namespace grumble::simulator {
namespace {

/// 0 to 1, the same for the same seed, purpose and number.
double draw(const WorldFaults& faults, const char* purpose, uint64_t number) {
  const uint64_t hash = stable_hash(std::to_string(faults.seed) + purpose +
                                    std::to_string(number));
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

XPost edited_version(const XPost& post, size_t index,
                     const WorldFaults& faults) {
  XPost later = post;
  later.at += faults.edited_after;
  later.id = snowflake(later.at) | (post.id & 0x3FFFFF);
  later.visible_at = later.at;
  later.edit_of = index;
  set_text(later, post.text + " (edited)");
  return later;
}

/// Brings the posts into the order of their ids again.
void sort_posts(std::vector<XPost>& posts) {
  std::vector<size_t> order(posts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return posts[a].id < posts[b].id; });
  std::vector<size_t> place(posts.size());
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  std::vector<XPost> sorted;
  sorted.reserve(posts.size());
  for (const size_t index : order) {
    XPost& post = sorted.emplace_back(std::move(posts[index]));
    for (auto* link :
         {&post.reply_to, &post.quote_of, &post.edit_of, &post.edited_to}) {
      if (*link) *link = place[**link];
    }
  }
  posts = std::move(sorted);
}

/// Accounts that are closed take their posts along.
void close_accounts(std::vector<User>& users, std::vector<XPost>& posts,
                    const WorldFaults& faults) {
  std::vector<Timestamp> last(users.size());
  for (const XPost& post : posts) {
    last[post.author] = std::max(last[post.author], post.at);
  }
  for (size_t i = 0; i < users.size(); ++i) {
    if (draw(faults, " closed ", i) < faults.closed) {
      users[i].closed_at = last[i] + faults.closed_after;
    }
  }
  for (XPost& post : posts) {
    post.deleted_at = std::min(post.deleted_at, users[post.author].closed_at);
  }
}

}  // namespace

World disturb(World world, const WorldFaults& faults) {
  std::vector<XPost>& posts = world.posts_;
  const size_t count = posts.size();
  for (size_t i = 0; i < count; ++i) {
    const size_t group =
        i / static_cast<size_t>(std::max<int64_t>(1, faults.run));
    if (draw(faults, " late ", i) < faults.late) {
      posts[i].visible_at += std::chrono::milliseconds(static_cast<int64_t>(
          draw(faults, " lateness ", i) *
          static_cast<double>(faults.lateness.count()) * 1000));
    }
    if (draw(faults, " deleted ", group) < faults.deleted) {
      posts[i].deleted_at = posts[i].at + faults.deleted_after;
    } else if (draw(faults, " edited ", i) < faults.edited) {
      posts.push_back(edited_version(posts[i], i, faults));
      posts[i].edited_to = posts.size() - 1;
    }
  }
  close_accounts(world.users_, posts, faults);
  sort_posts(posts);
  world.post_by_id_.clear();
  for (size_t i = 0; i < posts.size(); ++i) {
    world.post_by_id_.emplace(posts[i].id, i);
  }
  return world;
}

}  // namespace grumble::simulator
