#pragma once

#include <simdjson.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace grumble::collector {

using JsonValue = simdjson::dom::element;

/// Foreign bytes made fit for the parser, once: byte order mark removed,
/// invalid UTF-8 and lone surrogate escapes replaced by U+FFFD, padded. One
/// bad character in one item so never costs the other items of its page.
class JsonText {
 public:
  explicit JsonText(std::string_view bytes);

  /// All slices below point into this; it must outlive them.
  std::string_view view() const { return text_; }

 private:
  std::string text_;  ///< with room behind it
};

/// A member of an object; the value as it was written.
using JsonMember = std::pair<std::string, std::string_view>;

/// The members of an object in their order, values unparsed. Empty when the
/// slice is no object. `slice` must lie inside a JsonText.
std::optional<std::vector<JsonMember>> split_object(std::string_view slice);
/// The same for the elements of an array; behind the first `most` of them
/// nothing is looked at.
std::optional<std::vector<std::string_view>> split_array(
    std::string_view slice, size_t most = std::string_view::npos);
/// Value of the first member of that name; an empty slice when there is none
/// or it is null.
std::string_view find_member(const std::vector<JsonMember>& members,
                             std::string_view name);

/// Parses slices of a JsonText, one at a time: a value lives until the next
/// call. Nesting deeper than 64 and slices larger than 1 MiB are refused.
class JsonParser {
 public:
  JsonParser() : parser_(kMaxSize) {}

  /// Empty, with the reason in `error`, when the slice is no JSON.
  std::optional<JsonValue> parse(std::string_view slice, std::string& error);
  std::optional<JsonValue> parse(std::string_view slice);

 private:
  static constexpr size_t kMaxSize = size_t{1} << 30;
  simdjson::dom::parser parser_;
};

/// Readers of one member. Empty when it is absent, null or of another type.
std::optional<JsonValue> member(JsonValue object, std::string_view name);
/// NUL becomes U+2400, which every table can hold.
std::optional<std::string> string_member(JsonValue object,
                                         std::string_view name);
/// An integer, or a string of one.
std::optional<int64_t> integer_member(JsonValue object, std::string_view name);
/// A string, or an integer in its decimal form.
std::optional<std::string> id_member(JsonValue object, std::string_view name);
bool bool_member(JsonValue object, std::string_view name);
/// The elements of an array member; none when it is no array.
std::vector<JsonValue> array_member(JsonValue object, std::string_view name);

/// At most 4 KiB of the bytes, cut on a code point border, without NUL.
std::string excerpt(std::string_view raw);

/// A flat JSON object of strings, and back; empty values are left out. Throws
/// std::invalid_argument when `json` is no such object.
std::string write_flat(const std::map<std::string, std::string>& members);
std::map<std::string, std::string> read_flat(std::string_view json);

}  // namespace grumble::collector
