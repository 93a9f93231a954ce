#include "simulator/generate.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "simulator/world_line.h"

namespace grumble::simulator {
namespace {

constexpr std::array<std::string_view, 8> kModels = {
    "Sora", "Veo 3", "Kling", "Runway", "Pika", "Luma", "Hailuo", "Wan"};

/// `$` stands for a model.
constexpr std::array<std::string_view, 16> kTexts = {
    "$ keeps adding a sixth finger, third render in a row",
    "the physics in $ are broken, water flows uphill again",
    "waited forty minutes in the $ queue and got a failed generation",
    "$ ignores half of my prompt",
    "faces melt as soon as the camera moves in $",
    "$ put its watermark right over the subject",
    "why is $ so expensive now, my credits are gone after three clips",
    "$ refuses harmless prompts, the filter is out of control",
    "audio in $ is out of sync with the lips",
    "$ is down again, I only get errors",
    "image to video in $ changes the person completely",
    "characters in $ flicker from frame to frame",
    "finally a clean shot from $, the motion is great",
    "is there a way to make $ hold the camera still?",
    "$ only gives five seconds and the quality drops at 1080p",
    "$ got much better with the last update",
};

class Generator {
 public:
  explicit Generator(const Generation& options)
      : options_(options),
        step_(std::max<int64_t>(1, std::chrono::milliseconds(options.span) /
                                       std::chrono::milliseconds(1) /
                                       std::max<int64_t>(1, options.posts))) {}

  bool next(WorldLine& line) {
    if (post_ < options_.posts) {
      make_post(line);
      return true;
    }
    return make_video_or_comment(line);
  }

 private:
  uint64_t draw(const char* purpose, int64_t number) const {
    return stable_hash(std::to_string(options_.seed) + purpose +
                       std::to_string(number));
  }

  std::string text(uint64_t dice, int64_t number) const {
    std::string out(kTexts[dice % kTexts.size()]);
    out.replace(out.find('$'), 1, kModels[(dice >> 8) % kModels.size()]);
    return out + " (take " + std::to_string(number) + ")";
  }

  Timestamp begin() const { return options_.end - options_.span; }

  void make_post(WorldLine& line) {
    const int64_t number = post_++;
    const uint64_t dice = draw(" post ", number);
    line.kind = "post";
    line.at =
        begin() +
        std::chrono::milliseconds(
            number * step_ +
            static_cast<int64_t>((dice >> 20) % static_cast<uint64_t>(step_)));
    const auto authors =
        static_cast<uint64_t>(std::max<int64_t>(1, options_.posts * 3 / 10));
    line.by = "user" + std::to_string((dice >> 32) % authors);
    line.lang = "en";
    line.text = text(dice, number);
    line.ref = "p" + std::to_string(number);
    line.likes = static_cast<int64_t>((dice >> 12) % 50);
    line.views = line.likes * 40;
    if (number == 0) return;
    const std::string earlier =
        "p" + std::to_string(static_cast<int64_t>(
                  (dice >> 7) % static_cast<uint64_t>(number)));
    const uint64_t kind = (dice >> 3) % 20;
    if (kind < 2) line.reply_to = earlier;
    if (kind == 2) line.quote_of = earlier;
  }

  bool make_video_or_comment(WorldLine& line) {
    if (video_ >= options_.videos) return false;
    const int64_t each = options_.comments + 1;
    const int64_t number = video_ * each + comment_;
    const uint64_t dice = draw(" video ", number);
    const std::string video = "v" + std::to_string(video_);
    line.by = "channel" + std::to_string((dice >> 32) % 5000);
    line.lang = "en";
    line.at = begin() + options_.span * video_ / (2 * options_.videos) +
              std::chrono::seconds(60 * comment_);
    if (comment_ == 0) {
      line.kind = "video";
      line.title = text(dice, number);
      line.text = "made with " + std::string(kModels[dice % kModels.size()]);
      line.ref = video;
      line.views = static_cast<int64_t>(dice % 100'000);
    } else {
      line.kind = "comment";
      line.on = video;
      line.text = text(dice, number);
      line.likes = static_cast<int64_t>((dice >> 12) % 50);
      // Of every eight the first is answered by the others.
      const int64_t top = (comment_ - 1) / 8 * 8 + 1;
      if (comment_ == top) line.ref = video + "c" + std::to_string(top);
      if (comment_ != top && (dice >> 3) % 2 == 0) {
        line.reply_to = video + "c" + std::to_string(top);
      }
    }
    if (++comment_ == each) {
      comment_ = 0;
      ++video_;
    }
    return true;
  }

  const Generation& options_;
  int64_t step_;
  int64_t post_ = 0;
  int64_t video_ = 0;
  int64_t comment_ = 0;
};

}  // namespace

World generate(const Generation& options) {
  Generator generator(options);
  return World::build(
      [&generator](WorldLine& line) { return generator.next(line); });
}

}  // namespace grumble::simulator
