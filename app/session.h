#pragma once

#include <optional>
#include <string>

#include "app/config.h"
#include "store/database.h"
#include "store/local_cluster.h"

namespace grumble::app {

/// The database of a configuration: the server at `database.url`, or the
/// embedded cluster, which runs as long as somebody holds a session.
class Session {
 public:
  /// What the session is for: questions go to the replica, if there is one.
  enum class Use { everything, questions };

  /// Starts the embedded cluster if that is what the configuration says, and
  /// brings its schema up to date. A server of somebody else's is only looked
  /// at: one that lacks migrations is refused, naming the command that applies
  /// them. A replica needs no more than schema `report`, and may be the only
  /// server that answers. Throws store::Unreachable, store::LocalClusterError,
  /// store::MigrationError.
  explicit Session(const Config& config, Use use = Use::everything);

  /// A connection of its own, for one thread.
  store::Database connect() const;
  /// Where the data is, for a person; never holds a password.
  const std::string& place() const { return place_; }

 private:
  std::optional<store::LocalCluster> cluster_;
  std::string url_;
  std::string place_;
};

/// Whether this database keeps the handles and names of authors, or will when
/// posts of this configuration are its first.
bool keeps_names(store::Database& database, const Config& config);

/// A session without the schema: what `db migrate` needs.
struct RawDatabase {
  std::optional<store::LocalCluster> cluster;
  std::string url;
  std::string place;
};
RawDatabase open_raw(const Config& config);

}  // namespace grumble::app
