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

/// Reads a file, plain or gzip-compressed, in lines.
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

  uint64_t bytes_done() const;  ///< of the file as it is on disk
  uint64_t bytes_total() const;
  /// A compressed file ended too early.
  bool truncated() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace grumble::collector
