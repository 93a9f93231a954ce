#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "domain/post.h"
#include "store/database.h"

namespace grumble::app {

/// Keys with their reasons, erased a batch at a time. Borrows the database. Its
/// functions throw Interrupted.
class Eraser {
 public:
  explicit Eraser(store::Database& database) : database_(database) {}

  void add(domain::PostKey key, const std::string& reason);
  /// Erases what is left.
  void flush();
  /// The same, also out of raw pages, and says what was erased.
  void finish();

 private:
  void flush(const std::string& reason, std::vector<domain::PostKey>& keys);

  store::Database& database_;
  std::map<std::string, std::vector<domain::PostKey>> by_reason_;
  int64_t erased_ = 0;
  int64_t asked_ = 0;
};

}  // namespace grumble::app
