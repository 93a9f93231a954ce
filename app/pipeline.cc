#include "app/pipeline.h"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "store/context.h"
#include "store/ruleset.h"

namespace grumble::app {
namespace {

/// The rule files as one text, each after a line with its name.
std::string rule_text(const std::filesystem::path& rules) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(rules)) {
    if (entry.path().extension() == ".toml") files.insert(entry.path());
  }
  std::ostringstream text;
  for (const auto& file : files) {
    text << "# " << file.filename().string() << '\n'
         << std::ifstream(file).rdbuf() << '\n';
  }
  return text.str();
}

/// The parents of a page's posts: those on the page itself, the others from
/// the database.
store::ParentTexts parent_texts(store::Database& database,
                                const std::vector<domain::Post>& posts) {
  store::ParentTexts texts;
  for (const auto& post : posts) {
    texts[post.key] = {
        post.kind == domain::PostKind::video ? post.title : post.text, {}};
  }
  std::vector<domain::PostKey> elsewhere;
  for (const auto& post : posts) {
    for (const auto& parent : store::parents_of(post)) {
      if (!texts.contains(parent.key)) elsewhere.push_back(parent.key);
    }
  }
  for (auto& [key, text] : store::contexts_of(database, elsewhere)) {
    texts[key] = std::move(text);
  }
  return texts;
}

}  // namespace

Pipeline::Pipeline(store::Database& database,
                   const analyzer::Analyzer& analyzer,
                   const std::filesystem::path& rules)
    : database_(database), analyzer_(analyzer) {
  store::record_ruleset(database_, analyzer_.version(), rule_text(rules));
}

store::Batch Pipeline::batch(const collector::Page& page) {
  store::Batch batch;
  const store::ParentTexts parents = parent_texts(database_, page.posts);
  for (const auto& post : page.posts) {
    batch.posts.push_back(
        {post, analyzer_.analyze(store::text_in_context(post, parents))});
  }
  batch.authors = page.authors;
  batch.rejects = page.rejects;
  batch.ruleset = analyzer_.version();
  return batch;
}

store::Landed Pipeline::import(const std::string& name,
                               const collector::Page& page) {
  store::Batch landing = batch(page);
  landing.source = name;
  return store::land(database_, landing);
}

}  // namespace grumble::app
