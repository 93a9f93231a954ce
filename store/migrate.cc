#include "store/migrate.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "domain/crash_point.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

namespace fs = std::filesystem;

struct SchemaFile {
  int number = 0;
  std::string name;
  std::string sql;
};

std::string three_digits(int number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
}

/// The number of `NNN_name.sql`; empty for any other file.
std::optional<int> number_of(const std::string& name) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.size() < 5 || !name.ends_with(".sql") || name[3] != '_' ||
      !std::all_of(name.begin(), name.begin() + 3, digit)) {
    return std::nullopt;
  }
  return std::stoi(name.substr(0, 3));
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (!in) throw MigrationError(path.string() + ": cannot be read");
  return bytes;
}

/// In order, numbered from 1 without a hole.
std::vector<SchemaFile> read_schema(const fs::path& schema) {
  std::error_code error;
  std::vector<SchemaFile> files;
  for (const auto& entry : fs::directory_iterator(schema, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".sql")) continue;
    const auto number = number_of(name);
    if (!number) {
      throw MigrationError(entry.path().string() +
                           ": a schema file is named '001_name.sql'");
    }
    files.push_back({*number, name, read_file(entry.path())});
  }
  if (error || files.empty()) {
    throw MigrationError("'" + schema.string() + "' holds no schema files");
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    return std::pair(a.number, a.name) < std::pair(b.number, b.name);
  });
  for (size_t i = 0; i < files.size(); ++i) {
    const int expected = static_cast<int>(i) + 1;
    if (files[i].number == expected) continue;
    throw MigrationError(
        (schema / files[i].name).string() + ": " +
        (files[i].number < expected
             ? "its number is taken by '" + files[i - 1].name + "'"
             : "the file numbered " + three_digits(expected) + " is missing"));
  }
  return files;
}

[[noreturn]] void refuse_newer(const std::string& name,
                               const std::vector<SchemaFile>& files) {
  throw MigrationError("the database has schema file '" + name +
                       "', newer than '" + files.back().name +
                       "' here: upgrade this program");
}

std::vector<Migration> read_applied(Transaction& transaction,
                                    const fs::path& schema,
                                    const std::vector<SchemaFile>& files) {
  std::vector<Migration> applied;
  if (transaction.run("select to_regclass('schema_migration')").null(0, 0)) {
    return applied;
  }
  const Rows rows = transaction.run(
      "select number, name, applied_at, checksum from schema_migration"
      " order by number");
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto number = static_cast<int>(rows.integer(i, 0));
    const std::string name = rows.text(i, 1);
    if (number > static_cast<int>(files.size())) refuse_newer(name, files);
    const SchemaFile& file = files.at(static_cast<size_t>(number) - 1);
    const Rows checksum =
        transaction.run("select encode(sha256(convert_to($1, 'UTF8')), 'hex')",
                        Params(file.sql));
    if (checksum.text(0, 0) != rows.text(i, 3)) {
      throw MigrationError((schema / file.name).string() +
                           ": changed since it was applied to this database:"
                           " restore it, and put the change into a new file");
    }
    if (number != static_cast<int>(i) + 1) {
      throw MigrationError("the database lacks schema file " +
                           three_digits(static_cast<int>(i) + 1) +
                           " but has '" + name + "'");
    }
    applied.push_back({number, name, rows.time(i, 2)});
  }
  return applied;
}

void apply(Transaction& transaction, const fs::path& schema,
           const SchemaFile& file) {
  try {
    // A migration may join whole tables whose partitions the planner takes for
    // a row each: looping over them takes hours where hashing takes seconds.
    // What has to loop then counts as so dear that it would be compiled.
    transaction.run("set local enable_nestloop = off; set local jit = off");
    transaction.run(file.sql);
  } catch (const Unreachable&) {
    throw;
  } catch (const DatabaseError& error) {
    throw DatabaseError((schema / file.name).string() + ": " + error.what(),
                        error.sqlstate());
  }
  domain::crash_point("CP21");
  transaction.run(
      "insert into schema_migration (number, name, checksum)"
      " values ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))",
      Params(file.number, file.name, file.sql));
}

}  // namespace

std::vector<std::string> migrate(Database& database, const fs::path& schema) {
  const std::vector<SchemaFile> files = read_schema(schema);
  std::vector<std::string> names;
  while (true) {
    Transaction transaction(database);
    // Held to the end of the transaction: programs take turns file by file.
    transaction.run(
        "select pg_advisory_xact_lock(hashtextextended('grumble schema', 0))");
    transaction.run(
        "create table if not exists schema_migration ("
        " number int primary key, name text not null, checksum text not null,"
        " applied_at timestamptz not null default now())");
    const auto applied = read_applied(transaction, schema, files);
    if (applied.size() == files.size()) {
      transaction.commit();
      return names;
    }
    const SchemaFile& next = files[applied.size()];
    apply(transaction, schema, next);
    domain::crash_point("CP21");
    transaction.commit();
    names.push_back(next.name);
  }
}

MigrationStatus migration_status(Database& database, const fs::path& schema) {
  const std::vector<SchemaFile> files = read_schema(schema);
  Transaction transaction(database);
  MigrationStatus status;
  status.applied = read_applied(transaction, schema, files);
  for (size_t i = status.applied.size(); i < files.size(); ++i) {
    status.pending.push_back(files[i].name);
  }
  return status;
}

std::string lacking_migration(Database& database, const fs::path& schema) {
  const std::vector<SchemaFile> files = read_schema(schema);
  Transaction transaction(database);
  size_t applied = 0;
  if (!transaction.run("select to_regclass('report.migration')").null(0, 0)) {
    const Rows rows = transaction.run(
        "select number, name from report.migration"
        " order by number desc limit 1");
    if (!rows.empty()) {
      applied = static_cast<size_t>(rows.integer(0, 0));
      if (applied > files.size()) refuse_newer(rows.text(0, 1), files);
    }
  }
  return applied < files.size() ? files[applied].name : std::string();
}

}  // namespace grumble::store
