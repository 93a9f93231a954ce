#include "app/web/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "app/permalink.h"
#include "app/render/author.h"
#include "app/render/evidence.h"
#include "app/render/noise.h"
#include "app/render/rate.h"
#include "app/render/terminal.h"

namespace grumble::app {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1c1c1c;--paper:#fff;--line:#d8d8d8;
--mark:#ffe08a;--faint:#5f5f5f}
@media(prefers-color-scheme:dark){:root{--ink:#eaeaea;--paper:#161616;
--line:#3a3a3a;--mark:#6b5200;--faint:#a8a8a8}}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:80rem;
padding:0 1rem;color:var(--ink);background:var(--paper)}
h1{font-size:1.4rem}p.note{color:var(--faint)}
.scroll{overflow-x:auto}
table{border-collapse:collapse}caption{text-align:left;padding:.3rem 0}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);
text-align:right;white-space:nowrap}
th:first-child{text-align:left;position:sticky;left:0;background:var(--paper)}
td a{color:inherit;text-decoration:none;display:block}
td a:hover,td a:focus{text-decoration:underline}
.h1{background:#fdecc8;color:#1c1c1c}.h2{background:#f9c48a;color:#1c1c1c}
.h3{background:#b3261e;color:#fff}.few{opacity:.75;font-style:italic}
article{border-top:1px solid var(--line);padding:.8rem 0}
article header{color:var(--faint);font-size:.9rem}
article p{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0}
mark{background:var(--mark);color:inherit}
ul.found{margin:.2rem 0;padding-left:1.2rem;font-size:.9rem}
)";

constexpr int64_t kFewMentions = 30;

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                       (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    out += plain ? std::string(1, c)
                 : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string document(std::string_view title, const std::string& body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<title>{}</title><style>{}</style></head><body>\n{}</body></html>\n",
      html_escape(title), kStyle, body);
}

std::string heat(const store::MatrixCell& cell) {
  if (cell.mentions < kFewMentions) return "few";
  if (cell.rate >= 20) return "h3";
  if (cell.rate >= 10) return "h2";
  if (cell.rate >= 5) return "h1";
  return "";
}

std::string cell_html(const store::MatrixCell& cell) {
  return fmt::format(
      "<td class=\"{}\" title=\"{} of {} posts, {} authors\">"
      "<a href=\"/posts?model={}&amp;category={}\">{}</a></td>",
      heat(cell), cell.posts, cell.mentions, cell.authors,
      url_encode(cell.model), url_encode(cell.category),
      html_escape(rate_text(cell.rate)));
}

using Cells = std::map<std::pair<std::string, std::string>, store::MatrixCell>;

std::string matrix_rows(const Cells& cells,
                        const std::vector<store::ModelCount>& models) {
  std::map<std::string, int64_t> totals;
  for (const auto& [key, cell] : cells) totals[key.first] += cell.posts;
  std::vector<std::string> categories;
  for (const auto& [category, total] : totals) categories.push_back(category);
  std::stable_sort(
      categories.begin(), categories.end(),
      [&](const auto& a, const auto& b) { return totals[a] > totals[b]; });
  std::string rows;
  for (const auto& category : categories) {
    rows += "<tr><th scope=\"row\">" + html_escape(category) + "</th>";
    for (const auto& model : models) {
      const auto found = cells.find({category, model.model});
      rows += found == cells.end() ? "<td>·</td>" : cell_html(found->second);
    }
    rows += "</tr>\n";
  }
  return rows;
}

std::string evidence_html(const store::EvidencePost& entry) {
  const auto& post = entry.post;
  std::string text;
  for (const auto& piece : mark(domain::full_text(post), entry.findings)) {
    const std::string safe = html_escape(printable(piece.text, true));
    text += piece.marked ? "<mark>" + safe + "</mark>" : safe;
  }
  std::set<std::string> found;
  for (const auto& finding : entry.findings) {
    found.insert(fmt::format(
        "{}: {}, {} ({})", finding.model.value_or("no model"), finding.category,
        domain::to_string(finding.polarity), finding.rule));
  }
  std::string list;
  for (const auto& line : found) {
    list += "<li>" + html_escape(printable(line)) + "</li>";
  }
  const std::string link = permalink(post);
  const std::string author = author_label(entry);
  return fmt::format(
      "<article><header>{} {}{} · {}{}</header><p>{}</p>"
      "<ul class=\"found\">{}</ul></article>\n",
      html_escape(post.key.platform), domain::to_string(post.kind),
      author.empty() ? "" : " · " + html_escape(printable(author)),
      domain::to_string(post.created_at).substr(0, 10),
      link.empty() ? ""
                   : " · <a rel=\"noopener noreferrer nofollow\" href=\"" +
                         html_escape(link) + "\">original</a>",
      text, list);
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '\0':
        out += "\xEF\xBF\xBD";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view query) {
  const auto decode = [](std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      const auto digit = [&](size_t at) {
        const char c = at < text.size() ? text[at] : '\0';
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
      };
      if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
        out += static_cast<char>(digit(i + 1) * 16 + digit(i + 2));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  };
  std::map<std::string, std::string> parameters;
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (equals > 0) {
      parameters[decode(pair.substr(0, equals))] =
          equals < pair.size() ? decode(pair.substr(equals + 1)) : "";
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return parameters;
}

std::string matrix_page(const store::Matrix& matrix) {
  Cells cells;
  for (const auto& cell : matrix.cells) {
    if (!cell.model.empty()) cells[{cell.category, cell.model}] = cell;
  }
  std::vector<store::ModelCount> models;
  for (const auto& model : matrix.models) {
    if (!model.model.empty()) models.push_back(model);
  }
  std::string head = "<tr><th scope=\"col\">complaint</th>";
  std::string foot = "<tr><th scope=\"row\">posts</th>";
  for (const auto& model : models) {
    head +=
        "<th scope=\"col\">" + html_escape(printable(model.model)) + "</th>";
    foot += fmt::format("<td>{}</td>", model.posts);
  }
  return document(
      "Grumble: complaints by model",
      fmt::format(
          "<h1>What people complain about, by model</h1>\n"
          "<p class=\"note\">{} posts; left out: {}. "
          "A cell is posts with such a complaint for every 100 posts about "
          "the model; slanted where fewer than {} posts are about it. Each "
          "opens to its posts.</p>\n<div class=\"scroll\" tabindex=\"0\">"
          "<table><thead>{}</tr></thead><tbody>\n{}</tbody><tfoot>{}</tr>"
          "</tfoot></table></div>\n",
          matrix.totals.posts, noise_text(matrix.totals), kFewMentions, head,
          matrix_rows(cells, models), foot));
}

std::string posts_page(const std::vector<store::EvidencePost>& posts,
                       const store::Filter& filter) {
  std::string title;
  for (const auto& model : filter.models) title += model + " ";
  for (const auto& category : filter.categories) title += category + " ";
  title = printable(title) + "posts";
  std::string body = "<p><a href=\"/\">All models</a></p>\n<h1>" +
                     html_escape(title) + "</h1>\n";
  body += fmt::format(
      "<p class=\"note\">{} posts, newest first, at most {}."
      "</p>\n",
      posts.size(), filter.limit);
  for (const auto& entry : posts) body += evidence_html(entry);
  return document("Grumble: " + title, body);
}

}  // namespace grumble::app
