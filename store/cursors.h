#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "domain/post.h"
#include "store/database.h"

namespace grumble::store {

/// A round cannot be opened while an earlier one has steps left.
class RoundOpen : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a new round of a query starts from.
struct RoundStart {
  std::string watermark;           ///< as the last open_round left it
  std::vector<std::string> known;  ///< ids of its videos with comments, newest
                                   ///< first
};

/// What is left to do of the round under way, oldest step first.
std::vector<domain::Cursor> open_cursors(Database& database,
                                         const std::string& source,
                                         const std::string& query);

/// `known` holds at most `limit` ids.
RoundStart next_round(Database& database, const std::string& source,
                      const std::string& query, int limit);

/// Stores the first steps and the watermark in one transaction. Throws
/// RoundOpen, having changed nothing, when steps are left.
void open_round(Database& database, const std::string& source,
                const std::string& query,
                const std::vector<domain::Cursor>& cursors,
                const std::string& watermark);

/// Removes a step that will never become a page and keeps it as a reject with
/// its reason. False, having changed nothing, when it was not open.
bool drop_cursor(Database& database, const domain::Cursor& cursor,
                 const std::string& reason);

}  // namespace grumble::store
