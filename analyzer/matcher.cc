#include "analyzer/matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <bit>
#include <deque>
#include <limits>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "analyzer/expression.h"
#include "analyzer/pattern_fit.h"
#include "analyzer/pattern_syntax.h"

namespace grumble::analyzer {
namespace {

re2::StringPiece piece_of(std::string_view text) {
  return {text.data(), text.size()};
}

struct Atom {
  explicit Atom(std::string pattern) : expression(std::move(pattern)) {}

  Expression expression;
  double chance = 1;
};

}  // namespace

std::span<const RawHit> Hits::places(int atom) const {
  if (atom < 0 || !holds[static_cast<size_t>(atom)]) return {};
  const Share& share = shares_[static_cast<size_t>(atom)];
  return std::span(places_).subspan(share.end - share.count, share.count);
}

void Hits::clear(size_t atoms) {
  for (int id : ids) {
    holds[static_cast<size_t>(id)] = 0;
    shares_[static_cast<size_t>(id)] = {};
  }
  ids.clear();
  found_.clear();
  if (holds.size() == atoms) return;
  holds.assign(atoms, 0);
  shares_.assign(atoms, {});
  among_.assign((atoms + 63) / 64, 0);
}

void Hits::put(const RawHit& hit) {
  const auto atom = static_cast<size_t>(hit.atom);
  Share& share = shares_[atom];
  if (share.count > 0 && share.taken > hit.begin) return;
  share.taken = hit.end;
  ++share.count;
  among_[atom / 64] |= uint64_t{1} << (atom % 64);
  found_.push_back(hit);
}

// Of the matches from one start the longest comes last; it stays unless an
// earlier place of the same atom reaches into it.
void Hits::keep_longest() {
  for (size_t first = 0; first < raw_.size();) {
    size_t next = first + 1;
    while (next < raw_.size() && raw_[next].begin == raw_[first].begin) ++next;
    for (size_t i = next; i-- > first;) {
      if (raw_[i].atom < kBegun) {
        put(raw_[i]);
      } else {
        begun_.push_back(raw_[i].atom - kBegun);
      }
    }
    first = next;
  }
}

// Orders what was found by atom: each has its share of the places.
void Hits::settle() {
  uint32_t end = 0;
  for (size_t word = 0; word < among_.size(); ++word) {
    for (uint64_t bits = std::exchange(among_[word], 0); bits != 0;
         bits &= bits - 1) {
      const size_t atom =
          64 * word + static_cast<size_t>(std::countr_zero(bits));
      ids.push_back(static_cast<int>(atom));
      holds[atom] = 1;
      shares_[atom].end = end;
      end += shares_[atom].count;
    }
  }
  places_.resize(found_.size());
  for (const RawHit& hit : found_) {
    places_[shares_[static_cast<size_t>(hit.atom)].end++] = hit;
  }
}

class Matcher::Impl {
 public:
  std::deque<Atom> atoms;
  std::unordered_map<std::string_view, int> ids;  ///< until compile()
  Machine machine;  ///< until compile()
  std::unique_ptr<Automaton> automaton;
  size_t left = 0;          ///< atoms for RE2
  std::vector<int> always;  ///< of these, what begins in any way
};

Matcher::Matcher() : impl_(std::make_unique<Impl>()) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;

int Matcher::add(const std::string& pattern) {
  const auto known = impl_->ids.find(pattern);
  if (known != impl_->ids.end()) return known->second;
  const auto id = static_cast<int>(impl_->atoms.size());
  impl_->atoms.emplace_back(pattern);
  impl_->ids.emplace(impl_->atoms.back().expression.text(), id);
  Syntax& syntax = impl_->machine.syntax();
  Syntax::Node root = Syntax::kEmpty;
  const Fit fit = read_syntax(pattern, syntax, root);
  Atom& atom = impl_->atoms.back();
  if (fit == Fit::fits) atom.chance = chance_of(syntax, root);
  if (fit == Fit::fits && impl_->machine.add(root, id)) return id;
  // What we cannot read must be a pattern at least to RE2.
  atom.expression.re();
  ++impl_->left;
  const Syntax::Node beginning = beginning_of(syntax, root);
  if (fit_of(syntax, beginning) != Fit::fits ||
      !impl_->machine.add(beginning, id | Hits::kBegun)) {
    impl_->always.push_back(id);
  }
  return id;
}

void Matcher::compile(int64_t max_memory) {
  impl_->ids = {};
  if (!impl_->machine.starts().empty()) {
    impl_->automaton =
        std::make_unique<Automaton>(std::move(impl_->machine), max_memory);
  }
}

void Matcher::forget() const {
  if (impl_->automaton) impl_->automaton->forget();
  for (const Atom& atom : impl_->atoms) atom.expression.forget();
}

void Matcher::match(std::string_view text, size_t begin, size_t end,
                    Hits& hits) const {
  if (text.size() >= std::numeric_limits<uint32_t>::max()) {
    throw std::length_error("a text of 4 GiB or more");
  }
  hits.clear(impl_->atoms.size());
  hits.begun_ = impl_->always;
  if (impl_->automaton) {
    for (size_t at = begin; at < end;) {
      hits.raw_.clear();
      at = impl_->automaton->scan(text, at, end, hits.raw_);
      hits.keep_longest();
    }
  }
  std::sort(hits.begun_.begin(), hits.begun_.end());
  hits.begun_.erase(std::unique(hits.begun_.begin(), hits.begun_.end()),
                    hits.begun_.end());
  for (int atom : hits.begun_) {
    thread_local std::vector<Span> spans;
    spans.clear();
    find(atom, text, begin, end, spans);
    for (const Span& span : spans) {
      hits.put({atom, static_cast<uint32_t>(span.begin),
                static_cast<uint32_t>(span.end)});
    }
  }
  hits.settle();
}

void Matcher::find(int atom, std::string_view text, size_t begin, size_t end,
                   std::vector<Span>& spans) const {
  const re2::StringPiece piece = piece_of(text);
  const auto re = impl_->atoms[static_cast<size_t>(atom)].expression.re();
  re2::StringPiece found;
  while (begin < end &&
         re->Match(piece, begin, end, RE2::UNANCHORED, &found, 1)) {
    const auto at = static_cast<size_t>(found.data() - text.data());
    spans.push_back({at, at + found.size()});
    begin = at + std::max<size_t>(1, found.size());
  }
}

bool Matcher::holds(int atom, std::string_view text, size_t begin,
                    size_t end) const {
  return impl_->atoms[static_cast<size_t>(atom)].expression.re()->Match(
      piece_of(text), begin, end, RE2::UNANCHORED, nullptr, 0);
}

size_t Matcher::size() const { return impl_->atoms.size(); }

const std::string& Matcher::pattern(int atom) const {
  return impl_->atoms[static_cast<size_t>(atom)].expression.text();
}

double Matcher::chance(int atom) const {
  return impl_->atoms[static_cast<size_t>(atom)].chance;
}

Matcher::Shape Matcher::shape() const {
  Shape shape;
  if (impl_->automaton) {
    shape.states = impl_->automaton->states();
    shape.bytes = impl_->automaton->memory();
  }
  shape.left_to_re2 = impl_->left;
  return shape;
}

}  // namespace grumble::analyzer
