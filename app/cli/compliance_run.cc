// Asks X what has become of every post that is kept, and of every author where
// authors are shown, by batch compliance jobs, and erases what is gone. Each
// step is noted: what was broken off goes on.

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <thread>

#include "app/cli/command.h"
#include "app/cli/eraser.h"
#include "app/cli/filter.h"
#include "app/cli/interrupt.h"
#include "app/session.h"
#include "collector/http_client.h"
#include "collector/sources/x_compliance.h"
#include "store/author_naming.h"
#include "store/compliance.h"

namespace grumble::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using collector::HttpRequest;
using collector::HttpResponse;
using collector::XJob;
using collector::XJobType;
using store::ComplianceJob;
using store::Kept;

constexpr const char* kSite = "x";
constexpr int64_t kMostIds = 500'000;
constexpr int kMostFailures = 3;
constexpr size_t kLongestLine = 64 * 1024;
constexpr std::chrono::seconds kSilence{60};
constexpr std::chrono::seconds kLongestPause{30};
/// So often it is looked whether a signal has come.
constexpr std::chrono::milliseconds kHeed{100};

const collector::SourceConfig& source_of(const Config& config) {
  const auto found = config.sources.find(kSite);
  if (found == config.sources.end() ||
      found->second.source.credential.empty()) {
    throw UsageError(
        "source 'x' has no credential: set GRUMBLE_X_BEARER_TOKEN");
  }
  return found->second.source;
}

collector::HttpLimits limits() {
  collector::HttpLimits limits;
  limits.total = std::chrono::minutes(10);
  return limits;
}

domain::Timestamp now() {
  return std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
}

XJobType type_of(const ComplianceJob& job) {
  return job.about == Kept::posts ? XJobType::tweets : XJobType::users;
}

class ComplianceRun {
 public:
  ComplianceRun(const Config& config, store::Database& database, bool waits)
      : source_(source_of(config)),
        database_(database),
        eraser_(database),
        waits_(waits) {}

  /// All jobs of a pass over authors, whose posts need no question then, and
  /// of one over posts; each until one is under way that is not waited for. X
  /// knows no pseudonyms. Whether all could be read.
  bool run() {
    const bool keyed =
        store::author_mode(database_) == store::AuthorMode::keyed;
    for (const Kept about : {Kept::authors, Kept::posts}) {
      if (keyed && about == Kept::authors) continue;
      bool goes_on = true;
      while (goes_on) {
        const auto job = next(about);
        if (!job) break;
        goes_on = advance(*job);
      }
    }
    eraser_.finish();
    return good_;
  }

 private:
  std::optional<ComplianceJob> next(Kept about) {
    const auto job = store::open_compliance_job(database_, kSite, about);
    return job ? job
               : store::plan_compliance_job(database_, kSite, about, kMostIds);
  }

  /// False: it is under way, and is not waited for.
  bool advance(const ComplianceJob& job) {
    if (job.state == "planned") {
      create(job);
      return true;
    }
    const XJob there =
        collector::read_x_job(ask(collector::x_job(source_, job.id)), now());
    if (there.status == "complete") {
      apply(job, there);
    } else if (there.status == "created" && job.state == "created") {
      upload(job, there);
    } else if (there.status == "created" || there.status == "in_progress") {
      return wait(job);
    } else {
      fail(job, "job " + there.id + " is " + there.status);
    }
    return true;
  }

  /// Unless it was made, and the answer got lost.
  void create(const ComplianceJob& job) {
    for (const XJob& known : collector::read_x_jobs(
             ask(collector::x_jobs(source_, type_of(job))), now())) {
      if (known.name == job.name) return note(job, "created", known.id);
    }
    const XJob made = collector::read_x_job(
        ask(collector::x_job_create(source_, type_of(job), job.name)), now());
    note(job, "created", made.id);
  }

  void upload(const ComplianceJob& job, const XJob& there) {
    const HttpResponse answer = ask(collector::x_job_upload(
        there, store::ids_of_job(database_, kSite, job)));
    if (answer.status != 200 && answer.status != 201) {
      return fail(job, fmt::format("job {}: the upload was answered {}",
                                   there.id, answer.status));
    }
    note(job, "uploaded", there.id);
    std::cout << fmt::format("job {}: {} ids uploaded\n", there.id, job.ids)
              << std::flush;
  }

  bool wait(const ComplianceJob& job) {
    if (!waits_) {
      std::cout << fmt::format(
          "job {} is under way; 'grumble compliance run' goes on with it\n",
          job.id);
      return false;
    }
    for (auto left = pause_; left > 0s; left -= kHeed) {
      end_if_interrupted();
      std::this_thread::sleep_for(kHeed);
    }
    pause_ = std::min<std::chrono::milliseconds>(2 * pause_, kLongestPause);
    return true;
  }

  void apply(const ComplianceJob& job, const XJob& there) {
    std::string rest;
    const auto take = [&](std::string_view data) {
      rest += data;
      size_t begin = 0;
      for (size_t end; (end = rest.find('\n', begin)) != rest.npos;
           begin = end + 1) {
        erase(job, rest.substr(begin, end - begin));
      }
      rest.erase(0, begin);
      if (rest.size() > kLongestLine) {
        throw std::runtime_error("a line of the result has no end");
      }
    };
    const HttpResponse answer = run_to_end(
        client_.stream(collector::x_job_download(there), take, kSilence));
    if (answer.status != 200) {
      return fail(job, fmt::format("job {}: the download was answered {}",
                                   there.id, answer.status));
    }
    erase(job, rest);
    eraser_.flush();
    note(job, "applied", there.id);
  }

  void erase(const ComplianceJob& job, const std::string& line) {
    if (line.find_first_not_of(" \r") == line.npos) return;
    try {
      const auto affected = collector::read_x_affected(line);
      if (!affected) return;
      if (job.about == Kept::posts) {
        eraser_.add({kSite, affected->id}, affected->reason);
      } else {
        eraser_.add_author(kSite, affected->id, affected->reason);
      }
    } catch (const std::invalid_argument& wrong) {
      std::cerr << "grumble: "
                << printable("a line of the result " +
                             std::string(wrong.what()) + ": " + line)
                << '\n';
      good_ = false;
    }
  }

  void note(const ComplianceJob& job, const std::string& state,
            const std::string& id) {
    store::note_compliance_job(database_, job.name, state, id);
    pause_ = std::chrono::milliseconds(500);
  }

  /// The same ids are asked about by another job.
  void fail(const ComplianceJob& job, const std::string& reason) {
    note(job, "failed", job.id);
    if (++failures_ >= kMostFailures) throw std::runtime_error(reason);
    std::cerr << "grumble: " << printable(reason) << "; asking again\n";
  }

  HttpResponse ask(HttpRequest request) {
    return run_to_end(client_.send(std::move(request)));
  }

  HttpResponse run_to_end(asio::awaitable<HttpResponse> work) {
    context_.restart();
    auto answer = asio::co_spawn(context_, std::move(work), asio::use_future);
    while (answer.wait_for(0s) != std::future_status::ready) {
      end_if_interrupted();
      context_.run_for(kHeed);
    }
    end_if_interrupted();
    return answer.get();
  }

  const collector::SourceConfig& source_;
  store::Database& database_;
  Eraser eraser_;
  bool waits_;
  asio::io_context context_{1};
  collector::HttpClient client_{context_.get_executor(), limits()};
  std::chrono::milliseconds pause_{500};
  int failures_ = 0;
  bool good_ = true;
};

}  // namespace

int run_compliance_run(const Options& options) {
  heed_signals();
  const Config config = config_from(options);
  const Session session(config);
  store::Database database = session.connect();
  return ComplianceRun(config, database, !options.once).run() ? exit_ok
                                                              : exit_failure;
}

}  // namespace grumble::app
