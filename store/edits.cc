#include "store/edits.h"

#include <map>
#include <set>
#include <string_view>

#include "store/analysis_rows.h"
#include "store/columns.h"
#include "store/copies.h"
#include "store/erasure.h"

namespace grumble::store {
namespace {

constexpr std::string_view kLink = R"sql(
insert into post_edit (platform, post_id, first_id)
select distinct on (1, 2) platform, post_id, first_id
from unnest($1::text[], $2::text[], $3::text[])
  as i (platform, post_id, first_id)
order by 1, 2 on conflict do nothing
)sql";

/// Versions that stand beside an erased one and are not erased themselves.
constexpr std::string_view kTakenAlong = R"sql(
select distinct e.platform, e.post_id, x.reason
from unnest($1::text[], $2::text[]) as i (platform, first_id)
join post_edit o using (platform, first_id)
join erased x on x.platform = o.platform and x.post_id = o.post_id
join post_edit e on e.platform = o.platform and e.first_id = o.first_id
where not exists (select from erased y where y.platform = e.platform
                  and y.post_id = e.post_id)
order by 1, 2
)sql";

/// The stored versions of what these posts are versions of, newest first.
constexpr std::string_view kVersions = R"sql(
with version as materialized (
  select platform, first_id, e.post_id
  from (select distinct platform, first_id
        from unnest($1::text[], $2::text[]) as i (platform, post_id)
        join post_edit using (platform, post_id)) c
  join post_edit e using (platform, first_id)
)
select e.platform, e.first_id, p.post_id, p.created_at, p.context_only,
  p.superseded
from version e
join post_key k on k.platform = e.platform and k.post_id = e.post_id
join post p on p.platform = k.platform and p.post_id = k.post_id
           and p.created_at = k.created_at
order by 1, 2, length(p.post_id) desc, p.post_id desc
)sql";

constexpr std::string_view kSupersede = R"sql(
update post p set context_only = i.context_only, superseded = i.superseded
from unnest($1::text[], $2::text[], $3::timestamptz[], $4::boolean[],
            $5::boolean[])
  as i (platform, post_id, created_at, context_only, superseded)
where p.platform = i.platform and p.post_id = i.post_id
  and p.created_at = i.created_at
)sql";

struct Version {
  std::string platform;
  std::string id;
  domain::Timestamp created_at;
  bool context_only = false;
  bool superseded = false;
};

/// Versions of one post each, newest first.
std::vector<std::vector<Version>> chains_of(Transaction& transaction,
                                            const Columns& keys) {
  std::vector<std::vector<Version>> chains;
  const Rows rows = transaction.run(kVersions, keys.params());
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool same = i > 0 && rows.text(i, 0) == rows.text(i - 1, 0) &&
                      rows.text(i, 1) == rows.text(i - 1, 1);
    if (!same) chains.emplace_back();
    chains.back().push_back({rows.text(i, 0), rows.text(i, 2), rows.time(i, 3),
                             rows.flag(i, 4), rows.flag(i, 5)});
  }
  return chains;
}

/// Ids of those that were landed as found by a query.
std::set<domain::PostKey> hits_of(const std::vector<AnalysedPost>& posts) {
  std::set<domain::PostKey> hits;
  for (const AnalysedPost& post : posts) {
    if (!post.post.context_only) hits.insert(post.post.key);
  }
  return hits;
}

/// Versions whose standing changes, as it is from now on.
std::vector<Version> changes_in(const std::vector<std::vector<Version>>& chains,
                                const std::set<domain::PostKey>& hits) {
  std::vector<Version> changes;
  for (const auto& chain : chains) {
    bool found = false;
    for (const Version& version : chain) {
      found = found || !version.context_only ||
              hits.contains({version.platform, version.id});
    }
    for (const Version& version : chain) {
      Version now = version;
      now.superseded = &version != &chain.front();
      now.context_only = now.superseded || !found;
      if (now.superseded != version.superseded ||
          now.context_only != version.context_only) {
        changes.push_back(now);
      }
    }
  }
  return changes;
}

}  // namespace

bool is_edited(const domain::EditChain& edit) { return edit.ids.size() > 1; }

void link_edits(Transaction& transaction,
                const std::vector<domain::EditChain>& edits) {
  Columns links;
  Columns firsts;
  for (const domain::EditChain& edit : edits) {
    if (!is_edited(edit)) continue;
    firsts.add(edit.platform, edit.ids.front());
    for (const std::string& id : edit.ids) {
      links.add(edit.platform, id, edit.ids.front());
    }
  }
  if (links.empty()) return;
  transaction.run(kLink, links.params());
  const Rows rows = transaction.run(kTakenAlong, firsts.params());
  std::vector<domain::Gone> gone;
  for (size_t i = 0; i < rows.size(); ++i) {
    gone.push_back({{rows.text(i, 0), rows.text(i, 1)}, rows.text(i, 2)});
  }
  erase_gone(transaction, gone);
}

void count_newest_versions(Transaction& transaction,
                           const std::vector<AnalysedPost>& posts,
                           Counts& counts) {
  Columns landed;
  for (const AnalysedPost& post : posts) {
    if (post.post.kind != domain::PostKind::post) continue;
    landed.add(post.post.key.platform, post.post.key.id);
  }
  if (landed.empty()) return;
  const auto changes =
      changes_in(chains_of(transaction, landed), hits_of(posts));
  if (changes.empty()) return;
  Columns keys;
  Columns rows;
  Columns counted;
  Columns covered;
  Columns prints;
  for (const Version& now : changes) {
    keys.add(now.platform, now.id);
    prints.add(now.platform, now.id, now.created_at);
    rows.add(now.platform, now.id, now.created_at, now.context_only,
             now.superseded);
    (now.context_only ? covered : counted)
        .add(now.platform, now.id, now.created_at);
  }
  lock_posts(transaction, keys);
  counts.anew(keys, [&] {
    transaction.run(kSupersede, rows.params());
    set_context(transaction, covered, true);
    set_context(transaction, counted, false);
  });
  note_prints_due(transaction, prints);
}

}  // namespace grumble::store
