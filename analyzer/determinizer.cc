#include "analyzer/determinizer.h"

#include <algorithm>
#include <utility>

namespace grumble::analyzer {

Determinizer::Determinizer(Machine& machine) : machine_(machine) {}

void Determinizer::next_round() {
  ++round_;
  if (seen_.size() != machine_.code().size() || round_ == 0) {
    // Some were built, or forgotten.
    seen_.assign(machine_.code().size(), 0);
    round_ = 1;
  }
}

StateKey Determinizer::start(Before before) {
  at_begin_ = before == Before::text_begin;
  StateKey key = after(machine_.starts(), before == Before::word);
  at_begin_ = false;
  return key;
}

StateKey Determinizer::after(std::span<const uint32_t> targets,
                             bool behind_word) {
  next_round();
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
  next_round();
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

ByteSet Determinizer::edges(const std::vector<uint32_t>& steps) {
  ByteSet all;
  for (uint32_t step : steps) {
    const Instruction& one = machine_.code()[step];
    if (one.op == Instruction::later) {
      all |= *machine_.first_of(step);
    } else if (one.op == Instruction::literal) {
      all.set(one.byte);
    } else if (one.op != Instruction::match) {
      all |= machine_.set(one.other);
    }
  }
  return all;
}

void Determinizer::leave(const std::vector<uint32_t>& steps, unsigned char byte,
                         std::vector<uint32_t>& targets) {
  targets.clear();
  next_round();
  stack_.assign(steps.rbegin(), steps.rend());
  while (!stack_.empty()) {
    const uint32_t at = stack_.back();
    stack_.pop_back();
    if (std::exchange(seen_[at], round_) == round_) continue;
    const Instruction one = machine_.code()[at];
    switch (one.op) {
      case Instruction::literal:
        if (one.byte == byte) {
          machine_.take(at, byte, targets, stack_);
          seen_.resize(machine_.code().size());
        }
        break;
      case Instruction::later: {
        const ByteSet* const first = machine_.first_of(at);
        if (!first) {
          stack_.push_back(machine_.unfold(at));
        } else if ((*first)[byte]) {
          machine_.take(at, byte, targets, stack_);
        }
        seen_.resize(machine_.code().size());
        break;
      }
      case Instruction::split:
        stack_.push_back(one.other);
        stack_.push_back(one.next);
        break;
      case Instruction::loop:
        if (machine_.set(one.other)[byte]) targets.push_back(at);
        stack_.push_back(one.next);
        break;
      case Instruction::bytes:
        if (machine_.set(one.other)[byte]) targets.push_back(one.next);
        break;
      default:
        break;
    }
  }
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
        if (machine_.first_of(at)) {
          steps.push_back(at);
        } else {
          stack_.push_back(machine_.unfold(at));
          seen_.resize(machine_.code().size());
        }
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
      case Instruction::literal:
      case Instruction::match:
        steps.push_back(at);
        break;
    }
  }
}

}  // namespace grumble::analyzer
