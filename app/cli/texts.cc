#include "app/cli/texts.h"

#include <iostream>

#include "app/cli/filter.h"
#include "app/session.h"
#include "app/text_lines.h"
#include "store/stored_text.h"

namespace grumble::app {
namespace {

using Tell = std::function<void(const std::string&, const domain::Text&)>;

void each_stored(const Options& options, const Tell& tell) {
  constexpr int kPage = 1000;
  const Session session(config_from(options));
  store::Database database = session.connect();
  domain::PostKey after;
  for (;;) {
    const auto page = store::stored_texts(database, after, kPage);
    if (page.empty()) return;
    for (const auto& post : page) {
      tell(post.key.platform + ":" + post.key.id, post.text);
    }
    after = page.back().key;
  }
}

}  // namespace

void each_text(const Options& options, const std::vector<std::string>& files,
               const Tell& tell) {
  if (options.stored) {
    each_stored(options, tell);
    if (files.empty()) return;
  }
  read_text_files(files, [&](const TextLine& line) {
    if (line.error.empty()) {
      tell(line.name(), line.text);
    } else {
      std::cerr << "grumble: " << printable(line.error) << '\n';
    }
  });
}

}  // namespace grumble::app
