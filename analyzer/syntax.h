#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/index_table.h"

namespace grumble::analyzer {

using ByteSet = std::bitset<256>;

/// `[0-9A-Za-z_]`, what `\b` tells from everything else.
constexpr bool is_word_byte(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         (c >= 'A' && c <= 'Z') || c == '_';
}

const ByteSet& word_bytes();

/// Regular expressions as trees over bytes. What is alike is one node, in
/// however many patterns it stands. Nodes last as long as the object; views of
/// them end where nodes are made.
class Syntax {
 public:
  enum class Kind : uint8_t {
    empty,
    literal,  ///< the bytes of `text`, one after the other
    bytes,    ///< any byte of a set
    sequence,
    choice,
    repeat,
    border,      ///< `\b`
    inside,      ///< `\B`
    text_begin,  ///< `^`
    text_end     ///< `$`
  };
  using Node = uint32_t;
  static constexpr Node kEmpty = 0;
  static constexpr int kNoLimit = 255;

  Syntax() { leaf(Kind::empty); }

  /// Of a kind that holds nothing.
  Node leaf(Kind kind) { return intern({kind, 0, 0, 0, 0}); }
  /// `text` is not empty.
  Node literal(std::string_view text);
  Node one_of(const ByteSet& bytes);
  /// A `sequence` or `choice`; the one node where there is but one.
  Node many(Kind kind, std::span<const Node> nodes);
  /// `max` may be kNoLimit.
  Node repeat(Node inner, int min, int max);

  Kind kind(Node node) const { return nodes_[node].kind; }
  std::string_view text(Node node) const {
    return std::string_view(text_).substr(nodes_[node].first,
                                          nodes_[node].count);
  }
  /// The set of `bytes`, as an index of set().
  uint32_t set_of(Node node) const { return nodes_[node].first; }
  const ByteSet& bytes(Node node) const { return sets_[set_of(node)]; }
  /// Of `sequence`, `choice`, `repeat` (one).
  std::span<const Node> nodes(Node node) const {
    return std::span(children_).subspan(nodes_[node].first, nodes_[node].count);
  }
  int min(Node node) const { return nodes_[node].min; }
  int max(Node node) const { return nodes_[node].max; }

  /// The node that a pattern's text, long and met often, was read as before;
  /// kEmpty where it was not.
  Node read_before(std::string_view text) const {
    const auto known = read_.find(text);
    return known == read_.end() ? kEmpty : known->second;
  }
  void note_read(std::string_view text, Node node) {
    read_[std::string(text)] = node;
  }
  /// No more patterns are read: gives back what helped to.
  void end_reading();

  /// Sets are numbered too.
  uint32_t number_of(const ByteSet& bytes);
  const ByteSet& set(uint32_t index) const { return sets_[index]; }

 private:
  struct Record {
    Kind kind;
    uint8_t min;
    uint8_t max;
    uint32_t first;  ///< in `text_`, `children_` or `sets_`
    uint32_t count;
  };

  bool same(const Record& a, const Record& b) const;
  Node intern(Record record);

  std::vector<Record> nodes_;
  std::vector<Node> children_;
  std::string text_;
  std::vector<ByteSet> sets_;
  std::unordered_map<ByteSet, uint32_t> known_sets_;
  IndexTable known_;
  std::map<std::string, Node, std::less<>> read_;
};

}  // namespace grumble::analyzer
