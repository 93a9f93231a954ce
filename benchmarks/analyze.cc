// Measures one core (processor time, not the clock on the wall) at the whole
// analysis and at its peers, over one corpus, in passes that take turns.
//
//   bench_analyze RULES CORPUS.ndjson EXPORT_DIR
//
// Prints lines that start with # for a person, then a row a peer: name, posts/s
// (median pass, lowest, highest), bytes/s, posts a pass, note. EXPORT_DIR gets
// texts.json, folded.json and patterns.json for the peers in node and Python
// that script/bench runs.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "analyzer/analyzer_impl.h"
#include "benchmarks/corpus.h"
#include "benchmarks/peers.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;

constexpr int kPasses = 3;
constexpr double kWarmUp = 2;      // seconds before a peer is measured
constexpr double kPatience = 0.6;  // seconds that one pass may take
constexpr long kSetMemory = 512L << 20;
constexpr size_t kThinned = 8;  // Hyperscan builds all patterns in two minutes
constexpr size_t kThreads = 2;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

/// One way to go through the corpus, and how fast its passes were.
struct Contestant {
  std::string name;
  std::string note;
  std::function<size_t(size_t)> step;  ///< takes the index of a text
  bool threads = false;                ///< kThreads share the texts
  size_t posts = 0;                    ///< of a pass; fewer when slow
  size_t bytes = 0;
  std::vector<double> rates;  ///< posts/s, a pass each
};

class Bench {
 public:
  Bench(const analyzer::Analyzer::Impl& impl, std::vector<domain::Text> texts)
      : impl_(impl), texts_(std::move(texts)) {
    for (const domain::Text& text : texts_) {
      folded_.push_back(impl_.normalizer.fold(text.text));
    }
    for (const analyzer::Matcher* all : {&impl_.gate, &impl_.matcher}) {
      for (size_t i = 0; i < all->size(); ++i) {
        patterns_.push_back(all->pattern(static_cast<int>(i)));
      }
    }
    std::sort(patterns_.begin(), patterns_.end());
    patterns_.erase(std::unique(patterns_.begin(), patterns_.end()),
                    patterns_.end());
  }

  void enter_ours() {
    enter("whole analysis", "", [&](size_t i) {
      return impl_.analyze(texts_[i], false).findings.size();
    });
    enter("  by two threads, both together", "", contestants_.front().step);
    contestants_.back().threads = true;
    enter("  of it: folding", "", [&](size_t i) {
      impl_.normalizer.fold(texts_[i].text, work_.folded);
      return work_.folded.text().size();
    });
    enter("  of it: matching with places", "", [&](size_t i) {
      impl_.matcher.match(folded_[i], work_.hits);
      return work_.hits.ids.size();
    });
  }

  void enter_peers() {
    enter("RE2::Set, no places", "", make_set(patterns_, kSetMemory));
    std::vector<std::string> some;
    for (size_t i = 0; i < patterns_.size(); i += kThinned) {
      some.push_back(patterns_[i]);
    }
    size_t refused = 0;
    auto hyperscan = make_hyperscan(some, refused);
    enter("Hyperscan, no places",
          "an eighth of the patterns" +
              (refused == 0 ? "" : "; refuses " + std::to_string(refused)),
          std::move(hyperscan));
    enter("RE2, each rule alone", "", make_singles(rules_alone()));
  }

  void run() {
    for (Contestant& contestant : contestants_) warm_up(contestant);
    for (int pass = 0; pass < kPasses; ++pass) {
      for (Contestant& contestant : contestants_) run_pass(contestant);
    }
  }

  void print() const {
    for (const auto& one : contestants_) {
      if (one.rates.empty()) {
        std::printf("%s\t\t\t\t\t\tskipped: %s\n", one.name.c_str(),
                    one.note.c_str());
        continue;
      }
      std::vector<double> rates = one.rates;
      std::sort(rates.begin(), rates.end());
      const double median = rates[rates.size() / 2];
      std::printf("%s\t%.1f\t%.1f\t%.1f\t%.0f\t%zu\t%s\n", one.name.c_str(),
                  median, rates.front(), rates.back(),
                  median * double(one.bytes) / double(one.posts), one.posts,
                  one.note.c_str());
    }
  }

  const std::vector<std::string>& folded() const { return folded_; }
  const std::vector<std::string>& patterns() const { return patterns_; }
  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const auto& text : texts_) all.push_back(text.text);
    return all;
  }
  /// Keeps results alive, so that no work is left out.
  size_t sum() const { return sum_; }

 private:
  void enter(std::string name, std::string note,
             std::function<size_t(size_t)> step) {
    Contestant& entered = contestants_.emplace_back();
    entered.name = std::move(name);
    entered.note = std::move(note);
    entered.step = std::move(step);
  }

  void enter(std::string name, std::string note, std::unique_ptr<Peer> peer) {
    if (!peer) {
      enter(std::move(name), "not installed, or does not compile",
            std::function<size_t(size_t)>());
      return;
    }
    peers_.push_back(std::move(peer));
    enter(std::move(name), std::move(note),
          [this, own = peers_.back().get()](size_t i) {
            return own->count(folded_[i]);
          });
  }

  /// How many texts from the first one, at most `posts`, fit into `seconds`.
  /// The corpus is in random order: its first texts stand for all.
  size_t texts_in(const Contestant& contestant, size_t posts, double seconds) {
    const double begin = processor_seconds();
    for (size_t done = 0; done < posts;) {
      sum_ += contestant.step(done++);
      if (done % 16 == 0 && processor_seconds() - begin > seconds) return done;
    }
    return posts;
  }

  /// RE2 builds its automata while it matches: what it has seen once is fast.
  void warm_up(Contestant& contestant) {
    if (!contestant.step) return;
    contestant.posts = texts_in(contestant, texts_.size(), kWarmUp);
    contestant.posts = texts_in(contestant, contestant.posts, kPatience);
    for (size_t i = 0; i < contestant.posts; ++i) {
      contestant.bytes += texts_[i].text.size();
    }
  }

  void run_pass(Contestant& contestant) {
    if (!contestant.step) return;
    const size_t count = contestant.threads ? kThreads : 1;
    std::vector<double> rates(count);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < count; ++t) {
      threads.emplace_back([&, t] {
        size_t sum = 0;
        size_t posts = 0;
        const double begin = processor_seconds();
        for (size_t i = t; i < contestant.posts; i += count) {
          sum += contestant.step(i);
          ++posts;
        }
        rates[t] = double(posts) / (processor_seconds() - begin);
        sum_ += sum;
      });
    }
    for (std::thread& thread : threads) thread.join();
    contestant.rates.push_back(std::accumulate(rates.begin(), rates.end(), 0.));
  }

  /// A rule as one expression: any of the words that it looks for.
  std::vector<std::string> rules_alone() const {
    std::vector<std::string> all;
    for (const analyzer::Rule& rule : impl_.book.rules()) {
      std::set<int> atoms;
      for (const analyzer::Form& form : rule.forms) {
        for (size_t group : form.groups) {
          const auto& some = impl_.book.groups()[group];
          atoms.insert(some.begin(), some.end());
        }
      }
      std::vector<std::string> patterns;
      for (int atom : atoms) patterns.push_back(impl_.matcher.pattern(atom));
      all.push_back(analyzer::join_patterns(std::move(patterns)));
    }
    return all;
  }

  const analyzer::Analyzer::Impl& impl_;
  std::vector<domain::Text> texts_;
  std::vector<std::string> folded_;
  std::vector<std::string> patterns_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<Contestant> contestants_;
  analyzer::Work work_;
  std::atomic<size_t> sum_ = 0;
};

int run(const fs::path& rules, const fs::path& corpus, const fs::path& to) {
  const double begin = processor_seconds();
  const analyzer::Analyzer::Impl impl(rules);
  const double loading = processor_seconds() - begin;
  Bench bench(impl, read_corpus(corpus));
  std::printf(
      "# %s: %zu posts\n"
      "# %zu rules of %zu patterns, %zu of them left to RE2; loaded and proved "
      "by their examples in %.2f s\n",
      corpus.filename().c_str(), bench.folded().size(),
      impl.book.rules().size(), bench.patterns().size(),
      impl.matcher.shape().left_to_re2, loading);
  bench.enter_ours();
  bench.enter_peers();
  bench.run();
  bench.print();
  const auto shape = impl.matcher.shape();
  std::printf("# the automaton of the rules: %zu states of %.1f MB by then\n",
              shape.states, static_cast<double>(shape.bytes) / 1e6);
  if (bench.sum() == 0) std::printf("# nothing was found at all\n");
  write_json(to / "texts.json", bench.texts());
  write_json(to / "folded.json", bench.folded());
  write_json(to / "patterns.json", bench.patterns());
  return 0;
}

}  // namespace
}  // namespace grumble::benchmarks

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_analyze RULES CORPUS EXPORT_DIR\n");
    return 2;
  }
  try {
    return grumble::benchmarks::run(argv[1], argv[2], argv[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_analyze: %s\n", error.what());
    return 1;
  }
}
