#include "tests/dashboards/sample.h"

#include <string>
#include <vector>

#include "store/landing.h"
#include "store/lease.h"
#include "store/ruleset.h"
#include "store/walks.h"

namespace grumble::tests {
namespace {

using domain::Timestamp;

Timestamp december(int day, int minute) {
  return domain::parse_timestamp("2024-12-01T09:00:00Z").value() +
         std::chrono::hours(24 * (day - 1)) + std::chrono::minutes(minute);
}

store::AnalysedPost post(const std::string& platform, const std::string& id,
                         Timestamp time, const std::string& text,
                         const std::string& model) {
  store::AnalysedPost result;
  result.post.key = {platform, id};
  result.post.author_id = "author-" + id;
  result.post.text = text;
  result.post.lang = "en";
  result.post.created_at = time;
  result.post.observed_at = december(28, 0);
  result.analysis.lang = "en";
  if (!model.empty()) result.analysis.models = {model};
  return result;
}

void complain(store::AnalysedPost* post, const std::string& category,
              const std::string& words) {
  domain::Finding finding;
  if (!post->analysis.models.empty()) {
    finding.model = post->analysis.models.front();
  }
  finding.category = category;
  finding.begin = domain::full_text(post->post).find(words);
  finding.end = finding.begin + words.size();
  finding.rule = category + ".sample";
  finding.confidence = 0.9;
  finding.scope = finding.model ? domain::Scope::clause : domain::Scope::none;
  post->analysis.findings.push_back(finding);
}

std::vector<store::AnalysedPost> day_of_sora(int day) {
  std::vector<store::AnalysedPost> posts;
  for (int i = 0; i < 12; ++i) {
    const std::string id = std::to_string(1'000'000 + 100 * day + i);
    const std::string text =
        i < 3    ? "sora eats my credits, it's <b>robbery</b>"
        : i == 3 ? "sora: hands melt through the table \xF0\x9F\x98\xB5"
                 : "made a small film with sora today";
    auto& added =
        posts.emplace_back(post("x", id, december(day, 10 * i), text, "Sora"));
    if (i < 3) complain(&added, "price", "eats my credits");
    if (i == 3) complain(&added, "physics", "melt through");
  }
  return posts;
}

std::vector<store::AnalysedPost> the_others() {
  std::vector<store::AnalysedPost> posts;
  for (int i = 0; i < 11; ++i) {
    auto& added = posts.emplace_back(post(
        "x", std::to_string(2'000'000 + i), december(10 + i, 0),
        i < 2 ? "kling stamps its logo on everything" : "trying kling again",
        "Kling"));
    if (i < 2) complain(&added, "watermark", "stamps its logo");
  }
  complain(&posts.emplace_back(post("x", "3000000", december(12, 0),
                                    "ai video is far too dear", "")),
           "price", "too dear");
  auto video = post("youtube", "video-1", december(14, 0),
                    "a long look at Sora", "Sora");
  video.post.kind = domain::PostKind::video;
  video.post.title = "Sora, one week in";
  posts.push_back(video);
  auto comment = post("youtube", "comment-1", december(15, 0),
                      "the queue takes an hour", "Sora");
  comment.post.kind = domain::PostKind::comment;
  comment.post.conversation_id = "video-1";
  complain(&comment, "speed", "takes an hour");
  posts.push_back(comment);
  return posts;
}

}  // namespace

void land_sample(store::Database& database) {
  store::record_ruleset(database, "sample-rules", "");
  const auto lease = store::hold_lease(database, "x", store::new_uuid(),
                                       std::chrono::seconds(30));
  store::open_round(database, *lease,
                    {"x", "sample", "posts", {}, {}, 8, {}});
  store::Batch batch;
  batch.source = "x";
  batch.query = "sample";
  batch.ruleset = "sample-rules";
  batch.posts = the_others();
  for (int day = 1; day <= 20; ++day) {
    for (auto& added : day_of_sora(day)) batch.posts.push_back(added);
  }
  store::land(database, batch);
}

Range all_of_sample() {
  return {"2024-12-01T00:00:00Z", "2024-12-31T23:59:59.999Z"};
}

Range day_of_sample() {
  return {"2024-12-20T00:00:00Z", "2024-12-20T23:59:59.999Z"};
}

Range before_sample() {
  return {"2023-01-01T00:00:00Z", "2023-12-31T23:59:59.999Z"};
}

}  // namespace grumble::tests
