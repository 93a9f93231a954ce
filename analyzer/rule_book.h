#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/clause.h"
#include "analyzer/matcher.h"
#include "analyzer/pattern.h"
#include "analyzer/rule_file.h"
#include "analyzer/trace.h"

namespace grumble::analyzer {

/// Atoms of which any will do.
using Group = std::vector<int>;

/// One way for a rule to match: groups that stand near each other, or one.
struct Form {
  std::vector<size_t> groups;  ///< indexes into `RuleBook::groups()`
  std::vector<double> gaps;    ///< words between group i and i + 1
  bool ordered = true;
};

/// A rule, compiled.
struct Rule {
  std::string id;
  size_t category = 0;
  const RuleSource* source = nullptr;
  std::vector<Form> forms;
  int require = -1;
  int require_text = -1;
  int unless = -1;
  int unless_sentence = -1;
  int unless_text = -1;
  std::vector<size_t> models;  ///< only for these; empty: for all
};

/// A place where a rule matched: the whole, and the pieces it was made of.
struct RuleMatch {
  size_t rule = 0;
  Span span;
  std::vector<Span> pieces;
};

/// Every complaint and praise rule over the atoms of one matcher.
class RuleBook {
 public:
  /// Keeps references into `files`, which must outlive the book. Adds atoms
  /// to `matcher`, which the caller compiles; `max_memory` is for conditions.
  RuleBook(const RuleFiles& files, const PatternCompiler& patterns,
           Matcher& matcher, int64_t max_memory);

  const std::vector<Rule>& rules() const { return rules_; }
  const std::vector<Group>& groups() const { return groups_; }
  /// Atoms that begin rules that match in any text, about video or not.
  const std::set<int>& untopical_atoms() const { return untopical_; }
  /// All atoms of such rules are below this one.
  size_t behind_untopical() const { return behind_untopical_; }
  /// The rules that name `atom`, ascending; not only as `require` or `unless`.
  const std::vector<size_t>& rules_of(int atom) const;
  /// What was wrong with phrases and patterns, with their places.
  const std::vector<std::string>& errors() const { return errors_; }

  /// Rules whose atoms the text holds, as far as presence tells; ascending.
  /// `about_video`: false leaves out rules that need such a text.
  void candidates(const Hits& hits, bool about_video, std::string_view lang,
                  std::vector<size_t>& rules) const;

  /// Whether the text holds an atom of each of the form's groups.
  bool present(const Form& form, const Hits& hits) const;

  /// Every match of the candidate rules, by rule. `trace` may be null.
  void match(const std::vector<size_t>& candidates, std::string_view text,
             const Hits& hits, const Clauses& clauses,
             std::vector<RuleMatch>& matches, Trace* trace) const;

  /// Gives back the memory that texts have asked for.
  void forget() const { conditions_.forget(); }

 private:
  class Places;
  class Conditions;

  void add_rule(const RuleSource& source, size_t category,
                const RuleFiles& files, const PatternCompiler& patterns);
  void add_forms(size_t index, const PatternCompiler& patterns,
                 Matcher& matcher);
  template <typename Compile>
  void gather(Compile compile);
  void add_form(size_t rule, Form form, const Matcher& matcher);
  size_t group_index(Group group);
  void match_form(size_t index, const Form& form, Places& places,
                  Conditions& conditions, const Clauses& clauses,
                  std::vector<RuleMatch>& matches, Trace* trace) const;

  std::vector<Rule> rules_;
  std::vector<Group> groups_;
  std::map<Group, size_t> group_ids_;
  std::vector<std::vector<std::pair<size_t, size_t>>> by_atom_;
  std::vector<std::vector<size_t>> rules_of_;
  std::set<int> untopical_;
  size_t behind_untopical_ = 0;
  std::vector<std::string> errors_;
  Matcher conditions_;  ///< `require`, `unless` and their kin
};

}  // namespace grumble::analyzer
