#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "domain/finding.h"

namespace grumble::analyzer {

/// How a text was read. All offsets are bytes of the text as given.
struct Explanation {
  struct Clause {
    size_t begin = 0;
    size_t end = 0;
    std::string before;              ///< "sentence", "contrast", "comma"
    std::vector<std::string> marks;  ///< "question", "wish", "sarcasm"
  };
  /// A word that steers, as opposed to one that complains.
  struct Marker {
    std::string kind;  ///< "negation", "conditional", "object", "quoted", ...
    size_t begin = 0;
    size_t end = 0;
  };
  struct Mention {
    std::string model;
    std::optional<std::string> version;
    size_t begin = 0;
    size_t end = 0;
  };
  /// Words of rules that stand in the text.
  struct Hit {
    size_t begin = 0;
    size_t end = 0;
    std::vector<std::string> rules;  ///< ids of the rules that name them
  };
  /// A rule that had its words and still made no finding there.
  struct Stopped {
    std::string rule;
    size_t begin = 0;  ///< equal to `end`: the text as a whole
    size_t end = 0;
    std::string why;
  };

  std::string folded;  ///< the text as rules see it
  std::vector<Clause> clauses;
  std::vector<Marker> markers;
  std::vector<Mention> mentions;
  bool about_video = false;  ///< else only rules with `topic = false` look
  std::vector<Hit> hits;
  std::vector<Stopped> stopped;
  domain::Analysis analysis;  ///< its findings are the rules that fired
};

}  // namespace grumble::analyzer
