#include "simulator/truth.h"

#include <boost/json.hpp>

namespace grumble::simulator {
namespace {

namespace json = boost::json;

/// The members that all three kinds have.
json::object common(const char* platform, const char* kind,
                    const std::string& id, const std::string& text,
                    Timestamp at, const Showings& showings) {
  json::object line;
  line["platform"] = platform;
  line["kind"] = kind;
  line["id"] = id;
  line["text"] = text;
  line["at"] = domain::to_string(at);
  line["shown"] = showings.shown(id);
  line["broken"] = showings.broken(id);
  return line;
}

void write_posts(std::ostream& out, const World& world,
                 const Showings& showings, const XApi& x) {
  const std::vector<bool> asked = x.asked_for();
  for (size_t i = 0; i < world.posts().size(); ++i) {
    const XPost& post = world.posts()[i];
    json::object line = common("x", "post", std::to_string(post.id), post.text,
                               post.at, showings);
    if (asked[i]) line["wanted"] = true;
    if (post.visible_at > post.at) {
      line["late_ms"] = (post.visible_at - post.at).count();
    }
    if (post.deleted_at != Timestamp::max()) {
      line["deleted_at"] = domain::to_string(post.deleted_at);
    }
    if (post.edited_to) line["edited"] = true;
    out << line << "\n";
  }
}

void write_videos(std::ostream& out, const World& world,
                  const Showings& showings, const YoutubeApi& youtube) {
  for (const Video& video : world.videos()) {
    json::object line =
        common("youtube", "video", video.id, video.text, video.at, showings);
    line["title"] = video.title;
    out << line << "\n";
  }
  for (const Comment& comment : world.comments()) {
    json::object line = common("youtube", "comment", comment.id, comment.text,
                               comment.at, showings);
    const auto asked = youtube.asked_for_comments(comment.video);
    if (asked && comment.at <= *asked) line["wanted"] = true;
    out << line << "\n";
  }
}

}  // namespace

void Showings::add(const Response& response) {
  if (response.status != 200 || !response.delivery.arrives()) return;
  for (const std::string& id : response.shown) ++shown_[id];
  for (const std::string& id : response.broken) ++broken_[id];
}

std::map<std::string, int64_t> fired(const Faults& faults,
                                     const WorldFaults& world, const XApi& x) {
  std::map<std::string, int64_t> all;
  for (const auto& fault : faults) {
    all[std::string(fault->name())] += fault->fired();
  }
  if (world.late > 0) all["late"] = x.effects().late;
  if (world.edited > 0) all["edited"] = x.effects().edited;
  if (world.deleted > 0 || world.closed > 0) {
    all["deleted"] = x.effects().deleted;
  }
  if (world.deleted > 0 && world.run > 1) {
    all["empty-page"] = x.effects().empty_pages;
  }
  return all;
}

void write_truth(std::ostream& out, const World& world,
                 const Showings& showings, const XApi& x,
                 const YoutubeApi& youtube) {
  write_posts(out, world, showings, x);
  write_videos(out, world, showings, youtube);
}

}  // namespace grumble::simulator
