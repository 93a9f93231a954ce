#include "analyzer/machine.h"

namespace grumble::analyzer {

using Kind = SyntaxNode::Kind;

uint32_t Machine::add(const SyntaxNode& root, int atom) {
  const uint32_t match =
      emit(Instruction::match, 0, static_cast<uint32_t>(atom));
  return build(root, match);
}

uint32_t Machine::emit(Instruction::Op op, uint32_t next, uint32_t other) {
  code.push_back({op, next, other});
  return static_cast<uint32_t>(code.size() - 1);
}

uint32_t Machine::set_of(const ByteSet& bytes) {
  const auto [place, fresh] =
      known_.emplace(bytes, static_cast<uint32_t>(sets.size()));
  if (fresh) sets.push_back(bytes);
  return place->second;
}

uint32_t Machine::build(const SyntaxNode& node, uint32_t next) {
  if (code.size() > kMaxInstructions) return next;
  switch (node.kind) {
    case Kind::empty:
      return next;
    case Kind::bytes:
      return emit(Instruction::bytes, next, set_of(node.bytes));
    case Kind::border:
      return emit(Instruction::border, next, 0);
    case Kind::inside:
      return emit(Instruction::inside, next, 0);
    case Kind::text_begin:
      return emit(Instruction::text_begin, next, 0);
    case Kind::sequence:
      for (auto one = node.nodes.rbegin(); one != node.nodes.rend(); ++one) {
        next = build(*one, next);
      }
      return next;
    case Kind::choice: {
      Branches branches;
      for (const SyntaxNode& one : node.nodes) {
        if (one.kind == Kind::sequence) {
          branches.emplace_back(one.nodes);
        } else {
          branches.emplace_back(&one, 1);
        }
      }
      return build(branches, next);
    }
    case Kind::repeat: {
      const SyntaxNode& inner = node.nodes.front();
      if (node.max == SyntaxNode::kNoLimit) {
        const uint32_t loop = emit(Instruction::split, 0, next);
        code[loop].next = build(inner, loop);
        next = loop;
      } else {
        const uint32_t behind = next;
        for (int i = node.min; i < node.max; ++i) {
          next = emit(Instruction::split, build(inner, next), behind);
        }
      }
      for (int i = 0; i < node.min; ++i) next = build(inner, next);
      return next;
    }
  }
  return next;
}

uint32_t Machine::build(const Branches& branches, uint32_t next) {
  std::vector<uint32_t> starts;
  std::vector<std::pair<const ByteSet*, Branches>> groups;
  std::unordered_map<ByteSet, size_t> group_of;
  for (const auto& branch : branches) {
    if (branch.empty()) {
      starts.push_back(next);
    } else if (branch.front().kind != Kind::bytes) {
      uint32_t start = next;
      for (size_t i = branch.size(); i-- > 0;) start = build(branch[i], start);
      starts.push_back(start);
    } else {
      const ByteSet& first = branch.front().bytes;
      const auto [place, fresh] = group_of.emplace(first, groups.size());
      if (fresh) groups.push_back({&first, {}});
      groups[place->second].second.push_back(branch.subspan(1));
    }
  }
  for (const auto& [first, tails] : groups) {
    starts.push_back(
        emit(Instruction::bytes, build(tails, next), set_of(*first)));
  }
  uint32_t all = starts.back();
  for (size_t i = starts.size() - 1; i-- > 0;) {
    all = emit(Instruction::split, starts[i], all);
  }
  return all;
}

}  // namespace grumble::analyzer
