// Folding any bytes: valid UTF-8 comes out, and every place leads back to a
// border of the original.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "analyzer/normalize.h"
#include "analyzer/rule_file.h"

namespace grumble::analyzer {
namespace {

const Normalizer& normalizer() {
  static const Normalizer shipped = [] {
    const RuleFiles files = read_rule_files("rules");
    Normalizer one(files.han_pairs);
    for (const auto& [name, words] : files.lists) {
      for (const Words& word : words) one.add_vocabulary(one.fold(word.text));
    }
    return one;
  }();
  return shipped;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text) {
  Folded folded;
  normalizer().fold(text, folded);
  const std::string_view out = folded.text();
  size_t last = 0;
  for (size_t at = 0; at < out.size();) {
    char32_t point = 0;
    const size_t size = decode_utf8(out, at, point);
    require(size > 0);
    const size_t begin = folded.original_begin(at);
    const size_t end = folded.original_end(at + size);
    require(begin >= last && begin <= text.size());
    require(end <= text.size() && begin <= end);
    last = begin;
    at += size;
  }
}

}  // namespace
}  // namespace grumble::analyzer

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  grumble::analyzer::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
