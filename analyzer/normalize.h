#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace grumble::analyzer {

/// A text in the form that rules are written in, with the way back to the
/// bytes it came from. Reuse one object for many texts: its buffers stay.
class Folded {
 public:
  /// Valid UTF-8, lower case, simplified Han, straight quotes, no invisibles.
  std::string_view text() const { return {text_.data(), size_}; }

  /// The byte of the original at which the folded byte `offset` begins.
  size_t original_begin(size_t offset) const;
  /// The byte of the original behind the folded byte before `offset`.
  size_t original_end(size_t offset) const;

  /// Puts a line's end behind the text: what rules ask for behind a statement
  /// holds then where the text is over, too.
  void end_line();

 private:
  friend class Normalizer;
  /// From `folded` on, offsets run in step with `original`; an atomic edit is
  /// one unit that changed its length and cannot be cut.
  struct Edit {
    size_t folded;
    size_t original;
    bool atomic;
  };

  void put(std::string_view piece);
  void mark(size_t original, bool atomic);

  std::string text_;
  size_t size_ = 0;
  std::vector<Edit> edits_;
  size_t original_size_ = 0;
};

/// Folds texts and patterns to one form: compatibility width and case, Latin
/// letters without marks, traditional Han to simplified, half-width kana and
/// loose jamo composed, invisible characters dropped, quotes and dashes
/// straightened; words of the vocabulary that were stretched ("slooow") or
/// written with digits ("tr4sh") respelled. Never fails: bytes that are no
/// UTF-8 become spaces. Immutable after set-up, safe from any thread.
class Normalizer {
 public:
  /// `han_pairs`: traditional and simplified characters in turn.
  explicit Normalizer(std::string_view han_pairs = {});

  /// Words that stretched or disguised spellings may be put back to.
  void add_vocabulary(std::string_view pattern);

  void fold(std::string_view text, Folded& out) const;
  std::string fold(std::string_view text) const;

 private:
  size_t fold_wide(std::string_view text, size_t at, Folded& out) const;
  size_t kept_han(std::string_view text, size_t at) const;
  void respell(Folded& out) const;
  bool any_respelled(std::string_view text) const;
  bool respelled(std::string_view word, std::string& out) const;

  std::vector<uint32_t> table_;
  std::vector<bool> kept_han_;  ///< by character from kFirstHan
  std::vector<std::string> expansions_;
  std::unordered_set<std::string> vocabulary_;
};

/// Decodes one code point at `at`; returns its length, or 0 when the bytes
/// there are no valid UTF-8.
size_t decode_utf8(std::string_view text, size_t at, char32_t& code_point);
void append_utf8(std::string& out, char32_t code_point);

}  // namespace grumble::analyzer
