#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "domain/post.h"
#include "store/database.h"

namespace grumble::app {

/// Keys and authors with their reasons, erased a batch at a time. Borrows the
/// database. Its functions throw Interrupted.
class Eraser {
 public:
  explicit Eraser(store::Database& database) : database_(database) {}

  void add(domain::PostKey key, const std::string& reason);
  /// With all that the author wrote.
  void add_author(const std::string& platform, std::string id,
                  const std::string& reason);
  /// Erases what is left.
  void flush();
  /// The same, also out of raw pages, and says what was erased.
  void finish();

 private:
  using SiteAndReason = std::pair<std::string, std::string>;

  void flush(const std::string& reason, std::vector<domain::PostKey>& keys);
  void flush(const SiteAndReason& why, std::vector<std::string>& authors);

  store::Database& database_;
  std::map<std::string, std::vector<domain::PostKey>> by_reason_;
  std::map<SiteAndReason, std::vector<std::string>> authors_;
  int64_t erased_ = 0;
  int64_t posts_ = 0;
  int64_t people_ = 0;
};

}  // namespace grumble::app
