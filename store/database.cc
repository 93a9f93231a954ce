#include "store/database.h"

#include <libpq-fe.h>

#include <charconv>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>

#include "store/statement.h"
#include "store/watchdog.h"

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
pqxx::result execute(pqxx::transaction_base& work, const std::string& sql,
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
pqxx::result execute(pqxx::transaction_base& work, const std::string& sql,
                     const Params& params) {
  std::vector<const char*> list;
  list.reserve(params.values().size());
  for (const auto& value : params.values()) {
    list.push_back(value ? value->c_str() : nullptr);
  }
  return work.exec_params(sql, pqxx::prepare::make_dynamic_params(list));
}
#endif

/// What to connect to, and how long a silent server is waited for.
struct Target {
  std::string text;
  std::chrono::seconds patience{5};
};

/// ` key='value'` as libpq reads it.
std::string setting(std::string_view key, std::string_view value) {
  std::string text = " " + std::string(key) + "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

/// A `connect_timeout` of the URL's own is the patience.
Target target_of(const std::string& url) {
  constexpr std::string_view kTimeout = "connect_timeout";
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &error), PQconninfoFree);
  if (!options) {
    const std::string why = error == nullptr ? "out of memory" : error;
    PQfreemem(error);
    throw Unreachable("database unreachable: " + one_line(why));
  }
  Target target;
  target.text = setting(kTimeout, std::to_string(target.patience.count()));
  for (auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view value = option->val;
    target.text += setting(option->keyword, value);
    if (option->keyword == kTimeout) {
      int64_t seconds = 0;
      std::from_chars(value.begin(), value.end(), seconds);
      target.patience = std::chrono::seconds(seconds);
    }
  }
  return target;
}

/// Without it libpqxx 6 connects again at a lost BEGIN, and forgets the
/// settings of the session.
void keep_lost(pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#else
  static_cast<void>(connection);
#endif
}

}  // namespace

class Database::Impl {
 public:
  explicit Impl(const std::string& url) : target_(target_of(url)) { open(); }

  bool is_open() const { return connection_ && connection_->is_open(); }

  pqxx::connection& connection() {
    if (!is_open()) open();
    return *connection_;
  }

  /// Of the open connection.
  Watchdog& watchdog() { return *watchdog_; }

  /// Lets go of the connection that was lost; the error to tell.
  Unreachable lost(const Unreachable& error) {
    const bool silent = watchdog_ && watchdog_->has_cut();
    forget();
    if (!silent) return error;
    return Unreachable("the database fell silent: " +
                       std::string(error.what()));
  }

 private:
  void forget() {
    connection_.reset();
    watchdog_.reset();
  }

  void open() {
    forget();
    translated([&] {
      auto fresh = std::make_unique<pqxx::connection>(target_.text);
      keep_lost(*fresh);
      auto watchdog = std::make_unique<Watchdog>(target_.text, target_.patience,
                                                 fresh->sock());
      const Watchdog::Call call(*watchdog);
      pqxx::nontransaction setup(*fresh);
      const auto started = setup.exec(
          "set time zone 'UTC'; set client_encoding to 'UTF8';"
          "set datestyle to 'ISO'; set bytea_output to 'hex';"
          "set client_min_messages to warning;"
          // Whoever sleeps in a transaction must not hold its locks for ever.
          "set idle_in_transaction_session_timeout to '60s';"
          "set application_name to 'grumble';"
          "select pid, backend_start from pg_stat_activity"
          " where pid = pg_backend_pid()");
      end_session(setup);
      setup.commit();
      session_ = Params(started[0][0].c_str(), started[0][1].c_str());
      watchdog->set_backend(started[0][0].as<int>());
      connection_ = std::move(fresh);
      watchdog_ = std::move(watchdog);
    });
  }

  /// What a lost connection began may still hold locks: the server hears of
  /// the loss late, or never. A session that a pooler has given to another
  /// begins nothing in our name.
  void end_session(pqxx::nontransaction& setup) {
    if (session_.values().empty()) return;
    execute(setup,
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid = $1::int and backend_start = $2::timestamptz"
            "  and state <> 'idle'",
            session_);
    session_ = Params();
  }

  const Target target_;
  std::unique_ptr<pqxx::connection> connection_;
  std::unique_ptr<Watchdog> watchdog_;
  Params session_;  ///< process and start of the last one
};

Database::Database(const std::string& url)
    : impl_(std::make_unique<Impl>(url)) {}
Database::~Database() = default;
Database::Database(Database&& other) noexcept = default;
Database& Database::operator=(Database&& other) noexcept = default;

class Transaction::Impl {
 public:
  explicit Impl(Database::Impl& database) : database_(database) { begin(); }

  ~Impl() {
    if (!work_) return;
    const Watchdog::Call call(database_.watchdog());
    work_.reset();
  }

  template <typename Work>
  auto guarded(const Work& work) {
    try {
      const Watchdog::Call call(database_.watchdog());
      return translated([&] { return work(*work_); });
    } catch (const Unreachable& error) {
      work_.reset();
      throw database_.lost(error);
    }
  }

 private:
  /// A connection that the server has closed meanwhile shows it at BEGIN, when
  /// to start again is still harmless.
  void begin() {
    for (;;) {
      const bool fresh = !database_.is_open();
      try {
        pqxx::connection& connection = database_.connection();
        const Watchdog::Call call(database_.watchdog());
        return translated(
            [&] { work_ = std::make_unique<pqxx::work>(connection); });
      } catch (const Unreachable& error) {
        work_.reset();
        const Unreachable lost = database_.lost(error);
        if (fresh) throw lost;
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
    const Watchdog::Call call(database.impl_->watchdog());
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
