#pragma once

#include <string>
#include <string_view>

namespace grumble::store {

/// Throw std::runtime_error when zlib does, or when `bytes` is no gzip.
std::string gzip(std::string_view bytes);
std::string gunzip(std::string_view bytes);

/// Bytes as PostgreSQL writes and reads bytea: `\x` and two digits a byte.
std::string hex_bytes(std::string_view bytes);
std::string from_hex_bytes(std::string_view hex);

}  // namespace grumble::store
