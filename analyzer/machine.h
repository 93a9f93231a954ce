#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {

/// What a pattern does step by step.
struct Instruction {
  enum Op : uint8_t {
    bytes,  ///< takes a byte of a set
    loop,   ///< takes any number of them
    split,
    border,
    inside,
    text_begin,
    match
  };
  Op op;
  uint32_t next;
  uint32_t
      other;  ///< of split; the set of `bytes`, `loop`; the atom of `match`

  bool operator==(const Instruction&) const = default;
};

/// The instructions of many patterns (Thompson's machine). What goes on alike
/// is one instruction, whichever words lead to it.
class Machine {
 public:
  /// Adds a pattern that fits, see read_syntax(). False when it would be too
  /// large: then the machine goes without it.
  bool add(const SyntaxNode& root, int atom);

  const std::vector<Instruction>& code() const { return code_; }
  const std::vector<ByteSet>& sets() const { return sets_; }
  /// Where the patterns start.
  const std::vector<uint32_t>& starts() const { return starts_; }

 private:
  /// An alternative: some nodes, without the first bytes of the first one,
  /// which is then a literal.
  struct Branch {
    std::span<const SyntaxNode> nodes;
    size_t skipped = 0;
  };
  using Branches = std::vector<Branch>;

  uint32_t emit(Instruction one);
  uint32_t set_of(const ByteSet& bytes);
  uint32_t set_of(char byte);
  /// Emits what goes on at `next`; returns its first step.
  uint32_t build(const SyntaxNode& node, uint32_t next);
  uint32_t build(const Branch& branch, uint32_t next);
  /// Those that begin with the same bytes share their beginning: states are
  /// then sets of few steps.
  uint32_t build(const Branches& branches, uint32_t next);
  uint32_t build_literal(std::string_view text, uint32_t next);
  uint32_t build_repeat(const SyntaxNode& node, uint32_t next);
  void grow();

  std::vector<Instruction> code_;
  std::vector<ByteSet> sets_;
  std::vector<uint32_t> starts_;
  std::unordered_map<ByteSet, uint32_t> known_sets_;
  std::array<uint32_t, 256> byte_sets_{};  ///< index + 1
  std::vector<uint32_t> known_;  ///< a hash table of `code_`: index + 1
  size_t limit_ = 0;             ///< what `code_` may grow to
};

}  // namespace grumble::analyzer
