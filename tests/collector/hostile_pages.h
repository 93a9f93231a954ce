#pragma once

#include <string>
#include <vector>

namespace grumble::collector {

/// Answers with status 200 that mean to cost much, just under the largest body
/// that is taken.
inline std::vector<std::string> hostile_pages() {
  constexpr size_t kMost = 4'000'000;
  const auto repeated = [](const std::string& start, const std::string& piece,
                           const std::string& end) {
    std::string body = start;
    body.reserve(kMost);
    while (body.size() + piece.size() + end.size() < kMost) body += piece;
    return body + end;
  };
  std::string dense = R"({"data":[)";
  dense.reserve(kMost);
  // Items that no packing makes small.
  for (uint64_t dice = 1; dense.size() + 1000 < kMost;) {
    dense += dense.back() == '[' ? "{\"id\":\"x" : ",{\"id\":\"x";
    for (int i = 0; i < 500; ++i) {
      dice = dice * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
      dense +=
          "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
          "-_"[dice >> 58];
    }
    dense += "\"}";
  }
  const std::string meta = R"(],"meta":{"result_count":1}})";
  return {
      repeated("", "[", ""),
      repeated("{\"data\":[", "[", ""),
      repeated("{", "\"k\":1,", "\"k\":1}"),
      repeated(R"({"data":[{"id":"1","text":")", "x", "\"}" + meta),
      repeated(R"({"data":[{"id":"1","text":")", "\\u0000", "\"}" + meta),
      repeated(R"({"data":[1)", ",1", meta),
      repeated(R"({"data":[{"id":"1"})", R"(,{"id":"2","text":"t"})", meta),
      dense + meta,
      repeated("", "\xFF", ""),
      R"({"data":[{"id":1e130000,"text":"t"})" + meta,
      R"({"data":[{"id":NaN,"text":"t"})" + meta,
      R"({"data":[]} trailing {"data":[]})",
  };
}

}  // namespace grumble::collector
