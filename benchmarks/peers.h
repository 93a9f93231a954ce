#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace grumble::benchmarks {

/// Another way to look for the same patterns in a text.
class Peer {
 public:
  virtual ~Peer() = default;
  /// How many of the patterns the text holds.
  virtual size_t count(std::string_view text) = 0;
};

/// One RE2::Set of `memory` bytes. Null when it does not compile.
std::unique_ptr<Peer> make_set(const std::vector<std::string>& patterns,
                               long memory);
/// Each pattern an RE2 of its own.
std::unique_ptr<Peer> make_singles(const std::vector<std::string>& patterns);
/// Hyperscan in block mode, without offsets; patterns that it refuses are left
/// out and counted. Null when it was not there at build time.
std::unique_ptr<Peer> make_hyperscan(const std::vector<std::string>& patterns,
                                     size_t& refused);

}  // namespace grumble::benchmarks
