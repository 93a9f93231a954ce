#include "analyzer/pattern_fit.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace grumble::analyzer {
namespace {

using Kind = SyntaxNode::Kind;

/// What a tree can begin with and what it loops over.
class Survey {
 public:
  Survey(const SyntaxNode& branch, bool behind_border) {
    empty_ = walk(branch, behind_border ? At::border : At::start) != At::inner;
  }

  bool is_empty() const { return empty_; }

  bool holds() const {
    if (empty_ || !simple_) return false;
    ByteSet word;
    for (unsigned c = 0; c < 256; ++c) {
      word[c] = is_word_byte(static_cast<unsigned char>(c));
    }
    for (const ByteSet& loop : loops_) {
      if ((loop & plain_).any()) return false;
      // Where all of a loop's bytes are letters, or none is, no border falls
      // between them: each run of them is entered from one border.
      const bool even = (loop & ~word).none() || (loop & word).none();
      if ((loop & bordered_).any() && !even) return false;
    }
    return true;
  }

 private:
  /// How far a match is: no byte yet, none but a border, none but at the
  /// text's begin, or inside.
  enum class At { start, border, anchored, inner };

  /// Where a match may stand behind `node`, at the least.
  At walk(const SyntaxNode& node, At at) {
    switch (node.kind) {
      case Kind::empty:
        return at;
      case Kind::border:
        return at == At::start ? At::border : at;
      case Kind::inside:
        simple_ = simple_ && at == At::inner;
        return at;
      case Kind::text_begin:
        simple_ = simple_ && at != At::border;
        return std::max(at, At::anchored);
      case Kind::text_end:
        simple_ = false;
        return at;
      case Kind::literal: {
        const auto first = static_cast<unsigned char>(node.text.front());
        if (at == At::start) plain_.set(first);
        if (at == At::border) bordered_.set(first);
        return At::inner;
      }
      case Kind::bytes:
        if (at == At::start) plain_ |= node.bytes;
        if (at == At::border) bordered_ |= node.bytes;
        return At::inner;
      case Kind::sequence:
        for (const SyntaxNode& one : node.nodes) at = walk(one, at);
        return at;
      case Kind::choice: {
        At least = At::inner;
        for (const SyntaxNode& one : node.nodes) {
          least = std::min(least, walk(one, at));
        }
        return least;
      }
      case Kind::repeat: {
        const SyntaxNode& inner = node.nodes.front();
        if (node.max == SyntaxNode::kNoLimit) {
          // A loop over more than one byte, or at the start, is RE2's.
          simple_ = simple_ && inner.kind == Kind::bytes && at != At::start;
          loops_.push_back(inner.bytes);
        }
        const At behind = walk(inner, at);
        return node.min == 0 ? std::min(at, behind) : behind;
      }
    }
    return at;
  }

  bool empty_ = false;
  bool simple_ = true;
  ByteSet plain_;
  ByteSet bordered_;
  std::vector<ByteSet> loops_;
};

/// Alternatives do not bear on each other, also behind a common border.
bool holds(const SyntaxNode& node, bool behind_border) {
  if (node.kind == Kind::choice) {
    return std::all_of(
        node.nodes.begin(), node.nodes.end(),
        [&](const SyntaxNode& one) { return holds(one, behind_border); });
  }
  if (node.kind == Kind::sequence && node.nodes.size() == 2 &&
      node.nodes[0].kind == Kind::border) {
    return holds(node.nodes[1], true);
  }
  return Survey(node, behind_border).holds();
}

/// Puts the beginning of `node` behind `out`; false when more of the pattern
/// may stand between that and what follows.
bool put_beginning(const SyntaxNode& node, std::vector<SyntaxNode>& out) {
  switch (node.kind) {
    case Kind::text_end:
      return false;
    case Kind::sequence:
      return std::all_of(
          node.nodes.begin(), node.nodes.end(),
          [&](const SyntaxNode& one) { return put_beginning(one, out); });
    case Kind::choice: {
      bool whole = true;
      SyntaxNode all;
      all.kind = Kind::choice;
      for (const SyntaxNode& one : node.nodes) {
        SyntaxNode& branch = all.nodes.emplace_back();
        branch.kind = Kind::sequence;
        whole = put_beginning(one, branch.nodes) && whole;
        if (branch.nodes.empty()) branch.kind = Kind::empty;
      }
      out.push_back(std::move(all));
      return whole;
    }
    case Kind::repeat: {
      if (node.max == SyntaxNode::kNoLimit) return false;
      std::vector<SyntaxNode> inner;
      if (!put_beginning(node.nodes.front(), inner)) return false;
      out.push_back(node);
      return true;
    }
    default:
      out.push_back(node);
      return true;
  }
}

double chance_of(size_t byte) {
  return byte == ' ' ? 0.3 : byte < 128 ? 0.125 : 0.2;
}

double chance_of(const ByteSet& bytes) {
  double chance = 0;
  for (size_t c = bytes._Find_first(); c < 256; c = bytes._Find_next(c)) {
    chance += chance_of(c);
  }
  return std::min(chance, 1.0);
}

}  // namespace

SyntaxNode beginning_of(const SyntaxNode& root) {
  SyntaxNode all;
  put_beginning(root, all.nodes);
  if (!all.nodes.empty()) all.kind = Kind::sequence;
  return all;
}

double chance_of(const SyntaxNode& root) {
  const auto& nodes = root.nodes;
  double chance = 1;
  switch (root.kind) {
    case Kind::literal:
      for (const char c : root.text) {
        chance *= chance_of(size_t{static_cast<unsigned char>(c)});
      }
      return chance;
    case Kind::bytes:
      return chance_of(root.bytes);
    case Kind::sequence:
      for (const SyntaxNode& one : nodes) chance *= chance_of(one);
      return chance;
    case Kind::choice:
      chance = 0;
      for (const SyntaxNode& one : nodes) chance += chance_of(one);
      return chance;
    case Kind::repeat:
      for (int i = 0; i < root.min; ++i) chance *= chance_of(nodes.front());
      return chance;
    default:
      return 1;
  }
}

Fit fit_of(const SyntaxNode& root) {
  if (holds(root, false)) return Fit::fits;
  return Survey(root, false).is_empty() ? Fit::empty : Fit::others;
}

}  // namespace grumble::analyzer
