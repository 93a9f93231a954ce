#include "analyzer/pattern_fit.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace grumble::analyzer {
namespace {

using Kind = Syntax::Kind;
using Node = Syntax::Node;

/// What a tree can begin with and what it loops over.
class Survey {
 public:
  Survey(const Syntax& syntax, Node branch, bool behind_border)
      : syntax_(syntax) {
    empty_ = walk(branch, behind_border ? At::border : At::start) != At::inner;
  }

  bool is_empty() const { return empty_; }

  bool holds() const {
    if (empty_ || !simple_) return false;
    const ByteSet& word = word_bytes();
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
  At walk(Node node, At at) {
    switch (syntax_.kind(node)) {
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
        const auto first =
            static_cast<unsigned char>(syntax_.text(node).front());
        if (at == At::start) plain_.set(first);
        if (at == At::border) bordered_.set(first);
        return At::inner;
      }
      case Kind::bytes:
        if (at == At::start) plain_ |= syntax_.bytes(node);
        if (at == At::border) bordered_ |= syntax_.bytes(node);
        return At::inner;
      case Kind::sequence:
        for (Node one : syntax_.nodes(node)) at = walk(one, at);
        return at;
      case Kind::choice: {
        At least = At::inner;
        for (Node one : syntax_.nodes(node)) {
          least = std::min(least, walk(one, at));
        }
        return least;
      }
      case Kind::repeat: {
        const Node inner = syntax_.nodes(node).front();
        if (syntax_.max(node) == Syntax::kNoLimit) {
          // A loop over more than one byte, or at the start, is RE2's.
          const bool one = syntax_.kind(inner) == Kind::bytes;
          simple_ = simple_ && one && at != At::start;
          if (one) loops_.push_back(syntax_.bytes(inner));
        }
        const At behind = walk(inner, at);
        return syntax_.min(node) == 0 ? std::min(at, behind) : behind;
      }
    }
    return at;
  }

  const Syntax& syntax_;
  bool empty_ = false;
  bool simple_ = true;
  ByteSet plain_;
  ByteSet bordered_;
  std::vector<ByteSet> loops_;
};

/// Alternatives do not bear on each other, also behind a common border.
bool holds(const Syntax& syntax, Node node, bool behind_border) {
  if (syntax.kind(node) == Kind::choice) {
    const auto nodes = syntax.nodes(node);
    return std::all_of(nodes.begin(), nodes.end(), [&](Node one) {
      return holds(syntax, one, behind_border);
    });
  }
  if (syntax.kind(node) == Kind::sequence && syntax.nodes(node).size() == 2 &&
      syntax.kind(syntax.nodes(node)[0]) == Kind::border) {
    return holds(syntax, syntax.nodes(node)[1], true);
  }
  return Survey(syntax, node, behind_border).holds();
}

/// Puts the beginning of `node` behind `out`; false when more of the pattern
/// may stand between that and what follows.
bool put_beginning(Syntax& syntax, Node node, std::vector<Node>& out) {
  // Nodes are made on the way: what they hold is copied.
  const auto nodes_of = [&] {
    const auto nodes = syntax.nodes(node);
    return std::vector<Node>(nodes.begin(), nodes.end());
  };
  switch (syntax.kind(node)) {
    case Kind::text_end:
      return false;
    case Kind::sequence: {
      const std::vector<Node> nodes = nodes_of();
      return std::all_of(nodes.begin(), nodes.end(), [&](Node one) {
        return put_beginning(syntax, one, out);
      });
    }
    case Kind::choice: {
      const std::vector<Node> nodes = nodes_of();
      bool whole = true;
      std::vector<Node> branches;
      for (const Node one : nodes) {
        std::vector<Node> branch;
        whole = put_beginning(syntax, one, branch) && whole;
        branches.push_back(syntax.many(Kind::sequence, branch));
      }
      out.push_back(syntax.many(Kind::choice, branches));
      return whole;
    }
    case Kind::repeat: {
      if (syntax.max(node) == Syntax::kNoLimit) return false;
      std::vector<Node> inner;
      if (!put_beginning(syntax, nodes_of().front(), inner)) return false;
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

Node beginning_of(Syntax& syntax, Node root) {
  std::vector<Node> all;
  put_beginning(syntax, root, all);
  return syntax.many(Kind::sequence, all);
}

double chance_of(const Syntax& syntax, Node root) {
  double chance = 1;
  switch (syntax.kind(root)) {
    case Kind::literal:
      for (const char c : syntax.text(root)) {
        chance *= chance_of(size_t{static_cast<unsigned char>(c)});
      }
      return chance;
    case Kind::bytes:
      return chance_of(syntax.bytes(root));
    case Kind::sequence:
      for (Node one : syntax.nodes(root)) chance *= chance_of(syntax, one);
      return chance;
    case Kind::choice:
      chance = 0;
      for (Node one : syntax.nodes(root)) chance += chance_of(syntax, one);
      return chance;
    case Kind::repeat:
      for (int i = 0; i < syntax.min(root); ++i) {
        chance *= chance_of(syntax, syntax.nodes(root).front());
      }
      return chance;
    default:
      return 1;
  }
}

Fit fit_of(const Syntax& syntax, Node root) {
  if (holds(syntax, root, false)) return Fit::fits;
  return Survey(syntax, root, false).is_empty() ? Fit::empty : Fit::others;
}

}  // namespace grumble::analyzer
