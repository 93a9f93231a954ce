#include "collector/importers/records.h"

#include <algorithm>

#include "collector/sources/json.h"
#include "collector/sources/x_items.h"
#include "collector/sources/youtube_items.h"

namespace grumble::collector {
namespace {

using Members = std::vector<JsonMember>;

bool has(const Members& members, std::string_view name) {
  return !find_member(members, name).empty();
}

bool has_any(const Members& members,
             std::initializer_list<std::string_view> names) {
  return std::any_of(
      names.begin(), names.end(),
      [&members](std::string_view name) { return has(members, name); });
}

std::string text_of(std::string_view slice) {
  JsonParser parser;
  std::string_view text;
  const auto value = slice.empty() ? std::nullopt : parser.parse(slice);
  if (!value || value->get_string().get(text)) return "";
  return std::string(text);
}

/// twarc notes when it was shown the line.
domain::Timestamp observed_at(const Members& members,
                              const RecordReading& reading) {
  const auto notes = split_object(find_member(members, "__twarc"));
  if (!notes) return reading.observed_at;
  return domain::parse_timestamp(text_of(find_member(*notes, "retrieved_at")))
      .value_or(reading.observed_at);
}

Items other(const std::string& kind) {
  Items items;
  ++items.others[kind];
  return items;
}

bool is_youtube_answer(const Members& members) {
  if (text_of(find_member(members, "kind")).starts_with("youtube#")) {
    return true;
  }
  const auto items = split_array(find_member(members, "items"));
  if (!items || items->empty()) return false;
  const auto first = split_object(items->front());
  return first && text_of(find_member(*first, "kind")).starts_with("youtube#");
}

Items read_youtube(std::string_view slice, const Members& members,
                   const RecordReading& reading, const std::string& where) {
  YoutubeReading how;
  how.observed_at = reading.observed_at;
  how.reject_search_results = true;
  how.prefix = where;
  if (has(members, "items")) {
    return std::move(read_youtube_answer(slice, how)->items);
  }
  // One item that stands alone is a list of one.
  std::string list = "{\"items\":[" + std::string(slice) + "]}";
  const JsonText text(list);
  return std::move(read_youtube_answer(text.view(), how)->items);
}

/// {request, response: {status, headers, body}}, as recorders write it.
Items read_recording(const Members& members, const RecordReading& reading,
                     const std::string& where) {
  Items items;
  const auto response = split_object(find_member(members, "response"));
  const auto body =
      response ? find_member(*response, "body") : std::string_view();
  if (body.empty()) {
    items.reject(where, "", "recording has no response body",
                 find_member(members, "response"));
    return items;
  }
  const auto status = find_member(*response, "status");
  if (!status.empty() && status != "200" && status != "201") {
    return other("recorded answer of status " + std::string(status));
  }
  if (body.front() != '"') {
    return read_record(body, reading, where + "/response/body");
  }
  const JsonText text(text_of(body));
  return read_record(text.view(), reading, where + "/response/body");
}

bool is_x_answer(const Members& members) {
  if (has(members, "data")) {
    const char first = find_member(members, "data").front();
    return first == '[' || first == '{';
  }
  return has_any(members, {"includes", "meta"}) ||
         (has(members, "errors") && !has(members, "text"));
}

Items read_list(std::string_view slice, const RecordReading& reading,
                const std::string& where) {
  Items items;
  const auto elements = split_array(slice);
  if (!elements) {
    items.reject(where, "", "is no JSON", slice);
    return items;
  }
  for (size_t i = 0; i < elements->size(); ++i) {
    items.append(
        read_record((*elements)[i], reading, where + '/' + std::to_string(i)));
  }
  return items;
}

Items read_object(std::string_view slice, const Members& members,
                  const RecordReading& reading, const std::string& where) {
  RecordReading at = reading;
  at.observed_at = observed_at(members, reading);
  if (has(members, "request") && has(members, "response")) {
    return read_recording(members, at, where);
  }
  if (is_youtube_answer(members)) {
    return read_youtube(slice, members, at, where);
  }
  if (is_x_answer(members)) {
    return std::move(read_x_answer(slice, at.observed_at, where)->items);
  }
  if (text_of(find_member(members, "_type")) == "playlist") {
    const auto entries = find_member(members, "entries");
    return entries.empty() ? other("yt-dlp playlist without entries")
                           : read_list(entries, at, where + "/entries");
  }
  if (has_any(members, {"extractor_key", "upload_date", "uploader_id"})) {
    return read_ytdlp_info(slice, at, where);
  }
  if (has_any(members, {"_time_text", "author_thumbnail"}) &&
      has(members, "parent")) {
    Items items;
    read_ytdlp_comment(items, slice, "", at.observed_at, where);
    return items;
  }
  if (has_any(members,
              {"author_id", "edit_history_tweet_ids", "edit_history_post_ids",
               "referenced_tweets", "public_metrics", "__twarc"}) &&
      has(members, "id")) {
    return read_x_flat_post(slice, at.observed_at, where);
  }
  if (has(members, "action") && has(members, "reason") &&
      !has(members, "text")) {
    return other("compliance record");
  }
  if (has(members, "error") && !has(members, "text")) {
    return other("error answer");
  }
  return read_own_record(slice, at, where);
}

}  // namespace

Items read_record(std::string_view slice, const RecordReading& reading,
                  const std::string& where) {
  if (!slice.empty() && slice.front() == '[') {
    return read_list(slice, reading, where);
  }
  const auto members = split_object(slice);
  if (members) return read_object(slice, *members, reading, where);
  return read_own_record(slice, reading, where);
}

}  // namespace grumble::collector
