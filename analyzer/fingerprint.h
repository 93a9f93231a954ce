#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace grumble::analyzer {

/// What a text shares with its copies. Two texts that have one of these values
/// in common say the same in nearly the same words.
using Fingerprints = std::array<uint64_t, 5>;

/// Min-hashes of the text's shingles (Broder 1997: of two texts the share of
/// equal minima is the share of common shingles, J), five of them a value: all
/// of one value agree with probability J^5, some value of the five with
/// 1 - (1 - J^5)^5: 0.99 at J = 0.9, 0.86 at 0.8, 0.01 at 0.3, 0.00005 at 0.1.
/// A shingle is two neighbouring words, or three neighbouring characters of
/// Han, kana and Hangul; handles, links, hashtags, numbers, emoji and
/// punctuation count for nothing. `folded` comes from Normalizer. Nothing for
/// what is too short to be copied from somewhere: people say "me too" by
/// themselves. Pure.
std::optional<Fingerprints> fingerprints(std::string_view folded);

}  // namespace grumble::analyzer
