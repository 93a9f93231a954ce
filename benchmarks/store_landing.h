#pragma once

#include <cstdint>
#include <filesystem>

#include "domain/timestamp.h"
#include "store/database.h"

namespace grumble::benchmarks {

constexpr int64_t kBatch = 5000;
constexpr int64_t kQueries = 12;  ///< each batch is found by one: "query 3"

/// Lands posts [first, last) of an invented history of `count` posts, so many
/// at once.
void land(store::Database& database, int64_t first, int64_t last, int64_t count,
          domain::Timestamp end, int64_t batch_size = kBatch);

/// Prints how fast posts land in the empty database, close together and spread
/// over two years, beside binary COPY of the same rows and INSERTs of them.
/// `directory`: one that the server may write to.
void compare_landing(store::Database& database,
                     const std::filesystem::path& directory,
                     domain::Timestamp end);

}  // namespace grumble::benchmarks
