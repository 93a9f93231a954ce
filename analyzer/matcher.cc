#include "analyzer/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <unordered_map>

#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {
namespace {

constexpr int64_t kAtomMemory = int64_t{8} << 20;

RE2::Options atom_options(int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_longest_match(true);
  options.set_max_mem(memory);
  return options;
}

re2::StringPiece piece_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// A pattern, and its RE2 from the first time that somebody asks.
class Atom {
 public:
  explicit Atom(std::string pattern) : pattern_(std::move(pattern)) {}

  const std::string& pattern() const { return pattern_; }

  const RE2& re() const {
    std::call_once(once_, [&] {
      re_ = std::make_unique<RE2>(pattern_, atom_options(kAtomMemory));
    });
    if (!re_->ok()) {
      throw std::invalid_argument("bad pattern \"" + pattern_ +
                                  "\": " + re_->error());
    }
    return *re_;
  }

 private:
  std::string pattern_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<RE2> re_;
};

}  // namespace

std::span<const RawHit> Hits::places(int atom) const {
  const auto first = std::lower_bound(
      found_.begin(), found_.end(), atom,
      [](const RawHit& hit, int value) { return hit.atom < value; });
  auto last = first;
  if (atom >= 0 && holds[static_cast<size_t>(atom)]) {
    last = std::upper_bound(
        first, found_.end(), atom,
        [](int value, const RawHit& hit) { return value < hit.atom; });
  }
  return {first, last};
}

class Matcher::Impl {
 public:
  std::deque<Atom> atoms;
  std::unordered_map<std::string, int> ids;
  Machine machine;  ///< until compile()
  std::unique_ptr<Automaton> automaton;
  std::vector<int> left;  ///< ascending
};

Matcher::Matcher() : impl_(std::make_unique<Impl>()) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;

int Matcher::add(const std::string& pattern) {
  const auto id = static_cast<int>(impl_->atoms.size());
  const auto [place, fresh] = impl_->ids.emplace(pattern, id);
  if (!fresh) return place->second;
  impl_->atoms.emplace_back(pattern);
  SyntaxNode root;
  if (read_syntax(pattern, root) != Fit::fits ||
      !impl_->machine.add(root, id)) {
    // What we cannot read must be a pattern at least to RE2.
    impl_->atoms.back().re();
    impl_->left.push_back(id);
  }
  return id;
}

void Matcher::compile(int64_t max_memory) {
  if (!impl_->machine.starts().empty()) {
    impl_->automaton =
        std::make_unique<Automaton>(std::move(impl_->machine), max_memory);
  }
}

void Matcher::match(std::string_view text, size_t begin, size_t end,
                    Hits& hits) const {
  if (text.size() >= std::numeric_limits<uint32_t>::max()) {
    throw std::length_error("a text of 4 GiB or more");
  }
  for (int id : hits.ids) {
    hits.holds[static_cast<size_t>(id)] = 0;
    hits.taken_[static_cast<size_t>(id)] = 0;
  }
  hits.ids.clear();
  hits.found_.clear();
  hits.holds.resize(impl_->atoms.size());
  hits.taken_.resize(impl_->atoms.size());
  auto& found = hits.found_;
  // Of the matches from one start the longest comes last; it stays unless an
  // earlier place of the same atom reaches into it.
  const auto keep_longest = [&](size_t from) {
    size_t kept = found.size();
    for (size_t i = found.size(); i-- > from;) {
      uint32_t& taken = hits.taken_[static_cast<size_t>(found[i].atom)];
      if (taken > found[i].begin) continue;
      taken = found[i].end;
      found[--kept] = found[i];
    }
    found.erase(found.begin() + static_cast<ptrdiff_t>(from),
                found.begin() + static_cast<ptrdiff_t>(kept));
  };
  if (impl_->automaton) {
    impl_->automaton->scan(text, begin, end, found, keep_longest);
  }
  for (int atom : impl_->left) {
    thread_local std::vector<Span> spans;
    spans.clear();
    find(atom, text, begin, end, spans);
    for (const Span& span : spans) {
      found.push_back({atom, static_cast<uint32_t>(span.begin),
                       static_cast<uint32_t>(span.end)});
    }
  }
  if (found.empty()) return;
  std::sort(found.begin(), found.end(), [](const RawHit& a, const RawHit& b) {
    return a.atom != b.atom ? a.atom < b.atom : a.begin < b.begin;
  });
  for (const RawHit& hit : found) {
    if (!hits.ids.empty() && hits.ids.back() == hit.atom) continue;
    hits.ids.push_back(hit.atom);
    hits.holds[static_cast<size_t>(hit.atom)] = 1;
  }
}

void Matcher::find(int atom, std::string_view text, size_t begin, size_t end,
                   std::vector<Span>& spans) const {
  const re2::StringPiece piece = piece_of(text);
  const RE2& re = impl_->atoms[static_cast<size_t>(atom)].re();
  re2::StringPiece found;
  while (begin < end &&
         re.Match(piece, begin, end, RE2::UNANCHORED, &found, 1)) {
    const auto at = static_cast<size_t>(found.data() - text.data());
    spans.push_back({at, at + found.size()});
    begin = at + std::max<size_t>(1, found.size());
  }
}

bool Matcher::holds(int atom, std::string_view text, size_t begin,
                    size_t end) const {
  return impl_->atoms[static_cast<size_t>(atom)].re().Match(
      piece_of(text), begin, end, RE2::UNANCHORED, nullptr, 0);
}

size_t Matcher::size() const { return impl_->atoms.size(); }

const std::string& Matcher::pattern(int atom) const {
  return impl_->atoms[static_cast<size_t>(atom)].pattern();
}

Matcher::Shape Matcher::shape() const {
  Shape shape;
  if (impl_->automaton) {
    shape.states = impl_->automaton->states();
    shape.bytes = impl_->automaton->memory();
  }
  shape.left_to_re2 = impl_->left.size();
  return shape;
}

}  // namespace grumble::analyzer
