// Reads every #include of the tree and holds it against ARCHITECTURE.md: which
// layer may include which, and which folder a library may be used in.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct Include {
  std::string file;  ///< path from the root, '/' between
  int line = 0;
  std::string target;
  bool ours = false;  ///< written with quotes
};

const std::vector<std::string> kLayers = {"domain", "collector", "analyzer",
                                          "store",  "simulator", "app",
                                          "tests",  "benchmarks"};

const std::map<std::string, std::set<std::string>> kMayInclude = {
    {"domain", {"domain"}},
    {"collector", {"domain", "collector"}},
    {"analyzer", {"domain", "analyzer"}},
    {"store", {"domain", "store"}},
    {"simulator", {"domain", "simulator"}},
    {"app", {"domain", "collector", "analyzer", "store", "app"}},
    {"tests",
     {"domain", "collector", "analyzer", "store", "simulator", "app", "tests",
      "benchmarks"}},
    {"benchmarks",
     {"domain", "collector", "analyzer", "store", "simulator", "app", "tests",
      "benchmarks"}},
};

/// A library's headers and the path prefixes that may include them.
struct Home {
  std::string library;
  std::vector<std::string> headers;  ///< prefixes of the include
  std::vector<std::string> homes;    ///< prefixes of the file
};

const std::vector<Home> kHomes = {
    {"libcurl",
     {"curl/"},
     {"collector/http_client.cc", "collector/http_transfer."}},
    {"simdjson", {"simdjson"}, {"collector/"}},
    {"RE2", {"re2/"}, {"analyzer/"}},
    {"OpenSSL",
     {"openssl/"},
     {"analyzer/rule_file.cc", "store/author_naming.cc"}},
    {"utf8proc", {"utf8proc"}, {"analyzer/", "app/render/", "collector/"}},
    {"libpqxx", {"pqxx/", "libpq-fe"}, {"store/"}},
    {"toml++",
     {"toml++/"},
     {"analyzer/", "app/config.cc", "app/config_section."}},
    {"CLI11", {"CLI/"}, {"app/", "simulator/"}},
    {"fmt", {"fmt/"}, {"app/"}},
    {"spdlog", {"spdlog/"}, {"app/"}},
    {"Boost.Beast", {"boost/beast"}, {"app/", "simulator/"}},
    {"Boost.JSON", {"boost/json"}, {"app/", "simulator/"}},
    {"Boost.Asio", {"boost/asio"}, {"collector/", "app/", "simulator/"}},
};

bool starts_with_any(const std::string& text,
                     const std::vector<std::string>& prefixes) {
  return std::any_of(
      prefixes.begin(), prefixes.end(),
      [&](const std::string& prefix) { return text.starts_with(prefix); });
}

std::vector<Include> all_includes() {
  static const std::regex pattern(
      R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re");
  std::vector<Include> includes;
  for (const auto& layer : kLayers) {
    if (!fs::exists(layer)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(layer)) {
      const auto extension = entry.path().extension();
      if (extension != ".cc" && extension != ".h") continue;
      std::ifstream in(entry.path());
      std::string text;
      for (int line = 1; std::getline(in, text); ++line) {
        std::smatch match;
        if (!std::regex_search(text, match, pattern)) continue;
        includes.push_back(
            {entry.path().generic_string(), line, match[2], match[1] == "\""});
      }
    }
  }
  return includes;
}

std::string top_folder(const std::string& path) {
  return path.substr(0, path.find('/'));
}

TEST(Layering, SeesTheTree) { EXPECT_GT(all_includes().size(), 100u); }

TEST(Layering, ArrowsPointOneWay) {
  for (const auto& include : all_includes()) {
    if (!include.ours) continue;
    const auto& allowed = kMayInclude.at(top_folder(include.file));
    EXPECT_TRUE(allowed.contains(top_folder(include.target)))
        << include.file << ':' << include.line << ": includes '"
        << include.target << "'";
    EXPECT_TRUE(fs::exists(include.target))
        << include.file << ':' << include.line << ": no file '"
        << include.target << "' from the project's root";
  }
}

TEST(Layering, EachLibraryStaysAtHome) {
  for (const auto& include : all_includes()) {
    if (top_folder(include.file) == "tests" ||
        top_folder(include.file) == "benchmarks") {
      continue;
    }
    for (const auto& home : kHomes) {
      if (!starts_with_any(include.target, home.headers)) continue;
      EXPECT_TRUE(starts_with_any(include.file, home.homes))
          << include.file << ':' << include.line << ": " << home.library
          << " is used outside its home";
    }
  }
}

TEST(Layering, DomainNeedsTheStandardLibraryOnly) {
  for (const auto& include : all_includes()) {
    if (top_folder(include.file) != "domain") continue;
    EXPECT_TRUE(include.ours || include.target.find('/') == std::string::npos)
        << include.file << ':' << include.line;
  }
}

TEST(Layering, NoHeaderIncludesItself) {
  std::map<std::string, std::vector<std::string>> edges;
  for (const auto& include : all_includes()) {
    if (include.ours) edges[include.file].push_back(include.target);
  }
  std::map<std::string, int> state;  // 1: on the path, 2: done
  const std::function<bool(const std::string&)> cyclic =
      [&](const std::string& file) {
        if (state[file] == 1) return true;
        if (state[file] == 2) return false;
        state[file] = 1;
        for (const auto& next : edges[file]) {
          if (cyclic(next)) {
            ADD_FAILURE() << "cycle through " << file << " and " << next;
            return false;
          }
        }
        state[file] = 2;
        return false;
      };
  for (const auto& [file, targets] : edges) {
    EXPECT_FALSE(cyclic(file)) << file;
  }
}

}  // namespace
