// Every fault of the catalogue has a test or a reason, and docs/faults.md says
// so as it is.

#include <gtest/gtest.h>
#include <stdio.h>

#include <array>
#include <fstream>
#include <iterator>
#include <string>

namespace {

struct Outcome {
  int status = -1;
  std::string out;
};

Outcome catalogue() {
  FILE* const pipe = popen("script/catalogue 2>&1", "r");
  if (pipe == nullptr) return {};
  Outcome outcome;
  std::array<char, 4096> piece{};
  while (const size_t size = fread(piece.data(), 1, piece.size(), pipe)) {
    outcome.out.append(piece.data(), size);
  }
  outcome.status = pclose(pipe);
  return outcome;
}

TEST(Catalogue, EachRowHasATestOrAReason) {
  const Outcome outcome = catalogue();
  EXPECT_EQ(outcome.status, 0) << outcome.out;
}

TEST(Catalogue, TheDocumentIsUpToDate) {
  std::ifstream file("docs/faults.md", std::ios::binary);
  const std::string document(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(document, catalogue().out) << "run script/catalogue --write";
}

}  // namespace
