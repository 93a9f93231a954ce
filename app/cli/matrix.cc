#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/render/rate.h"
#include "app/session.h"

namespace grumble::app {
namespace {

/// Below so many posts about a model a rate says little, and is shown faint.
constexpr int64_t kFewMentions = 30;
constexpr const char* kNoModel = "(no model)";

using Cells = std::map<std::pair<std::string, std::string>, store::MatrixCell>;

Records long_form(const store::Matrix& matrix) {
  Records records{{"category", "model", "posts", "authors", "mentions", "rate"},
                  {}};
  for (const auto& cell : matrix.cells) {
    records.rows.push_back({cell.category,
                            cell.model.empty() ? Cell() : Cell(cell.model),
                            cell.posts, cell.authors,
                            cell.model.empty() ? Cell() : Cell(cell.mentions),
                            cell.model.empty() ? Cell() : Cell(cell.rate)});
  }
  return records;
}

/// Categories by their posts over all models, most first.
std::vector<std::string> category_order(const store::Matrix& matrix) {
  std::map<std::string, int64_t> posts;
  for (const auto& cell : matrix.cells) posts[cell.category] += cell.posts;
  std::vector<std::string> order;
  for (const auto& [category, count] : posts) order.push_back(category);
  std::stable_sort(
      order.begin(), order.end(),
      [&](const auto& a, const auto& b) { return posts[a] > posts[b]; });
  return order;
}

std::string cell_text(const store::MatrixCell& cell, bool counts) {
  if (counts || cell.model.empty()) return std::to_string(cell.posts);
  return rate_text(cell.rate);
}

/// Stronger red for higher rates; faint when the evidence is thin.
std::string painted(const std::string& text, const store::MatrixCell& cell) {
  if (cell.model.empty()) return text;
  if (cell.mentions < kFewMentions) return "\x1b[2m" + text + "\x1b[0m";
  const int colour = cell.rate >= 20   ? 196
                     : cell.rate >= 10 ? 208
                     : cell.rate >= 5  ? 220
                                       : 250;
  return fmt::format("\x1b[38;5;{}m{}\x1b[0m", colour, text);
}

class Pivot {
 public:
  /// `limit`: at most so many categories; 0 for all.
  Pivot(const store::Matrix& matrix, const Terminal& screen, bool counts,
        size_t limit)
      : screen_(screen), counts_(counts), categories_(category_order(matrix)) {
    if (limit > 0 && limit < categories_.size()) {
      left_out_ = categories_.size() - limit;
      categories_.resize(limit);
    }
    for (const auto& cell : matrix.cells) {
      cells_[{cell.category, cell.model}] = cell;
    }
    for (const auto& model : matrix.models) {
      const bool complained = std::any_of(
          matrix.cells.begin(), matrix.cells.end(),
          [&](const auto& cell) { return cell.model == model.model; });
      if (complained) models_.push_back(model);
    }
    // What names no model is no column among models; it comes last.
    std::stable_partition(
        models_.begin(), models_.end(),
        [](const auto& model) { return !model.model.empty(); });
    for (const auto& category : categories_) {
      label_width_ = std::max(label_width_, category.size());
    }
    shown_ = columns_that_fit();
  }

  void print(std::ostream& out) const {
    std::string line(label_width_, ' ');
    for (size_t i = 0; i < shown_; ++i) {
      line += "  " + std::string(width(i) - name(i).size(), ' ') + name(i);
    }
    out << (screen_.color ? "\x1b[1m" + line + "\x1b[0m" : line) << '\n';
    for (const auto& category : categories_) print_row(out, category);
    line = "posts" + std::string(label_width_ - 5, ' ');
    for (size_t i = 0; i < shown_; ++i) {
      const auto text = std::to_string(models_[i].posts);
      line += "  " + std::string(width(i) - text.size(), ' ') + text;
    }
    out << (screen_.color ? "\x1b[2m" + line + "\x1b[0m" : line) << '\n';
  }

  /// Categories beyond the limit.
  size_t left_out() const { return left_out_; }
  /// Models that the terminal had no room for.
  size_t hidden() const { return models_.size() - shown_; }

 private:
  std::string name(size_t i) const {
    return models_[i].model.empty() ? kNoModel : printable(models_[i].model);
  }
  size_t width(size_t i) const { return std::max<size_t>(name(i).size(), 4); }

  size_t columns_that_fit() const {
    if (!screen_.tty) return models_.size();
    size_t used = label_width_;
    for (size_t i = 0; i < models_.size(); ++i) {
      used += 2 + width(i);
      if (used > screen_.width) return i;
    }
    return models_.size();
  }

  void print_row(std::ostream& out, const std::string& category) const {
    out << category << std::string(label_width_ - category.size(), ' ');
    for (size_t i = 0; i < shown_; ++i) {
      const auto found = cells_.find({category, models_[i].model});
      const std::string text = found == cells_.end()
                                   ? (screen_.unicode ? "·" : ".")
                                   : cell_text(found->second, counts_);
      out << "  " << std::string(width(i) - display_width(text), ' ');
      out << (found != cells_.end() && screen_.color
                  ? painted(text, found->second)
                  : text);
    }
    out << '\n';
  }

  Terminal screen_;
  bool counts_;
  std::vector<std::string> categories_;
  std::vector<store::ModelCount> models_;
  Cells cells_;
  size_t label_width_ = 8;
  size_t shown_ = 0;
  size_t left_out_ = 0;
};

}  // namespace

int run_matrix(const Options& options) {
  const Config config = config_from(options);
  store::Filter filter = filter_from(options, config);
  const Session session(config, Session::Use::questions);
  store::Database database = session.connect();
  resolve(database, filter);
  const store::Matrix matrix = store::matrix(database, filter);
  const auto limit = static_cast<size_t>(options.limit);
  if (output_format(options) != Format::table) {
    Records records = long_form(matrix);
    if (limit > 0 && limit < records.rows.size()) records.rows.resize(limit);
    return write_records(options, records);
  }
  if (matrix.cells.empty()) {
    std::cerr << "no " << options.polarity
              << " found; 'grumble status' shows what was collected\n";
    return options.fail_empty ? exit_empty : exit_ok;
  }
  const Pivot pivot(matrix, terminal(options), options.absolute, limit);
  pivot.print(std::cout);
  if (!options.quiet) {
    std::cerr << (options.absolute
                      ? "posts with such a finding"
                      : "posts with such a finding for every 100 about the "
                        "model; '(no model)' counts posts")
              << '\n';
    if (pivot.left_out() > 0) {
      std::cerr << pivot.left_out() << " more categories: raise --limit\n";
    }
    if (pivot.hidden() > 0) {
      std::cerr << pivot.hidden()
                << " more models do not fit: widen the terminal, use --model, "
                   "or -o csv\n";
    }
  }
  print_footer(options, filter, matrix.totals);
  return exit_ok;
}

}  // namespace grumble::app
