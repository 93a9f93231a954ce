#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
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
    match,
    later  ///< stands for what Machine::unfold() makes of it
  };
  Op op;
  uint32_t next;
  /// Of `split`; the set of `bytes`, `loop`; the atom of `match`.
  uint32_t other;

  bool operator==(const Instruction&) const = default;
};

/// The instructions of many patterns (Thompson's machine). What goes on alike
/// is one instruction, whichever words lead to it. The tails of alternatives
/// are built when a text first leads there: it does to few of them.
class Machine {
 public:
  /// Adds a pattern that fits, see read_syntax(). False when it would be too
  /// large: then the machine goes without it.
  bool add(SyntaxNode root, int atom);

  /// The first step of what the instruction `step`, a `later`, stands for.
  /// Builds it unless that is done; references into code() end.
  uint32_t unfold(uint32_t step);

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
  struct Later {
    Branches branches;  ///< until they are built
    uint32_t step = 0;
    bool built = false;
  };

  uint32_t put_off(Branches branches, uint32_t next);
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
  std::vector<uint32_t> known_;   ///< a hash table of `code_`: index + 1
  std::deque<SyntaxNode> roots_;  ///< branches point into them
  std::vector<Later> later_;
  size_t size_ = 0;  ///< instructions of all patterns, if all were built
};

}  // namespace grumble::analyzer
