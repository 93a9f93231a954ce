#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "simulator/world.h"
#include "simulator/x_dialect.h"

/// Objects of the world as X API v2 writes them. For the X half only.
namespace grumble::simulator {

boost::json::object render_post(const World& world, const XPost& post,
                                const Selection& selection);
boost::json::object render_user(const User& user, const Selection& selection);

/// A part of an answer that was asked for and is not there: HTTP 200 beside
/// the data, or alone.
boost::json::object not_found(const Words& words, std::string_view resource,
                              std::string_view parameter,
                              const std::string& value);

/// `data`, `includes` and `errors` for these posts, and what they cost.
struct Rendered {
  boost::json::object body;
  std::vector<std::string> post_ids;  ///< in data and includes
  std::vector<std::string> user_ids;
};

/// `data` is an array, or with `single` the one object; absent when empty.
/// What they refer to and is deleted by `now` is an error instead.
Rendered render_posts(const World& world, const std::vector<size_t>& posts,
                      const Selection& selection, bool single, Timestamp now);

/// Milliseconds always written: "2021-01-06T18:40:40.000Z".
std::string x_time(Timestamp time);

}  // namespace grumble::simulator
