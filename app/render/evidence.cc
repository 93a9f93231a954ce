#include "app/render/evidence.h"

#include <algorithm>
#include <utility>

namespace grumble::app {
namespace {

// Stand-ins of no width for the marks while lines are broken: two
// noncharacters, which `printable` never lets through.
constexpr std::string_view kOpen = "\xEF\xBF\xBE";
constexpr std::string_view kClose = "\xEF\xBF\xBF";

std::string replace_all(std::string text, std::string_view from,
                        std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos;
       at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

constexpr std::string_view kEllipsis = "…";

bool continues(char c) { return (static_cast<unsigned char>(c) >> 6) == 2; }

/// `head` bytes of the beginning and `tail` of the end.
std::string cut_middle(const std::string& text, size_t head, size_t tail) {
  if (text.size() <= head + tail + kEllipsis.size()) return text;
  while (head > 0 && continues(text[head])) --head;
  size_t rest = text.size() - tail;
  while (rest < text.size() && continues(text[rest])) ++rest;
  return text.substr(0, head).append(kEllipsis) + text.substr(rest);
}

}  // namespace

std::vector<Piece> mark(std::string_view text,
                        const std::vector<domain::Finding>& findings) {
  if (text.empty()) return {{"(erased)", false}};
  std::vector<std::pair<size_t, size_t>> spans;
  for (const auto& finding : findings) {
    if (finding.begin < finding.end && finding.end <= text.size()) {
      spans.emplace_back(finding.begin, finding.end);
    }
  }
  std::sort(spans.begin(), spans.end());
  std::vector<Piece> pieces;
  size_t done = 0;
  const auto add = [&](size_t end, bool marked) {
    if (end <= done) return;
    const std::string_view piece = text.substr(done, end - done);
    if (marked && !pieces.empty() && pieces.back().marked) {
      pieces.back().text += piece;
    } else {
      pieces.push_back({std::string(piece), marked});
    }
    done = end;
  };
  for (const auto& [begin, end] : spans) {
    add(begin, false);
    add(end, true);
  }
  add(text.size(), false);
  return pieces;
}

std::vector<Piece> shorten(std::vector<Piece> pieces, size_t bytes) {
  size_t size = 0;
  for (const auto& piece : pieces) size += piece.text.size();
  if (size <= bytes) return pieces;
  const size_t share = bytes / std::max<size_t>(pieces.size(), 1);
  const size_t half = std::max<size_t>(share / 2, 40);
  std::vector<Piece> kept;
  size = 0;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (size > bytes) {
      kept.push_back({std::string(kEllipsis), false});
      break;
    }
    // Before the first mark and behind the last only the nearer end counts.
    const bool first = i == 0 && !pieces[i].marked && pieces.size() > 1;
    const bool last = i + 1 == pieces.size();
    pieces[i].text = first  ? cut_middle(pieces[i].text, 0, 2 * half)
                     : last ? cut_middle(pieces[i].text, 2 * half, 0)
                            : cut_middle(pieces[i].text, half, half);
    size += pieces[i].text.size();
    kept.push_back(std::move(pieces[i]));
  }
  return kept;
}

std::string evidence_lines(const std::vector<Piece>& pieces,
                           const Terminal& terminal, size_t indent) {
  std::string text;
  for (const auto& piece : pieces) {
    const std::string safe = printable(piece.text, true);
    if (piece.marked) {
      text.append(kOpen).append(safe).append(kClose);
    } else {
      text += safe;
    }
  }
  text = replace_all(std::move(text), "\t", " ");
  const size_t columns =
      std::max<size_t>(std::min<size_t>(terminal.width, 100), indent + 20);
  const bool color = terminal.color;
  const std::string open = color ? "\x1b[1;33m" : terminal.unicode ? "«" : "[";
  const std::string close = color ? "\x1b[0m" : terminal.unicode ? "»" : "]";
  std::string out;
  bool inside = false;
  for (std::string line : wrap(text, columns - indent)) {
    // A mark that runs over a line's end is closed there and opened again.
    if (color && inside) line.insert(0, kOpen);
    const auto last_open = line.rfind(kOpen);
    const auto last_close = line.rfind(kClose);
    inside = last_open != std::string::npos &&
             (last_close == std::string::npos || last_close < last_open);
    if (color && inside) line += kClose;
    out +=
        std::string(indent, ' ') +
        replace_all(replace_all(std::move(line), kOpen, open), kClose, close) +
        '\n';
  }
  return out;
}

}  // namespace grumble::app
