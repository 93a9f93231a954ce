#include "store/landing_rows.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <tuple>

namespace grumble::store {
namespace {

/// An entry of an index must hold it.
constexpr size_t kLongestName = 512;
/// Nothing has been liked as often; sums of it are still numbers of 64 bits.
constexpr int64_t kMostCounted = 1'000'000'000'000;

/// Length of the UTF-8 character that `text` starts with; 0 if it is none, an
/// overlong form, a surrogate, NUL, or above U+10FFFF.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return lead == 0 ? 0 : 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high) return 0;
  for (size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

size_t storable_length(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = character_length(text.substr(at));
    if (length == 0) break;
    at += length;
  }
  return at;
}

/// FNV-1a, 64 bits: enough to notice a change, no defence against a forger.
class Digest {
 public:
  void add(std::string_view text) {
    for (const char c : text) step(static_cast<unsigned char>(c));
    step(0x100);  // no byte: keeps "ab" + "c" and "a" + "bc" apart
  }
  void add(const std::optional<std::string>& text) {
    add(text ? std::string_view("1") : std::string_view("0"));
    if (text) add(std::string_view(*text));
  }
  void add(size_t number) { add(std::string_view(std::to_string(number))); }
  void add(double number) {
    char digits[40];
    const int length = std::snprintf(digits, sizeof digits, "%.6g", number);
    add(std::string_view(digits, static_cast<size_t>(length)));
  }
  int64_t value() const { return static_cast<int64_t>(hash_); }

 private:
  void step(uint64_t symbol) { hash_ = (hash_ ^ symbol) * 0x100000001b3; }

  uint64_t hash_ = 0xcbf29ce484222325;
};

/// Why it cannot be stored, if it cannot.
std::optional<std::string> unstorable_part(std::string_view name,
                                           std::string_view text, size_t most) {
  if (auto why = unstorable(text)) return std::string(name) + " holds " + *why;
  if (text.size() <= most) return std::nullopt;
  return std::string(name) + " has " + std::to_string(text.size()) +
         " bytes, more than " + std::to_string(most);
}

/// Every text of the post and its analysis that comes from outside.
std::optional<std::string> unstorable_part(const domain::Post& post) {
  const std::tuple<const char*, const std::string*, size_t> parts[] = {
      {"platform", &post.key.platform, kLongestName},
      {"id", &post.key.id, kLongestName},
      {"author id", &post.author_id, kLongestName},
      {"title", &post.title, SIZE_MAX},
      {"text", &post.text, SIZE_MAX},
      {"language", &post.lang, kLongestName},
      {"conversation id", &post.conversation_id, kLongestName}};
  for (const auto& [name, text, most] : parts) {
    if (auto why = unstorable_part(name, *text, most)) return why;
  }
  for (const domain::Reference& reference : post.references) {
    if (auto why = unstorable_part("reference", reference.id, kLongestName)) {
      return why;
    }
  }
  return std::nullopt;
}

void forget_absurd(domain::Metrics& metrics) {
  for (auto* counter : {&metrics.likes, &metrics.reposts, &metrics.replies,
                        &metrics.quotes, &metrics.views, &metrics.bookmarks}) {
    if (*counter && (**counter < 0 || **counter > kMostCounted)) {
      counter->reset();
    }
  }
}

void check_span(const domain::Post& post, size_t begin, size_t end,
                std::string_view text) {
  const auto border = [&](size_t at) {
    return at == text.size() ||
           (static_cast<unsigned char>(text[at]) & 0xC0) != 0x80;
  };
  if (begin <= end && end <= text.size() && border(begin) && border(end)) {
    return;
  }
  throw std::invalid_argument(
      "post '" + post.key.id + "': span " + std::to_string(begin) + ".." +
      std::to_string(end) + " is not within its text of " +
      std::to_string(text.size()) + " bytes, or cuts a character");
}

void check_spans(const AnalysedPost& post) {
  if (post.analysis.findings.empty() && post.analysis.values.empty()) return;
  const std::string text = domain::full_text(post.post);
  for (const auto& finding : post.analysis.findings) {
    check_span(post.post, finding.begin, finding.end, text);
  }
  for (const auto& value : post.analysis.values) {
    check_span(post.post, value.begin, value.end, text);
  }
}

}  // namespace

std::optional<std::string> unstorable(std::string_view text) {
  const size_t good = storable_length(text);
  if (good == text.size()) return std::nullopt;
  const std::string offset = " at offset " + std::to_string(good);
  return text[good] == '\0' ? "a NUL byte" + offset
                            : "bytes that are not UTF-8" + offset;
}

std::string storable(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t good = storable_length(text);
    result += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\x%02X",
                  static_cast<unsigned char>(text.front()));
    result += escape;
    text.remove_prefix(1);
  }
  return result;
}

int64_t digest(const domain::Analysis& analysis) {
  Digest digest;
  digest.add(std::string_view(analysis.lang));
  digest.add(domain::to_string(analysis.noise));
  for (const std::string& model : analysis.models) {
    digest.add(std::string_view(model));
  }
  for (const domain::Finding& finding : analysis.findings) {
    digest.add(std::string_view("finding"));
    digest.add(finding.model);
    digest.add(finding.version);
    digest.add(std::string_view(finding.category));
    digest.add(domain::to_string(finding.polarity));
    digest.add(finding.begin);
    digest.add(finding.end);
    digest.add(std::string_view(finding.rule));
    digest.add(finding.confidence);
    digest.add(domain::to_string(finding.scope));
    digest.add(finding.counterpart);
  }
  for (const domain::Comparison& comparison : analysis.comparisons) {
    digest.add(std::string_view("comparison"));
    digest.add(std::string_view(comparison.better));
    digest.add(std::string_view(comparison.worse));
    digest.add(comparison.category);
  }
  for (const domain::Value& value : analysis.values) {
    digest.add(std::string_view("value"));
    digest.add(std::string_view(value.kind));
    digest.add(value.amount);
    digest.add(std::string_view(value.unit));
    digest.add(std::string_view(value.per));
    digest.add(value.begin);
    digest.add(value.end);
  }
  return digest.value();
}

std::vector<std::string> models_of(const domain::Analysis& analysis) {
  std::vector<std::string> models = analysis.models;
  for (const domain::Finding& finding : analysis.findings) {
    models.push_back(finding.model.value_or(""));
  }
  std::sort(models.begin(), models.end());
  models.erase(std::unique(models.begin(), models.end()), models.end());
  return models;
}

PreparedPosts prepare_posts(const std::vector<AnalysedPost>& posts) {
  std::vector<const AnalysedPost*> order;
  PreparedPosts prepared;
  for (const AnalysedPost& post : posts) {
    if (const auto why = unstorable_part(post.post)) {
      prepared.refused.push_back(
          {"post " + post.post.key.id, post.post.key.id, *why,
           domain::full_text(post.post).substr(0, 4096)});
      continue;
    }
    check_spans(post);
    order.push_back(&post);
  }
  // Of one key: newest first, a hit before context, then the last given.
  std::reverse(order.begin(), order.end());
  std::stable_sort(
      order.begin(), order.end(), [](const auto* a, const auto* b) {
        return std::tie(a->post.key, b->post.observed_at,
                        a->post.context_only) <
               std::tie(b->post.key, a->post.observed_at, b->post.context_only);
      });
  prepared.posts.reserve(order.size());
  for (const AnalysedPost* post : order) {
    if (prepared.posts.empty() ||
        prepared.posts.back().post.key != post->post.key) {
      prepared.posts.push_back(*post);
      forget_absurd(prepared.posts.back().post.metrics);
      continue;
    }
    domain::Post& kept = prepared.posts.back().post;
    kept.context_only = kept.context_only && post->post.context_only;
    ++prepared.duplicates;
  }
  return prepared;
}

std::vector<domain::Author> prepare_authors(
    const std::vector<domain::Author>& authors) {
  std::vector<domain::Author> result(authors.rbegin(), authors.rend());
  std::erase_if(result, [](const auto& author) {
    return author.id.empty() || author.id.size() > kLongestName;
  });
  for (domain::Author& author : result) {
    author.platform = storable(author.platform);
    author.id = storable(author.id);
    author.handle = storable(author.handle);
    author.name = storable(author.name);
  }
  const auto key = [](const auto& a) { return std::tie(a.platform, a.id); };
  std::stable_sort(
      result.begin(), result.end(),
      [&](const auto& a, const auto& b) { return key(a) < key(b); });
  result.erase(std::unique(result.begin(), result.end(),
                           [&](const auto& a, const auto& b) {
                             return key(a) == key(b);
                           }),
               result.end());
  return result;
}

}  // namespace grumble::store
