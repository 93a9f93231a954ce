#include "app/pipeline.h"

#include <fmt/format.h>

#include <stdexcept>

#include "app/rule_sets.h"
#include "store/context.h"
#include "store/reanalysis.h"
#include "store/ruleset.h"

namespace grumble::app {
namespace {

constexpr int kMostTries = 10;

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

domain::Analysis analysis_of(const Config& config,
                             const analyzer::Analyzer& analyzer,
                             const std::string& platform,
                             const domain::Text& text) {
  if (reads_texts_of(config, platform)) return analyzer.analyze(text);
  domain::Analysis analysis;
  analysis.lang = text.lang.empty() ? "und" : text.lang;
  return analysis;
}

Pipeline::Pipeline(store::Database& database,
                   const analyzer::Analyzer& analyzer, const Config& config)
    : database_(database), analyzer_(analyzer), config_(config) {
  const std::filesystem::path& rules = config.rules_dir;
  // A new database decides when something lands.
  if (store::author_mode(database_)) author_naming();
  store::record_ruleset(database_, analyzer_.version(), rule_text(rules));
  try {
    shown();
    notice_ = notice_on(rules);
  } catch (const store::DatabaseError&) {
    throw;
  } catch (const std::runtime_error& error) {
    const auto unread = store::current_ruleset(database_)->version;
    store::adopt_ruleset(database_, analyzer_.version());
    notice_ = fmt::format(
        "this version cannot read by the rules that were shown ({}): {}; from "
        "now on everything lands by those of {} ({}), 'grumble rules apply' "
        "reads history by them",
        short_version(unread), error.what(), rules.string(),
        short_version(analyzer_.version()));
  }
}

std::string Pipeline::notice_on(const std::filesystem::path& rules) {
  if (const auto work = store::reanalysis(database_)) {
    return fmt::format(
        "{} rules {} is not finished; 'grumble rules apply' goes "
        "on with it",
        work->clearing ? "clearing up after" : "applying",
        short_version(work->ruleset));
  }
  const auto shown = store::current_ruleset(database_)->version;
  if (shown == analyzer_.version()) return "";
  return fmt::format(
      "the rules of {} ({}) are not the ones that are shown ({}), by which "
      "everything lands; 'grumble rules apply' shows what they would change, "
      "and applies them",
      rules.string(), short_version(analyzer_.version()), short_version(shown));
}

const store::AuthorNaming& Pipeline::author_naming() {
  if (author_naming_) return *author_naming_;
  auto decided = store::decide_author_naming(
      database_, config_.authors.value_or(store::AuthorMode::keyed));
  if (decided.mode() != config_.authors.value_or(decided.mode())) {
    throw ConfigError(fmt::format(
        "authors = \"{}\": this database stores authors \"{}\" since its first "
        "landing; leave the line out, or begin a new database",
        to_string(*config_.authors), to_string(decided.mode())));
  }
  return author_naming_.emplace(std::move(decided));
}

const analyzer::Analyzer& Pipeline::shown() {
  return with_version(store::current_ruleset(database_)->version);
}

const analyzer::Analyzer& Pipeline::with_version(const std::string& version) {
  if (version == analyzer_.version()) return analyzer_;
  if (!stored_ || stored_->version() != version) {
    stored_.emplace(
        load_rule_text(store::ruleset_files(database_, version).value_or(""),
                       version, analyzer_.footprint()));
  }
  return *stored_;
}

store::Batch Pipeline::batch(const collector::Page& page,
                             const std::function<void()>& between) {
  const analyzer::Analyzer& analyzer = shown();
  store::Batch batch;
  std::vector<domain::Post> posts = page.posts;
  if (page.again) {
    store::recall_parents(database_, posts);
    for (auto& post : posts) post.context_only = true;
  }
  const store::ParentTexts parents = parent_texts(database_, posts);
  for (const auto& post : posts) {
    between();
    batch.posts.push_back(
        {post, analysis_of(config_, analyzer, post.key.platform,
                           store::text_in_context(post, parents))});
  }
  batch.authors = page.authors;
  batch.rejects = page.rejects;
  batch.gone = page.gone;
  batch.edits = page.edits;
  batch.found_by = page.found_by;
  batch.ruleset = analyzer.version();
  author_naming().apply(batch);
  return batch;
}

store::Landed Pipeline::land(
    const collector::Page& page,
    const std::function<store::Landed(store::Batch)>& land) {
  for (int tries = 1;;) {
    try {
      return land(batch(page));
    } catch (const store::RulesetChanged&) {
      // Read by rules that were shown until a moment ago.
    } catch (const store::DatabaseError& error) {
      if (!error.met_another() || tries++ == kMostTries) throw;
    }
  }
}

store::Landed Pipeline::import(const std::string& name,
                               const collector::ImportPage& read) {
  return land(read.page, [&](store::Batch batch) {
    batch.source = name;
    for (auto& one : batch.posts) {
      const auto given = read.analyses.find(one.post.key);
      if (given != read.analyses.end() && one.post.text.empty() &&
          reads_texts_of(config_, one.post.key.platform)) {
        one.analysis = given->second;
      }
    }
    return store::land(database_, batch);
  });
}

}  // namespace grumble::app
