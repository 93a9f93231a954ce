#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/render/terminal.h"
#include "domain/finding.h"

namespace grumble::app {

/// A text in pieces: outside a finding's words, or inside.
struct Piece {
  std::string text;
  bool marked = false;
};

/// Cuts `text` at the findings' spans; overlapping spans become one. Spans
/// outside the text are ignored. An empty text says that it was erased.
std::vector<Piece> mark(std::string_view text,
                        const std::vector<domain::Finding>& findings);

/// The pieces with at most about `bytes` of text: what is far from the matched
/// words goes first, with `…` in its place. Cuts between code points.
std::vector<Piece> shorten(std::vector<Piece> pieces, size_t bytes);

/// The pieces for a terminal: printable, the matched words in colour, or
/// between « and » without colour; wrapped and indented.
std::string evidence_lines(const std::vector<Piece>& pieces,
                           const Terminal& terminal, size_t indent);

}  // namespace grumble::app
