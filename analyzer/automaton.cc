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
constexpr size_t kStretch = 4096;  // starts that are gone through at once

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

const ByteSet& word_bytes() {
  static const ByteSet kBytes = [] {
    ByteSet bytes;
    for (unsigned c = 0; c < 256; ++c) {
      bytes[c] = is_word_byte(static_cast<unsigned char>(c));
    }
    return bytes;
  }();
  return kBytes;
}

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
    return built(subsets_.start(before)) & ~kAccepts;
  }

  uint32_t build(uint32_t at, unsigned char next) {
    const std::scoped_lock lock(mutex_);
    Slot slot = slots[at].load(std::memory_order_relaxed);
    if (slot.next & kUnbuilt) {
      near_ = {at, next};
      const uint32_t base = built(behind(slot, at));
      if (base == 0) return slot.next;
      slot.next = base;
      slots[at].store(slot, std::memory_order_release);
    }
    return slot.next;
  }

  void walk_on(uint32_t at, Walk walk, std::vector<RawHit>& hits) {
    const std::scoped_lock lock(mutex_);
    StateKey key = behind(slots[at].load(std::memory_order_relaxed), at);
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
      key = behind(key, byte);
      if (key.steps.empty()) return;
      ++walk.at;
    }
  }

  size_t states() {
    const std::scoped_lock lock(mutex_);
    return states_.size();
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
    uint32_t base;  ///< with kAccepts
  };
  /// The lists of atoms that a state accepts.
  struct Accepted {
    uint32_t before_word = 0;
    uint32_t before_other = 0;
    bool any() const { return before_word != 0 || before_other != 0; }
  };

  /// The state behind `byte`.
  StateKey behind(const StateKey& key, unsigned char byte) {
    subsets_.resolve(key, kIsWord[byte], steps_);
    targets_.clear();
    subsets_.leave(steps_, [&](const ByteSet& set, uint32_t target) {
      if (set[byte]) targets_.push_back(target);
    });
    return subsets_.after(targets_, kIsWord[byte]);
  }

  /// The state that a slot leads to which names no state yet.
  StateKey behind(Slot slot, uint32_t at) {
    return behind(*states_[slot.next & ~kUnbuilt].key,
                  static_cast<unsigned char>(at - slot.owner));
  }

  /// The state's base with kAccepts; builds it unless that is done; 0 when
  /// there is no room.
  uint32_t built(StateKey key) {
    if (const auto known = indexes_.find(key); known != indexes_.end()) {
      return states_[known->second].base;
    }
    if (spent_ > budget_) return 0;
    const uint32_t base = base_of_new(key);
    if (base == 0) return 0;
    spent_ += key.steps.size() * sizeof(uint32_t) + 96;
    const auto place = indexes_.emplace(std::move(key), states_.size()).first;
    states_.push_back({&place->first, base});
    return base;
  }

  uint32_t base_of_new(const StateKey& key) {
    Accepted accepted;
    ByteSet edges;
    for (const bool word : {true, false}) {
      subsets_.resolve(key, word, steps_);
      subsets_.accepted(steps_, atoms_);
      const auto list = list_of(atoms_);
      if (!list) return 0;
      (word ? accepted.before_word : accepted.before_other) = *list;
      ByteSet some;
      subsets_.leave(steps_,
                     [&](const ByteSet& set, uint32_t) { some |= set; });
      edges |= some & (word ? word_bytes() : ~word_bytes());
    }
    edges_.clear();
    for (size_t c = edges._Find_first(); c < 256; c = edges._Find_next(c)) {
      edges_.push_back(static_cast<uint8_t>(c));
    }
    const uint32_t base = place(accepted);
    if (base == 0) return 0;
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

  /// Writes the row of `edges_` and `accepted` where it finds room. The edges
  /// lead to what is not built yet: their slots name the state they leave.
  uint32_t place(Accepted accepted) {
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
    const auto self = static_cast<uint32_t>(states_.size());
    for (const uint8_t byte : edges_) write(byte, self | kUnbuilt);
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
                       [&](uint8_t byte) { return free(byte); });
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
  Machine machine_;
  Determinizer subsets_;
  size_t budget_;
  size_t spent_ = 0;
  std::unordered_map<StateKey, uint32_t, KeyHash> indexes_;
  std::vector<State> states_;
  std::map<std::vector<int>, uint32_t> known_lists_;
  size_t lists_end_ = 1;
  std::vector<bool> used_;
  size_t wide_hint_ = 1;
  size_t narrow_hint_ = 1;
  std::vector<uint32_t> targets_;
  std::vector<uint32_t> steps_;
  std::vector<int> atoms_;
  std::vector<uint8_t> edges_;
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

void Automaton::walk_on(uint32_t at, Walk walk,
                        std::vector<RawHit>& hits) const {
  table_->walk_on(at, walk, hits);
}

// Begins walks at the next places where a pattern may begin, until all lanes
// are taken.
size_t Automaton::start_lanes(std::string_view text, size_t& from, size_t to,
                              std::array<Lane, kLanes>& lanes,
                              size_t count) const {
  size_t behind = from == 0 ? 0 : 1 + kIsWord[byte_at(text, from - 1)];
  size_t at = from;
  for (; at < to && count < kLanes; ++at) {
    const uint32_t state = start_[behind];
    const unsigned char byte = byte_at(text, at);
    behind = 1 + kIsWord[byte];
    const Slot one = slot(state + byte);
    lanes[count] = {static_cast<uint32_t>(at), static_cast<uint32_t>(at + 1),
                    state + byte, one.next};
    __builtin_prefetch(slots_ + (one.next & kState) + byte_at(text, at + 1));
    count += one.owner == state;
  }
  from = at;
  return count;
}

size_t Automaton::scan(std::string_view text, size_t from, size_t to,
                       std::vector<RawHit>& hits) const {
  thread_local std::vector<Accepted> accepted;
  thread_local std::vector<RawHit> slow;
  accepted.clear();
  slow.clear();
  const size_t end = std::min(to, from + kStretch);
  std::array<Lane, kLanes> lanes;
  size_t count = 0;
  while ((count = start_lanes(text, from, end, lanes, count)) > 0) {
    size_t left = 0;
    for (size_t i = 0; i < count; ++i) {
      Lane lane = lanes[i];
      const unsigned char byte = byte_at(text, lane.at);
      if (lane.next & kUnbuilt) [[unlikely]] {
        lane.next = build(lane.slot, byte);
        if (lane.next & kUnbuilt) {
          walk_on(lane.slot, {text, lane.begin, lane.at, to}, slow);
          continue;
        }
      }
      const uint32_t state = lane.next & ~kAccepts;
      if (lane.next & kAccepts) {
        const size_t list =
            state + (kIsWord[byte] ? kBeforeWord : kBeforeOther);
        __builtin_prefetch(slots_ + list);
        accepted.push_back({lane.begin, lane.at, static_cast<uint32_t>(list)});
      }
      const Slot one = slot(state + byte);
      lanes[left] = {lane.begin, lane.at + 1, state + byte, one.next};
      __builtin_prefetch(slots_ + (one.next & kState) +
                         byte_at(text, lane.at + 1));
      left += (one.owner == state) & (lane.at < to);
    }
    count = left;
  }
  write(accepted, hits);
  if (!slow.empty()) {
    // Of one start these are the longer ones: they go behind the others.
    hits.insert(hits.end(), slow.begin(), slow.end());
    std::stable_sort(
        hits.begin(), hits.end(),
        [](const RawHit& a, const RawHit& b) { return a.begin < b.begin; });
  }
  return end;
}

void Automaton::write(std::vector<Accepted>& accepted,
                      std::vector<RawHit>& hits) const {
  std::sort(accepted.begin(), accepted.end(),
            [](const Accepted& a, const Accepted& b) {
              return a.begin != b.begin ? a.begin < b.begin : a.end < b.end;
            });
  for (Accepted& one : accepted) {
    one.slot = slot(one.slot).next;
    __builtin_prefetch(lists_ + one.slot);
  }
  for (const Accepted& one : accepted) {
    for (const int* atom = lists_ + one.slot; *atom != kEndOfList; ++atom) {
      hits.push_back({*atom, one.begin, one.end});
    }
  }
}

}  // namespace grumble::analyzer
