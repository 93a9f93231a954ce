#pragma once

#include <string>

#include "collector/source.h"

// Batch compliance jobs of X: ids of posts or of users are uploaded, and a
// while later a list of those that are gone can be had. Nothing is charged for
// it.
namespace grumble::collector {

enum class XJobType { tweets, users };

struct XJob {
  std::string id;
  std::string name;    ///< as it was given
  std::string status;  ///< created, in_progress, complete, failed, expired
  std::string upload_url;
  std::string download_url;
  domain::Timestamp upload_until;
  domain::Timestamp download_until;
};

HttpRequest x_job_create(const SourceConfig& config, XJobType type,
                         const std::string& name);
HttpRequest x_job(const SourceConfig& config, const std::string& id);
HttpRequest x_jobs(const SourceConfig& config, XJobType type);
/// These two lead to a storage of its own, and carry no credential.
HttpRequest x_job_upload(const XJob& job, std::string ids);
HttpRequest x_job_download(const XJob& job);

/// The one job, or all of a list. Throws SourceError.
XJob read_x_job(const HttpResponse& response, domain::Timestamp now);
std::vector<XJob> read_x_jobs(const HttpResponse& response,
                              domain::Timestamp now);

/// An id that is affected, and the site's word for it.
struct XAffected {
  std::string id;
  std::string reason;
};
/// A line of a result; empty when it asks for nothing that we keep. Throws
/// std::invalid_argument.
std::optional<XAffected> read_x_affected(const std::string& line);

}  // namespace grumble::collector
