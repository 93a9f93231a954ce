#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/clause.h"
#include "analyzer/matcher.h"
#include "analyzer/pattern.h"
#include "domain/finding.h"

namespace grumble::analyzer {

/// A place in the text that names a model.
struct Mention {
  Span span;
  size_t model = 0;                    ///< index into `ModelReader::names()`
  std::optional<std::string> version;  ///< "2", "Gen-4"
  size_t group = 0;     ///< mentions of one list ("A, B and C") share it
  bool object = false;  ///< what something else is held against
  /// The last mention up to here that is no object; the first if all are.
  size_t subject = 0;
};

/// The models that a statement is about, and how they were found.
struct Attribution {
  std::vector<size_t> mentions;  ///< indexes; empty unless named in the text
  std::vector<size_t> models;
  domain::Scope scope = domain::Scope::none;
  bool held_against = false;  ///< the name is one that something else beats
  bool ahead = false;         ///< it stands only behind the statement's clause
};

/// Finds model names, and refuses their namesakes by the guards of
/// models.toml. Immutable after construction.
class ModelReader {
 public:
  /// Adds the atoms of the names to `matcher`, which the caller compiles.
  ModelReader(const std::vector<ModelSource>& sources,
              const PatternCompiler& patterns, Matcher& matcher);

  const std::vector<std::string>& names() const { return names_; }
  std::optional<size_t> index_of(std::string_view name) const;

  struct Input {
    std::string_view folded;
    const Hits& hits;
    const Folded& map;
    std::string_view original;
    /// Models that the context names: their ambiguous names need no more.
    const std::vector<size_t>& around;
    std::string_view lang;  ///< of the text; empty if unknown
  };
  /// Mentions by begin. Sets `homonym` when a name was refused.
  void read(const Input& input, std::vector<Mention>& mentions,
            bool& homonym) const;

  /// Gives back the memory that texts have asked for.
  void forget() const {
    company_.forget();
    beside_.forget();
  }

 private:
  struct Guard {
    int aliases = -1;
    std::vector<std::string> langs;
    bool capital = false;
    int needs = -1;
    int not_after = -1;
    int not_before = -1;
  };
  struct Model {
    int aliases = -1;
    int unless = -1;
    std::vector<Guard> guards;
    std::vector<std::pair<int, std::string>> version_aliases;
    std::vector<std::string> versions;
  };

  /// What is known of a text when its guarded names are looked at.
  struct Company {
    bool named = false;           ///< another model is, or the context names it
    const Hits* words = nullptr;  ///< of `unless` and `needs`, in the text
  };
  bool passes(const Guard& guard, const Input& input, Span span,
              const Company& company) const;
  /// Names that need no company.
  void read_firm(size_t model, const Input& input,
                 std::vector<Mention>& mentions) const;
  Mention mention_of(size_t model, const Input& input, Span span) const;

  std::vector<std::string> names_;
  std::vector<Model> models_;
  std::vector<size_t> model_of_;  ///< by atom
  Matcher company_;               ///< `unless` and `needs`
  Matcher beside_;                ///< `not_after` and `not_before`, by RE2
};

/// Joins neighbouring names to groups and marks objects of comparison.
void group_mentions(const Clauses& clauses, std::vector<Mention>& mentions);

/// The models of a statement at `span`: of its clause, else of the text before
/// it, else of the text behind it.
Attribution attribute(const Clauses& clauses,
                      const std::vector<Mention>& mentions, Span span);

}  // namespace grumble::analyzer
