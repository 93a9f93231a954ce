#include "analyzer/automaton.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "analyzer/determinizer.h"
#include "analyzer/index_table.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kStretch = 4096;  // starts that are gone through at once

}  // namespace

/// What is built by now.
class Automaton::Table {
 public:
  Table(Machine machine, size_t max_memory)
      : rows(max_memory),
        machine_(std::move(machine)),
        subsets_(machine_),
        max_memory_(max_memory) {
    machine_.settle();
    begin();
  }

  /// Held by who reads or builds states; alone by who forgets them.
  std::shared_mutex in_use;

  /// Whether there was no room for a state.
  bool full() const { return full_.load(std::memory_order_relaxed); }

  void forget() {
    const std::scoped_lock lock(in_use, mutex_);
    rows.clear();
    machine_.fold();
    subsets_.forget();
    known_ = IndexTable();
    states_ = std::vector<State>();
    keys_ = std::vector<uint32_t>();
    begin();
    full_.store(false, std::memory_order_relaxed);
  }

  uint32_t build(uint32_t at, unsigned char next) {
    const std::scoped_lock lock(mutex_);
    Slot slot = rows.load(at);
    if (slot.next & Slot::kUnbuilt) {
      near_ = {at, next};
      const uint32_t base = has_room() ? built(behind(slot, at)) : 0;
      if (base == 0) {
        full_.store(true, std::memory_order_relaxed);
        return slot.next;
      }
      slot.next = base;
      rows.store(at, slot);
    }
    return slot.next;
  }

  void walk_on(uint32_t at, Walk walk, std::vector<RawHit>& hits) {
    const std::scoped_lock lock(mutex_);
    StateKey key = behind(rows.load(at), at);
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
    return kept();
  }

  Rows rows;
  /// The states that walks begin in, by what comes before: see Before.
  std::array<uint32_t, 3> start{};

 private:
  struct State {
    uint32_t key;  ///< where its steps begin in `keys_`
    uint32_t steps : 31;
    uint32_t behind_word : 1;
    uint32_t base;  ///< with Slot::kAccepts
  };
  void begin() {
    near_ = {};
    for (const Before before :
         {Before::text_begin, Before::other, Before::word}) {
      start[static_cast<size_t>(before)] =
          built(subsets_.start(before)) & ~Slot::kAccepts;
    }
  }

  size_t kept() const {
    // Arrays that grow take up to twice what they hold.
    return rows.bytes() + known_.bytes() + machine_.unfolded() +
           2 * (states_.size() * sizeof(State) +
                keys_.size() * sizeof(uint32_t));
  }
  bool has_room() const { return kept() < max_memory_; }

  /// The state behind `byte`.
  StateKey behind(const StateKey& key, unsigned char byte) {
    subsets_.resolve(key, kIsWord[byte], steps_);
    subsets_.leave(steps_, byte, targets_);
    return subsets_.after(targets_, kIsWord[byte]);
  }

  /// The state that a slot leads to which names no state yet.
  StateKey behind(Slot slot, uint32_t at) {
    const State& state = states_[slot.next & ~Slot::kUnbuilt];
    const auto first = keys_.begin() + state.key;
    return behind({{first, first + state.steps}, state.behind_word != 0},
                  static_cast<unsigned char>(at - slot.owner));
  }

  /// The state's base with Slot::kAccepts; builds it unless that is done; 0
  /// when there is no room.
  uint32_t built(const StateKey& key) {
    size_t hash = key.behind_word ? 7 : 3;
    for (uint32_t step : key.steps) hash = mix(hash, step);
    const auto fresh = static_cast<uint32_t>(states_.size());
    const uint32_t index = known_.intern(hash, fresh, [&](uint32_t other) {
      const State& state = states_[other];
      return (state.behind_word != 0) == key.behind_word &&
             std::equal(key.steps.begin(), key.steps.end(),
                        keys_.begin() + state.key,
                        keys_.begin() + state.key + state.steps);
    });
    if (index != fresh) return states_[index].base;
    const uint32_t base = base_of_new(key);
    // A state without a place stays unknown to all: its base is 0.
    states_.push_back({static_cast<uint32_t>(keys_.size()),
                       static_cast<uint32_t>(key.steps.size()), key.behind_word,
                       base});
    keys_.insert(keys_.end(), key.steps.begin(), key.steps.end());
    return base;
  }

  uint32_t base_of_new(const StateKey& key) {
    Rows::Accepted accepted;
    ByteSet edges;
    for (const bool word : {true, false}) {
      subsets_.resolve(key, word, steps_);
      subsets_.accepted(steps_, atoms_);
      const auto list = rows.list_of(atoms_);
      if (!list) return 0;
      (word ? accepted.before_word : accepted.before_other) = *list;
      edges |= subsets_.edges(steps_) & (word ? word_bytes() : ~word_bytes());
    }
    edges_.clear();
    for (size_t c = edges._Find_first(); c < 256; c = edges._Find_next(c)) {
      edges_.push_back(static_cast<uint8_t>(c));
    }
    const uint32_t base = rows.place(
        edges_, accepted, static_cast<uint32_t>(states_.size()), near_);
    if (base == 0) return 0;
    return base | (accepted.any() ? Slot::kAccepts : 0);
  }

  std::mutex mutex_;  ///< of what follows
  Machine machine_;
  Determinizer subsets_;
  size_t max_memory_;
  std::atomic<bool> full_ = false;
  std::vector<State> states_;
  std::vector<uint32_t> keys_;
  IndexTable known_;  ///< of `states_`
  std::vector<uint32_t> targets_;
  std::vector<uint32_t> steps_;
  std::vector<int> atoms_;
  std::vector<uint8_t> edges_;
  Rows::Near near_;
};

Automaton::Automaton(Machine machine, int64_t max_memory)
    : table_(std::make_unique<Table>(
          std::move(machine),
          static_cast<size_t>(std::max(max_memory, kLeastMemory)))),
      slots_(table_->rows.slots()),
      lists_(table_->rows.lists()) {}

Automaton::~Automaton() = default;

void Automaton::forget() const { table_->forget(); }

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
    const uint32_t state = table_->start[behind];
    const unsigned char byte = byte_at(text, at);
    behind = 1 + kIsWord[byte];
    const Slot one = slot(state + byte);
    lanes[count] = {static_cast<uint32_t>(at), static_cast<uint32_t>(at + 1),
                    state + byte, one.next};
    __builtin_prefetch(slots_ + (one.next & Slot::kState) +
                       byte_at(text, at + 1));
    count += one.owner == state;
  }
  from = at;
  return count;
}

size_t Automaton::scan(std::string_view text, size_t from, size_t to,
                       std::vector<RawHit>& hits) const {
  thread_local std::vector<Accepted> accepted;
  thread_local std::vector<RawHit> slow;
  if (table_->full()) [[unlikely]]
    table_->forget();
  const std::shared_lock lock(table_->in_use);
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
      if (lane.next & Slot::kUnbuilt) [[unlikely]] {
        lane.next = build(lane.slot, byte);
        if (lane.next & Slot::kUnbuilt) {
          walk_on(lane.slot, {text, lane.begin, lane.at, to}, slow);
          continue;
        }
      }
      const uint32_t state = lane.next & ~Slot::kAccepts;
      if (lane.next & Slot::kAccepts) {
        const size_t list =
            state + (kIsWord[byte] ? Slot::kBeforeWord : Slot::kBeforeOther);
        __builtin_prefetch(slots_ + list);
        accepted.push_back({lane.begin, lane.at, static_cast<uint32_t>(list)});
      }
      const Slot one = slot(state + byte);
      lanes[left] = {lane.begin, lane.at + 1, state + byte, one.next};
      __builtin_prefetch(slots_ + (one.next & Slot::kState) +
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
    for (const int* atom = lists_ + one.slot; *atom != Rows::kEndOfList;
         ++atom) {
      hits.push_back({*atom, one.begin, one.end});
    }
  }
}

}  // namespace grumble::analyzer
