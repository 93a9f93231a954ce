#include "collector/refresh.h"

#include <map>
#include <string>

namespace grumble::collector {
namespace {

std::string subject_of(domain::PostKind kind) {
  return std::string(domain::to_string(kind)) + 's';
}

}  // namespace

Start open_refresh(const Round& round, size_t ids_at_once) {
  Start start;
  start.list = "refresh";
  start.refreshed = round.due_mark;
  if (round.due.empty()) return start;
  // Rounds are numbered by their time.
  start.range.top = round.now.time_since_epoch() / std::chrono::milliseconds(1);
  std::map<domain::PostKind, size_t> filled;
  std::map<domain::PostKind, size_t> last;
  for (const Due& due : round.due) {
    if (filled[due.kind]++ % ids_at_once == 0) {
      last[due.kind] = start.leads.size();
      start.leads.push_back({"lookup", subject_of(due.kind), due.id, 0});
    } else {
      start.leads[last[due.kind]].items += ',' + due.id;
    }
  }
  return start;
}

std::string refresh_bucket(const Source& source) {
  Gap gap;
  gap.list = "lookup";
  return source.worst_cost(gap).bucket;
}

}  // namespace grumble::collector
