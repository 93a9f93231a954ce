#include "app/copies.h"

#include <optional>

#include "analyzer/fingerprint.h"
#include "analyzer/normalize.h"

namespace grumble::app {
namespace {

constexpr int kAtOnce = 500;
constexpr int kMostTries = 10;

/// Not of videos: a channel puts much the same under each of its own.
std::optional<store::Bands> bands_of(const domain::Post& post) {
  static const analyzer::Normalizer normalizer;
  if (post.kind == domain::PostKind::video) return std::nullopt;
  return analyzer::fingerprints(normalizer.fold(domain::full_text(post)),
                                post.key.platform);
}

/// One transaction, again where it met another.
std::optional<store::Judged> judge_once(store::Database& database,
                                        const store::BotLimits& limits) {
  for (int tries = 1;; ++tries) {
    try {
      return store::judge_some(database, bands_of, limits, kAtOnce);
    } catch (const store::DatabaseError& error) {
      if (!error.met_another() || tries == kMostTries) throw;
    }
  }
}

}  // namespace

store::Judged judge_landed(store::Database& database,
                           const store::BotLimits& limits,
                           const std::function<bool()>& go_on) {
  store::Judged all;
  while (go_on()) {
    const auto judged = judge_once(database, limits);
    if (!judged) break;
    all.posts += judged->posts;
    all.changed += judged->changed;
  }
  return all;
}

}  // namespace grumble::app
