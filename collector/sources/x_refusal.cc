#include "collector/sources/x_refusal.h"

#include <utility>

#include "collector/error_table.h"
#include "collector/sources/json.h"
#include "collector/sources/options.h"

namespace grumble::collector {
namespace {

/// What a refusal says of itself.
struct Refusal {
  std::vector<std::string> reasons;
  std::string detail;
};

Refusal read_refusal(const std::string& body) {
  Refusal refusal;
  const JsonText text(body);
  JsonParser parser;
  const auto root = parser.parse(text.view());
  if (!root || !root->is_object()) return refusal;
  for (const std::string_view name : {"type", "title", "reason"}) {
    std::string reason = string_member(*root, name).value_or("");
    // The host of a problem type differs; its last segment does not.
    if (const size_t slash = reason.rfind('/'); slash != reason.npos) {
      reason.erase(0, slash + 1);
    }
    if (!reason.empty()) refusal.reasons.push_back(std::move(reason));
  }
  refusal.detail = string_member(*root, "detail").value_or("");
  for (const JsonValue error : array_member(*root, "errors")) {
    if (const auto message = string_member(error, "message")) {
      refusal.detail = *message;
      break;
    }
  }
  return refusal;
}

}  // namespace

void refuse_x(const HttpResponse& response, bool paged, domain::Timestamp now) {
  const Refusal refusal = read_refusal(response.body);
  const ErrorRow& row = classify("x", response, refusal.reasons);
  std::string what = "answer " + std::to_string(response.status) + ": " +
                     std::string(row.meaning);
  if (!refusal.detail.empty()) what += ": " + one_line(refusal.detail);
  // With the token gone the same question is asked anew, and told apart.
  const bool token = response.status == 400 && paged;
  throw SourceError(token ? Action::restart : row.action, what,
                    not_before(row, response, now), false);
}

}  // namespace grumble::collector
