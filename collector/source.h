#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "collector/http.h"
#include "collector/walk.h"
#include "domain/change.h"
#include "domain/post.h"

namespace grumble::collector {

/// What one configured source needs to know. Plain values from the
/// configuration; `options` holds what only one kind of source understands.
struct SourceConfig {
  std::string type;      ///< row of the registry: "x", "youtube"
  std::string base_url;  ///< "https://api.x.com"
  Secret credential;
  std::map<std::string, std::string> queries;  ///< name -> site's query text
  std::map<std::string, std::string> options;  ///< e.g. dialect, archive
  /// Whether handles and names of authors are kept, and so worth a price.
  bool names = false;
};

/// A list to walk that was met on the way: the comments of a video.
struct Lead {
  std::string list;
  std::string subject;
  std::string items;  ///< to ask for by id; then the walk has no bounds
  /// How long the site says the list is. One as long as when it was last
  /// walked is not walked again.
  int64_t mark = 0;

  bool operator==(const Lead&) const = default;
};

/// A known item that is to be asked for again.
struct Due {
  domain::PostKind kind = domain::PostKind::post;
  std::string id;
};

/// What a new round of one query starts from.
struct Round {
  std::string query;           ///< name in SourceConfig::queries, or kRefresh
  std::optional<int64_t> top;  ///< of the query's own list, once it was opened
  bool unfinished = false;     ///< that list has a gap from an earlier round
  domain::Timestamp now;       ///< the site's clock, or a little before it
  domain::Timestamp since;     ///< the oldest time wanted
  domain::Timestamp clock;     ///< the journal\'s, by which gaps rest
  /// Ids of this query's known videos, newest first: their comments may grow.
  std::vector<std::string> known;
  std::vector<Due> due;  ///< of a refresh: oldest first
  std::string due_mark;  ///< the journal's note of how far `due` goes
};

/// A round as it is opened: stored in one transaction before any request, so
/// that a crash from here on forgets nothing.
struct Start {
  std::string list;  ///< of the query; its subject is the query's name
  Opening range;
  std::vector<Lead> leads;
  std::string refreshed{};  ///< the round's due_mark
};

/// What an answer may cost and what it did cost, in the site's own currency.
struct Cost {
  std::string bucket;  ///< "x.posts" (microdollars), "youtube.search" (calls),
                       ///< "youtube.units"
  int64_t amount = 0;
};

/// An answer, read. Everything in it lands in one transaction.
struct Page {
  std::vector<domain::Post> posts;
  std::vector<domain::Author> authors;
  std::vector<domain::Reject> rejects;
  std::vector<Lead> leads;
  /// Its posts are known and were asked for by id: what the answer does not
  /// say of their parents holds on, and no query has found them by it.
  bool again = false;
  /// Posts that the site says are gone: to be erased.
  std::vector<domain::Gone> gone;
  std::vector<domain::EditChain> edits;  ///< as far as the answer tells
  /// Queries that found a post, where the page has more than its own.
  std::map<domain::PostKey, std::vector<std::string>> found_by;
  Sight sight;  ///< what it proves about its list
  Cost cost;    ///< what this answer was worth
};

/// How the collector must react to an answer that is no page.
enum class Action {
  retry,            ///< again, after a while
  wait,             ///< again, not before `not_before`
  restart,          ///< the page token was refused: again without it
  drop_step,        ///< this list is final (comments disabled, video gone)
  stop_query,       ///< the query was refused for good
  stop_window,      ///< this bucket is empty till its window ends
  stop_source,      ///< nothing of this source for now (credits, quota)
  stop_credential,  ///< wrong or revoked token
};

/// The site refused, or sent something that is no answer of its API.
class SourceError : public std::runtime_error {
 public:
  SourceError(Action action, const std::string& what,
              domain::Timestamp not_before = {}, bool charged = true)
      : std::runtime_error(what),
        action_(action),
        not_before_(not_before),
        charged_(charged) {}
  Action action() const { return action_; }
  /// With Action::wait and stop_window; zero when nobody can tell.
  domain::Timestamp not_before() const { return not_before_; }
  /// False when the site takes nothing for such an answer.
  bool charged() const { return charged_; }

 private:
  Action action_;
  domain::Timestamp not_before_;
  bool charged_;
};

/// One site's dialect. Pure: no I/O, no clock, no state between calls; safe
/// from any thread.
class Source {
 public:
  virtual ~Source() = default;

  virtual Start open(const Round& round) const = 0;
  virtual HttpRequest request(const Gap& gap) const = 0;
  /// The most that the answer to `gap` can cost.
  virtual Cost worst_cost(const Gap& gap) const = 0;
  /// The bound for `clip` when the gap begins too early to be asked for.
  virtual std::optional<int64_t> too_old(const Gap&, domain::Timestamp) const {
    return std::nullopt;
  }
  /// The least time between two requests that the site allows.
  virtual std::chrono::milliseconds spacing() const {
    return std::chrono::milliseconds(0);
  }
  /// `now` is the local time, for waits when the answer has no clock of its
  /// own, and the time of observation of everything on the page. Throws
  /// SourceError when the answer is no page.
  virtual Page read(const HttpResponse& response, const Gap& gap,
                    domain::Timestamp now) const = 0;
};

}  // namespace grumble::collector
