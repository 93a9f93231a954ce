#include "collector/importers/records.h"
#include "collector/sources/json.h"

namespace grumble::collector {
namespace {

using domain::Post;
using domain::Timestamp;

/// Reads a time member into `time`; false when it is there and no time.
bool read_time(JsonValue record, std::string_view name,
               std::optional<Timestamp>& time) {
  if (!member(record, name)) return true;
  time = domain::parse_timestamp(string_member(record, name).value_or(""));
  return time.has_value();
}

domain::Metrics read_metrics(JsonValue record) {
  domain::Metrics metrics;
  const auto counters = member(record, "metrics");
  if (!counters) return metrics;
  metrics.likes = integer_member(*counters, "likes");
  metrics.reposts = integer_member(*counters, "reposts");
  metrics.replies = integer_member(*counters, "replies");
  metrics.quotes = integer_member(*counters, "quotes");
  metrics.views = integer_member(*counters, "views");
  metrics.bookmarks = integer_member(*counters, "bookmarks");
  return metrics;
}

void read_author(JsonValue record, Post& post, Items& items) {
  const auto author = member(record, "author");
  if (!author) return;
  if (!author->is_object()) {
    post.author_id = id_member(record, "author").value_or("");
    return;
  }
  post.author_id = id_member(*author, "id").value_or("");
  if (post.author_id.empty()) return;
  domain::Author known;
  known.platform = post.key.platform;
  known.id = post.author_id;
  known.handle = string_member(*author, "handle").value_or("");
  known.name = string_member(*author, "name").value_or("");
  known.followers = integer_member(*author, "followers");
  items.add(std::move(known));
}

void read_references(JsonValue record, Post& post) {
  for (const JsonValue reference : array_member(record, "references")) {
    if (!reference.is_object()) continue;
    const auto kind = domain::parse_reference_kind(
        string_member(reference, "kind").value_or(""));
    auto id = id_member(reference, "id");
    if (kind && id) post.references.push_back({*kind, std::move(*id)});
  }
}

bool is_platform(const std::string& name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
  return !name.empty() && name.size() <= 32 &&
         name.find_first_not_of(kLetters) == name.npos;
}

domain::Finding read_finding(JsonValue value) {
  domain::Finding finding;
  finding.model = string_member(value, "model");
  finding.version = string_member(value, "version");
  finding.category = string_member(value, "category").value_or("");
  finding.polarity =
      domain::parse_polarity(string_member(value, "polarity").value_or(""))
          .value_or(domain::Polarity::complaint);
  finding.rule = string_member(value, "rule").value_or("");
  if (const auto confidence = member(value, "confidence")) {
    double number = 0;
    if (!confidence->get(number)) finding.confidence = number;
  }
  finding.scope =
      domain::parse_scope(string_member(value, "scope").value_or(""))
          .value_or(domain::Scope::none);
  finding.counterpart = string_member(value, "counterpart");
  return finding;
}

/// What 'grumble export' says of a text that it leaves behind; no places in
/// it, and no values, which are of its words.
domain::Analysis read_analysis(JsonValue value) {
  domain::Analysis analysis;
  analysis.lang = string_member(value, "lang").value_or("");
  analysis.noise =
      domain::parse_noise(string_member(value, "noise").value_or(""))
          .value_or(domain::Noise::none);
  for (const JsonValue model : array_member(value, "models")) {
    std::string_view name;
    if (!model.get(name)) analysis.models.emplace_back(name);
  }
  for (const JsonValue finding : array_member(value, "findings")) {
    if (finding.is_object()) {
      analysis.findings.push_back(read_finding(finding));
    }
  }
  for (const JsonValue pair : array_member(value, "comparisons")) {
    if (!pair.is_object()) continue;
    analysis.comparisons.push_back({string_member(pair, "better").value_or(""),
                                    string_member(pair, "worse").value_or(""),
                                    string_member(pair, "category")});
  }
  return analysis;
}

/// Fills the post, or says why it cannot.
std::string read_post(JsonValue record, const RecordReading& reading,
                      Post& post, Items& items) {
  constexpr size_t kLongestId = 200;
  if (!record.is_object()) return "is no object";
  const auto id = id_member(record, "id");
  if (!id || id->empty()) return "record has no id";
  if (id->size() > kLongestId) return "record id is too long";
  auto text = string_member(record, "text");
  const auto analysis = text ? std::nullopt : member(record, "analysis");
  if (!text && !analysis) return "record has no text";
  post.key = {string_member(record, "platform").value_or(reading.platform),
              *id};
  if (!is_platform(post.key.platform)) {
    return "platform '" + post.key.platform + "' is no name of a site";
  }
  const auto kind =
      domain::parse_post_kind(string_member(record, "kind").value_or("post"));
  if (!kind) return "kind is none of post, video and comment";
  post.kind = *kind;
  post.title = string_member(record, "title").value_or("");
  post.text = text.value_or("");
  post.lang = string_member(record, "lang").value_or("");
  std::optional<Timestamp> created_at;
  std::optional<Timestamp> observed_at;
  if (!read_time(record, "created_at", created_at)) {
    return "created_at is no RFC 3339 time";
  }
  if (!read_time(record, "edited_at", post.edited_at)) {
    return "edited_at is no RFC 3339 time";
  }
  if (!read_time(record, "observed_at", observed_at)) {
    return "observed_at is no RFC 3339 time";
  }
  if (analysis && !created_at) return "record has no text and no created_at";
  post.observed_at = observed_at.value_or(reading.observed_at);
  post.created_at = created_at.value_or(post.observed_at);
  if (analysis) {
    // Whatever the site showed is newer.
    post.observed_at = Timestamp{};
    items.analyses[post.key] = read_analysis(*analysis);
  }
  post.approximate_time =
      !created_at || bool_member(record, "approximate_time");
  post.context_only = bool_member(record, "context_only");
  post.conversation_id = id_member(record, "conversation_id").value_or("");
  read_references(record, post);
  post.metrics = read_metrics(record);
  read_author(record, post, items);
  return "";
}

/// A line of 'grumble export' that tells no more than which post there is.
bool is_bare_id(JsonValue record) {
  simdjson::dom::object members;
  return !record.get(members) && members.size() == 2 &&
         id_member(record, "id") && string_member(record, "platform");
}

}  // namespace

Items read_own_record(std::string_view slice, const RecordReading& reading,
                      const std::string& where) {
  Items items;
  JsonParser parser;
  std::string reason;
  Post post;
  const auto record = parser.parse(slice, reason);
  if (record && is_bare_id(*record)) {
    ++items.others["id"];
    return items;
  }
  reason = record ? read_post(*record, reading, post, items)
                  : "is no JSON: " + reason;
  if (reason.empty()) {
    items.add(std::move(post));
  } else {
    items.reject(where, post.key.id, reason, slice);
  }
  return items;
}

}  // namespace grumble::collector
