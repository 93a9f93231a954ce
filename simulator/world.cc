#include "simulator/world.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>
#include <utility>

#include "simulator/world_line.h"

namespace grumble::simulator {
namespace {

constexpr std::chrono::milliseconds kSnowflakeEpoch(1288834974657);
constexpr int kSnowflakeShift = 22;
constexpr size_t kMostErrors = 20;

/// A plausible start of an account, before all the world's posts.
Timestamp account_start(uint64_t hash) {
  const Timestamp first = *domain::parse_timestamp("2009-03-01T00:00:00Z");
  return first + std::chrono::seconds(hash % (15ULL * 365 * 24 * 3600));
}

std::string name_from(std::string_view handle) {
  std::string name;
  bool start = true;
  for (const char c : handle) {
    if (c == '_' || c == '.' || c == '-') {
      start = true;
      if (!name.empty() && name.back() != ' ') name += ' ';
      continue;
    }
    name += start ? static_cast<char>(std::toupper(c)) : c;
    start = false;
  }
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return name.empty() ? std::string(handle) : name;
}

/// The words search looks at: a url's own letters are not among them.
std::string searchable(const std::u32string& text,
                       const std::vector<Entity>& entities) {
  std::u32string bare = text;
  for (const Entity& entity : entities) {
    if (entity.kind != EntityKind::url) continue;
    std::fill(bare.begin() + static_cast<ptrdiff_t>(entity.begin),
              bare.begin() + static_cast<ptrdiff_t>(entity.end), U' ');
  }
  return fold_words(bare);
}

}  // namespace

/// Collects lines, then links them: a line may come before what it answers.
class WorldBuilder {
 public:
  void read(std::istream& input, const std::string& name);
  void read(const std::function<bool(WorldLine&)>& next);
  World finish();

 private:
  struct Place {
    WorldLine line;
    size_t file = 0;
    uint64_t hash = 0;  ///< of by and text: orders lines of one millisecond
    /// Into the world's vector of its kind; empty until it is there.
    std::optional<size_t> index = std::nullopt;
  };

  void fail(size_t file, size_t number, const std::string& message) {
    if (errors_.size() < kMostErrors) {
      errors_.push_back(files_[file] + ":" + std::to_string(number) + ": " +
                        message);
    }
  }
  void fail(const Place& place, const std::string& message) {
    fail(place.file, place.line.number, message);
  }

  void add(WorldLine line, size_t file);
  size_t user(const std::string& handle);
  size_t channel(const WorldLine& line);
  void add_post(Place& place);
  void add_video(Place& place);
  void add_comment(Place& place);
  void claim(const Place& place, const std::string& id);
  const Place* target(const Place& place, const std::string& ref,
                      std::string_view kind);
  void link_post(const Place& place);
  void set_conversations();

  World world_;
  std::vector<std::string> files_;
  std::vector<Place> places_;
  std::map<std::pair<size_t, std::string>, size_t> refs_;
  std::set<std::string> ids_;
  std::vector<std::string> errors_;
};

void WorldBuilder::read(std::istream& input, const std::string& name) {
  files_.push_back(name);
  const size_t file = files_.size() - 1;
  std::string text;
  for (size_t number = 1; std::getline(input, text); ++number) {
    if (!text.empty() && text.back() == '\r') text.pop_back();
    if (text.find_first_not_of(" \t") == text.npos) continue;
    try {
      WorldLine line = parse_world_line(text);
      line.number = number;
      add(std::move(line), file);
    } catch (const LineError& error) {
      fail(file, number, error.what());
    }
  }
}

void WorldBuilder::read(const std::function<bool(WorldLine&)>& next) {
  files_.emplace_back("made");
  WorldLine line;
  for (size_t number = 1; next(line); ++number) {
    line.number = number;
    add(std::exchange(line, {}), files_.size() - 1);
  }
}

void WorldBuilder::add(WorldLine line, size_t file) {
  Place place{std::move(line), file};
  place.hash = stable_hash(place.line.by + "\n" + place.line.text) &
               ((1U << kSnowflakeShift) - 1);
  if (!place.line.ref.empty() &&
      !refs_.emplace(std::pair(file, place.line.ref), places_.size()).second) {
    throw LineError("ref '" + place.line.ref + "' was given before");
  }
  places_.push_back(std::move(place));
}

void WorldBuilder::claim(const Place& place, const std::string& id) {
  if (!ids_.insert(place.line.kind + " " + id).second) {
    fail(place, "id " + id + " was given out before: same text by '" +
                    place.line.by + "' at the same time");
  }
}

size_t WorldBuilder::user(const std::string& handle) {
  const std::string key = lower_ascii(handle);
  const auto [found, added] =
      world_.user_by_handle_.emplace(key, world_.users_.size());
  if (added) {
    constexpr uint64_t kFirst = 1'000'000'000'000'000'000;
    const uint64_t hash = stable_hash("x user " + key);
    world_.users_.push_back({std::to_string(kFirst + hash % (kFirst / 2)),
                             handle, name_from(handle), account_start(hash)});
  }
  return found->second;
}

size_t WorldBuilder::channel(const WorldLine& line) {
  const uint64_t hash = stable_hash("channel " + lower_ascii(line.by));
  const std::string id = "UC" + derived_name(hash, 22);
  const auto [found, added] =
      world_.channel_by_id_.emplace(id, world_.channels_.size());
  if (added) {
    world_.channels_.push_back({id, line.by, "", {}, account_start(hash)});
  }
  Channel& channel = world_.channels_[found->second];
  if (!line.by_name.empty()) channel.name = line.by_name;
  return found->second;
}

void WorldBuilder::add_post(Place& place) {
  const WorldLine& line = place.line;
  XPost post;
  post.id = snowflake(line.at) | static_cast<int64_t>(place.hash);
  post.at = line.at;
  post.author = user(line.by);
  post.lang = line.lang;
  set_text(post, std::move(place.line.text));
  post.likes = line.likes;
  post.reposts = line.reposts;
  post.replies = line.replies;
  post.quotes = line.quotes;
  post.views = line.views;
  post.visible_at = line.at;
  claim(place, std::to_string(post.id));
  place.index = world_.posts_.size();
  world_.posts_.push_back(std::move(post));
}

void WorldBuilder::add_video(Place& place) {
  const WorldLine& line = place.line;
  Video video;
  video.id =
      derived_name(stable_hash(line.by + "\n" + domain::to_string(line.at) +
                               "\n" + line.title),
                   11);
  video.at = line.at;
  video.channel = channel(line);
  video.lang = line.lang;
  video.title = line.title;
  video.text = line.text;
  video.duration = line.duration;
  video.likes = line.likes;
  video.views = line.views;
  video.comments_disabled = line.comments_disabled;
  video.words = fold_words(
      to_code_points(line.title + "\n" + line.text + "\n" + line.by_name));
  claim(place, video.id);
  place.index = world_.videos_.size();
  world_.videos_.push_back(std::move(video));
}

const WorldBuilder::Place* WorldBuilder::target(const Place& place,
                                                const std::string& ref,
                                                std::string_view kind) {
  if (ref.empty()) return nullptr;
  const auto found = refs_.find(std::pair(place.file, ref));
  if (found == refs_.end()) {
    fail(place, "no line has the ref '" + ref + "'");
    return nullptr;
  }
  const Place& other = places_[found->second];
  if (other.line.kind != kind) {
    fail(place, "ref '" + ref + "' is a " + other.line.kind + ", not a " +
                    std::string(kind));
    return nullptr;
  }
  if (other.line.at >= place.line.at) {
    fail(place, "is not later than '" + ref + "', which it answers");
    return nullptr;
  }
  return &other;
}

void WorldBuilder::link_post(const Place& place) {
  XPost& post = world_.posts_[*place.index];
  if (const Place* to = target(place, place.line.reply_to, "post")) {
    post.reply_to = to->index;
  }
  if (const Place* of = target(place, place.line.quote_of, "post")) {
    post.quote_of = of->index;
  }
}

void WorldBuilder::add_comment(Place& place) {
  const WorldLine& line = place.line;
  const Place* const video = target(place, line.on, "video");
  if (video == nullptr) return;
  Comment comment;
  comment.at = line.at;
  comment.edited = line.edited;
  comment.author = channel(line);
  comment.video = *video->index;
  comment.text = line.text;
  comment.likes = line.likes;
  comment.words = fold_words(to_code_points(line.text));
  const uint64_t hash =
      stable_hash(world_.videos_[*video->index].id + "\n" + line.by + "\n" +
                  domain::to_string(line.at) + "\n" + line.text);
  const size_t index = world_.comments_.size();
  if (const Place* parent = target(place, line.reply_to, "comment")) {
    if (!parent->line.reply_to.empty() || parent->line.on != line.on ||
        !parent->index) {
      fail(place,
           "'" + line.reply_to + "' is no top-level comment of the same video");
      return;
    }
    Comment& top = world_.comments_[*parent->index];
    comment.parent = parent->index;
    comment.id = top.id + "." + derived_name(hash, 22);
    top.replies.push_back(index);
  } else {
    comment.id = "Ug" + derived_name(hash, 24);
    world_.videos_[*video->index].threads.push_back(index);
  }
  claim(place, comment.id);
  place.index = index;
  world_.comment_by_id_.emplace(comment.id, index);
  world_.comments_.push_back(std::move(comment));
}

void WorldBuilder::set_conversations() {
  // In the order of ids a parent always comes before its replies.
  for (size_t i = 0; i < world_.posts_.size(); ++i) {
    XPost& post = world_.posts_[i];
    post.conversation =
        post.reply_to ? world_.posts_[*post.reply_to].conversation : post.id;
    world_.post_by_id_.emplace(post.id, i);
  }
}

World WorldBuilder::finish() {
  std::stable_sort(
      places_.begin(), places_.end(), [](const Place& a, const Place& b) {
        return std::pair(a.line.at, a.hash) < std::pair(b.line.at, b.hash);
      });
  refs_.clear();
  for (size_t i = 0; i < places_.size(); ++i) {
    const Place& place = places_[i];
    if (!place.line.ref.empty()) {
      refs_.emplace(std::pair(place.file, place.line.ref), i);
    }
  }
  for (Place& place : places_) {
    if (place.line.kind == "post") add_post(place);
    if (place.line.kind == "video") add_video(place);
  }
  for (Place& place : places_) {
    if (place.line.kind == "post") link_post(place);
    if (place.line.kind == "comment") add_comment(place);
  }
  if (!errors_.empty()) {
    std::string all;
    for (const std::string& error : errors_) {
      all += (all.empty() ? "" : "\n") + error;
    }
    throw WorldError(all);
  }
  set_conversations();
  for (size_t i = 0; i < world_.videos_.size(); ++i) {
    const Video& video = world_.videos_[i];
    world_.video_by_id_.emplace(video.id, i);
    world_.channels_[video.channel].videos.push_back(i);
  }
  for (Channel& channel : world_.channels_) {
    if (channel.name.empty()) channel.name = name_from(channel.handle);
  }
  return std::move(world_);
}

World World::load(const std::vector<std::filesystem::path>& files) {
  WorldBuilder builder;
  for (const std::filesystem::path& file : files) {
    std::ifstream input(file, std::ios::binary);
    if (!input) throw WorldError(file.string() + ":0: cannot be read");
    builder.read(input, file.string());
  }
  return builder.finish();
}

World World::build(const std::function<bool(WorldLine&)>& next) {
  WorldBuilder builder;
  builder.read(next);
  return builder.finish();
}

World World::read(std::istream& input, const std::string& name) {
  WorldBuilder builder;
  builder.read(input, name);
  return builder.finish();
}

namespace {

template <typename Items, typename Key>
auto find_in(const Items& items, const std::unordered_map<Key, size_t>& index,
             const Key& key) -> const typename Items::value_type* {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &items[found->second];
}

}  // namespace

const XPost* World::find_post(int64_t id) const {
  return find_in(posts_, post_by_id_, id);
}

const User* World::find_user(std::string_view handle) const {
  return find_in(users_, user_by_handle_, lower_ascii(handle));
}

const Channel* World::find_channel(const std::string& id) const {
  return find_in(channels_, channel_by_id_, id);
}

const Video* World::find_video(const std::string& id) const {
  return find_in(videos_, video_by_id_, id);
}

const Comment* World::find_comment(const std::string& id) const {
  return find_in(comments_, comment_by_id_, id);
}

void set_text(XPost& post, std::string text) {
  const std::u32string code_points = to_code_points(text);
  post.words = searchable(code_points, find_entities(code_points));
  post.text = std::move(text);
}

int64_t snowflake(Timestamp time) {
  const auto since = time.time_since_epoch() - kSnowflakeEpoch;
  return since.count() < 0 ? 0 : since.count() << kSnowflakeShift;
}

Timestamp time_of(int64_t snowflake_id) {
  return Timestamp(std::chrono::milliseconds(snowflake_id >> kSnowflakeShift) +
                   kSnowflakeEpoch);
}

}  // namespace grumble::simulator
