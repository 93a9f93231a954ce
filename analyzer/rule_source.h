#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyzer/marker.h"
#include "analyzer/rule_error.h"
#include "domain/finding.h"

namespace grumble::analyzer {

/// A phrase, a regular expression or a name, as written.
struct Words {
  std::string text;
  Place place;
};
using WordList = std::vector<Words>;

/// Groups of words that must stand near each other.
struct NearSource {
  std::vector<WordList> groups;
  double within = 4;
  bool ordered = false;
  Place place;
};

struct Example {
  std::string text;
  Place place;
  std::string lang;
  std::string context;  ///< text of what the example answers to
  std::optional<domain::Polarity> polarity;
  std::optional<std::string> model;
};

/// What a finding becomes when its clause is a question, a wish and so on.
enum class Turn { automatic, keep, flip, none };

struct RuleSource {
  std::string id;
  Place place;
  WordList phrases;
  WordList regexes;
  std::vector<NearSource> near;
  WordList require;
  WordList require_text;
  WordList unless;
  WordList unless_sentence;
  WordList unless_text;
  std::vector<std::string> langs;
  WordList models;
  domain::Polarity polarity = domain::Polarity::complaint;
  Turn negated = Turn::automatic;
  Turn question = Turn::automatic;
  Turn wish = Turn::automatic;
  Turn conditional = Turn::automatic;
  bool topic = true;
  bool named = false;
  bool vague = false;  ///< gives way to what the text says more plainly
  double confidence = 0.9;
  std::vector<Example> matches;
  std::vector<Example> rejects;
};

struct CategorySource {
  std::string key;
  std::string title;
  bool fallback = false;  ///< yields to every other category
  std::vector<RuleSource> rules;
};

struct VersionSource {
  std::string name;
  WordList aliases;
  std::string from;   ///< first day, `2025-09-30`, or empty
  std::string until;  ///< last day, or empty
};

/// Names that mean a model only in the right company.
struct GuardSource {
  WordList aliases;
  std::vector<std::string> langs;
  bool capital = false;
  WordList needs;
  WordList not_after;
  WordList not_before;
};

struct ModelSource {
  std::string name;
  std::string maker;
  Place place;
  WordList aliases;
  WordList unless;
  std::vector<VersionSource> versions;
  std::vector<GuardSource> guards;
};

/// The words of one language that steer clauses: negation, wish, ...
struct MarkerSource {
  MarkerKind kind = MarkerKind::plain;
  std::string lang;
  WordList words;
};

struct NoiseSource {
  domain::Noise kind = domain::Noise::promo;
  std::string id;
  Place place;
  WordList phrases;
  WordList regexes;
  std::vector<Example> matches;
  std::vector<Example> rejects;
};

struct ComparisonSource {
  std::string id;
  Place place;
  WordList patterns;
  WordList unless;  ///< must not stand behind the comparison's begin
  bool a_wins = true;
  bool others = false;  ///< the side left out is every other model
  bool loser_complaint = false;
  std::string category;  ///< empty: read from the aspect words
  std::vector<Example> rejects;
  struct Match {
    std::string text;
    std::string context;  ///< text of what it answers to
    std::string better;
    std::string worse;
    Place place;
  };
  std::vector<Match> matches;
};

}  // namespace grumble::analyzer
