#include <algorithm>
#include <array>

#include "simulator/fault_kind.h"

namespace grumble::simulator {
namespace {

/// The place in the body that a rule names; a negative one counts from its end.
size_t place(const Occasion& at) {
  const auto size = static_cast<int64_t>(at.response.body.size());
  const int64_t bytes =
      at.rule.bytes < 0 ? size + at.rule.bytes : at.rule.bytes;
  return static_cast<size_t>(std::clamp<int64_t>(bytes, 0, size));
}

bool delay(const Occasion& at) {
  at.response.delay +=
      std::chrono::milliseconds(at.rule.ms == 0 ? 1000 : at.rule.ms);
  return true;
}

bool drip(const Occasion& at) {
  at.response.delivery.drip =
      at.rule.bytes <= 0 ? 1 : static_cast<size_t>(at.rule.bytes);
  at.response.delivery.pause =
      std::chrono::milliseconds(at.rule.ms == 0 ? 1000 : at.rule.ms);
  return true;
}

bool stop(const Occasion& at, Delivery::End end) {
  const size_t end_at = place(at);
  if (end_at == at.response.body.size() && end_at > 0) return false;
  at.response.delivery.body = end_at;
  at.response.delivery.end = end;
  return true;
}

bool cut(const Occasion& at) { return stop(at, Delivery::End::close); }
bool stall(const Occasion& at) { return stop(at, Delivery::End::hang); }

bool reset(const Occasion& at) {
  if (at.rule.bytes == 0) at.response.delivery.head = false;
  return stop(at, Delivery::End::reset);
}

bool black_hole(const Occasion& at) {
  at.response.delivery.head = false;
  at.response.delivery.end = Delivery::End::hang;
  return true;
}

bool wrong_length(const Occasion& at) {
  const auto size = static_cast<int64_t>(at.response.body.size());
  const int64_t more = at.rule.bytes == 0 ? 1000 : at.rule.bytes;
  at.response.delivery.length =
      static_cast<uint64_t>(std::max<int64_t>(0, size + more));
  at.response.delivery.end = Delivery::End::close;
  return true;
}

bool unended_chunks(const Occasion& at) {
  at.response.delivery.chunked = true;
  at.response.delivery.end = Delivery::End::close;
  return true;
}

bool endless_head(const Occasion& at) {
  at.response.delivery.endless_head = true;
  return true;
}

bool endless_body(const Occasion& at) {
  at.response.body = "{";
  std::erase_if(at.response.headers, [](const auto& header) {
    return header.first == "content-encoding";
  });
  at.response.delivery.endless_body = true;
  return true;
}

bool clock_skew(const Occasion& at) {
  at.response.set_header(
      "date",
      http_date(at.moment.now + std::chrono::seconds(at.rule.seconds), "GMT"));
  return true;
}

constexpr std::array kKinds = {
    FaultKind{"delay", " ms ", "an answer that comes so much later (1000)",
              delay},
    FaultKind{"drip", " bytes ms ", "so many bytes (1) each so many ms (1000)",
              drip},
    FaultKind{"cut", " bytes ", "the connection ends at this byte of the body",
              cut},
    FaultKind{"reset", " bytes ",
              "as cut, with a TCP reset; at 0 before the status line", reset},
    FaultKind{"stall", " bytes ", "as cut, but the connection stays open",
              stall},
    FaultKind{"black-hole", " ", "no answer, and the connection stays open",
              black_hole},
    FaultKind{"wrong-length", " bytes ",
              "Content-Length is off by so much (1000)", wrong_length},
    FaultKind{"unended-chunks", " ", "chunked, and the last chunk is missing",
              unended_chunks},
    FaultKind{"endless-head", " ", "header lines without end", endless_head},
    FaultKind{"endless-body", " ", "a body without end", endless_body},
    FaultKind{"clock-skew", " seconds ", "the Date header is off by so much",
              clock_skew},
};

}  // namespace

std::span<const FaultKind> delivery_faults() { return kKinds; }

}  // namespace grumble::simulator
