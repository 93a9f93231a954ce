#include "analyzer/rule_file.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace grumble::analyzer {
namespace {

namespace fs = std::filesystem;

std::string sha256_hex(const std::string& bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

void refuse_duplicates(const RuleFiles& files) {
  std::map<std::string, Place> seen;
  const auto check = [&](const std::string& id, const Place& place) {
    const auto [first, fresh] = seen.emplace(id, place);
    if (fresh) return;
    fail(place, "id \"" + id + "\" is taken, first at " + first->second.file +
                    ":" + std::to_string(first->second.line));
  };
  for (const auto& category : files.categories) {
    for (const auto& rule : category.rules) check(rule.id, rule.place);
  }
  for (const auto& model : files.models) {
    check("model " + model.name, model.place);
  }
  for (const auto& noise : files.noise) check("noise " + noise.id, noise.place);
  for (const auto& one : files.comparisons) {
    check("comparison " + one.id, one.place);
  }
}

template <typename... Lists>
void forget_all(Lists&... lists) {
  ((lists = Lists()), ...);
}

}  // namespace

void RuleFiles::forget_words() {
  for (CategorySource& category : categories) {
    for (RuleSource& rule : category.rules) {
      forget_all(rule.phrases, rule.regexes, rule.near, rule.require,
                 rule.require_text, rule.unless, rule.unless_sentence,
                 rule.unless_text, rule.models, rule.matches, rule.rejects);
    }
  }
  for (NoiseSource& one : noise) {
    forget_all(one.phrases, one.regexes, one.matches, one.rejects);
  }
  for (ComparisonSource& one : comparisons) {
    forget_all(one.patterns, one.unless, one.matches, one.rejects);
  }
  forget_all(models, topic, other_trades, video, lists, markers, aspects,
             han_pairs);
}

RuleFiles read_rule_files(const fs::path& directory) {
  std::error_code error;
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".toml") paths.push_back(entry.path());
  }
  if (error) {
    fail({directory.string(), 1, 1},
         "cannot list the rule directory: " + error.message());
  }
  if (paths.empty()) fail({directory.string(), 1, 1}, "no rule files here");
  std::sort(paths.begin(), paths.end());
  RuleFiles files;
  std::string digest;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    if (in.bad() || !in.is_open()) fail({path.string(), 1, 1}, "cannot read");
    digest += path.filename().string() + '\0' + std::to_string(bytes.size()) +
              '\0' + bytes;
    read_rule_file(path.string(), bytes, files);
  }
  files.version = sha256_hex(digest);
  refuse_duplicates(files);
  return files;
}

}  // namespace grumble::analyzer
