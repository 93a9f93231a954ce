#include "app/collector_run.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <stdexcept>

#include "store/collector_lock.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;

bool cancelled(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const boost::system::system_error& what) {
    return what.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

CollectorRun::CollectorRun(const Config& config)
    : config_(config),
      sources_(usable_sources(config)),
      analyzer_(config.rules_dir),
      session_(config),
      database_(session_.connect()),
      pipeline_(database_, analyzer_, config.rules_dir),
      journal_(database_, pipeline_, config) {
  if (!store::try_collector_lock(database_)) {
    throw std::runtime_error(
        "another program collects into '" + session_.place() +
        "' already; stop it first, or give this one a data_dir of its own");
  }
}

void CollectorRun::spawn(const std::string& source, int rounds,
                         const CollectionEvents& events) {
  stops_.push_back(std::make_unique<asio::cancellation_signal>());
  ++running_;
  asio::co_spawn(
      context_,
      collect_source(source, config_.sources.at(source), journal_,
                     journal_thread_.get_executor(), rounds, events),
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
  asio::signal_set signals(context_, SIGTERM, SIGINT);
  signals.async_wait([this](const boost::system::error_code& code, int number) {
    if (code) return;
    signal_ = number;
    for (const auto& stop : stops_) {
      stop->emit(asio::cancellation_type::terminal);
    }
  });
  for (const auto& source : sources_) spawn(source, rounds, events);
  context_.run();
  journal_thread_.join();
  if (error_) std::rethrow_exception(error_);
}

}  // namespace grumble::app
