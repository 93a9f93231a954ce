#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <map>

#include "analyzer/analyzer.h"
#include "app/cli/command.h"
#include "app/cli/texts.h"
#include "app/evaluation.h"
#include "app/rules_diff.h"

namespace grumble::app {
namespace {

using analyzer::Analyzer;

constexpr size_t kKinds = 4;

/// A text that the two rule sets read differently.
struct ChangedText {
  std::string id;
  std::string text;
  std::vector<Change> changes;
  std::vector<int> worth;  ///< of each change, where the text is labelled
};

struct Difference {
  int64_t texts = 0;
  std::vector<ChangedText> changed;
};

/// Takes one more text.
void compare(const Analyzer& before, const Analyzer& after,
             const std::string& id, const domain::Text& text,
             const GoldText* gold, Difference& difference) {
  ++difference.texts;
  auto changes = changes_between(before.analyze(text), after.analyze(text));
  if (changes.empty()) return;
  ChangedText& changed = difference.changed.emplace_back();
  changed.id = id;
  changed.text = text.text;
  for (const Change& change : changes) {
    if (gold != nullptr) changed.worth.push_back(worth(change, *gold));
  }
  changed.changes = std::move(changes);
}

std::string words(const std::optional<domain::Finding>& finding,
                  const std::string& text) {
  return finding ? text.substr(finding->begin, finding->end - finding->begin)
                 : std::string();
}

std::string worth_text(int worth) {
  return worth > 0 ? "right" : worth < 0 ? "wrong" : "";
}

/// For programs: one row a change.
Records long_form(const Difference& difference) {
  Records records{
      {"id", "change", "model", "category", "old_polarity", "polarity",
       "old_rule", "rule", "old_evidence", "evidence", "by_gold", "text"},
      {}};
  const auto polarity = [](const std::optional<domain::Finding>& finding) {
    return finding ? Cell(std::string(domain::to_string(finding->polarity)))
                   : Cell();
  };
  const auto rule = [](const std::optional<domain::Finding>& finding) {
    return finding ? Cell(finding->rule) : Cell();
  };
  for (const auto& text : difference.changed) {
    for (size_t i = 0; i < text.changes.size(); ++i) {
      const Change& change = text.changes[i];
      const auto& finding = change.finding();
      records.rows.push_back(
          {text.id, std::string(to_string(change.kind)),
           finding.model ? Cell(*finding.model) : Cell(), finding.category,
           polarity(change.before), polarity(change.after), rule(change.before),
           rule(change.after), words(change.before, text.text),
           words(change.after, text.text),
           text.worth.empty() ? Cell() : Cell(worth_text(text.worth[i])),
           text.text});
    }
  }
  return records;
}

void print_counts(const Difference& difference, bool by_model,
                  const Options& options) {
  std::map<std::string, std::array<int64_t, kKinds>> counts;
  for (const auto& text : difference.changed) {
    for (const Change& change : text.changes) {
      const auto& finding = change.finding();
      const std::string key =
          by_model ? finding.model.value_or("(no model)") : finding.category;
      ++counts[key][static_cast<size_t>(change.kind)];
    }
  }
  Records records{
      {by_model ? "model" : "category", "added", "removed", "turned", "moved"},
      {}};
  for (const auto& [key, kinds] : counts) {
    records.rows.push_back({key, kinds[0], kinds[1], kinds[2], kinds[3]});
  }
  write(std::cout, records, Format::table, terminal(options));
  std::cout << '\n';
}

std::string finding_text(const domain::Finding& finding,
                         const std::string& text) {
  return fmt::format("{} {} {} \"{}\" ({})",
                     finding.model.value_or("(no model)"), finding.category,
                     domain::to_string(finding.polarity),
                     fit(printable(words(finding, text)), 60), finding.rule);
}

void print_examples(const Difference& difference, int64_t limit) {
  for (const auto& text : difference.changed) {
    if (limit-- <= 0) break;
    std::cout << fmt::format("-- {}  {}\n", printable(text.id),
                             fit(printable(text.text), 200));
    for (size_t i = 0; i < text.changes.size(); ++i) {
      const Change& change = text.changes[i];
      const std::string verdict =
          text.worth.empty() ? "" : worth_text(text.worth[i]);
      const std::string after = verdict.empty() ? "" : "  " + verdict;
      if (change.before) {
        std::cout << "   - " << finding_text(*change.before, text.text)
                  << (change.after ? "" : after) << '\n';
      }
      if (change.after) {
        std::cout << "   + " << finding_text(*change.after, text.text) << after
                  << '\n';
      }
    }
  }
}

/// F1 before and after, where a label or a finding changed.
Records effect(const Evaluation& before, const Evaluation& after) {
  Records records{{"by gold", "labels", "F1 old", "F1 new", "change", "tp old",
                   "tp new", "fp old", "fp new"},
                  {}};
  for (const auto& now : after.scores) {
    const auto was = std::find_if(
        before.scores.begin(), before.scores.end(), [&](const Score& score) {
          return score.by == now.by && score.name == now.name &&
                 score.level.complaints == now.level.complaints &&
                 score.level.tuple == now.level.tuple &&
                 score.level.extras == now.level.extras;
        });
    const Counts old = was == before.scores.end() ? Counts{} : was->counts;
    const bool same = old.tp == now.counts.tp && old.fp == now.counts.fp;
    if (!now.level.extras || (now.by != "all" && (same || now.level.tuple))) {
      continue;
    }
    records.rows.push_back(
        {fmt::format("{} {}{}", now.level.complaints ? "complaint" : "praise",
                     now.level.tuple ? "tuple" : "pair",
                     now.name.empty() ? "" : " " + now.name),
         now.labels(), fmt::format("{:.3f}", old.f1()),
         fmt::format("{:.3f}", now.counts.f1()),
         fmt::format("{:+.3f}", now.counts.f1() - old.f1()), old.tp,
         now.counts.tp, old.fp, now.counts.fp});
  }
  return records;
}

void print_for_person(const Difference& difference, const Options& options) {
  std::cout << fmt::format("{} of {} texts are read differently\n\n",
                           difference.changed.size(), difference.texts);
  if (difference.changed.empty()) return;
  print_counts(difference, false, options);
  print_counts(difference, true, options);
  print_examples(difference, options.worst);
}

}  // namespace

int run_rules_diff(const Options& options) {
  if (options.arguments.size() < 2) {
    throw UsageError("two rule directories are needed: OLD NEW");
  }
  const std::vector<std::string> files(options.arguments.begin() + 2,
                                       options.arguments.end());
  if (files.empty() && options.gold.empty() && !options.stored) {
    throw UsageError(
        "no texts to compare on: give a FILE, --gold FILE or --stored");
  }
  const Analyzer before(options.arguments[0]);
  const Analyzer after(options.arguments[1]);
  Difference difference;
  std::vector<GoldText> gold;
  if (!options.gold.empty()) gold = load_gold(options.gold, options.where);
  for (const auto& text : gold) {
    compare(before, after, text.id, text.text, &text, difference);
  }
  if (!files.empty() || options.stored) {
    each_text(options, files,
              [&](const std::string& id, const domain::Text& text) {
                compare(before, after, id, text, nullptr, difference);
              });
  }
  if (output_format(options) != Format::table) {
    return write_records(options, long_form(difference));
  }
  print_for_person(difference, options);
  if (!gold.empty()) {
    const auto reads = [](const Analyzer& analyzer) {
      return [&](const domain::Text& text) { return analyzer.analyze(text); };
    };
    std::cout << '\n';
    write(std::cout,
          effect(evaluate(gold, reads(before)), evaluate(gold, reads(after))),
          Format::table, terminal(options));
  }
  return exit_ok;
}

}  // namespace grumble::app
