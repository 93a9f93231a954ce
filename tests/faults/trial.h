#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "tests/app/program.h"
#include "tests/support/test_database.h"

namespace grumble::tests {

/// GRUMBLE_FAULTS=full: the whole of it, not the quick leg.
bool full_leg();

/// Rows by the keys that the sites gave.
using Tables = std::map<std::string, std::string>;

/// A site and a database of one trial's own. At its end both are judged: by
/// the oracle, and by the rows of a run that nothing disturbed.
class Trial {
 public:
  /// Where the partitions of the months come from: landing makes each at its
  /// first post, which takes most of a trial's time.
  enum class Months { landing, made_before };
  explicit Trial(Months months = Months::landing);

  TestDatabase& database() { return database_; }
  /// The configuration file for this trial's database, or for another way to
  /// it.
  std::string config() const { return config(database_.url()); }
  std::string config(const std::string& url) const;
  /// Where a program of the trial may log to.
  std::filesystem::path log() const { return files_.path() / "log"; }

  /// Collects in fair weather until nothing is open, and expects that nothing
  /// is lost, doubled, altered or overspent, and that at most so many pages
  /// were bought twice.
  void judge(int64_t lost_pages);

  /// What the server's sessions do and what the programs logged.
  std::string activity();

  /// What all trials came to, for a person.
  static std::string totals();

 private:
  void drain();

  test::TemporaryDirectory files_;
  TestDatabase database_;
  std::unique_ptr<test::Background> simulator_;
  std::string port_;
};

/// Tests by trials; the first run is the undisturbed one.
class Faults : public testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
};

}  // namespace grumble::tests
