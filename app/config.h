#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "collector/source.h"
#include "domain/timestamp.h"
#include "store/author_naming.h"
#include "store/copies.h"

namespace grumble::app {

/// A configuration that cannot be used. `what()` starts with the place:
/// `file:line:column:`, or the name of the environment variable.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One `[source.<name>]`. Its queries are in Config::queries.
struct SourceSettings {
  bool enabled = true;
  std::chrono::seconds interval{900};
  /// Whether what is written there is read for findings; where nothing is said
  /// it is, and terms_notice() asks.
  std::optional<bool> findings{};
  /// Ages at which known posts are asked for again; see store/refresh.h.
  std::vector<std::chrono::seconds> refresh;
  collector::SourceConfig source;
  /// Shares of the budget by query; 1 where nothing is said.
  std::map<std::string, double> weights{};
};

/// Caps of a window; a request whose worst case would pass one is not sent.
struct BudgetSettings {
  double x_usd_per_day = 5.0;
  double x_usd_per_month = 100.0;
  int64_t youtube_searches_per_day = 100;
  int64_t youtube_units_per_day = 10'000;
};

/// Everything that can be set, checked once, at load. Documented in
/// config/sample.toml.
struct Config {
  std::filesystem::path data_dir;
  std::filesystem::path rules_dir;
  std::filesystem::path schema_dir;
  std::string database_url;  ///< empty: the embedded cluster in data_dir
  /// Where questions are asked: a read replica; empty: the same database.
  std::string reader_url;
  std::string time_zone = "UTC";
  /// What is stored of authors; absent: what the database does, and keyed in a
  /// new one.
  std::optional<store::AuthorMode> authors;
  std::string web_address = "127.0.0.1";
  uint16_t web_port = 8417;
  /// How far back the first round of a query goes: a time, or a span.
  std::optional<domain::Timestamp> since;
  std::chrono::seconds first_span{7 * 86'400};
  BudgetSettings budget;
  /// How long a source stays with an instance that no longer says a word.
  std::chrono::seconds lease{30};
  /// How long the answers of the sites are kept as they came.
  std::chrono::seconds keep_raw{14 * 86'400};
  /// How long texts of YouTube are kept without asking for them again.
  std::chrono::seconds keep_youtube{30 * 86'400};
  /// How long posts are kept, by the time they were made; absent: for ever.
  std::optional<std::chrono::seconds> keep_posts;
  std::map<std::string, std::chrono::seconds> keep_posts_of;  ///< by source
  store::BotLimits bots;
  std::map<std::string, SourceSettings> sources;  ///< by name: "x", "youtube"
  std::filesystem::path file;  ///< where it came from; empty: defaults only
};

/// Reads `file`, or GRUMBLE_CONFIG, or /etc/grumble/grumble.toml, or
/// $XDG_CONFIG_HOME/grumble/grumble.toml, or nothing; then the environment
/// (GRUMBLE_DATA_DIR, GRUMBLE_DATABASE_URL, GRUMBLE_READER_URL,
/// GRUMBLE_X_BEARER_TOKEN, GRUMBLE_YOUTUBE_API_KEY; all but the first also as
/// *_FILE). Unknown keys are
/// errors. Throws ConfigError.
Config load_config(const std::optional<std::filesystem::path>& file);

/// Whether texts of this site are read for findings.
bool reads_texts_of(const Config& config, const std::string& platform);

/// Where rules/, schema/ and config/ of this installation are.
std::filesystem::path share_dir();

}  // namespace grumble::app
