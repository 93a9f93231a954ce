// Prints posts/s and MB/s of one core (processor time, not the clock on the
// wall) for the whole analysis and for its peers, over one corpus.
//
//   bench_analyze RULES CORPUS.ndjson EXPORT_DIR
//
// EXPORT_DIR gets texts.json and patterns.json for the peers in node and
// Python that script/bench runs next.

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <string>

#include "analyzer/analyzer_impl.h"
#include "benchmarks/corpus.h"
#include "benchmarks/peers.h"

namespace grumble::benchmarks {
namespace {

namespace fs = std::filesystem;

constexpr int kRounds = 5;
constexpr double kPatience = 4;  // seconds that one round of a peer may take
constexpr long kSetMemory = 512L << 20;

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * double(now.tv_nsec);
}

void print(const char* name, double posts, double megabytes,
           const std::string& note) {
  std::printf("  %-34s %12.0f posts/s %9.2f MB/s  %s\n", name, posts, megabytes,
              note.c_str());
  std::fflush(stdout);
}

class Bench {
 public:
  Bench(const analyzer::Analyzer::Impl& impl, std::vector<domain::Text> texts)
      : impl_(impl), texts_(std::move(texts)) {
    for (const domain::Text& text : texts_) {
      folded_.push_back(impl_.normalizer.fold(text.text));
    }
  }

  /// The first round, and the best; stops early once it took too long.
  template <typename Step>
  void run(const char* name, std::string note, Step step) {
    double first = 0;
    double best = 0;
    double best_megabytes = 0;
    size_t posts = texts_.size();
    for (int round = 0; round < kRounds; ++round) {
      const double begin = processor_seconds();
      double spent = 0;
      size_t bytes = 0;
      size_t done = 0;
      while (done < posts) {
        step(done);
        bytes += texts_[done].text.size();
        ++done;
        if (done % 64 != 0 && done < posts) continue;
        spent = processor_seconds() - begin;
        if (spent > kPatience) break;
      }
      const double rate = static_cast<double>(done) / spent;
      if (round == 0) first = rate;
      if (rate > best) {
        best = rate;
        best_megabytes = static_cast<double>(bytes) / spent / 1e6;
      }
      if (done < posts) {
        note += " (of " + std::to_string(done) + " posts)";
        break;
      }
    }
    print(name, best, best_megabytes,
          "first pass " + std::to_string(static_cast<long>(first)) + note);
  }

  void run(const char* name, std::string note, std::unique_ptr<Peer> peer) {
    if (!peer) {
      std::printf("  %-34s skipped: not installed, or does not compile\n",
                  name);
      return;
    }
    run(name, std::move(note),
        [&](size_t i) { sum_ += peer->count(folded_[i]); });
  }

  void all() {
    std::vector<std::string> atoms = patterns();
    const auto shape = impl_.matcher.shape();
    std::printf(
        "  %zu posts, %zu atoms: %zu states in %zu automata of "
        "%.1f MB, %zu atoms left to RE2\n",
        texts_.size(), atoms.size(), shape.states, shape.automata,
        static_cast<double>(shape.bytes) / 1e6, shape.left_to_re2);
    run("whole analysis", "", [&](size_t i) {
      sum_ += impl_.analyze(texts_[i], false).findings.size();
    });
    run("  of it: folding", "", [&](size_t i) {
      impl_.normalizer.fold(texts_[i].text, work_.folded);
      sum_ += work_.folded.text().size();
    });
    run("  of it: matching with places", "", [&](size_t i) {
      impl_.matcher.match(folded_[i], work_.hits);
      sum_ += work_.hits.ids.size();
    });
    run("RE2::Set, same atoms, no places", "", make_set(atoms, kSetMemory));
    size_t refused = 0;
    auto hyperscan = make_hyperscan(atoms, refused);
    run("Hyperscan, same atoms, no places",
        ", refuses " + std::to_string(refused) + " atoms",
        std::move(hyperscan));
    run("RE2, each atom alone", "", make_singles(atoms));
  }

  std::vector<std::string> patterns() const {
    std::vector<std::string> all;
    for (size_t i = 0; i < impl_.matcher.size(); ++i) {
      all.push_back(impl_.matcher.pattern(static_cast<int>(i)));
    }
    return all;
  }

  const std::vector<std::string>& folded() const { return folded_; }
  /// Keeps results alive, so that no work is left out.
  size_t sum() const { return sum_; }

 private:
  const analyzer::Analyzer::Impl& impl_;
  std::vector<domain::Text> texts_;
  std::vector<std::string> folded_;
  analyzer::Work work_;
  size_t sum_ = 0;
};

int run(const fs::path& rules, const fs::path& corpus, const fs::path& to) {
  const double begin = processor_seconds();
  const analyzer::Analyzer::Impl impl(rules);
  std::printf("%s\n  rules load and prove their examples in %.2f s\n",
              corpus.filename().c_str(), processor_seconds() - begin);
  Bench bench(impl, read_corpus(corpus));
  bench.all();
  if (bench.sum() == 0) std::printf("  nothing was found at all\n");
  write_json(to / "texts.json", bench.folded());
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
