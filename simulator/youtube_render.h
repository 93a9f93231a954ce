#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "simulator/world.h"
#include "simulator/youtube_parameters.h"

/// Resources of the world as YouTube writes them. For the YouTube half only.
namespace grumble::simulator {

enum class TextFormat { html, plain };

boost::json::object search_result(const World& world, const Video& video,
                                  const Parts& parts);
boost::json::object video_resource(const World& world, const Video& video,
                                   const Parts& parts, Timestamp now);
boost::json::object channel_resource(const World& world, const Channel& channel,
                                     const Parts& parts, Timestamp now);
boost::json::object playlist_item(const World& world, const Video& video,
                                  const Parts& parts, size_t position);
boost::json::object comment_resource(const World& world, const Comment& comment,
                                     const Parts& parts, TextFormat format);
/// `replies`: those that are visible, oldest first.
boost::json::object thread_resource(const World& world, const Comment& comment,
                                    const std::vector<size_t>& replies,
                                    const Parts& parts, TextFormat format);

/// Comments of `indices` that were written by `now`.
std::vector<size_t> written_by(const World& world,
                               const std::vector<size_t>& indices,
                               Timestamp now);

/// The playlist of a channel's uploads, and back.
std::string uploads_of(const Channel& channel);

/// Puts `etag` behind `kind`, derived from all the rest.
boost::json::object with_etag(const boost::json::object& resource);

}  // namespace grumble::simulator
