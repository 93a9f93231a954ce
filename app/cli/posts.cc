#include <fmt/format.h>

#include <iostream>
#include <set>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/permalink.h"
#include "app/render/author.h"
#include "app/render/evidence.h"
#include "app/session.h"

namespace grumble::app {
namespace {

constexpr int kDefaultPosts = 20;
/// Of one post, in a table; YouTube descriptions and imports may be far longer.
constexpr size_t kLongestText = 2000;

/// One row a finding: what programs and spreadsheets want.
Records long_form(const std::vector<store::EvidencePost>& posts) {
  Records records{
      {"platform",    "id",      "kind",     "url",        "created_at",
       "author",      "lang",    "noise",    "copy_of",    "likes",
       "model",       "version", "category", "polarity",   "evidence",
       "begin",       "end",     "rule",     "confidence", "scope",
       "counterpart", "text"},
      {}};
  const auto maybe = [](const auto& value) {
    return value ? Cell(*value) : Cell();
  };
  for (const auto& entry : posts) {
    const auto& post = entry.post;
    const std::string text = domain::full_text(post);
    for (const auto& finding : entry.findings) {
      records.rows.push_back(
          {post.key.platform,
           post.key.id,
           std::string(domain::to_string(post.kind)),
           permalink(post),
           domain::to_string(post.created_at),
           author_field(entry),
           post.lang,
           std::string(domain::to_string(entry.noise)),
           maybe(entry.copy_of),
           maybe(post.metrics.likes),
           maybe(finding.model),
           maybe(finding.version),
           finding.category,
           std::string(domain::to_string(finding.polarity)),
           text.substr(finding.begin, finding.end - finding.begin),
           static_cast<int64_t>(finding.begin),
           static_cast<int64_t>(finding.end),
           finding.rule,
           finding.confidence,
           std::string(domain::to_string(finding.scope)),
           maybe(finding.counterpart),
           text});
    }
  }
  return records;
}

std::string headline(const store::EvidencePost& entry) {
  const auto& post = entry.post;
  std::string time = domain::to_string(post.created_at).substr(0, 16);
  time[10] = ' ';
  std::string line =
      fmt::format("{} {}", post.key.platform, domain::to_string(post.kind));
  const std::string author = author_label(entry);
  if (!author.empty()) line += "  " + printable(author);
  line += "  " + time;
  if (!post.lang.empty()) line += "  " + printable(post.lang);
  if (post.metrics.likes)
    line += fmt::format("  {} likes", *post.metrics.likes);
  if (entry.noise != domain::Noise::none) {
    line += fmt::format("  [{}", domain::to_string(entry.noise));
    if (entry.copy_of) {
      line += entry.noise == domain::Noise::duplicate ? " of " : ", copy of ";
      line += printable(*entry.copy_of);
    }
    line += ']';
  }
  return line;
}

void print(const store::EvidencePost& entry, const Terminal& screen) {
  const auto dim = [&](const std::string& text) {
    return screen.color ? "\x1b[2m" + text + "\x1b[0m" : text;
  };
  const std::string text = domain::full_text(entry.post);
  std::cout << dim(headline(entry)) << '\n'
            << evidence_lines(shorten(mark(text, entry.findings), kLongestText),
                              screen, 2);
  if (text.size() > kLongestText) {
    std::cout << dim(fmt::format("  (shortened, {} bytes; whole with -o json)",
                                 text.size()))
              << '\n';
  }
  std::set<std::string> said;
  for (const auto& finding : entry.findings) {
    said.insert(fmt::format(
        "{}{}  {}  {}  ({})",
        finding.model ? printable(*finding.model) : "(no model)",
        finding.version ? " " + printable(*finding.version) : "",
        finding.category, domain::to_string(finding.polarity), finding.rule));
  }
  for (const auto& line : said) std::cout << dim("  = " + line) << '\n';
  std::cout << dim("  " + permalink(entry.post)) << "\n\n";
}

}  // namespace

int run_posts(const Options& options) {
  const Config config = config_from(options);
  store::Filter filter = filter_from(options, config);
  if (options.limit == 0) filter.limit = kDefaultPosts;
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  resolve(database, filter);
  const auto posts = store::posts(database, filter);
  if (output_format(options) != Format::table) {
    return write_records(options, long_form(posts));
  }
  if (posts.empty()) {
    std::cerr << "no posts found\n";
    return options.fail_empty ? exit_empty : exit_ok;
  }
  const Terminal screen = terminal(options);
  for (const auto& entry : posts) print(entry, screen);
  if (!options.quiet && static_cast<int>(posts.size()) == filter.limit) {
    std::cerr << "newest " << posts.size() << " shown; --limit N for more\n";
  }
  return exit_ok;
}

}  // namespace grumble::app
