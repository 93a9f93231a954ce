#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::store {

/// The database and the schema directory do not fit: an applied file was
/// changed, a number is missing, or the database is newer than the directory.
class MigrationError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Migration {
  int number = 0;
  std::string name;  ///< file name: "001_posts.sql"
  domain::Timestamp applied_at;
};

struct MigrationStatus {
  std::vector<Migration> applied;    ///< in order
  std::vector<std::string> pending;  ///< file names, in order
};

/// Applies every `NNN_*.sql` of the directory that is not applied yet, in
/// order, each in its own transaction. Programs that migrate at the same time
/// take turns. Returns the names applied now. Throws MigrationError, and
/// DatabaseError (with the file's name) when a file fails; files before it stay
/// applied, of the failed one nothing stays.
std::vector<std::string> migrate(Database& database,
                                 const std::filesystem::path& schema);

/// Changes nothing. Throws MigrationError as `migrate` does.
MigrationStatus migration_status(Database& database,
                                 const std::filesystem::path& schema);

/// The first file that a database lacks which only lets schema `report` be
/// read; empty when it has all. Throws MigrationError when it is newer.
std::string lacking_migration(Database& database,
                              const std::filesystem::path& schema);

}  // namespace grumble::store
