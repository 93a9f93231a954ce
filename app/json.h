#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "domain/finding.h"

namespace grumble::app {

/// The NDJSON answer of `grumble analyze`, without its `id`. `text` is what
/// the offsets point into. Format: README, "Findings as NDJSON".
boost::json::object to_json(const domain::Analysis& analysis,
                            std::string_view text);

/// Reads `{"id","text","lang","context"}`. Throws std::invalid_argument with
/// what is wrong, for a person.
domain::Text text_from_json(const boost::json::object& line);

/// The value as JSON, on one line, with numbers as people write them (0.9, not
/// 9E-1) and without raw control characters.
std::string json_text(const boost::json::value& value);

}  // namespace grumble::app
