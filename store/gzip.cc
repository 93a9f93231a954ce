#include "store/gzip.h"

#include <zlib.h>

#include <stdexcept>

namespace grumble::store {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kFast = 1;
constexpr size_t kChunk = 64 * 1024;

/// Runs one of zlib's two engines over all of `bytes`.
template <typename Step>
std::string run(z_stream& stream, std::string_view bytes, Step step) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::string chunk(kChunk, '\0');
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = kChunk;
    status = step(&stream);
    out.append(chunk, 0, kChunk - stream.avail_out);
  }
  if (status != Z_STREAM_END) throw std::runtime_error("gzip: damaged data");
  return out;
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kFast, Z_DEFLATED, kGzipWindow, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("gzip: out of memory");
  }
  std::string out =
      run(stream, bytes, [](z_stream* s) { return deflate(s, Z_FINISH); });
  deflateEnd(&stream);
  return out;
}

std::string gunzip(std::string_view bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) {
    throw std::runtime_error("gzip: out of memory");
  }
  try {
    std::string out =
        run(stream, bytes, [](z_stream* s) { return inflate(s, Z_NO_FLUSH); });
    inflateEnd(&stream);
    return out;
  } catch (...) {
    inflateEnd(&stream);
    throw;
  }
}

std::string hex_bytes(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex = "\\x";
  hex.reserve(2 + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string from_hex_bytes(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (size_t i = 2; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  }
  return bytes;
}

}  // namespace grumble::store
