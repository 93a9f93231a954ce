#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace grumble::collector {

/// One line, without its end, or one JSON document over many lines.
struct Piece {
  std::string bytes;
  uint64_t offset = 0;    ///< of its first byte in the uncompressed file
  uint64_t line = 0;      ///< from 1
  bool cut = false;       ///< the file ended before the line did
  bool oversize = false;  ///< longer than the limit; `bytes` is its beginning
};

/// What is wrong with a compressed file. What came before stays good.
enum class Damage { none, cut, corrupt, trailing };

/// Reads a file, plain or gzip-compressed, in lines; `-` is standard input.
class LineReader {
 public:
  /// Throws std::runtime_error when the file cannot be opened.
  LineReader(const std::filesystem::path& file, size_t longest);
  ~LineReader();

  /// The next line that is not blank; empty at the end. Throws
  /// std::runtime_error when reading fails.
  std::optional<Piece> next_line();
  /// All that is left, after `head`.
  Piece rest(Piece head);

  uint64_t bytes_done() const;   ///< of the file as it is on disk
  uint64_t bytes_total() const;  ///< 0 when it is not known
  /// Known at the end.
  Damage damage() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace grumble::collector
