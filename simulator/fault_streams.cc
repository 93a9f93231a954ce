// What happens to an answer that has no end.

#include <array>

#include "simulator/fault_kind.h"

namespace grumble::simulator {
namespace {

using std::chrono::milliseconds;

/// A feed that ends, or falls silent, after a while.
class CutFeed : public Feed {
 public:
  enum class How { drop, silence };

  CutFeed(std::shared_ptr<Feed> inner, How how, milliseconds end)
      : inner_(std::move(inner)), how_(how), end_(end) {}

  Piece next(Moment moment) override {
    if (moment.uptime < end_) return inner_->next(moment);
    // What would have come is lost, and not billed.
    Piece piece;
    piece.reset = how_ == How::drop;
    return piece;
  }
  void haunt(milliseconds span) override { inner_->haunt(span); }

 private:
  std::shared_ptr<Feed> inner_;
  How how_;
  milliseconds end_;
};

bool wrap(const Occasion& at, CutFeed::How how) {
  if (!at.response.feed) return false;
  const milliseconds span(at.rule.ms > 0 ? at.rule.ms : 1000);
  at.response.feed = std::make_shared<CutFeed>(std::move(at.response.feed), how,
                                               at.moment.uptime + span);
  return true;
}

bool stream_drop(const Occasion& at) { return wrap(at, CutFeed::How::drop); }

bool stream_silence(const Occasion& at) {
  return wrap(at, CutFeed::How::silence);
}

bool phantom(const Occasion& at) {
  if (!at.response.feed) return false;
  at.response.feed->haunt(
      std::chrono::seconds(at.rule.seconds > 0 ? at.rule.seconds : 600));
  return true;
}

constexpr std::array kKinds = {
    FaultKind{"stream-drop", " ms ", "a stream is reset after so long (1000)",
              stream_drop},
    FaultKind{"stream-silence", " ms ",
              "a stream says nothing more after so long (1000)",
              stream_silence},
    FaultKind{"phantom", " seconds ",
              "a stream counts as connected so long (600) after its end",
              phantom},
};

}  // namespace

std::span<const FaultKind> stream_faults() { return kKinds; }

}  // namespace grumble::simulator
