#include "collector/importers/line_reader.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <stdexcept>

namespace grumble::collector {
namespace {

constexpr int kGzipOnly = 15 + 16;  // window bits, and no other wrapping

bool is_blank(const std::string& line) {
  return line.find_first_not_of(" \t\r\n") == line.npos;
}

}  // namespace

struct LineReader::State {
  std::FILE* file = nullptr;
  std::string name;
  size_t longest = 0;
  uint64_t total = 0;
  uint64_t read = 0;  ///< bytes of the file
  std::array<char, 256 * 1024> block{};
  size_t begin = 0;
  size_t end = 0;
  uint64_t offset = 0;  ///< of block[begin]
  uint64_t line = 0;
  Damage damage = Damage::none;

  bool packed = false;
  bool between = false;  ///< after the end of a gzip member
  z_stream stream{};
  std::array<char, 128 * 1024> packed_block{};

  ~State() {
    if (packed) inflateEnd(&stream);
    if (file != nullptr && file != stdin) std::fclose(file);
  }

  size_t read_bytes(char* to, size_t size) {
    const size_t got = std::fread(to, 1, size, file);
    if (got < size && std::ferror(file) != 0) {
      throw std::runtime_error(name + ": " + std::strerror(errno));
    }
    read += got;
    return got;
  }

  /// Looks at the first bytes: gzip, or as it is.
  void open() {
    const size_t size = read_bytes(packed_block.data(), packed_block.size());
    packed = is_gzip(packed_block.data(), size);
    if (!packed) {
      std::copy_n(packed_block.data(), size, block.data());
      end = size;
      return;
    }
    if (inflateInit2(&stream, kGzipOnly) != Z_OK) throw std::bad_alloc();
    give(size);
  }

  static bool is_gzip(const char* bytes, size_t size) {
    return size >= 2 && bytes[0] == '\x1f' && bytes[1] == '\x8b';
  }

  void give(size_t size) {
    stream.next_in = reinterpret_cast<Bytef*>(packed_block.data());
    stream.avail_in = static_cast<uInt>(size);
  }

  /// False at the end.
  bool fill() {
    if (begin < end) return true;
    begin = end = 0;
    if (!packed) {
      end = read_bytes(block.data(), block.size());
      return end > 0;
    }
    while (end == 0 && damage == Damage::none && inflate_some()) {
    }
    return end > 0;
  }

  /// One step of unpacking; false when there is nothing left.
  bool inflate_some() {
    if (stream.avail_in == 0) {
      give(read_bytes(packed_block.data(), packed_block.size()));
    }
    if (stream.avail_in == 0) {
      if (!between) damage = Damage::cut;
      return false;
    }
    if (between && !next_member()) return false;
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    const int result = inflate(&stream, Z_NO_FLUSH);
    end = block.size() - stream.avail_out;
    between = result == Z_STREAM_END;
    if (result != Z_OK && !between && result != Z_BUF_ERROR) {
      damage = Damage::corrupt;
    }
    return true;
  }

  /// Members follow each other, perhaps zeros in the end; else it is junk.
  bool next_member() {
    if (*stream.next_in != 0x1f) {
      while (stream.avail_in > 0 && *stream.next_in == 0) {
        ++stream.next_in;
        --stream.avail_in;
      }
      if (stream.avail_in > 0) damage = Damage::trailing;
      return stream.avail_in == 0;
    }
    if (inflateReset(&stream) != Z_OK) throw std::bad_alloc();
    between = false;
    return true;
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
  if (file == "-") {
    state_->file = stdin;
  } else {
    if (!std::filesystem::is_regular_file(file)) {
      throw std::runtime_error(file.string() + ": is no file");
    }
    state_->total = std::filesystem::file_size(file);
    state_->file = std::fopen(file.c_str(), "rbe");
  }
  if (state_->file == nullptr) {
    throw std::runtime_error(file.string() + ": cannot be opened");
  }
  state_->open();
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

uint64_t LineReader::bytes_done() const { return state_->read; }

uint64_t LineReader::bytes_total() const { return state_->total; }

Damage LineReader::damage() const { return state_->damage; }

}  // namespace grumble::collector
