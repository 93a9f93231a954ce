#include <fmt/format.h>

#include <iostream>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/session.h"
#include "store/stored_text.h"

namespace grumble::app {
namespace {

/// `SITE:ID`, or the id alone on one of the sites that Grumble collects from.
std::vector<domain::PostKey> keys_of(const std::string& name) {
  const auto colon = name.find(':');
  if (colon == name.npos) return {{"x", name}, {"youtube", name}};
  return {{name.substr(0, colon), name.substr(colon + 1)}};
}

}  // namespace

int run_rules_explain(const Options& options) {
  const Config config = config_from(options);
  const analyzer::Analyzer analyzer(config.rules_dir);
  const Session session(config);
  store::Database database = session.connect();
  int status = exit_ok;
  for (const auto& name : options.arguments) {
    const auto stored = store::stored_texts(database, keys_of(name));
    if (stored.empty()) {
      std::cerr << fmt::format(
          "grumble: no post '{}' is stored; say it as SITE:ID, as in "
          "'x:1866123456789012345'\n",
          printable(name));
      status = exit_failure;
    }
    for (const auto& post : stored) explain(options, analyzer, post.text);
  }
  return status;
}

}  // namespace grumble::app
