#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "simulator/http.h"

/// What can go wrong with one request. For the fault script only.
namespace grumble::simulator {

/// One line of a script: which requests it is about, and what befalls them.
struct FaultRule {
  static constexpr int64_t kForEver = std::numeric_limits<int64_t>::max();

  std::string fault;       ///< name of a kind
  std::string path = "/";  ///< only requests whose path begins so, counted by
  int64_t from = 1;        ///< their number from 1,
  int64_t to = kForEver;
  int64_t every = 1;
  double chance = 1;
  int64_t times = kForEver;  ///< acts so often at most
  int64_t begin = 0;         ///< seconds since the start, inclusive
  int64_t end = kForEver;

  // What a kind may want to know.
  int64_t status = 0;
  int64_t ms = 0;
  int64_t bytes = 0;
  int64_t seconds = 0;
  int64_t run = 1;
  double share = 0;
  std::string reason;
  std::string target;
};

/// What a rule keeps from one request to the next.
struct FaultMemory {
  std::string body;
  std::vector<std::string> shown;
  std::string token;
};

/// One request that a rule has chosen.
struct Occasion {
  const FaultRule& rule;
  FaultMemory& memory;
  const Request& request;
  const Target& target;
  Moment moment;
  uint64_t dice = 0;   ///< differs from request to request, not from run to run
  Response& response;  ///< empty before, the site's after
};

struct FaultKind {
  std::string_view name;
  std::string_view parameters;  ///< space around each
  std::string_view help;
  /// False when there was nothing to spoil: then it has not acted.
  bool (*act)(const Occasion&);
};

/// Answers in the place of the site.
std::span<const FaultKind> answer_faults();
/// Changes of a page that the site has answered.
std::span<const FaultKind> page_faults();
/// What happens to the bytes of an answer.
std::span<const FaultKind> delivery_faults();
/// What happens to an answer without an end.
std::span<const FaultKind> stream_faults();

/// The answer of either site to a request that it refuses.
Response refusal_of(const Target& target, int status, const std::string& reason,
                    Moment moment);

}  // namespace grumble::simulator
