#include "collector/http.h"

#include <cstdint>

namespace grumble::collector {

std::string Secret::fingerprint() const {
  uint32_t hash = 2'166'136'261U;
  for (const char c : value_) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619U;
  }
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) {
    digits += "0123456789abcdef"[hash >> shift & 15];
  }
  return digits;
}

std::string_view HttpResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

}  // namespace grumble::collector
