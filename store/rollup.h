#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "domain/finding.h"
#include "store/statement.h"

namespace grumble::store {

/// What a post says, as it is counted: a finding, a comparison or a stated
/// value.
struct Said {
  /// '' when none is named; of a comparison the better, of a value its kind.
  std::string model;
  std::string category;  ///< of a value its unit
  std::string polarity;  ///< "better" for a comparison, "value" for a value
  /// Of a comparison the worse; of a value as SQL's `amount || ' ' || per`.
  std::string counterpart;

  auto operator<=>(const Said&) const = default;
};

/// A stored post as the roll-ups see it.
struct Countable {
  std::string platform;
  std::string kind;
  std::string lang;
  std::string standing;  ///< as SQL's standing()
  std::string noise = "none";
  int64_t hour = 0;  ///< starts, in seconds of the epoch
  int64_t day = 0;
  int64_t week = 0;
  std::optional<int64_t> author_place;  ///< as SQL's author_place()
  int64_t engagement = 0;
  int64_t views = 0;
  std::vector<std::string> models;   ///< those of its mentions
  std::vector<Said> said;            ///< repeats allowed
  std::vector<std::string> queries;  ///< that found it: "x sora"
};

std::string standing(domain::Noise noise, bool context_only);
std::vector<Said> said_in(const domain::Analysis& analysis);

/// The places that authors take in a cell's sketch.
class Sketch {
 public:
  static constexpr int kPlaces = 1024;

  void set(int64_t place) { bytes_.at(place / 8) |= mask(place); }
  bool has(int64_t place) const { return bytes_.at(place / 8) & mask(place); }
  std::string hex() const;  ///< as PostgreSQL reads bit(1024)

 private:
  static unsigned char mask(int64_t place) {
    return static_cast<unsigned char>(0x80U >> (place % 8));
  }
  std::array<unsigned char, kPlaces / 8> bytes_{};
};

/// By how much one transaction changes the roll-ups of one slot: collected by
/// cell first, then written at once and in one order, so that programs which
/// land at once do not wait for each other in a circle.
class RollupChange {
 public:
  /// Hours before `hours_from` are not counted by hour, nor weeks before
  /// `weeks_from` by week.
  RollupChange(int64_t hours_from, int64_t weeks_from)
      : hours_from_(hours_from), weeks_from_(weeks_from) {}

  void add(const Countable& post) { count(post, 1); }
  void remove(const Countable& post) { count(post, -1); }
  /// Authors that may be gone from a cell are noted for repair_sketches.
  void write(Transaction& transaction, int64_t slot) const;

 private:
  /// platform, lang, standing, and what is said.
  using Cell = std::tuple<std::string, std::string, std::string, Said>;
  using Place = std::tuple<char, int64_t>;  ///< grain, start
  struct Sum {
    int64_t posts = 0;
    int64_t engagement = 0;
    int64_t views = 0;
    Sketch authors;
    std::optional<int64_t> only;  ///< author's place, while there is but one
    bool many = false;
    std::vector<int64_t> removed;

    void add_author(int64_t place);
  };

  void count(const Countable& post, int sign);
  std::vector<int64_t> cell_ids(Transaction& transaction) const;

  int64_t hours_from_;
  int64_t weeks_from_;
  std::map<Cell, std::map<Place, Sum>> cells_;
};

}  // namespace grumble::store
