#include "simulator/x_jobs.h"

#include <algorithm>
#include <boost/json.hpp>
#include <sstream>

#include "simulator/x_parameters.h"
#include "simulator/x_render.h"

namespace grumble::simulator {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::string_view kStorage = "/storage/compliance/";
constexpr std::chrono::minutes kUploadTerm(15);
constexpr std::chrono::days kDownloadTerm(7);
/// What a job takes after its upload.
constexpr milliseconds kWork(300);
constexpr size_t kLongestName = 64;

Response answer(const json::object& body) {
  Response response;
  response.body = json::serialize(body);
  return response;
}

Response storage_answer(int status, std::string body) {
  Response response;
  response.status = status;
  response.headers.emplace_back("content-type", "text/plain");
  response.body = std::move(body);
  return response;
}

std::string text_at(const json::object& object, const char* name) {
  const json::value* const value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

Response XJobs::create(const Request& request, const Words& words,
                       Moment moment) {
  json::error_code error;
  const json::value body = json::parse(request.body, error);
  const json::object* const object = error ? nullptr : body.if_object();
  const std::string type = object ? text_at(*object, "type") : "";
  const std::string name = object ? text_at(*object, "name") : "";
  if ((type != "tweets" && type != "users") || name.size() > kLongestName) {
    throw invalid_request(words, "JSON doesn't match expected schema",
                          {{"type", type}, {"name", name}});
  }
  const std::string id = std::to_string(snowflake(moment.now) +
                                        static_cast<int64_t>(jobs_.size()));
  Job& job = jobs_[id];
  job.type = type;
  job.name = name;
  job.host = request.header("host");
  job.created_at = moment.now;
  json::object out;
  return shown(id, job, moment);
}

std::string XJobs::status(const Job& job, Moment moment) const {
  if (!job.uploaded) {
    return moment.now < job.created_at + kUploadTerm ? "created" : "expired";
  }
  return moment.uptime < *job.uploaded + kWork ? "in_progress" : "complete";
}

Response XJobs::shown(const std::string& id, const Job& job,
                      Moment moment) const {
  const std::string place = "http://" + job.host + std::string(kStorage) + id;
  json::object data;
  data["id"] = id;
  data["type"] = job.type;
  if (!job.name.empty()) data["name"] = job.name;
  data["status"] = status(job, moment);
  data["created_at"] = x_time(job.created_at);
  data["upload_url"] = place + "/submission?signature=1";
  data["upload_expires_at"] = x_time(job.created_at + kUploadTerm);
  data["download_url"] = place + "/delivery?signature=1";
  data["download_expires_at"] = x_time(job.created_at + kDownloadTerm);
  json::object body;
  body["data"] = std::move(data);
  return answer(body);
}

Response XJobs::list(const Target& target, const Words& words,
                     Moment moment) const {
  const std::string type = one_of(target, words, "type", {"tweets", "users"});
  const auto wanted = target.find("status");
  json::array data;
  for (const auto& [id, job] : jobs_) {
    if (job.type != type || (wanted && *wanted != status(job, moment))) {
      continue;
    }
    const Response one = shown(id, job, moment);
    data.push_back(json::parse(one.body).at("data"));
  }
  json::object body;
  json::object meta;
  meta["result_count"] = data.size();
  if (!data.empty()) body["data"] = std::move(data);
  body["meta"] = std::move(meta);
  return answer(body);
}

Response XJobs::one(const std::string& id, const Words& words,
                    Moment moment) const {
  const auto found = jobs_.find(id);
  if (found != jobs_.end()) return shown(id, found->second, moment);
  json::object body;
  body["errors"] = json::array{not_found(words, "job", "id", id)};
  return answer(body);
}

XJobs::Fate XJobs::fate_of_post(const std::string& id, Timestamp now) const {
  const auto number = parse_number(id);
  const XPost* const post = number ? world_.find_post(*number) : nullptr;
  if (post == nullptr) return {};
  const bool alone = world_.users()[post->author].closed_at > now;
  return {post->at, post->deleted_at, alone ? "deleted" : "deactivated"};
}

XJobs::Fate XJobs::fate_of_user(const std::string& id) const {
  const auto& users = world_.users();
  const auto found =
      std::find_if(users.begin(), users.end(),
                   [&](const User& user) { return user.id == id; });
  if (found == users.end()) return {};
  return {found->created_at, found->closed_at, "deactivated"};
}

/// Only those that are affected.
std::string XJobs::result(const Job& job, Moment moment) const {
  std::string lines;
  std::istringstream in(job.ids);
  for (std::string id; std::getline(in, id);) {
    if (id.ends_with('\r')) id.pop_back();
    const Fate fate =
        job.type == "tweets" ? fate_of_post(id, moment.now) : fate_of_user(id);
    if (fate.gone_at > moment.now) continue;
    lines += json::serialize(json::object{{"id", id},
                                          {"action", "delete"},
                                          {"created_at", x_time(fate.made_at)},
                                          {"redacted_at", x_time(fate.gone_at)},
                                          {"reason", fate.reason}}) +
             "\n";
  }
  return lines;
}

bool XJobs::stores(const std::string& path) {
  return path.starts_with(kStorage);
}

Response XJobs::store(const Request& request, const Target& target,
                      Moment moment) {
  const std::string rest = target.path().substr(kStorage.size());
  const size_t slash = rest.find('/');
  const auto found = jobs_.find(rest.substr(0, slash));
  // Whoever shows a token here has sent it to a stranger.
  if (!request.header("authorization").empty()) {
    return storage_answer(400, "an authorization that nobody asked for");
  }
  if (found == jobs_.end() || !target.has("signature")) {
    return storage_answer(403, "no such place");
  }
  Job& job = found->second;
  const bool upload = rest.ends_with("/submission");
  if (upload && request.method == "PUT") {
    if (status(job, moment) != "created") {
      return storage_answer(403, "the term is over");
    }
    if (request.header("content-type") != "text/plain") {
      return storage_answer(403, "the signature is not for this type");
    }
    job.ids = request.body;
    job.uploaded = moment.uptime;
    return storage_answer(200, "");
  }
  if (!upload && request.method == "GET" && status(job, moment) == "complete") {
    return storage_answer(200, result(job, moment));
  }
  return storage_answer(404, "nothing here");
}

}  // namespace grumble::simulator
