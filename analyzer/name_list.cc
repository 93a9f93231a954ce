#include "analyzer/name_list.h"

#include <re2/re2.h>

#include <algorithm>

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxJoiner = 24;  // bytes

enum class Joint { none, comma, with, firm };

bool full_match(std::string_view text, const RE2& pattern) {
  return RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern);
}

/// What stands between two names.
Joint joint_of(std::string_view between) {
  static const RE2 comma(R"(\s*,\s*(?:google|openai'?s?|minimax)?\s*)");
  static const RE2 with(R"(\s*(?:和|与|跟|同|と|랑|와|과)\s*)");
  static const RE2 firm(
      R"(\s*(?:[ /&+、|]|and|or|nor|和|与|跟|及|或|还是|以及|と|や|랑|와|과|하고|y|e|,? ?(?:and|or|y)|,\s*(?:和|还有|以及))(?:\s*(?:the|also|even|both|还是|还有|google|openai'?s?|minimax))?\s*)");
  if (between.size() > kMaxJoiner) return Joint::none;
  if (full_match(between, comma)) return Joint::comma;
  if (full_match(between, with)) return Joint::with;
  return full_match(between, firm) ? Joint::firm : Joint::none;
}

/// "A, B are both slow", "可灵，海螺都慢".
bool speaks_of_several(std::string_view behind) {
  static const RE2 several(
      R"(\s*(?:are|were|all|both|have|do|don't|each|etc|全|都|等|皆|均|也都|这些|两家|三家|どれも|どちらも|모두|둘( )?다|다들|son|estan|todos)(?:\b|[^a-z]))");
  re2::StringPiece rest(behind.data(), std::min<size_t>(behind.size(), 32));
  return RE2::Consume(&rest, several);
}

/// Whether a word of `apart` stands at `at`, and no name right behind it.
bool held_apart(size_t at, const std::vector<Span>& names,
                const std::vector<Span>& apart) {
  return std::any_of(apart.begin(), apart.end(), [&](const Span& word) {
    if (word.begin < at || word.begin > at + 1) return false;
    return std::none_of(names.begin(), names.end(), [&](const Span& name) {
      return name.begin >= word.end && name.begin <= word.end + 1;
    });
  });
}

}  // namespace

std::vector<bool> joined_names(std::string_view text,
                               const std::vector<Span>& names,
                               const std::vector<Span>& apart) {
  std::vector<bool> joined(names.size(), false);
  std::vector<Joint> joints(names.size(), Joint::none);
  for (size_t i = 1; i < names.size(); ++i) {
    if (names[i].begin < names[i - 1].end) continue;
    joints[i] = joint_of(
        text.substr(names[i - 1].end, names[i].begin - names[i - 1].end));
    if (joints[i] == Joint::with && held_apart(names[i].end, names, apart)) {
      joints[i] = Joint::none;
    }
  }
  for (size_t i = 1; i < names.size();) {
    size_t end = i;
    bool firm = false;
    while (end < names.size() && joints[end] != Joint::none) {
      firm = firm || joints[end] != Joint::comma;
      ++end;
    }
    const bool list =
        firm || end > i + 1 ||
        (end > i && speaks_of_several(text.substr(names[end - 1].end)));
    for (; i < end; ++i) joined[i] = list;
    ++i;
  }
  return joined;
}

}  // namespace grumble::analyzer
