#include "analyzer/form.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/rule_error.h"

namespace grumble::analyzer {
namespace {

constexpr char kName = 'M';
constexpr std::string_view kGenitive = "'s";
constexpr int kGapCharacters = 80;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_inner_byte(char c) { return (c & 0xC0) == 0x80; }

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

Form::Form(const Words& source, const PatternCompiler& patterns,
           Matcher& words) {
  const std::string_view text = source.text;
  for (size_t at = 0; at <= text.size();) {
    const size_t next = std::min(text.find_first_of("AB~", at), text.size());
    const std::string_view part = trimmed(text.substr(at, next - at));
    if (!part.empty()) {
      const std::string pattern =
          patterns.alternatives({{std::string(part), source.place}});
      pieces_.push_back({Kind::words, words.add(pattern)});
    }
    at = next + 1;
    if (next == text.size()) break;
    if (text[next] == 'A') name(Kind::a, has_a_, source.place);
    if (text[next] == 'B') name(Kind::b, has_b_, source.place);
    if (text[next] == '~') pieces_.push_back({Kind::gap});
  }
  if (!has_a_ && !has_b_) {
    fail(source.place, "a comparison needs an `A` or a `B`, or both");
  }
  while (pieces_.back().kind == Kind::gap) pieces_.pop_back();
}

void Form::name(Kind side, bool& has, const Place& place) {
  if (has) {
    fail(place, std::string("a comparison names `") +
                    (side == Kind::a ? 'A' : 'B') + "` once");
  }
  has = true;
  pieces_.push_back({side});
}

/// One form in one skeleton. From which places its pieces fail is kept, so that
/// each is tried once, whatever the text repeats.
class Form::Search {
 public:
  Search(const Form& form, const Skeleton& skeleton, const Hits& hits)
      : form_(form), text_(skeleton.text()), hits_(hits) {
    failed_.assign(form.pieces_.size() * (text_.size() + 1), false);
  }

  /// The first match at `at` or behind it.
  bool find(size_t at) {
    const Piece& first = form_.pieces_.front();
    const auto matches = [&](size_t begin) {
      match_.begin = begin;
      return walk(0, begin);
    };
    if (first.kind == Kind::words) {
      const auto places = from(first.atom, at);
      return std::any_of(places.begin(), places.end(),
                         [&](const RawHit& hit) { return matches(hit.begin); });
    }
    for (at = text_.find(kName, at); at != text_.npos;
         at = text_.find(kName, at + 1)) {
      if (matches(at)) return true;
    }
    return false;
  }

  const FormMatch& match() const { return match_; }

 private:
  std::span<const RawHit> from(int atom, size_t at) const {
    const auto places = hits_.places(atom);
    const auto first = std::lower_bound(
        places.begin(), places.end(), at,
        [](const RawHit& hit, size_t place) { return hit.begin < place; });
    return {first, places.end()};
  }

  bool walk(size_t piece, size_t at) {
    if (piece == form_.pieces_.size()) {
      match_.end = at;
      return true;
    }
    const size_t key = piece * (text_.size() + 1) + at;
    if (failed_[key]) return false;
    if (step(piece, at)) return true;
    failed_[key] = true;
    return false;
  }

  bool step(size_t piece, size_t at) {
    const Piece& one = form_.pieces_[piece];
    if (one.kind == Kind::gap) return leap(piece + 1, at);
    at = std::min(text_.find_first_not_of(" \t\n\r\f", at), text_.size());
    if (one.kind == Kind::words) {
      const auto places = from(one.atom, at);
      return !places.empty() && places.front().begin == at &&
             walk(piece + 1, places.front().end);
    }
    if (at == text_.size() || text_[at] != kName) return false;
    (one.kind == Kind::a ? match_.a : match_.b) = at;
    ++at;
    return (text_.substr(at).starts_with(kGenitive) &&
            walk(piece + 1, at + kGenitive.size())) ||
           walk(piece + 1, at);
  }

  // A gap ends before a name, a sentence's end, or when it is long enough; a
  // point within a number ends no sentence.
  bool leap(size_t piece, size_t at) {
    const Piece& next = form_.pieces_[piece];
    std::span<const RawHit> places;
    if (next.kind == Kind::words) places = from(next.atom, at);
    for (int length = 0; length <= kGapCharacters && at < text_.size();
         ++length) {
      const char c = text_[at];
      if (next.kind != Kind::words) {
        if (c == kName) return walk(piece, at);
      } else {
        while (!places.empty() && places.front().begin < at) {
          places = places.subspan(1);
        }
        if (places.empty()) return false;
        if (places.front().begin == at && walk(piece, at)) return true;
      }
      const bool inner =
          c == '.' && at + 1 < text_.size() && is_digit(text_[at + 1]);
      if (!inner &&
          (c == kName || c == '.' || c == '!' || c == '?' || c == '\n')) {
        return false;
      }
      at += inner ? 2 : 1;
      while (at < text_.size() && is_inner_byte(text_[at])) ++at;
    }
    return false;
  }

  const Form& form_;
  std::string_view text_;
  const Hits& hits_;
  FormMatch match_;
  std::vector<bool> failed_;  ///< by piece, then place
};

void Form::find(const Skeleton& skeleton, const Hits& hits,
                std::vector<FormMatch>& out) const {
  out.clear();
  for (const Piece& piece : pieces_) {
    if (piece.kind == Kind::words &&
        hits.holds[static_cast<size_t>(piece.atom)] == 0) {
      return;
    }
  }
  Search search(*this, skeleton, hits);
  for (size_t at = 0; search.find(at);) {
    out.push_back(search.match());
    at = names_both() ? out.back().last() : out.back().end;
  }
}

}  // namespace grumble::analyzer
