// Cuts an object or an array into its parts by looking at brackets and quotes
// alone. No index of the text is made, so a hostile one costs no memory; each
// part is proved to be JSON by the parser that reads it.

#include <array>

#include "collector/sources/json.h"

namespace grumble::collector {
namespace {

/// More than any object or array of ours has; what has more is refused, for
/// the list of its parts would be larger than the text.
constexpr size_t kMostMembers = 100'000;
constexpr size_t kMostElements = 1'000'000;

constexpr std::array<bool, 256> kinds(std::string_view characters) {
  std::array<bool, 256> table{};
  for (const char c : characters) table[static_cast<unsigned char>(c)] = true;
  return table;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_space(); }

  /// Takes `c` if it stands next.
  bool take(char c) {
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    skip_space();
    return true;
  }

  bool at_end() const { return at_ == text_.size(); }

  /// The value that stands next; empty when there is none.
  std::string_view value() {
    static constexpr auto kEnds = kinds(",:]} \t\r\n");
    const size_t begin = at_;
    if (at_ == text_.size()) return {};
    const char first = text_[at_];
    if (first == '"') {
      skip_string();
    } else if (first == '{' || first == '[') {
      skip_nested();
    } else {
      while (at_ < text_.size() && !kEnds[byte()]) ++at_;
    }
    const std::string_view found = text_.substr(begin, at_ - begin);
    skip_space();
    return found;
  }

 private:
  unsigned char byte() const { return static_cast<unsigned char>(text_[at_]); }

  void skip_space() {
    static constexpr auto kSpace = kinds(" \t\r\n");
    while (at_ < text_.size() && kSpace[byte()]) ++at_;
  }

  /// From its quote to behind the other one; to the end when there is none.
  void skip_string() {
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        return;
      }
      if (text_[at_] == '\\') ++at_;
    }
    at_ = text_.size();
  }

  void skip_nested() {
    static constexpr auto kMarks = kinds("\"{}[]");
    for (size_t depth = 0; at_ < text_.size();) {
      if (!kMarks[byte()]) {
        ++at_;
      } else if (text_[at_] == '"') {
        skip_string();
      } else {
        const char mark = text_[at_++];
        depth += mark == '{' || mark == '[' ? 1 : -1;
        if (depth == 0) return;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

std::optional<std::string> key_of(std::string_view quoted, JsonParser& parser) {
  if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') {
    return std::nullopt;
  }
  if (quoted.find('\\') == quoted.npos) {
    return std::string(quoted.substr(1, quoted.size() - 2));
  }
  const auto value = parser.parse(quoted);
  std::string_view key;
  if (!value || value->get_string().get(key)) return std::nullopt;
  return std::string(key);
}

}  // namespace

std::optional<std::vector<JsonMember>> split_object(std::string_view slice) {
  Scanner scanner(slice);
  if (!scanner.take('{')) return std::nullopt;
  std::vector<JsonMember> members;
  if (scanner.take('}')) {
    if (!scanner.at_end()) return std::nullopt;
    return members;
  }
  JsonParser parser;
  do {
    auto key = key_of(scanner.value(), parser);
    if (!key || !scanner.take(':')) return std::nullopt;
    const std::string_view value = scanner.value();
    if (value.empty() || members.size() == kMostMembers) return std::nullopt;
    members.emplace_back(std::move(*key), value);
  } while (scanner.take(','));
  if (!scanner.take('}') || !scanner.at_end()) return std::nullopt;
  return members;
}

std::optional<std::vector<std::string_view>> split_array(std::string_view slice,
                                                         size_t most) {
  Scanner scanner(slice);
  if (!scanner.take('[')) return std::nullopt;
  std::vector<std::string_view> elements;
  if (scanner.take(']')) {
    if (!scanner.at_end()) return std::nullopt;
    return elements;
  }
  do {
    const std::string_view value = scanner.value();
    if (value.empty() || elements.size() == kMostElements) return std::nullopt;
    elements.push_back(value);
    if (elements.size() == most) return elements;
  } while (scanner.take(','));
  if (!scanner.take(']') || !scanner.at_end()) return std::nullopt;
  return elements;
}

}  // namespace grumble::collector
