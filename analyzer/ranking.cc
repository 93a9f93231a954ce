#include "analyzer/ranking.h"

#include <re2/re2.h>

#include <algorithm>

namespace grumble::analyzer {
namespace {

constexpr size_t kMaxItem = 400;       // bytes between two places of a list
constexpr size_t kMaxScoreReach = 48;  // bytes from a name to its score
constexpr size_t kMaxRanked = 32;

/// A mention and what it is ranked by: the lower, the better.
struct Rank {
  size_t mention = 0;
  int place = 0;
};

void pair_up(const Cast& cast, const std::vector<Rank>& ranks,
             std::vector<HeadToHead>& out) {
  if (ranks.size() < 2 || ranks.size() > kMaxRanked) return;
  const auto& mentions = cast.mentions;
  for (size_t i = 0; i < ranks.size(); ++i) {
    for (size_t j = i + 1; j < ranks.size(); ++j) {
      const Mention& a = mentions[ranks[i].mention];
      const Mention& b = mentions[ranks[j].mention];
      if (a.model == b.model || ranks[i].place == ranks[j].place) continue;
      HeadToHead found;
      found.better = {{a.model, ranks[i].mention}};
      found.worse = {{b.model, ranks[j].mention}};
      found.span = {std::min(a.span.begin, b.span.begin),
                    std::max(a.span.end, b.span.end)};
      found.rule = "ranking";
      found.praises = ranks[i].place == ranks.front().place;
      out.push_back(std::move(found));
    }
  }
}

/// The number that a list puts before a name: "2.", "#2", "🥈", "第二".
int place_before(std::string_view before) {
  static const RE2 number(
      R"((?:^|[\s\S]*[\n\s(])(?:#|no\.?\s?)?(\d)\s?[.):、]\s?[*_"]*)");
  static const RE2 word(
      R"((?:^|[\s\S]*[^a-z])(🥇|🥈|🥉|第一|第二|第三|1st|2nd|3rd|1位|2位|3位|1위|2위|3위)(?:名|是| place)?\s*[-:,.]?\s*)");
  const re2::StringPiece piece(before.data(), before.size());
  int place = 0;
  std::string which;
  if (RE2::FullMatch(piece, number, &place)) return place;
  if (!RE2::FullMatch(piece, word, &which)) return 0;
  for (const std::string_view first : {"🥇", "第一"}) {
    if (which == first) return 1;
  }
  for (const std::string_view second : {"🥈", "第二"}) {
    if (which == second) return 2;
  }
  return which[0] >= '1' && which[0] <= '3' ? which[0] - '0' : 3;
}

void read_lists(std::string_view text, const Cast& cast,
                std::vector<HeadToHead>& out) {
  std::vector<Rank> ranks;
  const auto& mentions = cast.mentions;
  for (size_t i = 0; i < mentions.size(); ++i) {
    const size_t begin = i == 0 ? 0 : mentions[i - 1].span.end;
    const std::string_view before =
        text.substr(begin, mentions[i].span.begin - begin);
    if (before.empty() || before.size() >= kMaxItem) continue;
    const int place = place_before(before);
    if (place == static_cast<int>(ranks.size()) + 1)
      ranks.push_back({i, place});
  }
  pair_up(cast, ranks, out);
}

void read_chains(std::string_view text, const Cast& cast,
                 std::vector<HeadToHead>& out) {
  static const RE2 above(R"(\s*(?:>|≫|＞)+=?\s*)");
  const auto& mentions = cast.mentions;
  std::vector<Rank> chain;
  for (size_t i = 0; i < mentions.size(); ++i) {
    const size_t begin = i == 0 ? 0 : mentions[i - 1].span.end;
    const std::string_view before =
        text.substr(begin, mentions[i].span.begin - begin);
    const bool below =
        i > 0 &&
        RE2::FullMatch(re2::StringPiece(before.data(), before.size()), above);
    if (!below) {
      pair_up(cast, chain, out);
      chain.clear();
    }
    chain.push_back({i, static_cast<int>(chain.size())});
  }
  pair_up(cast, chain, out);
}

/// "A 6/15, B 4/15": what counts out of the same whole, the most first.
void read_scores(std::string_view text, const Cast& cast,
                 std::vector<HeadToHead>& out) {
  static const RE2 score(R"([^.!?\n]*?(\d{1,3})\s?(?:/|out of)\s?(\d{1,3})\b)");
  const auto& mentions = cast.mentions;
  if (mentions.size() < 2 || text.find_first_of("0123456789") == text.npos) {
    return;
  }
  std::vector<Rank> ranks;
  int whole = 0;
  for (size_t i = 0; i < mentions.size(); ++i) {
    const size_t begin = mentions[i].span.end;
    const size_t next =
        i + 1 < mentions.size() ? mentions[i + 1].span.begin : text.size();
    re2::StringPiece rest(text.data() + begin,
                          std::min(next - begin, kMaxScoreReach));
    int reached = 0;
    int of = 0;
    if (!RE2::Consume(&rest, score, &reached, &of)) continue;
    if (reached > of || (whole != 0 && of != whole)) return;
    whole = of;
    ranks.push_back({i, of - reached});
  }
  std::stable_sort(
      ranks.begin(), ranks.end(),
      [](const Rank& a, const Rank& b) { return a.place < b.place; });
  pair_up(cast, ranks, out);
}

}  // namespace

void read_rankings(std::string_view text, const Cast& cast,
                   std::vector<HeadToHead>& out) {
  if (cast.mentions.size() < 2) return;
  read_lists(text, cast, out);
  read_chains(text, cast, out);
  read_scores(text, cast, out);
}

}  // namespace grumble::analyzer
