#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "store/statement.h"

namespace grumble::store {

/// Rows on their way into one statement: an array a column, for `unnest`.
class Columns {
 public:
  template <typename... Values>
  void add(const Values&... values) {
    arrays_.resize(sizeof...(Values));
    size_t column = 0;
    (arrays_[column++].add(values), ...);
    ++rows_;
  }

  bool empty() const { return rows_ == 0; }

  /// The arrays as `$1`, `$2`, ..., then `more`.
  template <typename... Values>
  Params params(const Values&... more) const {
    Params params;
    for (const ArrayText& array : arrays_) params.add(array.text());
    (params.add(more), ...);
    return params;
  }

 private:
  std::vector<ArrayText> arrays_;
  size_t rows_ = 0;
};

}  // namespace grumble::store
