#include "analyzer/automaton.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "analyzer/machine.h"

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxTries = 64;  // places that a row is tried at

/// A set of instructions, and whether a word byte came before them.
struct StateKey {
  std::vector<uint32_t> steps;
  bool behind_word;

  bool operator==(const StateKey&) const = default;
};

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

/// Turns the machine into states by the subset construction, then lays their
/// transitions into one array, where rows fill each other's holes.
class AutomatonBuilder {
 public:
  AutomatonBuilder(Automaton& out, int64_t max_memory)
      : out_(out), budget_(max_memory) {}

  void run(const std::vector<std::pair<int, SyntaxNode>>& patterns) {
    std::vector<uint32_t> starts;
    for (const auto& [atom, root] : patterns) {
      starts.push_back(machine_.add(root, atom));
    }
    if (machine_.code.size() > Machine::kMaxInstructions) return;
    seen_.assign(machine_.code.size(), 0);
    for (auto& states : single_) states.assign(machine_.code.size(), 0);
    at_begin_ = true;
    std::array<uint32_t, 3> first{state_of(starts, false), 0, 0};
    at_begin_ = false;
    first[1] = state_of(starts, false);
    first[2] = state_of(starts, true);
    for (size_t i = 0; i < keys_.size(); ++i) {
      expand(static_cast<uint32_t>(i));
      if (spent_ > budget_) return;
    }
    pack();
    out_.slots_.shrink_to_fit();
    for (size_t i = 0; i < 3; ++i) out_.start_[i] = base_[first[i]];
    out_.states_ = rows_.size();
  }

 private:
  struct Row {
    uint32_t begin = 0;  ///< into edges_
    uint32_t end = 0;
    uint32_t accepts = 0;  ///< index, 0: none
  };
  struct Edge {
    uint8_t byte;
    uint32_t next;
  };

  /// Follows what takes no byte. Borders stay until the next byte is known,
  /// unless `crossing` tells.
  void follow(uint32_t step, const bool* crossing,
              std::vector<uint32_t>& steps) {
    stack_.assign(1, step);
    while (!stack_.empty()) {
      const uint32_t at = stack_.back();
      stack_.pop_back();
      if (seen_[at] == round_) continue;
      seen_[at] = round_;
      const Instruction& one = machine_.code[at];
      switch (one.op) {
        case Instruction::split:
          stack_.push_back(one.other);
          stack_.push_back(one.next);
          break;
        case Instruction::text_begin:
          if (at_begin_) stack_.push_back(one.next);
          break;
        case Instruction::border:
        case Instruction::inside:
          if (!crossing) {
            steps.push_back(at);
          } else if (*crossing == (one.op == Instruction::border)) {
            stack_.push_back(one.next);
          }
          break;
        default:
          steps.push_back(at);
      }
    }
  }

  uint32_t state_of(const std::vector<uint32_t>& targets, bool behind_word) {
    ++round_;
    StateKey key{{}, behind_word};
    for (uint32_t target : targets) follow(target, nullptr, key.steps);
    std::sort(key.steps.begin(), key.steps.end());
    const bool waits =
        std::any_of(key.steps.begin(), key.steps.end(), [&](uint32_t step) {
          return machine_.code[step].op == Instruction::border ||
                 machine_.code[step].op == Instruction::inside;
        });
    if (!waits) key.behind_word = false;
    const auto [place, fresh] =
        states_.emplace(std::move(key), static_cast<uint32_t>(keys_.size()));
    if (fresh) {
      keys_.push_back(&place->first);
      rows_.emplace_back();
      spent_ += static_cast<int64_t>(place->first.steps.size() * 4 + 96);
    }
    return place->second;
  }

  /// The same; of a single target it is worked out once.
  uint32_t known_state_of(const std::vector<uint32_t>& targets,
                          bool behind_word) {
    if (targets.size() != 1) return state_of(targets, behind_word);
    uint32_t& known = single_[behind_word ? 1 : 0][targets.front()];
    if (known == 0) known = state_of(targets, behind_word) + 1;
    return known - 1;
  }

  /// The steps of a state once it is known what kind of byte comes next.
  void resolve(const StateKey& key, bool word, std::vector<uint32_t>& steps) {
    steps.clear();
    ++round_;
    const bool crossing = key.behind_word != word;
    for (uint32_t step : key.steps) follow(step, &crossing, steps);
  }

  uint32_t accept_list(const std::vector<uint32_t>& steps) {
    std::vector<int> atoms;
    for (uint32_t step : steps) {
      const Instruction& one = machine_.code[step];
      if (one.op == Instruction::match) {
        atoms.push_back(static_cast<int>(one.other));
      }
    }
    if (atoms.empty()) return 0;
    std::sort(atoms.begin(), atoms.end());
    atoms.erase(std::unique(atoms.begin(), atoms.end()), atoms.end());
    const auto [place, fresh] =
        lists_.emplace(std::string(reinterpret_cast<const char*>(atoms.data()),
                                   atoms.size() * sizeof(int)),
                       static_cast<uint32_t>(out_.atoms_.size()));
    if (fresh) {
      out_.atoms_.insert(out_.atoms_.end(), atoms.begin(), atoms.end());
      out_.atoms_.push_back(Automaton::kEndOfList);
    }
    return place->second;
  }

  void expand(uint32_t state) {
    const StateKey& key = *keys_[state];
    Automaton::Accepts accepts;
    touched_.clear();
    for (const bool word : {true, false}) {
      resolve(key, word, steps_);
      (word ? accepts.before_word : accepts.before_other) = accept_list(steps_);
      for (uint32_t step : steps_) {
        const Instruction& one = machine_.code[step];
        if (one.op != Instruction::bytes) continue;
        const ByteSet& set = machine_.sets[one.other];
        for (size_t c = set._Find_first(); c < 256; c = set._Find_next(c)) {
          if (is_word_byte(static_cast<unsigned char>(c)) != word) continue;
          if (targets_[c].empty()) touched_.push_back(static_cast<uint8_t>(c));
          targets_[c].push_back(one.next);
        }
      }
    }
    Row row;
    if (accepts.before_word != 0 || accepts.before_other != 0) {
      row.accepts = static_cast<uint32_t>(out_.accepts_.size());
      out_.accepts_.push_back(accepts);
    }
    row.begin = static_cast<uint32_t>(edges_.size());
    for (size_t i = 0; i < touched_.size(); ++i) {
      const uint8_t c = touched_[i];
      const bool word = is_word_byte(c);
      // Bytes of one set come in a row and lead to the same place.
      const bool again = i > 0 && is_word_byte(touched_[i - 1]) == word &&
                         targets_[touched_[i - 1]] == targets_[c];
      const uint32_t next =
          again ? edges_.back().next : known_state_of(targets_[c], word);
      edges_.push_back({c, next});
    }
    for (uint8_t c : touched_) targets_[c].clear();
    row.end = static_cast<uint32_t>(edges_.size());
    spent_ += static_cast<int64_t>(touched_.size() * 16);
    rows_[state] = row;
  }

  /// The widest rows first; single transitions then fill what is left.
  void pack() {
    std::vector<uint32_t> order(rows_.size());
    for (size_t i = 0; i < order.size(); ++i) {
      order[i] = static_cast<uint32_t>(i);
    }
    const auto width = [&](uint32_t i) {
      return rows_[i].end - rows_[i].begin;
    };
    std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return width(a) > width(b);
    });
    base_.assign(rows_.size(), 0);
    out_.slots_.assign(edges_.size() + 1024, {});
    used_.assign(out_.slots_.size(), false);
    size_t hint = 1;
    uint32_t last = 0;
    for (uint32_t state : order) {
      // Narrow rows fill the holes that wide ones left.
      if (width(state) < 3 && last >= 3) hint = 1;
      last = width(state);
      place(state, hint);
    }
    out_.slots_.resize(out_.slots_.size() + Automaton::kAcceptSlot + 1);
    for (size_t i = 0; i < rows_.size(); ++i) {
      const Row& row = rows_[i];
      for (uint32_t e = row.begin; e < row.end; ++e) {
        const Edge& edge = edges_[e];
        const bool accepts = rows_[edge.next].accepts != 0;
        out_.slots_[base_[i] + edge.byte] = {
            base_[i], base_[edge.next] | (accepts ? Automaton::kAccepts : 0)};
      }
      if (row.accepts != 0) {
        out_.slots_[base_[i] + Automaton::kAcceptSlot] = {base_[i],
                                                          row.accepts};
      }
    }
  }

  /// Finds a base at which all of a row's bytes fall into free slots. Bases
  /// are unique, since they name the states.
  void place(uint32_t state, size_t& hint) {
    const Row& row = rows_[state];
    size_t tries = 0;
    for (size_t base = hint;; ++base) {
      if (base + Automaton::kAcceptSlot >= out_.slots_.size()) {
        out_.slots_.resize(out_.slots_.size() * 3 / 2 + 1024);
        used_.resize(out_.slots_.size(), false);
      }
      if (used_[base]) {
        if (base == hint) ++hint;
        continue;
      }
      bool free = row.accepts == 0 ||
                  out_.slots_[base + Automaton::kAcceptSlot].owner == 0;
      for (uint32_t e = row.begin; e < row.end && free; ++e) {
        free = out_.slots_[base + edges_[e].byte].owner == 0;
      }
      if (!free) {
        // A crowded stretch is left behind: packing stays fast.
        if (++tries == kMaxTries) {
          hint = base;
          tries = 0;
        }
        continue;
      }
      used_[base] = true;
      if (row.accepts != 0) {
        out_.slots_[base + Automaton::kAcceptSlot].owner =
            static_cast<uint32_t>(base);
      }
      base_[state] = static_cast<uint32_t>(base);
      for (uint32_t e = row.begin; e < row.end; ++e) {
        out_.slots_[base + edges_[e].byte].owner = static_cast<uint32_t>(base);
      }
      return;
    }
  }

  Automaton& out_;
  int64_t budget_;
  int64_t spent_ = 0;
  Machine machine_;
  std::vector<uint32_t> seen_;
  uint32_t round_ = 0;
  std::array<std::vector<uint32_t>, 2> single_;  ///< state + 1, by instruction
  bool at_begin_ = false;
  std::vector<uint32_t> stack_;
  std::vector<uint32_t> steps_;
  std::unordered_map<StateKey, uint32_t, KeyHash> states_;
  std::vector<const StateKey*> keys_;
  std::vector<Row> rows_;
  std::vector<Edge> edges_;
  std::array<std::vector<uint32_t>, 256> targets_;
  std::vector<uint8_t> touched_;
  std::unordered_map<std::string, uint32_t> lists_;
  std::vector<uint32_t> base_;
  std::vector<bool> used_;
};

Automaton::Automaton(const std::vector<std::pair<int, SyntaxNode>>& patterns,
                     int64_t max_memory) {
  accepts_.emplace_back();
  atoms_.push_back(kEndOfList);
  AutomatonBuilder(*this, max_memory).run(patterns);
}

size_t Automaton::memory() const {
  return slots_.size() * sizeof(Slot) + accepts_.size() * sizeof(Accepts) +
         atoms_.size() * sizeof(int);
}

void Automaton::accept(uint32_t state, bool word, size_t begin, size_t end,
                       std::vector<RawHit>& hits) const {
  const Accepts& accepts = accepts_[slots_[state + kAcceptSlot].next];
  uint32_t at = word ? accepts.before_word : accepts.before_other;
  for (; atoms_[at] != kEndOfList; ++at) {
    hits.push_back(
        {atoms_[at], static_cast<uint32_t>(begin), static_cast<uint32_t>(end)});
  }
}

}  // namespace grumble::analyzer
