#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/analyzer.h"
#include "app/collection.h"
#include "app/journal.h"
#include "app/pipeline.h"
#include "app/session.h"

namespace grumble::app {

/// Everything that collecting needs, held together: one thread for the
/// network, one for the database. Used by the daemon and by `collect --once`.
/// From its construction on SIGTERM and SIGINT no longer kill the program:
/// they end `run`.
class CollectorRun {
 public:
  /// Keeps SIGTERM and SIGINT back until there is a run to end. To be called
  /// before there are threads.
  static void hold_signals();

  /// Throws what Session and Analyzer throw, and ConfigError when no source
  /// can be asked.
  explicit CollectorRun(const Config& config);

  /// Collects all usable sources at the same time, `rounds` times (0: until
  /// SIGTERM or SIGINT), and returns when all have ended; work that others
  /// gave to `executor()` ends with it. After a signal the landing under way is
  /// finished first. Throws the first error of a source.
  void run(int rounds, const CollectionEvents& events);

  boost::asio::any_io_executor executor() { return context_.get_executor(); }
  const Session& session() const { return session_; }
  /// What an operator should know of the rules; mostly nothing.
  const std::string& rules_notice() const { return pipeline_.notice(); }
  const analyzer::Analyzer& analyzer() const { return analyzer_; }
  const std::vector<std::string>& sources() const { return sources_; }
  /// The signal that ended the run, if one did.
  std::optional<int> signal() const { return signal_; }

 private:
  void spawn(boost::asio::awaitable<void> work);
  boost::asio::awaitable<void> keep_alive();

  Config config_;  ///< its sources as this database wants them
  boost::asio::io_context context_{1};
  boost::asio::signal_set signals_{context_, SIGTERM, SIGINT};
  std::vector<std::string> sources_;
  analyzer::Analyzer analyzer_;
  Session session_;
  store::Database database_;
  Pipeline pipeline_;
  DatabaseJournal journal_;
  boost::asio::thread_pool journal_thread_{1};
  std::vector<std::unique_ptr<boost::asio::cancellation_signal>> stops_;
  size_t running_ = 0;
  std::optional<int> signal_;
  std::exception_ptr error_;
};

}  // namespace grumble::app
