#include "benchmarks/corpus.h"

#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string_view>

namespace grumble::benchmarks {

std::vector<domain::Text> read_corpus(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error("cannot open '" + file.string() + "'");
  std::vector<domain::Text> texts;
  simdjson::dom::parser parser;
  std::string line;
  while (std::getline(in, line)) {
    simdjson::dom::element object;
    std::string_view field;
    if (parser.parse(line).get(object) || object["text"].get(field)) continue;
    domain::Text& text = texts.emplace_back();
    text.text = field;
    if (!object["lang"].get(field)) text.lang = field;
  }
  if (texts.empty()) {
    throw std::runtime_error("no texts in '" + file.string() + "'");
  }
  std::mt19937_64 random(1);
  std::shuffle(texts.begin(), texts.end(), random);
  return texts;
}

void write_json(const std::filesystem::path& file,
                const std::vector<std::string>& strings) {
  std::ofstream out(file);
  const char* separator = "[";
  for (const std::string& string : strings) {
    out << separator << '"';
    for (char c : string) {
      if (c == '"' || c == '\\') out << '\\';
      if (static_cast<unsigned char>(c) < 0x20) {
        constexpr char kDigits[] = "0123456789abcdef";
        out << "\\u00" << kDigits[c >> 4] << kDigits[c & 15];
      } else {
        out << c;
      }
    }
    out << '"';
    separator = ",\n";
  }
  out << "]\n";
  if (!out.flush()) {
    throw std::runtime_error("cannot write '" + file.string() + "'");
  }
}

}  // namespace grumble::benchmarks
