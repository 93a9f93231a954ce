#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analyzer/machine.h"

namespace grumble::analyzer {

/// A state of a text's walk through a machine: the instructions that it waits
/// at, and whether a word byte came before, where one of them asks.
struct StateKey {
  std::vector<uint32_t> steps;  ///< ascending
  bool behind_word = false;

  bool operator==(const StateKey&) const = default;
};

/// What comes before the first byte of a walk.
enum class Before { text_begin, other, word };

/// Works out a machine's states, one by one (the subset construction).
/// Alternatives that begin with a byte are one step until that byte comes. For
/// one thread at a time.
class Determinizer {
 public:
  /// Keeps a reference to the machine, which must outlive it, and lets it
  /// build what is asked for.
  explicit Determinizer(Machine& machine);

  /// The state in which all patterns start.
  StateKey start(Before before);
  /// The state behind a byte that leads to `targets`.
  StateKey after(std::span<const uint32_t> targets, bool behind_word);
  /// The steps of a state once it is known whether a word byte comes next.
  void resolve(const StateKey& key, bool word, std::vector<uint32_t>& steps);
  /// The atoms that end at one of resolved `steps`, ascending.
  void accepted(const std::vector<uint32_t>& steps, std::vector<int>& atoms);
  /// The bytes that lead on from resolved `steps`.
  ByteSet edges(const std::vector<uint32_t>& steps);
  /// Where `byte` leads to from resolved `steps`.
  void leave(const std::vector<uint32_t>& steps, unsigned char byte,
             std::vector<uint32_t>& targets);

  /// Gives back what is kept to work with.
  void forget() { seen_ = std::vector<uint32_t>(); }

 private:
  void follow(uint32_t step, const bool* crossing,
              std::vector<uint32_t>& steps);
  void next_round();

  Machine& machine_;
  std::vector<uint32_t> seen_;  ///< the last round that met an instruction
  uint32_t round_ = 0;
  bool at_begin_ = false;
  std::vector<uint32_t> stack_;
};

}  // namespace grumble::analyzer
