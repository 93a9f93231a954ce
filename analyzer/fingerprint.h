#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace grumble::analyzer {

/// What a text shares with its copies. Two texts that have one of these values
/// in common say the same in nearly the same words.
using Fingerprints = std::array<int64_t, 4>;

/// Min-hashes of the text's shingles (Broder 1997: of two texts the share of
/// equal minima is the share of common shingles, J), five of them a value: all
/// of one value agree with probability J^5, some value of the four with
/// 1 - (1 - J^5)^4: 0.97 at J = 0.9, 0.80 at 0.8, 0.01 at 0.3, 0.00004 at 0.1.
/// A shingle is two neighbouring words, or three neighbouring characters of
/// Han, kana and Hangul; handles, links, hashtags, numbers, emoji and
/// punctuation count for nothing. `folded` comes from Normalizer; texts of
/// different `site`s share nothing. None for what is too short to be copied
/// from somewhere: people say "me too" by themselves. Pure.
std::optional<Fingerprints> fingerprints(std::string_view folded,
                                         std::string_view site);

}  // namespace grumble::analyzer
