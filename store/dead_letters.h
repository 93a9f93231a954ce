#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/timestamp.h"
#include "store/database.h"

// Items that did not become posts: kept with their place and reason, and with
// id and bytes as long as raw pages (store/page.h).
namespace grumble::store {

struct DeadLetter {
  int64_t id = 0;
  std::string source;
  std::string query;
  std::string pointer;  ///< where in the answer or the file
  std::string item_id;
  std::string reason;
  std::string raw;              ///< at most 4 KiB of it
  std::optional<int64_t> page;  ///< the raw page it stood on, if any
  std::string state;            ///< "open", "landed", "dropped"
  int64_t tries = 0;
  domain::Timestamp rejected_at;
};

/// The newest that are open, without their bytes.
std::vector<DeadLetter> dead_letters(Database& database, int64_t limit);
std::optional<DeadLetter> dead_letter(Database& database, int64_t id);

/// Nobody wants it any more. False when it was not open.
bool drop_dead_letter(Database& database, int64_t id);

/// Its page was read again: what the page still rejects stays open with one
/// more try, the others have landed. How many of the page have landed now.
int64_t note_retry(Database& database, int64_t page,
                   const std::vector<std::string>& still_rejected);

}  // namespace grumble::store
