#include "analyzer/expression.h"

#include <re2/re2.h>

#include <stdexcept>

namespace grumble::analyzer {

std::shared_ptr<const re2::RE2> Expression::re() const {
  const std::scoped_lock lock(mutex_);
  if (re_) return re_;
  RE2::Options options;
  options.set_log_errors(false);
  options.set_longest_match(true);
  options.set_never_capture(true);
  options.set_max_mem(kMemory);
  auto made = std::make_shared<const RE2>(text_, options);
  if (!made->ok()) {
    throw std::invalid_argument("bad pattern \"" + text_ +
                                "\": " + made->error());
  }
  re_ = std::move(made);
  return re_;
}

void Expression::forget() const {
  const std::scoped_lock lock(mutex_);
  re_ = nullptr;
}

}  // namespace grumble::analyzer
