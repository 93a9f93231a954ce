#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What both sites do to texts: folding for search, entities, escaping, and
/// the derivation of ids. All input is valid UTF-8.
namespace grumble::simulator {

std::u32string to_code_points(std::string_view utf8);
std::string to_utf8(std::u32string_view code_points);

/// Lower case in ASCII only: handles, parameter names.
std::string lower_ascii(std::string_view text);

/// The words of a text in the form search compares: case and diacritics
/// folded, each followed and preceded by kWordBreak. A CJK character or an
/// emoji is a word of its own, which makes CJK search a substring search.
/// A text without words gives one lone kWordBreak.
std::string fold_words(std::u32string_view text);
inline constexpr char kWordBreak = '\x1f';

enum class EntityKind { url, hashtag, mention, cashtag };

/// A part of a text, in code points of the unescaped text, end exclusive.
struct Entity {
  EntityKind kind = EntityKind::url;
  size_t begin = 0;
  size_t end = 0;
  std::string value;  ///< without its sign; the whole address of a url
};

/// In the order of the text; they do not overlap.
std::vector<Entity> find_entities(std::u32string_view text);

/// Length as X counts it: a url is 23, CJK and emoji are 2 a code point.
size_t weighted_length(std::u32string_view text,
                       const std::vector<Entity>& entities);

/// What X escapes: & < >.
std::string escape_markup(std::string_view text);
/// What YouTube escapes: & < > " and '.
std::string escape_html(std::string_view text);

/// Same value on every machine and in every version of this program.
uint64_t stable_hash(std::string_view text);
/// `length` characters of the base64url alphabet derived from `seed`.
std::string derived_name(uint64_t seed, size_t length);

std::string base64url(std::string_view bytes);
/// Empty when `text` is not base64url.
std::string from_base64url(std::string_view text);

}  // namespace grumble::simulator
