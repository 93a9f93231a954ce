#include "analyzer/automaton.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "analyzer/determinizer.h"
#include "analyzer/reserved.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxTries = 64;  // places that a row is tried at
constexpr size_t kWide = 3;       // edges of a row that fills no holes
constexpr int kEndOfList = -1;

struct KeyHash {
  size_t operator()(const StateKey& key) const {
    size_t hash = key.behind_word ? 7 : 3;
    for (uint32_t step : key.steps) {
      hash = (hash ^ step) * 0x9E3779B97F4A7C15ULL;
      hash ^= hash >> 29;
    }
    return hash;
  }
};

}  // namespace

/// What is built by now. The transitions of all states lie in one array, where
/// rows fill each other's holes. Slots and lists are read while it grows.
class Automaton::Table {
 public:
  Table(Machine machine, size_t max_memory)
      : slots(max_memory / 2 / sizeof(Slot), true),
        lists(max_memory / 16 / sizeof(int), false),
        machine_(std::move(machine)),
        subsets_(machine_),
        budget_(max_memory / 16 * 7) {
    lists[0] = kEndOfList;
  }

  uint32_t start(Before before) {
    return built(known(subsets_.start(before))) & ~kAccepts;
  }

  uint32_t build(uint32_t at, unsigned char next) {
    const std::scoped_lock lock(mutex_);
    Slot slot = slots[at].load(std::memory_order_relaxed);
    if (slot.next & kUnbuilt) {
      const uint32_t state = slot.next & ~kUnbuilt;
      const bool room = spent_ <= budget_ || states_[state].base != 0;
      near_ = {at, next};
      const uint32_t base = room ? built(state) : 0;
      if (base == 0) return slot.next;
      slot.next = base;
      slots[at].store(slot, std::memory_order_release);
    }
    return slot.next;
  }

  void walk_on(uint32_t unbuilt, Walk walk, std::vector<RawHit>& hits) {
    const std::scoped_lock lock(mutex_);
    StateKey key = *states_[unbuilt].key;
    while (true) {
      const auto byte = static_cast<unsigned char>(
          walk.at < walk.text.size() ? walk.text[walk.at] : ' ');
      subsets_.resolve(key, kIsWord[byte], steps_);
      subsets_.accepted(steps_, atoms_);
      for (int atom : atoms_) {
        hits.push_back({atom, static_cast<uint32_t>(walk.begin),
                        static_cast<uint32_t>(walk.at)});
      }
      if (walk.at == walk.to) return;
      std::vector<uint32_t> targets;
      subsets_.leave(steps_, [&](const ByteSet& set, uint32_t target) {
        if (set[byte]) targets.push_back(target);
      });
      if (targets.empty()) return;
      key = subsets_.after(targets, kIsWord[byte]);
      ++walk.at;
    }
  }

  size_t states() {
    const std::scoped_lock lock(mutex_);
    return built_;
  }
  size_t memory() {
    const std::scoped_lock lock(mutex_);
    return used_.size() * sizeof(Slot) + lists_end_ * sizeof(int) + spent_;
  }

  Reserved<std::atomic<Slot>> slots;
  Reserved<int> lists;

 private:
  struct State {
    const StateKey* key;
    uint32_t base = 0;  ///< with kAccepts; 0: not built
  };
  struct Edge {
    uint8_t byte;
    uint32_t next;
  };
  /// The lists of atoms that a state accepts.
  struct Accepted {
    uint32_t before_word = 0;
    uint32_t before_other = 0;
    bool any() const { return before_word != 0 || before_other != 0; }
  };

  /// The index of a state, built or not.
  uint32_t known(StateKey key) {
    const auto [place, fresh] =
        indexes_.emplace(std::move(key), static_cast<uint32_t>(states_.size()));
    if (fresh) {
      states_.push_back({&place->first});
      spent_ += place->first.steps.size() * sizeof(uint32_t) + 96;
    }
    return place->second;
  }

  /// The state's base; builds it unless that is done; 0 when there is no room.
  uint32_t built(uint32_t state) {
    if (states_[state].base == 0) states_[state].base = base_of_new(state);
    return states_[state].base;
  }

  uint32_t base_of_new(uint32_t state) {
    const StateKey& key = *states_[state].key;
    Accepted accepted;
    for (auto& targets : targets_) targets.clear();
    for (const bool word : {true, false}) {
      subsets_.resolve(key, word, steps_);
      subsets_.accepted(steps_, atoms_);
      const auto list = list_of(atoms_);
      if (!list) return 0;
      (word ? accepted.before_word : accepted.before_other) = *list;
      subsets_.leave(steps_, [&](const ByteSet& set, uint32_t target) {
        for (size_t c = set._Find_first(); c < 256; c = set._Find_next(c)) {
          if (kIsWord[c] == word) targets_[c].push_back(target);
        }
      });
    }
    const uint32_t base = place(accepted);
    if (base == 0) return 0;
    ++built_;
    return base | (accepted.any() ? kAccepts : 0);
  }

  /// Where the atoms stand in `lists`; nothing when there is no room.
  std::optional<uint32_t> list_of(const std::vector<int>& atoms) {
    if (atoms.empty()) return 0;
    const auto [place, fresh] =
        known_lists_.emplace(atoms, static_cast<uint32_t>(lists_end_));
    if (!fresh) return place->second;
    if (lists_end_ + atoms.size() + 1 > lists.size()) {
      known_lists_.erase(place);
      return std::nullopt;
    }
    for (int atom : atoms) lists[lists_end_++] = atom;
    lists[lists_end_++] = kEndOfList;
    spent_ += atoms.size() * sizeof(int) + 64;
    return place->second;
  }

  /// Writes the row of `targets_` and `accepted` where it finds room.
  uint32_t place(Accepted accepted) {
    edges_.clear();
    for (size_t c = 0; c < 256; ++c) {
      if (!targets_[c].empty()) edges_.push_back({static_cast<uint8_t>(c), 0});
    }
    const size_t base = find_base(accepted.any());
    if (base == 0) return 0;
    used_[base] = true;
    const auto owner = static_cast<uint32_t>(base);
    const auto write = [&](size_t at, uint32_t next) {
      slots[base + at].store({owner, next}, std::memory_order_relaxed);
    };
    if (accepted.any()) {
      write(kBeforeOther, accepted.before_other);
      write(kBeforeWord, accepted.before_word);
    }
    size_t last = 256;
    uint32_t next = 0;
    for (const Edge& edge : edges_) {
      const bool word = kIsWord[edge.byte];
      // Neighbours mostly lead to the same place.
      if (last == 256 || kIsWord[last] != word ||
          targets_[last] != targets_[edge.byte]) {
        next = known(subsets_.after(targets_[edge.byte], word));
      }
      last = edge.byte;
      const uint32_t built = states_[next].base;
      write(edge.byte, built != 0 ? built : next | kUnbuilt);
    }
    return owner;
  }

  bool is_free(size_t base, bool accepts) {
    const auto free = [&](size_t at) {
      return slots[base + at].load(std::memory_order_relaxed).owner == 0;
    };
    if (base + kBeforeWord >= slots.size()) return false;
    if (base >= used_.size()) used_.resize(base + 1024);
    return !used_[base] &&
           (!accepts || (free(kBeforeOther) && free(kBeforeWord))) &&
           std::all_of(edges_.begin(), edges_.end(),
                       [&](const Edge& edge) { return free(edge.byte); });
  }

  /// A base at which all of a row falls into free slots; 0 when there is none.
  /// Bases are unique, since they name the states.
  size_t find_base(bool accepts) {
    // Best where the walk's next step stays in the same lines of memory.
    for (size_t i = 1; i <= kMaxTries; ++i) {
      const size_t at = near_.from + i;
      if (at <= near_.next) continue;
      if (is_free(at - near_.next, accepts)) return at - near_.next;
    }
    size_t& hint = edges_.size() < kWide ? narrow_hint_ : wide_hint_;
    size_t tries = 0;
    for (size_t base = hint; base + kBeforeWord < slots.size(); ++base) {
      if (is_free(base, accepts)) return base;
      if (used_[base]) {
        if (base == hint) ++hint;
        continue;
      }
      // A crowded stretch is left behind: packing stays fast.
      if (++tries == kMaxTries) {
        hint = base;
        tries = 0;
      }
    }
    return 0;
  }

  /// The slot that leads to the state being built, and the byte that leaves it.
  struct Near {
    size_t from = 0;
    size_t next = 0;
  };

  std::mutex mutex_;
  const Machine machine_;
  Determinizer subsets_;
  size_t budget_;
  size_t spent_ = 0;
  size_t built_ = 0;
  std::unordered_map<StateKey, uint32_t, KeyHash> indexes_;
  std::vector<State> states_;
  std::map<std::vector<int>, uint32_t> known_lists_;
  size_t lists_end_ = 1;
  std::vector<bool> used_;
  size_t wide_hint_ = 1;
  size_t narrow_hint_ = 1;
  std::array<std::vector<uint32_t>, 256> targets_;
  std::vector<uint32_t> steps_;
  std::vector<int> atoms_;
  std::vector<Edge> edges_;
  Near near_;
};

Automaton::Automaton(Machine machine, int64_t max_memory)
    : table_(std::make_unique<Table>(
          std::move(machine),
          static_cast<size_t>(std::max(max_memory, kLeastMemory)))),
      slots_(table_->slots.data()),
      lists_(table_->lists.data()) {
  start_ = {table_->start(Before::text_begin), table_->start(Before::other),
            table_->start(Before::word)};
}

Automaton::~Automaton() = default;

size_t Automaton::states() const { return table_->states(); }

size_t Automaton::memory() const { return table_->memory(); }

uint32_t Automaton::build(uint32_t at, unsigned char next) const {
  return table_->build(at, next);
}

void Automaton::walk_on(uint32_t unbuilt, Walk walk,
                        std::vector<RawHit>& hits) const {
  table_->walk_on(unbuilt, walk, hits);
}

void Automaton::accept(uint32_t state, bool word, const Walk& walk,
                       std::vector<RawHit>& hits) const {
  const uint32_t list = slot(state + (word ? kBeforeWord : kBeforeOther)).next;
  for (const int* atom = lists_ + list; *atom != kEndOfList; ++atom) {
    hits.push_back({*atom, static_cast<uint32_t>(walk.begin),
                    static_cast<uint32_t>(walk.at)});
  }
}

}  // namespace grumble::analyzer
