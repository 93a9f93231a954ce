#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {

/// Thompson's machine: what a pattern does step by step.
struct Instruction {
  enum Op : uint8_t { bytes, split, border, inside, text_begin, match };
  Op op;
  uint32_t next;
  uint32_t other;  ///< of split; the set of `bytes`; the atom of `match`
};

/// The instructions of many patterns.
class Machine {
 public:
  static constexpr size_t kMaxInstructions = size_t{1} << 23;

  /// Adds one pattern and returns where it starts. Past kMaxInstructions the
  /// machine is incomplete.
  uint32_t add(const SyntaxNode& root, int atom);

  std::vector<Instruction> code;
  std::vector<ByteSet> sets;

 private:
  /// Alternatives as rows of nodes.
  using Branches = std::vector<std::span<const SyntaxNode>>;

  uint32_t emit(Instruction::Op op, uint32_t next, uint32_t other);
  uint32_t set_of(const ByteSet& bytes);
  /// Emits `node` so that it goes on at `next`; returns its first step.
  uint32_t build(const SyntaxNode& node, uint32_t next);
  /// Those that begin with the same bytes share their beginning: states are
  /// then sets of few steps.
  uint32_t build(const Branches& branches, uint32_t next);

  std::unordered_map<ByteSet, uint32_t> known_;
};

}  // namespace grumble::analyzer
