#include "store/statement.h"

#include <charconv>
#include <cstdio>
#include <stdexcept>

namespace grumble::store {

void Params::add(std::string_view text) {
  if (const size_t nul = text.find('\0'); nul != text.npos) {
    throw std::invalid_argument("value $" + std::to_string(values_.size() + 1) +
                                " of a statement holds a NUL byte at offset " +
                                std::to_string(nul));
  }
  values_.emplace_back(text);
}

void Params::add(domain::Timestamp time) { add(domain::to_string(time)); }

void Params::add(const std::vector<std::string>& texts) {
  ArrayText array;
  for (const std::string& text : texts) array.add(text);
  add(array.text());
}

void Params::add(std::nullopt_t) { values_.emplace_back(std::nullopt); }

void ArrayText::add_plain(std::string_view element) {
  if (!body_.empty()) body_ += ',';
  body_ += element;
}

void ArrayText::add(std::string_view text) {
  if (!body_.empty()) body_ += ',';
  body_ += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') body_ += '\\';
    body_ += c;
  }
  body_ += '"';
}

void ArrayText::add(double value) {
  char digits[32];
  const auto [end, error] =
      std::to_chars(digits, digits + sizeof digits, value);
  add_plain({digits, static_cast<size_t>(end - digits)});
}

std::vector<std::string> read_array(std::string_view text) {
  std::vector<std::string> elements;
  if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
    throw std::logic_error("no array: '" + std::string(text) + "'");
  }
  text = text.substr(1, text.size() - 2);
  while (!text.empty()) {
    std::string element;
    bool quoted = false;
    size_t at = 0;
    for (; at < text.size() && (quoted || text[at] != ','); ++at) {
      if (text[at] == '"') {
        quoted = !quoted;
      } else {
        if (text[at] == '\\') ++at;
        element += text[at];
      }
    }
    elements.push_back(std::move(element));
    text.remove_prefix(std::min(text.size(), at + 1));
  }
  return elements;
}

bool Rows::null(size_t row, size_t column) const {
  return !text_or_null(row, column).has_value();
}

std::string Rows::text(size_t row, size_t column) const {
  auto text = text_or_null(row, column);
  if (!text) {
    throw std::logic_error("column " + std::to_string(column) + " is null");
  }
  return *std::move(text);
}

std::optional<int64_t> Rows::integer_or_null(size_t row, size_t column) const {
  const auto text = text_or_null(row, column);
  if (!text) return std::nullopt;
  int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end) {
    throw std::logic_error("no integer: '" + *text + "'");
  }
  return value;
}

int64_t Rows::integer(size_t row, size_t column) const {
  const auto value = integer_or_null(row, column);
  if (!value) {
    throw std::logic_error("column " + std::to_string(column) + " is null");
  }
  return *value;
}

double Rows::number(size_t row, size_t column) const {
  const std::string digits = text(row, column);
  double value = 0.0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw std::logic_error("no number: '" + digits + "'");
  }
  return value;
}

bool Rows::flag(size_t row, size_t column) const {
  return text(row, column) == "t";
}

std::optional<domain::Timestamp> Rows::time_or_null(size_t row,
                                                    size_t column) const {
  auto text = text_or_null(row, column);
  if (!text) return std::nullopt;
  // The session is in UTC, so the server writes `2024-12-09 18:12:07+00`.
  const auto time = domain::parse_timestamp(*text + ":00");
  if (!time) throw std::logic_error("no time: '" + *text + "'");
  return time;
}

domain::Timestamp Rows::time(size_t row, size_t column) const {
  const auto value = time_or_null(row, column);
  if (!value) {
    throw std::logic_error("column " + std::to_string(column) + " is null");
  }
  return *value;
}

}  // namespace grumble::store
