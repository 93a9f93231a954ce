#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <string>

#include "app/config.h"
#include "collector/collect.h"

namespace grumble::app {

/// What a run of the collector tells as it goes; every function is called on
/// the collector's thread and must return soon.
struct CollectionEvents {
  std::function<void(const std::string& source, const std::string& query,
                     const collector::RoundReport&)>
      round = [](const auto&, const auto&, const auto&) {};
  std::function<void(const std::string& source, const collector::Landed&)>
      page = [](const auto&, const auto&) {};
  std::function<void(const std::string& source, const std::string& text)>
      notice = [](const auto&, const auto&) {};
};

/// Collects one configured source: a round of each of its queries, then a rest
/// of its interval, or less when a site told when to come back, and again,
/// `rounds` times (0: until cancelled). While another instance has the source,
/// waits for parts of `lease`; with `rounds`, fails after a moment. Throws what
/// the journal throws.
boost::asio::awaitable<void> collect_source(
    std::string name, const SourceSettings& settings,
    collector::Journal& journal, boost::asio::any_io_executor journal_executor,
    std::chrono::seconds lease, int rounds, const CollectionEvents& events);

/// Whether a source is to be followed by a stream beside its rounds.
bool streams(const SourceSettings& settings);

/// Follows that stream until cancelled; see collector/stream.h.
boost::asio::awaitable<void> stream_source(
    std::string name, const SourceSettings& settings,
    collector::Journal& journal, boost::asio::any_io_executor journal_executor,
    const CollectionEvents& events);

/// What those who run it have to say of a site's terms before long; empty when
/// they have.
std::string terms_notice(const Config& config);

/// The sources of the configuration that are enabled and have a credential.
/// Throws ConfigError, saying how to set one, when there is none.
std::vector<std::string> usable_sources(const Config& config);

}  // namespace grumble::app
