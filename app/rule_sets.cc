#include "app/rule_sets.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace grumble::app {
namespace {

namespace fs = std::filesystem;

/// A directory that goes with the object.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string path = fs::temp_directory_path() / "grumble-rules-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) {
      throw std::runtime_error("cannot make a directory in '" +
                               fs::temp_directory_path().string() + "'");
    }
    path_ = path;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The file that the line begins, or nothing: names rise.
std::string file_named(const std::string& line, const std::string& last) {
  if (!line.starts_with("# ") || !line.ends_with(".toml")) return "";
  const std::string name = line.substr(2);
  const bool plain = name.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0"
                         "123456789_-.") == name.npos;
  return plain && name > last ? name : "";
}

std::map<std::string, std::string> files_of(const std::string& text) {
  std::map<std::string, std::string> files;
  std::string last;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    const std::string name = file_named(line, last);
    if (!name.empty()) {
      last = name;
      files[name];
    } else if (!last.empty()) {
      files[last] += line + '\n';
    }
  }
  // The empty line behind each.
  for (auto& [name, bytes] : files) {
    if (!bytes.empty()) bytes.pop_back();
  }
  return files;
}

}  // namespace

std::string rule_text(const fs::path& rules) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(rules)) {
    if (entry.path().extension() == ".toml") files.insert(entry.path());
  }
  std::ostringstream text;
  for (const auto& file : files) {
    text << "# " << file.filename().string() << '\n'
         << std::ifstream(file).rdbuf() << '\n';
  }
  return text.str();
}

analyzer::Analyzer load_rule_text(const std::string& text,
                                  const std::string& version,
                                  analyzer::Footprint footprint) {
  const ScratchDirectory scratch;
  for (const auto& [name, bytes] : files_of(text)) {
    std::ofstream(scratch.path() / name, std::ios::binary) << bytes;
  }
  analyzer::Analyzer analyzer(scratch.path(), footprint);
  if (analyzer.version() != version) {
    throw std::runtime_error("the stored text of rule set '" +
                             short_version(version) + "' is not complete");
  }
  return analyzer;
}

std::string short_version(const std::string& version) {
  return version.substr(0, 12);
}

}  // namespace grumble::app
