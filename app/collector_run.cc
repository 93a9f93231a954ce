#include "app/collector_run.h"

#include <malloc.h>
#include <signal.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "domain/crash_point.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;

/// How long a run that is to end waits for the database.
constexpr std::chrono::seconds kPatience{60};
constexpr int64_t kTidyTurns = 60;

sigset_t ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

bool cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& what) {
    return what.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

/// For a program that runs for months and meets any answer. Memory of a size
/// goes back to the system at once; left alone, glibc keeps it.
analyzer::Analyzer lean_analyzer(const std::filesystem::path& rules) {
  constexpr int kLarge = 256 * 1024;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
  return analyzer::Analyzer(rules, analyzer::Footprint::small);
}

}  // namespace

CollectorRun::CollectorRun(const Config& config)
    : config_(config),
      sources_(usable_sources(config)),
      analyzer_(lean_analyzer(config.rules_dir)),
      session_(config),
      database_(session_.connect()),
      pipeline_(database_, analyzer_, config_),
      journal_(database_, pipeline_, config) {
  const bool names = keeps_names(database_, config_);
  for (auto& [name, settings] : config_.sources) settings.source.names = names;
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void CollectorRun::hold_signals() {
  const sigset_t signals = ending_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

/// Renews the leases, looks at what has landed, and now and then deletes what
/// is too old.
asio::awaitable<void> CollectorRun::keep_alive() {
  const std::chrono::milliseconds span = config_.lease;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int64_t turn = 0;; ++turn) {
    asio::post(journal_thread_, [this, tidy = turn % kTidyTurns == 0] {
      journal_.renew();
      journal_.judge(false);
      if (tidy) journal_.tidy();
    });
    timer.expires_after(span / 3);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void CollectorRun::spawn(asio::awaitable<void> work) {
  stops_.push_back(std::make_unique<asio::cancellation_signal>());
  ++running_;
  asio::co_spawn(
      context_, std::move(work),
      asio::bind_cancellation_slot(
          stops_.back()->slot(), [this](const std::exception_ptr& error) {
            if (error && !cancelled(error) && !error_) error_ = error;
            if (error_) {
              for (const auto& stop : stops_) {
                stop->emit(asio::cancellation_type::terminal);
              }
            }
            if (--running_ == 0) context_.stop();
          }));
}

void CollectorRun::run(int rounds, const CollectionEvents& events) {
  journal_.set_notice(
      [&events](const std::string& text) { events.notice("database", text); });
  if (rounds != 0) journal_.set_patience(kPatience);
  signals_.async_wait(
      [this](const boost::system::error_code& code, int number) {
        if (code) return;
        signal_ = number;
        journal_.stop();
        for (const auto& stop : stops_) {
          stop->emit(asio::cancellation_type::terminal);
        }
        domain::crash_point("CP25");
      });
  asio::co_spawn(context_, keep_alive(), asio::detached);
  const auto journal = journal_thread_.get_executor();
  for (const auto& source : sources_) {
    const SourceSettings& settings = config_.sources.at(source);
    spawn(collect_source(source, settings, journal_, journal, config_.lease,
                         rounds, events));
    if (rounds == 0 && streams(settings)) {
      spawn(stream_source(source, settings, journal_, journal, events));
    }
  }
  context_.run();
  journal_thread_.join();
  if (rounds != 0 && !error_) journal_.judge(true);
  if (signal_) domain::crash_point("CP25");
  if (error_) std::rethrow_exception(error_);
}

}  // namespace grumble::app
