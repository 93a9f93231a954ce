#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"
#include "store/report_queries.h"

namespace grumble::store {

struct PlatformStatus {
  std::string platform;
  int64_t posts = 0;  ///< of kind post; then the two others
  int64_t videos = 0;
  int64_t comments = 0;
  int64_t context = 0;  ///< of all three, kept as mere context
  int64_t noise = 0;    ///< of all three, left out of the counts
  std::vector<NoiseCount> noise_by_kind;  ///< most first
  int64_t authors = 0;
  int64_t findings = 0;
  std::optional<domain::Timestamp> newest;    ///< created_at
  std::optional<domain::Timestamp> observed;  ///< last new state seen
};

struct RoundStatus {
  std::string source;
  std::string query;
  std::optional<domain::Timestamp> opened_at;
  std::optional<domain::Timestamp> completed_at;  ///< last success
  int64_t open_gaps = 0;
};

struct RejectCount {
  std::string source;
  std::string reason;
  int64_t items = 0;
};

struct LedgerStatus {
  std::string bucket;
  int64_t settled = 0;  ///< since ever, in the bucket's unit
  int64_t reserved = 0;
  int64_t unknown = 0;
  int64_t requests = 0;
};

struct Status {
  std::vector<PlatformStatus> platforms;
  std::vector<RoundStatus> rounds;
  std::vector<RejectCount> rejects;  ///< most items first
  std::vector<LedgerStatus> ledger;
  std::string ruleset;    ///< current version, or empty
  std::string migration;  ///< newest applied file
};

/// Counts every table: for a person, not for a loop.
Status status(Database& database);

}  // namespace grumble::store
