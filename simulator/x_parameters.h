#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "simulator/x_dialect.h"
#include "simulator/x_query.h"

/// Single parameters of X API v2. All throw Refusal for a value out of line.
namespace grumble::simulator {

int64_t number_in(const Target& target, const Words& words, const char* name,
                  int64_t fallback, int64_t least, int64_t most);

/// The first of `allowed` when the parameter was not sent.
std::string one_of(const Target& target, const Words& words, const char* name,
                   const std::vector<std::string>& allowed);

/// `all`: the longer limit of the full archive.
Query query_of(const Target& target, const Words& words, bool all);

int64_t post_id(const Words& words, const char* name, const std::string& text);

}  // namespace grumble::simulator
