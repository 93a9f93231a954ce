// Every folder tests/cases/<source>/<case> is a test: `response.json` read at
// the step in `step.json` gives `expected.json`. To write what is read now,
// set GRUMBLE_UPDATE_CASES=1 and read the difference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/registry.h"
#include "tests/collector/render.h"

namespace grumble::collector {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const auto& source : fs::directory_iterator("tests/cases")) {
    for (const auto& one : fs::directory_iterator(source)) {
      found.push_back(one.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

class SourceCases : public testing::TestWithParam<fs::path> {};

// Catalogue: 51, 53, 55
TEST_P(SourceCases, ReadsAsExpected) {
  const fs::path& folder = GetParam();
  SourceConfig config;
  config.type = folder.parent_path().filename();
  config.queries["sora"] = "sora";
  const auto source = make_source(config);
  HttpResponse response;
  response.status = 200;
  response.body = contents(folder / "response.json");
  std::string step = contents(folder / "step.json");
  const Cursor cursor{config.type, "sora", step};
  const auto now = *domain::parse_timestamp("2026-03-02T11:01:00Z");
  const std::string actual = render(source->read(response, cursor, now));
  const fs::path expected = folder / "expected.json";
  if (std::getenv("GRUMBLE_UPDATE_CASES") != nullptr) {
    std::ofstream(expected, std::ios::binary) << actual;
  }
  EXPECT_EQ(contents(expected), actual);
}

std::string name_of(const testing::TestParamInfo<fs::path>& info) {
  return info.param.parent_path().filename().string() + "_" +
         info.param.filename().string();
}

INSTANTIATE_TEST_SUITE_P(All, SourceCases, testing::ValuesIn(cases()), name_of);

}  // namespace
}  // namespace grumble::collector
