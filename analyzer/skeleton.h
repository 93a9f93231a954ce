#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "analyzer/attribution.h"

namespace grumble::analyzer {

/// One model of a comparison: named in the text, or by what it answers to.
struct Party {
  size_t model = 0;
  std::optional<size_t> mention;

  bool operator==(const Party&) const = default;
};
using Side = std::vector<Party>;

/// Who a text speaks of: its names, and the models of its nearest context.
struct Cast {
  const std::vector<Mention>& mentions;
  const std::vector<size_t>& around;

  /// The list of names that begins with the mention `group`.
  Side group(size_t group) const;
  /// The context's only model, unless it is of `side`; else nobody.
  Side context(const Side& side) const;
  /// Every model but those of `side`, each once.
  Side others(const Side& side) const;
};

/// What is left of `side` without the models of `other`.
Side without(Side side, const Side& other);

/// Whether both sides name the same model somewhere.
bool meet(const Side& a, const Side& b);

/// A sentence in which every list of names is the one letter M, and so is a
/// pronoun at its head that stands for names before; folded text has no other
/// capitals.
class Skeleton {
 public:
  Skeleton(std::string_view text, Span part, const Cast& cast);

  const std::string& text() const { return text_; }
  size_t size() const { return sides_.size(); }
  /// The names behind the M at `at`.
  const Side& side_at(size_t at) const;
  /// What the nearest list of names before the M at `at` names beside the
  /// models of `side`; nobody when there is none.
  Side before(size_t at, const Side& side) const;
  /// The byte of the whole text that the skeleton's byte `at` stands for.
  size_t original(size_t at) const;

 private:
  void copy_to(size_t end);
  void put(size_t begin, Side side);
  void put_pronoun(Span part, size_t next, const Cast& cast);

  std::string_view whole_;
  size_t at_ = 0;
  std::string text_;
  std::vector<std::pair<size_t, size_t>> steps_;  ///< skeleton, text offset
  std::vector<std::pair<size_t, Side>> sides_;    ///< offset of M
};

}  // namespace grumble::analyzer
