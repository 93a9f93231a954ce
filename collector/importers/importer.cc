#include "collector/importers/importer.h"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "collector/importers/line_reader.h"
#include "collector/importers/records.h"
#include "collector/sources/json.h"

namespace grumble::collector {
namespace {

constexpr size_t kLongest = size_t{512} << 20;
constexpr size_t kPageBytes = size_t{8} << 20;

domain::Timestamp change_time(const std::filesystem::path& file) {
  if (file == "-") {
    return std::chrono::floor<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
  const auto time =
      std::chrono::file_clock::to_sys(std::filesystem::last_write_time(file));
  return std::chrono::time_point_cast<std::chrono::milliseconds>(time);
}

/// Whether a line is a JSON object or array from its start to its end.
bool is_whole(const std::string& line) {
  const JsonText text(line);
  return split_object(text.view()) || split_array(text.view());
}

std::string text_of(Damage damage) {
  switch (damage) {
    case Damage::cut:
      return "the gzip file is cut off";
    case Damage::corrupt:
      return "the gzip file is corrupt from here on";
    case Damage::trailing:
      return "what follows the end of the gzip data is no gzip";
    case Damage::none:
      break;
  }
  return {};
}

char first_letter(const std::string& bytes) {
  const size_t at = bytes.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return at == bytes.npos ? '\0' : bytes[at];
}

}  // namespace

class Importer::Impl {
 public:
  Impl(const std::filesystem::path& file, const ImportOptions& options)
      : reader_(file, kLongest), page_items_(options.page_items) {
    reading_.platform = options.platform;
    reading_.observed_at =
        options.observed_at ? *options.observed_at : change_time(file);
  }

  std::optional<ImportPage> next() {
    if (left_.empty()) gather();
    if (left_.empty()) return std::nullopt;
    ImportPage page = std::move(left_.front());
    left_.pop_front();
    return page;
  }

  const LineReader& reader() const { return reader_; }
  const std::map<std::string, int64_t>& others() const { return others_; }

 private:
  /// Reads on until there is enough for a page, or nothing more.
  void gather() {
    Items items;
    size_t bytes = 0;
    while (items.posts.size() + items.rejects.size() < page_items_ &&
           (bytes < kPageBytes || items.count == 0)) {
      const auto piece = next_piece();
      if (!piece) {
        tell_damage(items);
        break;
      }
      bytes += piece->bytes.size();
      Items read = read_piece(*piece);
      for (const auto& [kind, number] : read.others) others_[kind] += number;
      read.others.clear();
      items.append(std::move(read));
    }
    if (items.count > 0 || !items.authors.empty()) cut_up(std::move(items));
  }

  /// One document may hold far more than should land at once.
  void cut_up(Items items) {
    ImportPage page;
    page.duplicates = items.duplicates;
    page.items = items.duplicates;
    page.page.authors = std::move(items.authors);
    page.page.edits = std::move(items.edits);
    const auto turn = [this, &page] {
      if (page.page.posts.size() + page.page.rejects.size() < page_items_) {
        return;
      }
      left_.push_back(std::exchange(page, {}));
    };
    for (auto& post : items.posts) {
      if (const auto read = items.analyses.extract(post.key)) {
        page.analyses.emplace(read.key(), std::move(read.mapped()));
      }
      page.page.posts.push_back(std::move(post));
      ++page.items;
      turn();
    }
    for (auto& reject : items.rejects) {
      page.page.rejects.push_back(std::move(reject));
      ++page.items;
      turn();
    }
    if (page.items > 0 || !page.page.authors.empty()) {
      left_.push_back(std::move(page));
    }
  }

  /// Lines, or the whole file when its first lines show that it is one
  /// document.
  std::optional<Piece> next_piece() {
    if (!ahead_.empty()) {
      Piece piece = std::move(ahead_.front());
      ahead_.erase(ahead_.begin());
      return piece;
    }
    auto piece = reader_.next_line();
    if (!piece || !std::exchange(first_, false)) return piece;
    if (is_whole(piece->bytes)) return piece;
    auto second = reader_.next_line();
    if (!second) return piece;
    const bool lines = first_letter(piece->bytes) != '[' &&
                       first_letter(second->bytes) == '{' &&
                       is_whole(second->bytes);
    if (lines) {
      ahead_.push_back(std::move(*second));
      return piece;
    }
    piece->bytes += '\n' + second->bytes;
    document_ = true;
    piece->cut = second->cut;
    *piece = reader_.rest(std::move(*piece));
    piece->cut = true;
    return piece;
  }

  /// At the end of the file, unless a cut line has told it.
  void tell_damage(Items& items) {
    const std::string damage = text_of(reader_.damage());
    if (damage.empty() || std::exchange(told_damage_, true)) return;
    items.reject("byte " + std::to_string(reader_.bytes_done()) + ": ", "",
                 damage, "");
  }

  Items read_piece(const Piece& piece) {
    const std::string where =
        document_ ? "" : "line " + std::to_string(piece.line) + ": ";
    Items items;
    if (piece.oversize) {
      items.reject(where, "", "longer than 512 MiB", piece.bytes);
      return items;
    }
    const JsonText text(piece.bytes);
    if (split_object(text.view()) || split_array(text.view())) {
      return read_record(text.view(), reading_, where);
    }
    if (!piece.cut) {
      items.reject(where, "", "is no JSON object or array", piece.bytes);
      return items;
    }
    const uint64_t end = piece.offset + piece.bytes.size();
    std::string reason = document_ ? "document cut off" : "line cut off";
    if (const auto damage = text_of(reader_.damage()); !damage.empty()) {
      reason += ": " + damage;
      told_damage_ = true;
    }
    items.reject(where + "byte " + std::to_string(end) + ": ", "", reason,
                 piece.bytes);
    return items;
  }

  LineReader reader_;
  size_t page_items_;
  RecordReading reading_;
  std::deque<ImportPage> left_;
  std::vector<Piece> ahead_;
  bool first_ = true;
  bool document_ = false;
  bool told_damage_ = false;
  std::map<std::string, int64_t> others_;
};

Importer::Importer(const std::filesystem::path& file,
                   const ImportOptions& options)
    : impl_(std::make_unique<Impl>(file, options)) {}

Importer::~Importer() = default;

std::optional<ImportPage> Importer::next() { return impl_->next(); }

uint64_t Importer::bytes_done() const { return impl_->reader().bytes_done(); }

uint64_t Importer::bytes_total() const { return impl_->reader().bytes_total(); }

const std::map<std::string, int64_t>& Importer::others() const {
  return impl_->others();
}

}  // namespace grumble::collector
