#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "collector/source.h"
#include "domain/finding.h"

namespace grumble::collector {

struct ImportOptions {
  /// Site of NDJSON records that name none.
  std::string platform = "import";
  /// When the site showed what the file holds, where the file does not say;
  /// by default the time the file was last changed, so that reading it again
  /// gives the same posts.
  std::optional<domain::Timestamp> observed_at;
  size_t page_items = 500;  ///< about how many items make a page
};

/// Some items of a file, to land in one transaction.
struct ImportPage {
  Page page;               ///< without steps and without cost
  int64_t items = 0;       ///< == posts + rejects + duplicates, always
  int64_t duplicates = 0;  ///< within the page: one id more than once
  /// Of posts whose text stayed behind: what was once read from it.
  std::map<domain::PostKey, domain::Analysis> analyses;
};

/// Reads a file of posts, videos or comments, page by page: X API v2 answers
/// and twarc2 JSONL (pages or flattened), YouTube API answers, recorded
/// request/response pairs of either, yt-dlp `.info.json`, and NDJSON of our
/// own. What a file is, is told by its content; it may be gzip-compressed.
/// Memory is bounded by the longest line, or by the whole file when it is one
/// JSON document; both at most 512 MiB. Not thread-safe.
class Importer {
 public:
  /// Throws std::runtime_error when the file cannot be opened.
  explicit Importer(const std::filesystem::path& file,
                    const ImportOptions& options = {});
  ~Importer();
  Importer(const Importer&) = delete;
  Importer& operator=(const Importer&) = delete;

  /// Empty at the end of the file. Bad items, and a last line that is cut
  /// off, are rejects; throws std::runtime_error when reading fails.
  std::optional<ImportPage> next();

  /// Bytes of the file read so far, and of the whole file.
  uint64_t bytes_done() const;
  uint64_t bytes_total() const;
  /// What was met so far and holds no text: "user" -> 96, "count" -> 169.
  const std::map<std::string, int64_t>& others() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace grumble::collector
