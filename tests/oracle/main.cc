#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "store/local_cluster.h"
#include "tests/oracle/oracle.h"

namespace {

namespace oracle = grumble::oracle;

struct Settings {
  std::string truth;
  std::string database;
  std::string data_dir;
  int64_t settle_seconds = 60;
  std::vector<std::string> caps;
};

oracle::Truth truth_from(const std::string& file) {
  if (file == "-") return oracle::read_truth(std::cin);
  std::ifstream input(file, std::ios::binary);
  if (!input) throw std::runtime_error(file + ": cannot be read");
  return oracle::read_truth(input);
}

oracle::Terms terms_of(const Settings& settings) {
  oracle::Terms terms;
  terms.settle_ms = settings.settle_seconds * 1000;
  for (const std::string& cap : settings.caps) {
    const size_t equals = cap.find('=');
    if (equals == cap.npos) {
      throw std::runtime_error("--cap '" + cap +
                               "': write it like x.posts=5000000");
    }
    terms.caps[cap.substr(0, equals)] = std::stoll(cap.substr(equals + 1));
  }
  return terms;
}

oracle::Facts facts_from(const Settings& settings) {
  if (settings.data_dir.empty()) {
    return oracle::read_database(settings.database);
  }
  const grumble::store::LocalCluster cluster(settings.data_dir);
  return oracle::read_database(cluster.url());
}

void print(const oracle::Verdict& verdict) {
  std::printf("expected   %ld\nlanded     %ld\nlost       %ld\n",
              verdict.expected, verdict.landed, verdict.lost);
  std::printf("duplicate  %ld\nspurious   %ld\naltered    %ld\n",
              verdict.duplicate, verdict.spurious, verdict.altered);
  std::printf("overspent  %ld\nin gaps    %ld\nopen       %ld\n",
              verdict.overspent, verdict.in_gaps, verdict.open);
  std::printf("hasty      %ld\nin vain    %ld\n", verdict.hasty,
              verdict.in_vain);
  std::printf("unfired    %ld\nreads/post %.4f\n", verdict.unfired,
              verdict.reads_per_post);
  for (const std::string& example : verdict.examples) {
    std::printf("  %s\n", example.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Compares a database with what grumble-sim had, showed and billed. Ends "
      "with 1 unless every count below 'landed' is zero, 2 when it cannot "
      "tell.",
      "grumble-oracle");
  Settings settings;
  app.add_option("--truth", settings.truth,
                 "what grumble-sim --truth wrote or /simulator/truth answers; "
                 "- reads standard input")
      ->required();
  auto* const database =
      app.add_option("--database", settings.database, "as libpq takes it");
  app.add_option("--data-dir", settings.data_dir,
                 "instead: where grumble keeps its embedded database")
      ->excludes(database);
  app.add_option("--settle", settings.settle_seconds,
                 "seconds by which a post may be late and must not be missed")
      ->capture_default_str();
  app.add_option("--cap", settings.caps,
                 "BUCKET=AMOUNT a day, as configured, for example "
                 "x.posts=5000000; more than one may be given");
  CLI11_PARSE(app, argc, argv);
  try {
    const oracle::Terms terms = terms_of(settings);
    const oracle::Verdict verdict =
        oracle::judge(truth_from(settings.truth), facts_from(settings), terms);
    print(verdict);
    return verdict.good() ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "grumble-oracle: " << error.what() << "\n";
    return 2;
  }
}
