#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/index_table.h"
#include "analyzer/syntax.h"

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
    later,   ///< stands for what Machine::unfold() makes of it
    literal  ///< a `later` of one alternative, which begins with a literal
  };

  Instruction(Op what, uint32_t then, uint32_t which)
      : op(what), next(then), other(which) {}

  Op op;
  uint8_t byte = 0;     ///< of `literal`: what it takes next
  uint8_t skipped = 0;  ///< and its bytes that were taken before
  uint8_t from = 0;     ///< and where in its sequence it stands
  uint32_t next;
  /// Of `split`; the set of `bytes`, `loop`; the atom of `match`; the
  /// alternatives of `later`; the node of `literal`.
  uint32_t other;

  bool operator==(const Instruction&) const = default;
};

/// The instructions of many patterns (Thompson's machine). What goes on alike
/// is one instruction, whichever words lead to it. What comes behind a byte is
/// built when a text first leads there: it does to little of all.
class Machine {
 public:
  /// The trees of the patterns to add.
  Syntax& syntax() { return syntax_; }

  /// Adds a pattern that fits, see read_syntax(). False when it would be too
  /// large: then the machine goes without it.
  bool add(Syntax::Node root, int atom);

  /// All are added: gives back what only that has needed.
  void settle();

  /// The bytes that the instruction `step`, a `later`, begins with; null where
  /// it may ask for borders first, or take none.
  const ByteSet* first_of(uint32_t step);

  /// The first step of what `step`, a `later`, stands for. Builds it unless
  /// that is done; references into code() end, here and in take().
  uint32_t unfold(uint32_t step);

  /// Where `byte` leads to from `step`, a `later` whose first_of() has it or a
  /// `literal` that takes it, goes behind `targets`; what of it is still to be
  /// asked for the byte, behind `steps`.
  void take(uint32_t step, unsigned char byte, std::vector<uint32_t>& targets,
            std::vector<uint32_t>& steps);

  const std::vector<Instruction>& code() const { return code_; }
  const ByteSet& set(uint32_t index) const { return syntax_.set(index); }
  /// Where the patterns start.
  const std::vector<uint32_t>& starts() const { return starts_; }

  /// Bytes of what unfold() has built, and the way back to the time before.
  size_t unfolded() const;
  void fold();

 private:
  /// An alternative: a node, or what a sequence holds from one on; without the
  /// first bytes of the first one, which is then a literal.
  struct Branch {
    Syntax::Node node;
    uint32_t from = 0;
    uint32_t skipped = 0;
    /// Of a literal its first byte; else kSets and, from first_of() on, the
    /// number of the set of first bytes.
    uint32_t first = 0;
  };
  static constexpr uint32_t kSets = 256;
  /// Some alternatives, in `branches_`, by their first bytes.
  struct Choice {
    uint32_t begin;
    uint32_t count;
    uint32_t first;  ///< the set of first bytes; or one of the two below
  };
  static constexpr uint32_t kUnknown = ~0U;
  static constexpr uint32_t kNoBytes = ~0U - 1;
  /// What an alternative begins with: a byte, perhaps none, or a border.
  enum class Begin { byte, maybe, asks };

  static Branch literal_of(const Instruction& one) {
    return {one.other, one.from, one.skipped};
  }
  Branch behind_byte(const Branch& branch) const;
  size_t nodes_of(const Branch& branch) const;
  Syntax::Node node_of(const Branch& branch, size_t i) const;
  std::span<const Branch> branches_of(uint32_t step) const;
  /// Orders the branches.
  uint32_t put_off(std::span<Branch> branches, uint32_t next);
  uint32_t put_off(Branch branch, uint32_t next) {
    return put_off({&branch, 1}, next);
  }
  /// Where the branch is but a literal's rest and what follows it.
  std::optional<Instruction> as_literal(const Branch& branch,
                                        uint32_t next) const;
  uint32_t emit(Instruction one);
  /// Emits what goes on at `next`; returns its first step.
  uint32_t build(Syntax::Node node, uint32_t next);
  uint32_t build(const Branch& branch, uint32_t next);
  uint32_t build_repeat(Syntax::Node node, uint32_t next);
  Begin add_first(Syntax::Node node, ByteSet& bytes) const;
  Begin add_first(const Branch& branch, ByteSet& bytes) const;

  Syntax syntax_;
  std::vector<Instruction> code_;
  std::unordered_map<uint32_t, uint32_t> unfolded_;
  std::vector<uint32_t> starts_;
  IndexTable known_;  ///< of `code_`
  std::vector<Branch> branches_;
  std::vector<Choice> choices_;
  IndexTable known_choices_;
  std::vector<Branch> tails_;  ///< of take()
  std::vector<Branch> others_;
  size_t size_ = 0;  ///< instructions of all patterns, if all were built
  /// What lay there when the last pattern was added.
  struct Mark {
    uint32_t code = 0;
    uint32_t choices = 0;
    uint32_t branches = 0;
  };
  Mark added_;
};

}  // namespace grumble::analyzer
