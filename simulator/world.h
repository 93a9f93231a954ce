#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <istream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/timestamp.h"
#include "simulator/text.h"

namespace grumble::simulator {

using domain::Timestamp;

/// One line for each fault found, each `file:line: message`.
class WorldError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct WorldFaults;
struct WorldLine;

struct User {
  std::string id;
  std::string handle;
  std::string name;
  Timestamp created_at;
  Timestamp closed_at = Timestamp::max();
};

/// Positions are indices into the vectors of World.
struct XPost {
  int64_t id = 0;
  Timestamp at;
  size_t author = 0;
  std::string lang;
  std::string text;  ///< unescaped, urls in full
  int64_t likes = 0, reposts = 0, replies = 0, quotes = 0, views = 0;
  std::optional<size_t> reply_to;
  std::optional<size_t> quote_of;
  int64_t conversation = 0;
  std::string words;     ///< fold_words of the text without its urls
  Timestamp visible_at;  ///< when a search finds it first
  Timestamp deleted_at = Timestamp::max();
  std::optional<size_t> edit_of;    ///< the version before
  std::optional<size_t> edited_to;  ///< the version after
};

struct Channel {
  std::string id;
  std::string handle;
  std::string name;
  std::vector<size_t> videos;  ///< oldest first
  Timestamp created_at;
};

struct Video {
  std::string id;
  Timestamp at;
  size_t channel = 0;
  std::string lang;
  std::string title;
  std::string text;
  std::string duration;
  int64_t likes = 0, views = 0;
  bool comments_disabled = false;
  std::vector<size_t> threads;  ///< top-level comments, oldest first
  std::string words;            ///< fold_words of title, text and channel
};

struct Comment {
  std::string id;
  Timestamp at;
  std::optional<Timestamp> edited;
  size_t author = 0;  ///< a channel
  size_t video = 0;
  std::string text;
  int64_t likes = 0;
  std::optional<size_t> parent;  ///< a top-level comment
  std::vector<size_t> replies;   ///< oldest first
  std::string words;
};

/// All there is to serve. Immutable once built; every id is derived from what
/// a line says, so that neither its place nor its neighbours change it.
class World {
 public:
  /// `ref`s are looked up within one file. Throws WorldError.
  static World load(const std::vector<std::filesystem::path>& files);
  /// The same for a stream; `name` stands in error texts.
  static World read(std::istream& input, const std::string& name);
  /// The same for lines made one by one, until `next` has no more.
  static World build(const std::function<bool(WorldLine&)>& next);

  const std::vector<User>& users() const { return users_; }
  const std::vector<XPost>& posts() const { return posts_; }  ///< by id
  const std::vector<Channel>& channels() const { return channels_; }
  const std::vector<Video>& videos() const { return videos_; }  ///< by time
  const std::vector<Comment>& comments() const { return comments_; }

  /// Null when there is none.
  const XPost* find_post(int64_t id) const;
  const User* find_user(std::string_view handle) const;
  const Channel* find_channel(const std::string& id) const;
  const Video* find_video(const std::string& id) const;
  const Comment* find_comment(const std::string& id) const;

 private:
  friend class WorldBuilder;
  friend World disturb(World world, const WorldFaults& faults);

  std::vector<User> users_;
  std::vector<XPost> posts_;
  std::vector<Channel> channels_;
  std::vector<Video> videos_;
  std::vector<Comment> comments_;
  std::unordered_map<int64_t, size_t> post_by_id_;
  std::unordered_map<std::string, size_t> user_by_handle_;  ///< lower case
  std::unordered_map<std::string, size_t> channel_by_id_;
  std::unordered_map<std::string, size_t> video_by_id_;
  std::unordered_map<std::string, size_t> comment_by_id_;
};

/// Sets the text and what is derived from it.
void set_text(XPost& post, std::string text);

/// The first id X could give out at that time, and the time of an id.
int64_t snowflake(Timestamp time);
Timestamp time_of(int64_t snowflake_id);

}  // namespace grumble::simulator
