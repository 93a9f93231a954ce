#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/cover.h"
#include "analyzer/marker.h"
#include "analyzer/matcher.h"
#include "analyzer/pattern.h"

namespace grumble::analyzer {

/// What stands before a clause: how far a statement may reach back over it.
enum class Break { sentence, contrast, comma };

struct Clause {
  size_t begin = 0;
  size_t end = 0;
  Break before = Break::sentence;
  bool question = false;  ///< asks, and supposes nothing
  bool wish = false;
  bool sarcasm = false;
};

/// The clauses of one folded text and the small words that steer them.
struct Clauses {
  std::vector<Clause> list;
  std::vector<Span> negations;        ///< act on what follows
  std::vector<Span> negations_after;  ///< act on what stands before
  std::vector<Span> resolutions;      ///< "fixed", "gone", where that holds
  Cover quoted;                       ///< prompts, quotations: no statement
  Cover supposed;                     ///< "if ...": no statement either
  std::vector<Span> objects;          ///< "than", "unlike": before a model
  std::vector<Span> objects_after;    ///< "より", "相比": behind a model
  std::vector<bool> joined;           ///< names that go on with a list

  /// Index of the clause that holds the byte.
  size_t at(size_t offset) const;
  /// The sentence around a clause, given by its index.
  Span sentence(size_t clause) const;
  bool is_quoted(size_t offset) const { return quoted.holds(offset); }
  /// How many words lie between two places; a comma counts as one word, two
  /// Han or kana as one. Infinite across a sentence's end or a contrast.
  double distance(std::string_view text, size_t from, size_t to) const;
  /// Whether a statement at `span` is denied within its clause.
  bool negated(std::string_view text, Span span,
               const std::vector<Span>& pieces) const;
  /// Whether its clause says that the trouble of `span` is over.
  bool resolved(std::string_view text, Span span,
                const std::vector<Span>& pieces) const;
};

/// Splits texts into clauses by punctuation and by the words of clauses.toml.
/// Immutable after construction.
class ClauseReader {
 public:
  ClauseReader(const std::vector<MarkerSource>& markers,
               const PatternCompiler& patterns);

  /// `lang` is BCP 47 or empty; `names` are the places of model names, whose
  /// lists a comma does not split.
  void read(std::string_view text, std::string_view lang,
            const std::vector<Span>& names, Clauses& out) const;

  /// Gives back the memory that texts have asked for.
  void forget() const { matcher_.forget(); }

 private:
  class Found : public std::array<std::vector<Span>, kMarkerNames.size()> {
   public:
    using array::operator[];
    std::vector<Span>& operator[](MarkerKind kind) {
      return at(static_cast<size_t>(kind));
    }
    const std::vector<Span>& operator[](MarkerKind kind) const {
      return at(static_cast<size_t>(kind));
    }
  };

  static void mark_clauses(std::string_view text, const Found& found,
                           std::vector<Clause>& list);
  static void drop_plain(const std::vector<Span>& names, Found& found);
  static void mark_supposed(const Found& found, Clauses& out);
  void find_markers(std::string_view text, std::string_view lang,
                    Found& found) const;

  struct Marker {
    MarkerKind kind;
    std::string lang;
    int atom;
  };
  std::vector<Marker> markers_;
  Matcher matcher_;
};

}  // namespace grumble::analyzer
