#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/cli/command.h"
#include "domain/finding.h"

namespace grumble::app {

/// The texts that a command of rule writers works on: with `--stored` every
/// stored post as the analysis reads it, under its `SITE:ID`; then the lines of
/// the files, or of standard input where neither is given. A line that is no
/// text is told on standard error and passed over. Throws what Session,
/// store::stored_texts and read_text_files throw.
void each_text(
    const Options& options, const std::vector<std::string>& files,
    const std::function<void(const std::string&, const domain::Text&)>& tell);

}  // namespace grumble::app
