#include "benchmarks/peers.h"

#include <re2/re2.h>
#include <re2/set.h>

#ifdef GRUMBLE_HYPERSCAN
#include <hs.h>
#endif

namespace grumble::benchmarks {
namespace {

RE2::Options options_of(long memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(memory);
  return options;
}

class SetPeer : public Peer {
 public:
  SetPeer(const std::vector<std::string>& patterns, long memory)
      : set_(options_of(memory), RE2::UNANCHORED) {
    for (const auto& pattern : patterns) set_.Add(pattern, nullptr);
    compiled_ = set_.Compile();
  }
  bool compiled() const { return compiled_; }
  size_t count(std::string_view text) override {
    hits_.clear();
    set_.Match({text.data(), text.size()}, &hits_);
    return hits_.size();
  }

 private:
  RE2::Set set_;
  bool compiled_ = false;
  std::vector<int> hits_;
};

class SinglesPeer : public Peer {
 public:
  explicit SinglesPeer(const std::vector<std::string>& patterns) {
    for (const auto& pattern : patterns) {
      all_.push_back(std::make_unique<RE2>(pattern, options_of(8 << 20)));
    }
  }
  size_t count(std::string_view text) override {
    size_t hits = 0;
    for (const auto& re : all_) {
      hits += RE2::PartialMatch({text.data(), text.size()}, *re);
    }
    return hits;
  }

 private:
  std::vector<std::unique_ptr<RE2>> all_;
};

#ifdef GRUMBLE_HYPERSCAN
class HyperscanPeer : public Peer {
 public:
  HyperscanPeer(const std::vector<std::string>& patterns, size_t& refused) {
    constexpr unsigned kFlags =
        HS_FLAG_UTF8 | HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY;
    std::vector<const char*> taken;
    for (const auto& pattern : patterns) {
      hs_expr_info_t* info = nullptr;
      hs_compile_error_t* error = nullptr;
      if (hs_expression_info(pattern.c_str(), kFlags, &info, &error) ==
          HS_SUCCESS) {
        taken.push_back(pattern.c_str());
      } else {
        hs_free_compile_error(error);
        ++refused;
      }
      free(info);
    }
    const std::vector<unsigned> flags(taken.size(), kFlags);
    std::vector<unsigned> ids;
    for (unsigned i = 0; i < taken.size(); ++i) ids.push_back(i);
    hs_compile_error_t* error = nullptr;
    if (hs_compile_multi(taken.data(), flags.data(), ids.data(),
                         static_cast<unsigned>(taken.size()), HS_MODE_BLOCK,
                         nullptr, &database_, &error) != HS_SUCCESS) {
      hs_free_compile_error(error);
      refused = patterns.size();
      return;
    }
    hs_alloc_scratch(database_, &scratch_);
  }
  ~HyperscanPeer() override {
    hs_free_scratch(scratch_);
    hs_free_database(database_);
  }
  size_t count(std::string_view text) override {
    size_t hits = 0;
    hs_scan(
        database_, text.data(), static_cast<unsigned>(text.size()), 0, scratch_,
        [](unsigned, unsigned long long, unsigned long long, unsigned,
           void* sum) {
          ++*static_cast<size_t*>(sum);
          return 0;
        },
        &hits);
    return hits;
  }

 private:
  hs_database_t* database_ = nullptr;
  hs_scratch_t* scratch_ = nullptr;
};
#endif

}  // namespace

std::unique_ptr<Peer> make_set(const std::vector<std::string>& patterns,
                               long memory) {
  auto peer = std::make_unique<SetPeer>(patterns, memory);
  return peer->compiled() ? std::move(peer) : nullptr;
}

std::unique_ptr<Peer> make_singles(const std::vector<std::string>& patterns) {
  return std::make_unique<SinglesPeer>(patterns);
}

std::unique_ptr<Peer> make_hyperscan(
    [[maybe_unused]] const std::vector<std::string>& patterns,
    [[maybe_unused]] size_t& refused) {
#ifdef GRUMBLE_HYPERSCAN
  auto peer = std::make_unique<HyperscanPeer>(patterns, refused);
  if (refused < patterns.size()) return peer;
#endif
  return nullptr;
}

}  // namespace grumble::benchmarks
