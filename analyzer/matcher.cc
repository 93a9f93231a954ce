#include "analyzer/matcher.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxSpansPerAtom = 256;
constexpr int64_t kAtomMemory = int64_t{8} << 20;

RE2::Options atom_options(int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_longest_match(true);
  options.set_max_mem(memory);
  return options;
}

}  // namespace

class Matcher::Impl {
 public:
  std::vector<std::unique_ptr<RE2>> atoms;
  std::unordered_map<std::string, int> ids;
  std::unique_ptr<RE2::Set> set;
};

Matcher::Matcher() : impl_(std::make_unique<Impl>()) {}
Matcher::~Matcher() = default;
Matcher::Matcher(Matcher&&) noexcept = default;

int Matcher::add(const std::string& pattern) {
  const auto id = static_cast<int>(impl_->atoms.size());
  const auto [place, fresh] = impl_->ids.emplace(pattern, id);
  if (fresh) {
    impl_->atoms.push_back(
        std::make_unique<RE2>(pattern, atom_options(kAtomMemory)));
  }
  return place->second;
}

void Matcher::compile(int64_t max_memory) {
  if (impl_->atoms.empty()) return;
  auto set =
      std::make_unique<RE2::Set>(atom_options(max_memory), RE2::UNANCHORED);
  bool complete = true;
  for (const auto& atom : impl_->atoms) {
    complete = complete && set->Add(atom->pattern(), nullptr) >= 0;
  }
  if (complete && set->Compile()) impl_->set = std::move(set);
}

void Matcher::match(std::string_view text, Hits& hits) const {
  for (int id : hits.ids) hits.holds[static_cast<size_t>(id)] = 0;
  hits.ids.clear();
  hits.holds.resize(impl_->atoms.size());
  hits.alone = false;
  const re2::StringPiece piece(text.data(), text.size());
  bool known = false;
  if (impl_->set) {
    RE2::Set::ErrorInfo error{};
    known = impl_->set->Match(piece, &hits.ids, &error) ||
            error.kind == RE2::Set::kNoError;
  }
  if (!known) {
    hits.alone = true;
    hits.ids.clear();
    for (size_t id = 0; id < impl_->atoms.size(); ++id) {
      if (RE2::PartialMatch(piece, *impl_->atoms[id])) {
        hits.ids.push_back(static_cast<int>(id));
      }
    }
  }
  std::sort(hits.ids.begin(), hits.ids.end());
  for (int id : hits.ids) hits.holds[static_cast<size_t>(id)] = 1;
}

void Matcher::find(int atom, std::string_view text, size_t begin, size_t end,
                   std::vector<Span>& spans) const {
  const re2::StringPiece piece(text.data(), text.size());
  const RE2& re = *impl_->atoms[static_cast<size_t>(atom)];
  re2::StringPiece found;
  for (size_t n = 0; n < kMaxSpansPerAtom; ++n) {
    if (!re.Match(piece, begin, end, RE2::UNANCHORED, &found, 1)) return;
    const auto at = static_cast<size_t>(found.data() - text.data());
    spans.push_back({at, at + found.size()});
    begin = at + std::max<size_t>(1, found.size());
    if (begin >= end) return;
  }
}

bool Matcher::holds(int atom, std::string_view text, size_t begin,
                    size_t end) const {
  return impl_->atoms[static_cast<size_t>(atom)]->Match(
      re2::StringPiece(text.data(), text.size()), begin, end, RE2::UNANCHORED,
      nullptr, 0);
}

size_t Matcher::size() const { return impl_->atoms.size(); }
bool Matcher::has_set() const { return impl_->set != nullptr; }
const std::string& Matcher::pattern(int atom) const {
  return impl_->atoms[static_cast<size_t>(atom)]->pattern();
}

}  // namespace grumble::analyzer
