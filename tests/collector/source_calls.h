#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "collector/registry.h"

namespace grumble::collector {

inline domain::Timestamp at(const std::string& text) {
  return *domain::parse_timestamp(text);
}

inline SourceConfig config_of(const std::string& type,
                              std::map<std::string, std::string> options = {}) {
  SourceConfig config;
  config.type = type;
  config.credential = Secret("canary-1");
  config.queries["sora"] = "sora -is:retweet";
  config.options = std::move(options);
  return config;
}

inline Round round_at(const std::string& now,
                      const std::string& watermark = "") {
  Round round;
  round.query = "sora";
  if (!watermark.empty()) round.top = std::stoll(watermark);
  round.now = at(now);
  round.since = round.now - std::chrono::hours(24);
  return round;
}

/// What is wrong with a configuration, or nothing.
inline std::string refused(const SourceConfig& config) {
  try {
    make_source(config);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

inline Gap gap_of(const Start& start) {
  Gap gap;
  gap.query = "sora";
  gap.list = start.list;
  gap.subject = "sora";
  gap.lo = start.range.open->lo;
  gap.hi = gap.asked_hi = start.range.open->hi;
  return gap;
}

/// How a source meets an answer that is no page.
inline SourceError met(
    const std::string& type, int status, const std::string& body,
    const std::string& token = "",
    std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpResponse response{status, std::move(headers), body};
  Gap gap;
  gap.query = "sora";
  gap.list = type == "x" ? "posts" : "threads";
  gap.subject = type == "x" ? "sora" : "v";
  gap.token = token;
  try {
    make_source(config_of(type))
        ->read(response, gap, at("2026-03-02T12:00:00Z"));
  } catch (const SourceError& error) {
    return error;
  }
  ADD_FAILURE() << "read as a page: " << status << ' ' << body;
  return SourceError(Action::retry, "");
}

}  // namespace grumble::collector
