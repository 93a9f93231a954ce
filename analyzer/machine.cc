#include "analyzer/machine.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace grumble::analyzer {
namespace {

using Kind = Syntax::Kind;
using Node = Syntax::Node;

constexpr size_t kMaxInstructions = size_t{1} << 23;
constexpr size_t kMaxOfPattern = size_t{1} << 20;

/// How many instructions a pattern takes at the most; capped.
size_t size_of(const Syntax& syntax, Node node) {
  size_t size = 1;
  switch (syntax.kind(node)) {
    case Kind::literal:
      return size + syntax.text(node).size();
    case Kind::sequence:
    case Kind::choice:
      for (Node one : syntax.nodes(node)) size += size_of(syntax, one);
      break;
    case Kind::repeat:
      size += size_of(syntax, syntax.nodes(node).front());
      if (syntax.max(node) != Syntax::kNoLimit) {
        size *= static_cast<size_t>(std::max(1, syntax.max(node)));
      }
      break;
    default:
      break;
  }
  return std::min(size, kMaxOfPattern);
}

}  // namespace

bool Machine::add(Node root, int atom) {
  const size_t size = size_of(syntax_, root);
  if (size >= kMaxOfPattern || size_ + size >= kMaxInstructions) return false;
  size_ += size;
  const uint32_t match =
      emit({Instruction::match, 0, static_cast<uint32_t>(atom)});
  starts_.push_back(build(root, match));
  added_ = {static_cast<uint32_t>(code_.size()),
            static_cast<uint32_t>(choices_.size()),
            static_cast<uint32_t>(branches_.size())};
  return true;
}

void Machine::settle() {
  syntax_.end_reading();
  starts_.shrink_to_fit();
  fold();
}

size_t Machine::unfolded() const {
  // Arrays that grow take up to twice what they hold, and the tables of what is
  // known are half empty; who walks counts the instructions that it has met.
  return 2 * ((code_.size() - added_.code) *
                  (sizeof(Instruction) + 3 * sizeof(uint32_t)) +
              (choices_.size() - added_.choices) *
                  (sizeof(Choice) + 2 * sizeof(uint32_t)) +
              (branches_.size() - added_.branches) * sizeof(Branch));
}

void Machine::fold() {
  code_.erase(code_.begin() + added_.code, code_.end());
  choices_.resize(added_.choices);
  branches_.resize(added_.branches);
  unfolded_ = {};
  known_.truncate(added_.code);
  known_choices_.truncate(added_.choices);
  code_.shrink_to_fit();
  choices_.shrink_to_fit();
  branches_.shrink_to_fit();
}

size_t Machine::nodes_of(const Branch& branch) const {
  const bool many = syntax_.kind(branch.node) == Kind::sequence;
  return (many ? syntax_.nodes(branch.node).size() : 1) - branch.from;
}

Node Machine::node_of(const Branch& branch, size_t i) const {
  const bool many = syntax_.kind(branch.node) == Kind::sequence;
  return many ? syntax_.nodes(branch.node)[branch.from + i] : branch.node;
}

std::span<const Machine::Branch> Machine::branches_of(uint32_t step) const {
  const Choice& choice = choices_[code_[step].other];
  return std::span(branches_).subspan(choice.begin, choice.count);
}

std::optional<Instruction> Machine::as_literal(const Branch& branch,
                                               uint32_t next) const {
  Instruction one(Instruction::literal, next, branch.node);
  one.from = static_cast<uint8_t>(branch.from);
  one.skipped = static_cast<uint8_t>(branch.skipped);
  if (one.from != branch.from || one.skipped != branch.skipped ||
      nodes_of(branch) == 0) {
    return std::nullopt;
  }
  const Node first = node_of(branch, 0);
  if (syntax_.kind(first) != Kind::literal) return std::nullopt;
  one.byte = static_cast<uint8_t>(syntax_.text(first)[branch.skipped]);
  return one;
}

uint32_t Machine::put_off(std::span<Branch> branches, uint32_t next) {
  if (branches.size() == 1) {
    if (const auto one = as_literal(branches.front(), next)) return emit(*one);
  }
  for (Branch& one : branches) {
    const Node first = nodes_of(one) == 0 ? Syntax::kEmpty : node_of(one, 0);
    one.first =
        syntax_.kind(first) == Kind::literal
            ? static_cast<unsigned char>(syntax_.text(first)[one.skipped])
            : kSets;
  }
  if (branches.size() > 1) {
    std::sort(branches.begin(), branches.end(),
              [](const Branch& a, const Branch& b) {
                return std::tie(a.first, a.node, a.from, a.skipped) <
                       std::tie(b.first, b.node, b.from, b.skipped);
              });
  }
  size_t hash = branches.size();
  for (const Branch& one : branches) {
    hash = mix(mix(hash, one.node), size_t{one.from} << 32 | one.skipped);
  }
  const auto fresh = static_cast<uint32_t>(choices_.size());
  const uint32_t choice =
      known_choices_.intern(hash, fresh, [&](uint32_t other) {
        const Choice& known = choices_[other];
        return std::equal(branches.begin(), branches.end(),
                          branches_.begin() + known.begin,
                          branches_.begin() + known.begin + known.count,
                          [](const Branch& a, const Branch& b) {
                            return a.node == b.node && a.from == b.from &&
                                   a.skipped == b.skipped;
                          });
      });
  if (choice == fresh) {
    choices_.push_back({static_cast<uint32_t>(branches_.size()),
                        static_cast<uint32_t>(branches.size()), kUnknown});
    branches_.insert(branches_.end(), branches.begin(), branches.end());
  }
  return emit({Instruction::later, next, choice});
}

uint32_t Machine::unfold(uint32_t step) {
  if (const auto known = unfolded_.find(step); known != unfolded_.end()) {
    return known->second;
  }
  const uint32_t next = code_[step].next;
  std::vector<Branch> plain;  // these stay together
  std::vector<Branch> others;
  for (const Branch& branch : branches_of(step)) {
    ByteSet bytes;
    const bool is_plain = add_first(branch, bytes) == Begin::byte;
    (is_plain ? plain : others).push_back(branch);
  }
  std::vector<uint32_t> steps;
  for (const Branch& other : others) steps.push_back(build(other, next));
  if (!plain.empty()) steps.push_back(put_off(plain, next));
  uint32_t all = steps.back();
  for (size_t i = steps.size() - 1; i-- > 0;) {
    all = emit({Instruction::split, steps[i], all});
  }
  unfolded_.emplace(step, all);
  return all;
}

void Machine::take(uint32_t step, unsigned char byte,
                   std::vector<uint32_t>& targets,
                   std::vector<uint32_t>& steps) {
  const uint32_t next = code_[step].next;
  if (code_[step].op == Instruction::literal) {
    const Branch tail = behind_byte(literal_of(code_[step]));
    targets.push_back(nodes_of(tail) == 0 ? next : put_off(tail, next));
    return;
  }
  // What goes on together is one step: states are sets of few.
  tails_.clear();
  others_.clear();
  const auto go_on = [&](const Branch& tail) {
    if (nodes_of(tail) == 0) {
      targets.push_back(next);
    } else {
      tails_.push_back(tail);
    }
  };
  const auto branches = branches_of(step);
  const auto by_first = [](const Branch& one, uint32_t first) {
    return one.first < first;
  };
  auto one = std::lower_bound(branches.begin(), branches.end(), uint32_t{byte},
                              by_first);
  for (; one != branches.end() && one->first == byte; ++one) {
    go_on(behind_byte(*one));
  }
  one = std::lower_bound(one, branches.end(), kSets, by_first);
  for (; one != branches.end(); ++one) {
    if (!syntax_.set(one->first - kSets)[byte]) continue;
    if (syntax_.kind(node_of(*one, 0)) == Kind::bytes) {
      go_on(behind_byte(*one));
    } else {
      others_.push_back(*one);
    }
  }
  for (const Branch& other : others_) steps.push_back(build(other, next));
  if (!tails_.empty()) targets.push_back(put_off(tails_, next));
}

const ByteSet* Machine::first_of(uint32_t step) {
  Choice& choice = choices_[code_[step].other];
  if (choice.first == kUnknown) {
    ByteSet bytes;
    Begin begin = Begin::byte;
    for (uint32_t i = 0; i < choice.count && begin == Begin::byte; ++i) {
      Branch& branch = branches_[choice.begin + i];
      ByteSet own;
      begin = add_first(branch, own);
      if (branch.first >= kSets) branch.first = kSets + syntax_.number_of(own);
      bytes |= own;
    }
    choice.first = begin == Begin::byte ? syntax_.number_of(bytes) : kNoBytes;
  }
  return choice.first == kNoBytes ? nullptr : &syntax_.set(choice.first);
}

Machine::Begin Machine::add_first(const Branch& branch, ByteSet& bytes) const {
  if (branch.skipped > 0) {
    bytes.set(branch.first);
    return Begin::byte;
  }
  for (size_t i = 0; i < nodes_of(branch); ++i) {
    const Begin begin = add_first(node_of(branch, i), bytes);
    if (begin != Begin::maybe) return begin;
  }
  return Begin::maybe;
}

Machine::Begin Machine::add_first(Node node, ByteSet& bytes) const {
  switch (syntax_.kind(node)) {
    case Kind::empty:
      return Begin::maybe;
    case Kind::literal:
      bytes.set(static_cast<unsigned char>(syntax_.text(node).front()));
      return Begin::byte;
    case Kind::bytes:
      bytes |= syntax_.bytes(node);
      return Begin::byte;
    case Kind::sequence:
      return add_first(Branch{node}, bytes);
    case Kind::choice: {
      Begin all = Begin::byte;
      for (Node one : syntax_.nodes(node)) {
        all = std::max(all, add_first(one, bytes));
      }
      return all;
    }
    case Kind::repeat: {
      const Begin inner = add_first(syntax_.nodes(node).front(), bytes);
      return syntax_.min(node) == 0 ? std::max(inner, Begin::maybe) : inner;
    }
    default:
      return Begin::asks;
  }
}

uint32_t Machine::emit(Instruction one) {
  const size_t kind =
      one.op | size_t{one.skipped} << 8 | size_t{one.from} << 16;
  const size_t hash = mix(kind, (uint64_t{one.next} << 32) | one.other);
  const auto fresh = static_cast<uint32_t>(code_.size());
  const uint32_t step = known_.intern(
      hash, fresh, [&](uint32_t other) { return code_[other] == one; });
  if (step == fresh) code_.push_back(one);
  return step;
}

uint32_t Machine::build(Node node, uint32_t next) {
  switch (syntax_.kind(node)) {
    case Kind::empty:
    case Kind::text_end:  // of none that fits
      return next;
    case Kind::literal:
      return put_off(Branch{node}, next);
    case Kind::bytes:
      return emit({Instruction::bytes, next, syntax_.set_of(node)});
    case Kind::border:
      return emit({Instruction::border, next, 0});
    case Kind::inside:
      return emit({Instruction::inside, next, 0});
    case Kind::text_begin:
      return emit({Instruction::text_begin, next, 0});
    case Kind::sequence:
      return build(Branch{node}, next);
    case Kind::choice: {
      std::vector<Branch> branches;
      for (Node one : syntax_.nodes(node)) branches.push_back({one});
      return put_off(branches, next);
    }
    case Kind::repeat:
      return build_repeat(node, next);
  }
  return next;
}

uint32_t Machine::build_repeat(Node node, uint32_t next) {
  const Node inner = syntax_.nodes(node).front();
  if (syntax_.max(node) == Syntax::kNoLimit) {
    next = emit({Instruction::loop, next, syntax_.set_of(inner)});
  } else {
    const uint32_t behind = next;
    for (int i = syntax_.min(node); i < syntax_.max(node); ++i) {
      next = emit({Instruction::split, build(inner, next), behind});
    }
  }
  for (int i = 0; i < syntax_.min(node); ++i) next = build(inner, next);
  return next;
}

uint32_t Machine::build(const Branch& branch, uint32_t next) {
  const size_t count = nodes_of(branch);
  if (count == 0) return next;
  if (branch.skipped > 0) return put_off(branch, next);
  if (count > 1) next = put_off(Branch{branch.node, branch.from + 1}, next);
  return build(node_of(branch, 0), next);
}

Machine::Branch Machine::behind_byte(const Branch& branch) const {
  const Node first = node_of(branch, 0);
  const bool more = syntax_.kind(first) == Kind::literal &&
                    branch.skipped + 1 < syntax_.text(first).size();
  return more ? Branch{branch.node, branch.from, branch.skipped + 1}
              : Branch{branch.node, branch.from + 1};
}

}  // namespace grumble::analyzer
