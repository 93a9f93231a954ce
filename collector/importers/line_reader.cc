#include "collector/importers/line_reader.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace grumble::collector {
namespace {

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r\n") == line.npos;
}

}  // namespace

struct LineReader::State {
  gzFile file = nullptr;
  std::string name;
  size_t longest = 0;
  uint64_t total = 0;
  std::array<char, 256 * 1024> block{};
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;  ///< of block[begin]
  uint64_t line = 0;
  bool truncated = false;

  ~State() {
    if (file != nullptr) gzclose(file);
  }

  /// False at the end.
  bool fill() {
    if (begin < end) return true;
    const int size =
        gzread(file, block.data(), static_cast<unsigned>(block.size()));
    if (size < 0) {
      int code = 0;
      const char* text = gzerror(file, &code);
      if (code != Z_BUF_ERROR && code != Z_DATA_ERROR) {
        throw std::runtime_error(name + ": " + text);
      }
      // What came before the damage has been given out and stays good.
      truncated = true;
      return false;
    }
    begin = 0;
    end = static_cast<size_t>(size);
    if (size == 0) {
      int code = 0;
      gzerror(file, &code);
      truncated = truncated || code == Z_BUF_ERROR;
    }
    return size > 0;
  }

  void append(Piece& piece, size_t size) const {
    const size_t room = longest - std::min(longest, piece.bytes.size());
    if (size > room) piece.oversize = true;
    piece.bytes.append(block.data() + begin, std::min(size, room));
  }

  void skip(size_t size) {
    begin += size;
    offset += size;
  }
};

LineReader::LineReader(const std::filesystem::path& file, size_t longest)
    : state_(std::make_unique<State>()) {
  state_->name = file.string();
  state_->longest = longest;
  if (!std::filesystem::is_regular_file(file)) {
    throw std::runtime_error(file.string() + ": is no file");
  }
  state_->total = std::filesystem::file_size(file);
  // Reads a file that is not compressed as it is.
  state_->file = gzopen(file.c_str(), "rbe");
  if (state_->file == nullptr) {
    throw std::runtime_error(file.string() + ": cannot be opened");
  }
  gzbuffer(state_->file, 128 * 1024);
}

LineReader::~LineReader() = default;

std::optional<Piece> LineReader::next_line() {
  State& state = *state_;
  for (;;) {
    Piece piece;
    piece.offset = state.offset;
    piece.line = ++state.line;
    bool ended = false;
    while (!ended && state.fill()) {
      const std::string_view left(state.block.data() + state.begin,
                                  state.end - state.begin);
      const size_t newline = left.find('\n');
      ended = newline != left.npos;
      const size_t size = ended ? newline : left.size();
      state.append(piece, size);
      state.skip(size + (ended ? 1 : 0));
    }
    piece.cut = !ended;
    if (piece.line == 1 && piece.bytes.starts_with("\xEF\xBB\xBF")) {
      piece.bytes.erase(0, 3);
    }
    if (piece.bytes.empty() && !ended) return std::nullopt;
    if (!piece.bytes.empty() && piece.bytes.back() == '\r') {
      piece.bytes.pop_back();
    }
    if (!is_blank(piece.bytes)) return piece;
  }
}

Piece LineReader::rest(Piece head) {
  State& state = *state_;
  if (!head.cut) head.bytes += '\n';
  while (state.fill()) {
    const size_t size = state.end - state.begin;
    state.append(head, size);
    state.skip(size);
  }
  return head;
}

uint64_t LineReader::bytes_done() const {
  const auto offset = gzoffset(state_->file);
  return offset < 0 ? state_->total : static_cast<uint64_t>(offset);
}

uint64_t LineReader::bytes_total() const { return state_->total; }

bool LineReader::truncated() const { return state_->truncated; }

}  // namespace grumble::collector
