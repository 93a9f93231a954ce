#include "analyzer/machine.h"

#include <algorithm>
#include <utility>

namespace grumble::analyzer {
namespace {

using Kind = SyntaxNode::Kind;

constexpr size_t kMaxInstructions = size_t{1} << 23;
constexpr size_t kMaxOfPattern = size_t{1} << 20;

size_t hash_of(const Instruction& one) {
  const uint64_t both = (uint64_t{one.next} << 32) | one.other;
  const uint64_t mixed = (both ^ (uint64_t{one.op} << 29)) * 0x9E3779B97F4A7C15;
  return static_cast<size_t>(mixed ^ (mixed >> 32));
}

/// How many instructions a pattern takes at the most; capped.
size_t size_of(const SyntaxNode& node) {
  size_t size = 1 + node.text.size();
  for (const SyntaxNode& one : node.nodes) size += size_of(one);
  if (node.kind == Kind::repeat && node.max != SyntaxNode::kNoLimit) {
    size *= static_cast<size_t>(std::max(1, node.max));
  }
  return std::min(size, kMaxOfPattern);
}

}  // namespace

bool Machine::add(SyntaxNode root, int atom) {
  const size_t size = size_of(root);
  if (size >= kMaxOfPattern || size_ + size >= kMaxInstructions) return false;
  size_ += size;
  const uint32_t match =
      emit({Instruction::match, 0, static_cast<uint32_t>(atom)});
  roots_.push_back(std::move(root));
  starts_.push_back(build(roots_.back(), match));
  return true;
}

uint32_t Machine::put_off(Branches branches, uint32_t next) {
  later_.push_back({std::move(branches)});
  return emit(
      {Instruction::later, next, static_cast<uint32_t>(later_.size() - 1)});
}

uint32_t Machine::unfold(uint32_t step) {
  const Instruction one = code_[step];
  if (!later_[one.other].built) {
    const Branches branches = std::move(later_[one.other].branches);
    const uint32_t first = build(branches, one.next);
    later_[one.other] = {{}, first, true};
  }
  return later_[one.other].step;
}

uint32_t Machine::emit(Instruction one) {
  if (known_.size() < 2 * (code_.size() + 1)) grow();
  const size_t mask = known_.size() - 1;
  size_t at = hash_of(one) & mask;
  while (known_[at] != 0) {
    if (code_[known_[at] - 1] == one) return known_[at] - 1;
    at = (at + 1) & mask;
  }
  code_.push_back(one);
  known_[at] = static_cast<uint32_t>(code_.size());
  return known_[at] - 1;
}

void Machine::grow() {
  known_.assign(std::max<size_t>(1024, 2 * known_.size()), 0);
  const size_t mask = known_.size() - 1;
  for (uint32_t i = 0; i < code_.size(); ++i) {
    size_t at = hash_of(code_[i]) & mask;
    while (known_[at] != 0) at = (at + 1) & mask;
    known_[at] = i + 1;
  }
}

uint32_t Machine::set_of(const ByteSet& bytes) {
  const auto [place, fresh] =
      known_sets_.emplace(bytes, static_cast<uint32_t>(sets_.size()));
  if (fresh) sets_.push_back(bytes);
  return place->second;
}

uint32_t Machine::set_of(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  uint32_t& known = byte_sets_[value];
  if (known == 0) {
    ByteSet one;
    one.set(value);
    known = set_of(one) + 1;
  }
  return known - 1;
}

uint32_t Machine::build(const SyntaxNode& node, uint32_t next) {
  switch (node.kind) {
    case Kind::empty:
    case Kind::text_end:  // of none that fits
      return next;
    case Kind::literal:
      return build_literal(node.text, next);
    case Kind::bytes:
      return emit({Instruction::bytes, next, set_of(node.bytes)});
    case Kind::border:
      return emit({Instruction::border, next, 0});
    case Kind::inside:
      return emit({Instruction::inside, next, 0});
    case Kind::text_begin:
      return emit({Instruction::text_begin, next, 0});
    case Kind::sequence:
      return build(Branch{node.nodes}, next);
    case Kind::choice: {
      Branches branches;
      for (const SyntaxNode& one : node.nodes) {
        const bool many = one.kind == Kind::sequence;
        branches.push_back({many ? std::span(one.nodes) : std::span(&one, 1)});
      }
      return build(branches, next);
    }
    case Kind::repeat:
      return build_repeat(node, next);
  }
  return next;
}

uint32_t Machine::build_literal(std::string_view text, uint32_t next) {
  for (auto c = text.rbegin(); c != text.rend(); ++c) {
    next = emit({Instruction::bytes, next, set_of(*c)});
  }
  return next;
}

uint32_t Machine::build_repeat(const SyntaxNode& node, uint32_t next) {
  const SyntaxNode& inner = node.nodes.front();
  if (node.max == SyntaxNode::kNoLimit) {
    next = emit({Instruction::loop, next, set_of(inner.bytes)});
  } else {
    const uint32_t behind = next;
    for (int i = node.min; i < node.max; ++i) {
      next = emit({Instruction::split, build(inner, next), behind});
    }
  }
  for (int i = 0; i < node.min; ++i) next = build(inner, next);
  return next;
}

uint32_t Machine::build(const Branch& branch, uint32_t next) {
  for (size_t i = branch.nodes.size(); i-- > 0;) {
    const SyntaxNode& node = branch.nodes[i];
    next = i == 0 && branch.skipped > 0
               ? build_literal(
                     std::string_view(node.text).substr(branch.skipped), next)
               : build(node, next);
  }
  return next;
}

uint32_t Machine::build(const Branches& branches, uint32_t next) {
  if (branches.size() == 1) return build(branches.front(), next);
  std::vector<uint32_t> starts;
  std::vector<std::pair<uint32_t, Branches>> groups;  // by the set of a byte
  for (const Branch& branch : branches) {
    const SyntaxNode* first =
        branch.nodes.empty() ? nullptr : &branch.nodes.front();
    if (!first ||
        (first->kind != Kind::bytes && first->kind != Kind::literal)) {
      starts.push_back(build(branch, next));
      continue;
    }
    const bool literal = first->kind == Kind::literal;
    const uint32_t set =
        literal ? set_of(first->text[branch.skipped]) : set_of(first->bytes);
    auto group =
        std::find_if(groups.begin(), groups.end(),
                     [&](const auto& one) { return one.first == set; });
    if (group == groups.end()) group = groups.insert(group, {set, {}});
    const bool more = literal && branch.skipped + 1 < first->text.size();
    group->second.push_back(more ? Branch{branch.nodes, branch.skipped + 1}
                                 : Branch{branch.nodes.subspan(1)});
  }
  for (auto& [set, tails] : groups) {
    const bool ends = tails.size() == 1 && tails.front().nodes.empty();
    const uint32_t tail = ends ? next : put_off(std::move(tails), next);
    starts.push_back(emit({Instruction::bytes, tail, set}));
  }
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  uint32_t all = starts.back();
  for (size_t i = starts.size() - 1; i-- > 0;) {
    all = emit({Instruction::split, starts[i], all});
  }
  return all;
}

}  // namespace grumble::analyzer
