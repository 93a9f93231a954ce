#include "analyzer/analyzer.h"

#include <malloc.h>

#include <algorithm>
#include <utility>

#include "analyzer/analyzer_impl.h"
#include "analyzer/language.h"
#include "analyzer/values.h"

namespace grumble::analyzer {
namespace {

/// What the automata may keep, in bytes.
struct Room {
  int64_t rules;
  int64_t conditions;
  int64_t gate;
};

constexpr Room room_for(Footprint footprint) {
  constexpr int64_t kMiB = int64_t{1} << 20;
  return footprint == Footprint::small ? Room{32 * kMiB, 12 * kMiB, 5 * kMiB}
                                       : Room{80 * kMiB, 48 * kMiB, 16 * kMiB};
}

WordList vocabulary_of(const RuleFiles& files) {
  WordList all;
  const auto add = [&](const WordList& words) {
    all.insert(all.end(), words.begin(), words.end());
  };
  for (const auto& category : files.categories) {
    for (const auto& rule : category.rules) {
      add(rule.phrases);
      for (const auto& near : rule.near) {
        for (const auto& group : near.groups) add(group);
      }
    }
  }
  for (const auto& [name, words] : files.lists) add(words);
  for (const auto& marker : files.markers) add(marker.words);
  for (const auto& model : files.models) add(model.aliases);
  return all;
}

std::vector<int> add_noise(const RuleFiles& files,
                           const PatternCompiler& patterns, Matcher& matcher) {
  std::vector<int> atoms;
  for (const NoiseSource& noise : files.noise) {
    std::vector<std::string> all;
    if (!noise.phrases.empty()) {
      all.push_back(patterns.alternatives(noise.phrases));
    }
    for (const Words& words : noise.regexes) {
      all.push_back(patterns.regex(words));
    }
    atoms.push_back(matcher.add(join_patterns(std::move(all))));
  }
  return atoms;
}

/// The atom of a list that may be empty, then none.
int add_words(const WordList& words, const PatternCompiler& patterns,
              Matcher& matcher) {
  return words.empty() ? -1 : matcher.add(patterns.alternatives(words));
}

bool holds(const Hits& hits, int atom) {
  return atom >= 0 && hits.holds[static_cast<size_t>(atom)] != 0;
}

/// In the order of their appearance, each once.
void keep_first(std::vector<size_t>& models) {
  std::vector<size_t> unique;
  for (size_t model : models) {
    if (std::find(unique.begin(), unique.end(), model) == unique.end()) {
      unique.push_back(model);
    }
  }
  models = std::move(unique);
}

}  // namespace

Analyzer::Impl::Impl(const std::filesystem::path& directory, Footprint size)
    : footprint(size),
      files(read_rule_files(directory)),
      normalizer(files.han_pairs),
      patterns(normalizer, files.lists),
      models(files.models, patterns, gate),
      noise_atoms(add_noise(files, patterns, gate)),
      topic_atom(add_words(files.topic, patterns, gate)),
      book(files, patterns, matcher, room_for(size).conditions),
      other_trades_atom(add_words(files.other_trades, patterns, matcher)),
      video_atom(add_words(files.video, patterns, matcher)),
      clauses(files.markers, patterns),
      comparisons(files, patterns),
      writer(files, book, models) {
  refuse(book.errors());
  first_untopical = gate.size();
  for (int atom : book.untopical_atoms()) gate.add(matcher.pattern(atom));
  for (size_t i = 0; i < book.behind_untopical(); ++i) {
    untopical.add(matcher.pattern(static_cast<int>(i)));
  }
  const Room room = room_for(footprint);
  gate.compile(room.gate);
  untopical.compile(room.gate);
  matcher.compile(room.rules);
  for (const Words& words : vocabulary_of(files)) {
    normalizer.add_vocabulary(normalizer.fold(words.text));
  }
  for (const auto& category : files.categories) {
    categories.push_back({category.key, category.title});
  }
  refuse(check_examples(*this));
  files.forget_words();
  patterns.forget();
  forget();
}

void Analyzer::Impl::forget() const {
  for (const Matcher* one : {&gate, &matcher, &untopical}) one->forget();
  models.forget();
  book.forget();
  clauses.forget();
  comparisons.forget();
  malloc_trim(0);
}

std::vector<size_t> Analyzer::Impl::models_around(
    const domain::Text& text) const {
  thread_local Work work;
  std::vector<size_t> found;
  for (const domain::Context& context : text.context) {
    for (const std::string& name : context.models) {
      if (const auto index = models.index_of(name)) found.push_back(*index);
    }
    if (found.empty() && !context.text.empty()) {
      normalizer.fold(context.text, work.folded);
      gate.match(work.folded.text(), work.gate);
      work.homonym = false;
      models.read({work.folded.text(), work.gate, work.folded, context.text,
                   work.around, text.lang},
                  work.mentions, work.homonym);
      for (const Mention& mention : work.mentions) {
        found.push_back(mention.model);
      }
    }
    if (!found.empty()) break;  // the nearest context that names any
  }
  keep_first(found);
  return found;
}

void Analyzer::Impl::read_names(const domain::Text& text, Work& work,
                                domain::Analysis& out) const {
  work.around.clear();
  if (!text.context.empty()) work.around = models_around(text);
  work.homonym = false;
  models.read({work.folded.text(), work.gate, work.folded, text.text,
               work.around, out.lang},
              work.mentions, work.homonym);
  work.names.clear();
  std::vector<size_t> about;
  for (const Mention& mention : work.mentions) {
    work.names.push_back(mention.span);
    about.push_back(mention.model);
  }
  if (about.empty()) about = work.around;
  keep_first(about);
  for (size_t model : about) out.models.push_back(models.names()[model]);
}

void Analyzer::Impl::read_noise(const Work& work, domain::Analysis& out) const {
  for (size_t i = 0; i < noise_atoms.size(); ++i) {
    if (out.noise == domain::Noise::none && holds(work.gate, noise_atoms[i])) {
      out.noise = files.noise[i].kind;
    }
  }
  if (work.homonym && out.noise == domain::Noise::none) {
    out.noise = domain::Noise::homonym;
  }
}

bool Analyzer::Impl::may_be_about_video(const domain::Text& text,
                                        const Work& work) const {
  return !work.mentions.empty() || !text.context.empty() ||
         (holds(work.gate, topic_atom) && !work.homonym);
}

bool Analyzer::Impl::is_about_video(const domain::Text& text,
                                    const Work& work) const {
  return may_be_about_video(text, work) &&
         (!holds(work.hits, other_trades_atom) || holds(work.hits, video_atom));
}

void Analyzer::Impl::run(const domain::Text& text, bool raw, Work& work,
                         domain::Analysis& out) const {
  work.mentions.clear();
  work.names.clear();
  work.duels.clear();
  work.matches.clear();
  work.clauses.list.clear();
  normalizer.fold(text.text, work.folded);
  work.folded.end_line();
  const std::string_view folded = work.folded.text();
  out.lang =
      text.lang.empty() ? std::string(detect_language(folded)) : text.lang;
  gate.match(folded, work.gate);
  if (work.gate.ids.empty() && text.context.empty()) return;
  read_names(text, work, out);
  read_noise(work, out);
  const bool any_rule = may_be_about_video(text, work);
  const bool relevant =
      any_rule ||
      (!work.gate.ids.empty() &&
       static_cast<size_t>(work.gate.ids.back()) >= first_untopical);
  if (relevant || work.trace) {
    (any_rule || work.trace ? matcher : untopical).match(folded, work.hits);
  }
  if (!relevant) return;
  const bool about_video = is_about_video(text, work);
  book.candidates(work.hits, about_video, out.lang, work.candidates);
  const bool may_compare = about_video && !work.mentions.empty() &&
                           work.mentions.size() + work.around.size() > 1;
  if (work.candidates.empty() && !may_compare && !work.trace) return;
  clauses.read(folded, out.lang, work.names, work.clauses);
  if (work.clauses.list.empty()) return;
  group_mentions(work.clauses, work.mentions);
  book.match(work.candidates, folded, work.hits, work.clauses, work.matches,
             work.trace);
  if (may_compare) {
    comparisons.read(folded, work.clauses, {work.mentions, work.around},
                     work.duels);
  }
  writer.write(work, raw, out);
  if (out.findings.empty()) return;
  out.values = read_values(folded);
  for (domain::Value& value : out.values) {
    value.begin = work.folded.original_begin(value.begin);
    value.end = work.folded.original_end(value.end);
  }
}

domain::Analysis Analyzer::Impl::analyze(const domain::Text& text,
                                         bool raw) const {
  thread_local Work work;
  domain::Analysis out;
  run(text, raw, work, out);
  return out;
}

Analyzer::Analyzer(const std::filesystem::path& rules, Footprint footprint)
    : impl_(std::make_unique<const Impl>(rules, footprint)) {}
Analyzer::~Analyzer() = default;
Analyzer::Analyzer(Analyzer&&) noexcept = default;
Analyzer& Analyzer::operator=(Analyzer&&) noexcept = default;

domain::Analysis Analyzer::analyze(const domain::Text& text) const {
  return impl_->analyze(text, false);
}
Explanation Analyzer::explain(const domain::Text& text) const {
  return impl_->explain(text);
}
std::vector<domain::Finding> Analyzer::keyword_hits(
    const domain::Text& text) const {
  return impl_->keyword_hits(text);
}

const std::string& Analyzer::version() const { return impl_->files.version; }
Footprint Analyzer::footprint() const { return impl_->footprint; }
const std::vector<Category>& Analyzer::categories() const {
  return impl_->categories;
}
const std::vector<std::string>& Analyzer::models() const {
  return impl_->models.names();
}
size_t Analyzer::rule_count() const { return impl_->book.rules().size(); }

}  // namespace grumble::analyzer
