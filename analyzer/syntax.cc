#include "analyzer/syntax.h"

#include <algorithm>

namespace grumble::analyzer {

const ByteSet& word_bytes() {
  static const ByteSet kBytes = [] {
    ByteSet bytes;
    for (unsigned c = 0; c < 256; ++c) {
      bytes[c] = is_word_byte(static_cast<unsigned char>(c));
    }
    return bytes;
  }();
  return kBytes;
}

Syntax::Node Syntax::literal(std::string_view text) {
  const auto first = static_cast<uint32_t>(text_.size());
  text_ += text;
  const auto made = static_cast<Node>(nodes_.size());
  const Node node =
      intern({Kind::literal, 0, 0, first, static_cast<uint32_t>(text.size())});
  if (node != made) text_.resize(first);
  return node;
}

Syntax::Node Syntax::one_of(const ByteSet& bytes) {
  return intern({Kind::bytes, 0, 0, number_of(bytes), 0});
}

Syntax::Node Syntax::many(Kind kind, std::span<const Node> nodes) {
  if (nodes.empty()) return kEmpty;
  if (nodes.size() == 1) return nodes.front();
  const auto first = static_cast<uint32_t>(children_.size());
  children_.insert(children_.end(), nodes.begin(), nodes.end());
  const auto made = static_cast<Node>(nodes_.size());
  const Node node =
      intern({kind, 0, 0, first, static_cast<uint32_t>(nodes.size())});
  if (node != made) children_.resize(first);
  return node;
}

Syntax::Node Syntax::repeat(Node inner, int min, int max) {
  const auto first = static_cast<uint32_t>(children_.size());
  children_.push_back(inner);
  const auto made = static_cast<Node>(nodes_.size());
  const Node node = intern({Kind::repeat, static_cast<uint8_t>(min),
                            static_cast<uint8_t>(max), first, 1});
  if (node != made) children_.resize(first);
  return node;
}

uint32_t Syntax::number_of(const ByteSet& bytes) {
  const auto [place, fresh] =
      known_sets_.emplace(bytes, static_cast<uint32_t>(sets_.size()));
  if (fresh) sets_.push_back(bytes);
  return place->second;
}

void Syntax::end_reading() {
  read_.clear();
  known_ = IndexTable();
  nodes_.shrink_to_fit();
  children_.shrink_to_fit();
  text_.shrink_to_fit();
}

bool Syntax::same(const Record& a, const Record& b) const {
  if (a.kind != b.kind || a.min != b.min || a.max != b.max ||
      a.count != b.count) {
    return false;
  }
  switch (a.kind) {
    case Kind::literal:
      return std::string_view(text_).substr(a.first, a.count) ==
             std::string_view(text_).substr(b.first, b.count);
    case Kind::sequence:
    case Kind::choice:
    case Kind::repeat:
      return std::equal(children_.begin() + a.first,
                        children_.begin() + a.first + a.count,
                        children_.begin() + b.first);
    default:
      return a.first == b.first;
  }
}

Syntax::Node Syntax::intern(Record record) {
  size_t hash = mix(static_cast<size_t>(record.kind),
                    size_t{record.min} * 256 + record.max);
  switch (record.kind) {
    case Kind::literal:
      hash = mix(hash, std::hash<std::string_view>()(
                           std::string_view(text_).substr(record.first)));
      break;
    case Kind::sequence:
    case Kind::choice:
    case Kind::repeat:
      for (uint32_t i = 0; i < record.count; ++i) {
        hash = mix(hash, children_[record.first + i]);
      }
      break;
    default:
      hash = mix(hash, record.first);
  }
  const auto fresh = static_cast<Node>(nodes_.size());
  const Node node = known_.intern(
      hash, fresh, [&](Node other) { return same(record, nodes_[other]); });
  if (node == fresh) nodes_.push_back(record);
  return node;
}

}  // namespace grumble::analyzer
