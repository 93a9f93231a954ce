#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/dashboards/dashboard.h"

struct pg_conn;

namespace grumble::tests {

struct Column {
  std::string name;
  unsigned type = 0;  ///< PostgreSQL's OID
};

/// What the server answered, as Grafana's plugin would see it.
struct Answer {
  std::string error;  ///< empty: the statement ran
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
  double seconds = 0.0;
};

/// One connection that speaks as Grafana does: columns keep names and types.
class Reader {
 public:
  /// Throws std::runtime_error when there is no connection.
  explicit Reader(const std::string& url);
  Answer ask(const std::string& sql);

 private:
  std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
};

/// What Grafana could not draw: one line a fault, empty when all is well.
std::vector<std::string> faults_of(const Answer& answer, Shape shape);

}  // namespace grumble::tests
