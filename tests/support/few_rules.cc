#include "tests/support/few_rules.h"

#include <string>

namespace grumble::tests {

void copy_few_rules(const std::filesystem::path& to) {
  std::filesystem::create_directory(to);
  for (const std::string name :
       {"models", "price", "noise", "clauses", "words"}) {
    std::filesystem::copy_file("rules/" + name + ".toml",
                               to / (name + ".toml"));
  }
}

}  // namespace grumble::tests
