#include "store/database.h"

#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>

#include "store/statement.h"

// The only file that knows which libpqxx this is: 6.4 (Debian 12) or 7.
namespace grumble::store {
namespace {

/// `ERROR:  relation "x" does not exist\nLINE 1: ...\n` as one line, without
/// its severity and the echo of the statement.
std::string one_line(std::string_view message) {
  std::string line;
  bool echo = false;
  while (!message.empty()) {
    const size_t end = message.find('\n');
    std::string_view part = message.substr(0, end);
    message = end == message.npos ? "" : message.substr(end + 1);
    if (echo || part.find_first_not_of(" \t") == part.npos) {
      echo = false;
      continue;
    }
    if (part.starts_with("LINE ")) {
      echo = true;  // the next line marks the column
      part = part.substr(0, part.find(':'));
    }
    for (const std::string_view head : {"ERROR:  ", "FATAL:  "}) {
      if (part.starts_with(head)) part.remove_prefix(head.size());
    }
    if (!line.empty()) line += "; ";
    line += part;
  }
  return line;
}

/// Runs `work` and turns libpqxx's exceptions into ours.
template <typename Work>
auto translated(const Work& work) {
  try {
    return work();
  } catch (const pqxx::broken_connection& error) {
    throw Unreachable("database unreachable: " + one_line(error.what()));
  } catch (const pqxx::in_doubt_error&) {
    throw Unreachable("connection lost in a commit: its outcome is unknown");
  } catch (const pqxx::deadlock_detected& error) {
    throw DatabaseError(one_line(error.what()), "40P01");
  } catch (const pqxx::serialization_failure& error) {
    throw DatabaseError(one_line(error.what()), "40001");
#if PQXX_VERSION_MAJOR < 7
  } catch (const pqxx::insufficient_privilege& error) {
    throw DatabaseError(one_line(error.what()), "42501");  // 6.4 forgets it
  } catch (const pqxx::transaction_rollback& error) {
    throw DatabaseError(one_line(error.what()), "40000");
#endif
  } catch (const pqxx::sql_error& error) {
    throw DatabaseError(one_line(error.what()), error.sqlstate());
  } catch (const pqxx::failure& error) {
    throw DatabaseError(one_line(error.what()), "");
  }
}

#if PQXX_VERSION_MAJOR >= 7
pqxx::result execute(pqxx::work& work, const std::string& sql,
                     const Params& params) {
  pqxx::params list;
  for (const auto& value : params.values()) {
    if (value) {
      list.append(*value);
    } else {
      list.append();
    }
  }
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 9
  return work.exec(sql, list);
#else
  return work.exec_params(sql, list);
#endif
}
#else
pqxx::result execute(pqxx::work& work, const std::string& sql,
                     const Params& params) {
  std::vector<const char*> list;
  list.reserve(params.values().size());
  for (const auto& value : params.values()) {
    list.push_back(value ? value->c_str() : nullptr);
  }
  return work.exec_params(sql, pqxx::prepare::make_dynamic_params(list));
}
#endif

}  // namespace

class Database::Impl {
 public:
  explicit Impl(std::string url) : url_(std::move(url)) { open(); }

  pqxx::connection& connection() {
    if (!connection_ || !connection_->is_open()) open();
    return *connection_;
  }

  void forget() { connection_.reset(); }

 private:
  void open() {
    connection_.reset();
    translated([&] {
      auto fresh = std::make_unique<pqxx::connection>(url_);
      pqxx::nontransaction setup(*fresh);
      setup.exec(
          "set time zone 'UTC'; set client_encoding to 'UTF8';"
          "set datestyle to 'ISO'; set bytea_output to 'hex';"
          "set client_min_messages to warning;"
          // Whoever sleeps in a transaction must not hold its locks for ever.
          "set idle_in_transaction_session_timeout to '60s';"
          "set application_name to 'grumble'");
      setup.commit();
      connection_ = std::move(fresh);
    });
  }

  std::string url_;
  std::unique_ptr<pqxx::connection> connection_;
};

Database::Database(const std::string& url)
    : impl_(std::make_unique<Impl>(url)) {}
Database::~Database() = default;
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;

class Transaction::Impl {
 public:
  explicit Impl(Database::Impl& database) : database_(database) { begin(); }

  template <typename Work>
  auto guarded(const Work& work) {
    try {
      return translated([&] { return work(*work_); });
    } catch (const Unreachable&) {
      work_.reset();
      database_.forget();
      throw;
    }
  }

 private:
  /// A connection that the server has closed meanwhile shows it at BEGIN, when
  /// to start again is still harmless.
  void begin() {
    for (const bool last : {false, true}) {
      try {
        return translated([&] {
          work_ = std::make_unique<pqxx::work>(database_.connection());
        });
      } catch (const Unreachable&) {
        work_.reset();
        database_.forget();
        if (last) throw;
      }
    }
  }

  Database::Impl& database_;
  std::unique_ptr<pqxx::work> work_;
};

Transaction::Transaction(Database& database)
    : impl_(std::make_unique<Impl>(*database.impl_)) {}
Transaction::~Transaction() = default;

class Rows::Impl {
 public:
  explicit Impl(pqxx::result from) : result(std::move(from)) {}

  pqxx::result result;
};

Rows Transaction::run(std::string_view sql, const Params& params) {
  return Rows(impl_->guarded([&](pqxx::work& work) {
    return std::make_shared<Rows::Impl>(
        execute(work, std::string(sql), params));
  }));
}

Rows Transaction::run(std::string_view sql) {
  return Rows(impl_->guarded([&](pqxx::work& work) {
    return std::make_shared<Rows::Impl>(work.exec(std::string(sql)));
  }));
}

void Transaction::commit() {
  impl_->guarded([](pqxx::work& work) { work.commit(); });
}

void run_alone(Database& database, std::string_view sql) {
  translated([&] {
    pqxx::nontransaction work(database.impl_->connection());
    work.exec(std::string(sql));
  });
}

size_t Rows::size() const { return static_cast<size_t>(impl_->result.size()); }

size_t Rows::affected() const {
  return static_cast<size_t>(impl_->result.affected_rows());
}

std::optional<std::string> Rows::text_or_null(size_t row, size_t column) const {
  using Row = pqxx::result::size_type;
#if PQXX_VERSION_MAJOR >= 7
  using Column = pqxx::row::size_type;
#else
  using Column = pqxx::row_size_type;
#endif
  const auto field =
      impl_->result.at(static_cast<Row>(row)).at(static_cast<Column>(column));
  if (field.is_null()) return std::nullopt;
  return std::string(field.c_str(), field.size());
}

}  // namespace grumble::store
