#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "domain/finding.h"

namespace grumble::benchmarks {

/// Texts of an NDJSON file whose lines hold `text` and perhaps `lang`, in a
/// random order that is the same each time: a part of them stands for all.
std::vector<domain::Text> read_corpus(const std::filesystem::path& file);

/// Writes a list of strings as a JSON array, for peers in other languages.
void write_json(const std::filesystem::path& file,
                const std::vector<std::string>& strings);

}  // namespace grumble::benchmarks
