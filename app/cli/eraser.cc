#include "app/cli/eraser.h"

#include <fmt/format.h>

#include <iostream>
#include <utility>

#include "app/cli/interrupt.h"
#include "store/erasure.h"

namespace grumble::app {
namespace {

constexpr size_t kAtOnce = 1000;

}  // namespace

void Eraser::add(domain::PostKey key, const std::string& reason) {
  auto& keys = by_reason_[reason];
  keys.push_back(std::move(key));
  ++posts_;
  if (keys.size() >= kAtOnce) flush(reason, keys);
}

void Eraser::add_author(const std::string& platform, std::string id,
                        const std::string& reason) {
  const SiteAndReason why(platform, reason);
  auto& authors = authors_[why];
  authors.push_back(std::move(id));
  ++people_;
  if (authors.size() >= kAtOnce) flush(why, authors);
}

void Eraser::flush() {
  for (auto& [reason, keys] : by_reason_) {
    if (!keys.empty()) flush(reason, keys);
  }
  for (auto& [why, authors] : authors_) {
    if (!authors.empty()) flush(why, authors);
  }
}

void Eraser::finish() {
  end_if_interrupted();
  flush();
  const int64_t pages = store::scrub_pages(database_);
  std::cout << fmt::format(
      "{} posts and {} authors named; {} posts were stored and are erased now, "
      "with {} raw pages that held them\n",
      posts_, people_, erased_, pages);
}

void Eraser::flush(const std::string& reason,
                   std::vector<domain::PostKey>& keys) {
  end_if_interrupted();
  erased_ += store::erase_posts(database_, keys, reason);
  keys.clear();
}

void Eraser::flush(const SiteAndReason& why,
                   std::vector<std::string>& authors) {
  end_if_interrupted();
  erased_ += store::erase_authors(database_, why.first, authors, why.second);
  authors.clear();
}

}  // namespace grumble::app
