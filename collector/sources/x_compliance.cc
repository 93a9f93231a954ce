#include "collector/sources/x_compliance.h"

#include <stdexcept>
#include <utility>

#include "collector/sources/json.h"
#include "collector/sources/options.h"
#include "collector/sources/text.h"
#include "collector/sources/x_refusal.h"

namespace grumble::collector {
namespace {

HttpRequest request_of(const SourceConfig& config, const std::string& rest) {
  HttpRequest request;
  request.url = base_url_of(config) + "/2/compliance/jobs" + rest;
  request.headers.emplace_back("Accept", "application/json");
  if (!config.credential.empty()) {
    request.credential.emplace("Authorization",
                               Secret("Bearer " + config.credential.reveal()));
  }
  return request;
}

std::optional<XJob> job_of(JsonValue item) {
  XJob job;
  job.id = id_member(item, "id").value_or("");
  job.name = string_member(item, "name").value_or("");
  job.status = string_member(item, "status").value_or("");
  job.upload_url = string_member(item, "upload_url").value_or("");
  job.download_url = string_member(item, "download_url").value_or("");
  const auto until = [&](const char* name) {
    return domain::parse_timestamp(string_member(item, name).value_or(""))
        .value_or(domain::Timestamp());
  };
  job.upload_until = until("upload_expires_at");
  job.download_until = until("download_expires_at");
  if (!x_id(job.id) || job.status.empty()) return std::nullopt;
  return job;
}

std::string word_for(XJobType type) {
  return type == XJobType::tweets ? "tweets" : "users";
}

[[noreturn]] void refuse_page(const HttpResponse& response) {
  throw SourceError(Action::stop_query,
                    "answer 200 holds no compliance job: '" +
                        one_line(response.body).substr(0, 80) + "'");
}

}  // namespace

HttpRequest x_job_create(const SourceConfig& config, XJobType type,
                         const std::string& name) {
  HttpRequest request = request_of(config, "");
  request.method = "POST";
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = "{\"type\":\"" + word_for(type) +
                 "\",\"name\":" + quoted_json(name) + '}';
  return request;
}

HttpRequest x_job(const SourceConfig& config, const std::string& id) {
  return request_of(config, '/' + id);
}

HttpRequest x_jobs(const SourceConfig& config, XJobType type) {
  return request_of(config, "?type=" + word_for(type));
}

HttpRequest x_job_upload(const XJob& job, std::string ids) {
  HttpRequest request;
  request.url = job.upload_url;
  request.method = "PUT";
  // The address is signed for this type.
  request.headers.emplace_back("Content-Type", "text/plain");
  request.body = std::move(ids);
  return request;
}

HttpRequest x_job_download(const XJob& job) {
  HttpRequest request;
  request.url = job.download_url;
  return request;
}

XJob read_x_job(const HttpResponse& response, domain::Timestamp now) {
  if (response.status < 200 || response.status > 299) {
    refuse_x(response, false, now);
  }
  const JsonText text(response.body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  const auto data =
      root && root->is_object() ? member(*root, "data") : std::nullopt;
  auto job = data && data->is_object() ? job_of(*data) : std::nullopt;
  if (!job) refuse_page(response);
  return std::move(*job);
}

std::vector<XJob> read_x_jobs(const HttpResponse& response,
                              domain::Timestamp now) {
  if (response.status != 200) refuse_x(response, false, now);
  const JsonText text(response.body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  if (!root || !root->is_object()) refuse_page(response);
  std::vector<XJob> jobs;
  for (const JsonValue item : array_member(*root, "data")) {
    if (!item.is_object()) continue;
    if (auto job = job_of(item)) jobs.push_back(std::move(*job));
  }
  return jobs;
}

std::optional<XAffected> read_x_affected(const std::string& line) {
  const JsonText text(line);
  JsonParser parser;
  std::string error;
  const auto root = parser.parse(text.view(), error);
  if (!root) throw std::invalid_argument("is no JSON: " + error);
  if (!root->is_object()) throw std::invalid_argument("is no object");
  const std::string action = string_member(*root, "action").value_or("");
  XAffected affected{id_member(*root, "id").value_or(""),
                     string_member(*root, "reason").value_or("")};
  // Places are not kept.
  if (action == "scrub_geo" || affected.reason == "scrub_geo") {
    return std::nullopt;
  }
  if (action != "delete") {
    throw std::invalid_argument("has no \"action\": \"delete\"");
  }
  if (!x_id(affected.id)) throw std::invalid_argument("has no 'id'");
  if (affected.reason.empty()) affected.reason = "deleted";
  return affected;
}

}  // namespace grumble::collector
