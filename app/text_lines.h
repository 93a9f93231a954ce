#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "domain/finding.h"

namespace grumble::app {

/// One line of NDJSON on its way to the analysis: a text, or why it is none.
struct TextLine {
  boost::json::value id;  ///< as given: a string, unless `error` says why not
  domain::Text text;
  std::string error;  ///< with its place, for a person; empty: a text

  /// The id; empty when it is no string.
  std::string name() const;
};

/// Every line that is not blank, with its place: `file:3`, or `line 3` of
/// standard input, which `-` or no file at all means. Throws
/// std::runtime_error for a file that cannot be opened or read to its end.
void read_lines(const std::vector<std::string>& files,
                const std::function<void(const std::string& place,
                                         const std::string& line)>& tell);

/// Reads lines `{"id","text","lang","context"}`. Foreign bytes are mended as
/// an import mends them: byte order mark, invalid UTF-8, halves of surrogate
/// pairs. Blank lines are passed over, what is no text is told with its place.
/// `name` is the file's, or empty for standard input. Throws
/// std::runtime_error when the input cannot be read to its end.
void read_text_lines(std::istream& in, const std::string& name,
                     const std::function<void(TextLine&)>& tell);

/// The same for files in turn. Throws as read_lines().
void read_text_files(const std::vector<std::string>& files,
                     const std::function<void(TextLine&)>& tell);

}  // namespace grumble::app
