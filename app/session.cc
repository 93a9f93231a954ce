#include "app/session.h"

#include <fmt/format.h>

#include "store/migrate.h"

namespace grumble::app {
namespace {

/// `postgresql://user:password@host/db` without what identifies anybody.
std::string without_password(const std::string& url) {
  const auto scheme = url.find("://");
  const auto at = url.rfind('@');
  if (scheme != std::string::npos && at != std::string::npos) {
    return url.substr(0, scheme + 3) + url.substr(at + 1);
  }
  return scheme == std::string::npos ? "the configured server" : url;
}

}  // namespace

RawDatabase open_raw(const Config& config) {
  RawDatabase raw;
  if (config.database_url.empty()) {
    if (config.data_dir.empty()) {
      throw ConfigError(
          "no place for the database: HOME is not set; set GRUMBLE_DATA_DIR, "
          "or data_dir in the configuration");
    }
    raw.cluster.emplace(config.data_dir);
    raw.url = raw.cluster->url();
    raw.place = config.data_dir.string();
  } else {
    raw.url = config.database_url;
    raw.place = without_password(config.database_url);
  }
  return raw;
}

Session::Session(const Config& config, Use use) {
  if (use == Use::questions && !config.reader_url.empty()) {
    url_ = config.reader_url;
    place_ = without_password(config.reader_url);
    store::Database database = connect();
    const auto lacking = store::lacking_migration(database, config.schema_dir);
    if (!lacking.empty()) {
      throw store::MigrationError(
          fmt::format("{}: the schema lacks '{}' yet; run 'grumble db migrate' "
                      "where it is written",
                      place_, lacking));
    }
    return;
  }
  RawDatabase raw = open_raw(config);
  cluster_ = std::move(raw.cluster);
  url_ = std::move(raw.url);
  place_ = std::move(raw.place);
  store::Database database = connect();
  if (cluster_) {
    store::migrate(database, config.schema_dir);
    return;
  }
  const auto status = store::migration_status(database, config.schema_dir);
  if (!status.pending.empty()) {
    throw store::MigrationError(
        fmt::format("{}: the schema lacks {} migration(s), first '{}'; run "
                    "'grumble db migrate'",
                    place_, status.pending.size(), status.pending.front()));
  }
}

store::Database Session::connect() const { return store::Database(url_); }

bool keeps_names(store::Database& database, const Config& config) {
  const auto decided = store::author_mode(database);
  return (decided ? decided : config.authors) == store::AuthorMode::shown;
}

}  // namespace grumble::app
