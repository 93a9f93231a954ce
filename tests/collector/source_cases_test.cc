// Every folder tests/cases/<source>/<case> is a test: `response.json` read at
// the gap in `gap.json` gives `expected.json`. To write what is read now,
// set GRUMBLE_UPDATE_CASES=1 and read the difference.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "collector/registry.h"
#include "collector/sources/json.h"
#include "tests/collector/render.h"

namespace grumble::collector {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Gap gap_of(const std::string& json) {
  auto members = read_flat(json);
  const auto number = [&](const char* name) {
    return members[name].empty() ? 0 : std::stoll(members[name]);
  };
  Gap gap;
  gap.query = "sora";
  gap.list = members["list"];
  gap.subject = members["subject"];
  gap.items = members["items"];
  gap.token = members["token"];
  gap.seen = members["seen"];
  gap.lo = number("lo");
  gap.hi = number("hi");
  gap.asked_hi = number("asked_hi");
  gap.restarts = static_cast<int>(number("restarts"));
  return gap;
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
  const Gap gap = gap_of(contents(folder / "gap.json"));
  const auto now = *domain::parse_timestamp("2026-03-02T11:01:00Z");
  const std::string actual = render(source->read(response, gap, now), gap, now);
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
