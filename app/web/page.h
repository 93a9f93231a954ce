#pragma once

#include <map>
#include <string>
#include <string_view>

#include "store/report_queries.h"

namespace grumble::app {

/// `&`, `<`, `>`, quotes and control characters made harmless in HTML text and
/// attribute values.
std::string html_escape(std::string_view text);

/// The parameters of `a=1&b=%20`; empty names are left out, a later value of
/// the same name wins.
std::map<std::string, std::string> parse_query(std::string_view query);

/// Whole documents.
std::string matrix_page(const store::Matrix& matrix);
std::string posts_page(const std::vector<store::EvidencePost>& posts,
                       const store::Filter& filter);

}  // namespace grumble::app
