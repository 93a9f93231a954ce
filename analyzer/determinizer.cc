#include "analyzer/determinizer.h"

#include <algorithm>
#include <utility>

namespace grumble::analyzer {

Determinizer::Determinizer(Machine& machine)
    : machine_(machine), seen_(machine.code().size()) {}

StateKey Determinizer::start(Before before) {
  at_begin_ = before == Before::text_begin;
  StateKey key = after(machine_.starts(), before == Before::word);
  at_begin_ = false;
  return key;
}

StateKey Determinizer::after(std::span<const uint32_t> targets,
                             bool behind_word) {
  ++round_;
  StateKey key{{}, behind_word};
  for (uint32_t target : targets) follow(target, nullptr, key.steps);
  std::sort(key.steps.begin(), key.steps.end());
  const bool asks =
      std::any_of(key.steps.begin(), key.steps.end(), [&](uint32_t step) {
        const Instruction::Op op = machine_.code()[step].op;
        return op == Instruction::border || op == Instruction::inside;
      });
  if (!asks) key.behind_word = false;
  return key;
}

void Determinizer::resolve(const StateKey& key, bool word,
                           std::vector<uint32_t>& steps) {
  steps.clear();
  ++round_;
  const bool crossing = key.behind_word != word;
  for (uint32_t step : key.steps) follow(step, &crossing, steps);
}

void Determinizer::accepted(const std::vector<uint32_t>& steps,
                            std::vector<int>& atoms) {
  atoms.clear();
  for (uint32_t step : steps) {
    const Instruction& one = machine_.code()[step];
    if (one.op == Instruction::match) {
      atoms.push_back(static_cast<int>(one.other));
    }
  }
  std::sort(atoms.begin(), atoms.end());
}

/// Follows what takes no byte. Borders stay until the next byte is known,
/// unless `crossing` tells.
void Determinizer::follow(uint32_t step, const bool* crossing,
                          std::vector<uint32_t>& steps) {
  stack_.assign(1, step);
  while (!stack_.empty()) {
    const uint32_t at = stack_.back();
    stack_.pop_back();
    if (std::exchange(seen_[at], round_) == round_) continue;
    const Instruction one = machine_.code()[at];
    switch (one.op) {
      case Instruction::later:
        stack_.push_back(machine_.unfold(at));
        seen_.resize(machine_.code().size());
        break;
      case Instruction::split:
        stack_.push_back(one.other);
        stack_.push_back(one.next);
        break;
      case Instruction::text_begin:
        if (at_begin_) stack_.push_back(one.next);
        break;
      case Instruction::border:
      case Instruction::inside:
        if (!crossing) {
          steps.push_back(at);
        } else if (*crossing == (one.op == Instruction::border)) {
          stack_.push_back(one.next);
        }
        break;
      case Instruction::loop:
        steps.push_back(at);
        stack_.push_back(one.next);
        break;
      case Instruction::bytes:
      case Instruction::match:
        steps.push_back(at);
        break;
    }
  }
}

}  // namespace grumble::analyzer
