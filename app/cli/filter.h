#pragma once

#include "app/cli/command.h"
#include "app/config.h"
#include "store/report_queries.h"

namespace grumble::app {

/// The filter that the options mean. Throws UsageError, naming the option.
store::Filter filter_from(const Options& options, const Config& config);

/// Puts the filter's model names into the case that the database has, and
/// checks its time zone. Throws UsageError, listing the models there are, for
/// a name that is none of them.
void resolve(store::Database& database, store::Filter& filter);

/// `--since`/`--until` as a time: a full time, a date (midnight UTC) or a span
/// before now. Throws UsageError.
domain::Timestamp time_from(const std::string& option, const std::string& text);

/// The configuration that the options name, or the default one.
Config config_from(const Options& options);

/// One line for standard error: what the numbers stand on. Nothing when quiet.
void print_footer(const Options& options, const store::Filter& filter,
                  const store::Totals& totals);

}  // namespace grumble::app
