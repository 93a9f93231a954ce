// Posts on their way out, as NDJSON that 'grumble import' reads.

#include "store/export.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <system_error>
#include <utility>

#include "app/cli/command.h"
#include "app/cli/filter.h"
#include "app/session.h"

namespace grumble::app {
namespace {

constexpr size_t kBuffer = size_t{1} << 16;

[[noreturn]] void fail(const std::string& path) {
  throw std::runtime_error(
      fmt::format("'{}': {}", path, std::generic_category().message(errno)));
}

/// A file that is there under its name only when it is whole.
class WholeFile {
 public:
  explicit WholeFile(std::string path) : path_(std::move(path)) {
    file_ = ::open(part().c_str(),
                 O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file_ < 0) fail(part());
  }
  ~WholeFile() {
    if (file_ >= 0) {
      ::close(file_);
      ::unlink(part().c_str());
    }
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  void add(std::string_view line) {
    buffer_.append(line) += '\n';
    if (buffer_.size() >= kBuffer) flush();
  }
  void finish() {
    flush();
    if (::fsync(file_) != 0) fail(part());
    if (::rename(part().c_str(), path_.c_str()) != 0) fail(path_);
    ::close(std::exchange(file_, -1));
  }

 private:
  std::string part() const { return path_ + ".part"; }
  void flush() {
    for (std::string_view rest = buffer_; !rest.empty();) {
      const ssize_t written = ::write(file_, rest.data(), rest.size());
      if (written < 0 && errno != EINTR) fail(part());
      if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
    }
    buffer_.clear();
  }

  std::string path_;
  std::string buffer_;
  int file_ = -1;
};

store::ExportLevel level_of(const Options& options) {
  if (options.with == "ids") return store::ExportLevel::ids;
  if (options.with == "findings") return store::ExportLevel::findings;
  if (options.with == "texts") return store::ExportLevel::texts;
  throw UsageError(fmt::format("--with: '{}' is none of ids, findings, texts",
                               options.with));
}

/// What the sites' terms say of such a file.
constexpr const char* kTextsNote =
    "texts: to move them, not to pass them on. X lets ids be passed on and no "
    "posts; YouTube lets texts be kept for 30 days since they were fetched, "
    "which the import goes on counting\n";

}  // namespace

int run_export(const Options& options) {
  const store::ExportLevel level = level_of(options);
  if (options.arguments.size() > 1) throw UsageError("one FILE, or none");
  const Config config = config_from(options);
  const store::Filter filter = filter_from(options, config);
  const Session session(config);
  store::Database database = session.connect();
  const store::ExportFilter wanted{filter.since, filter.until,
                                   filter.platforms};
  int64_t posts = 0;
  if (options.arguments.empty() || options.arguments[0] == "-") {
    posts = store::export_posts(
        database, level, wanted,
        [](std::string_view line) { std::cout << line << '\n'; });
  } else {
    WholeFile file(options.arguments[0]);
    posts =
        store::export_posts(database, level, wanted,
                            [&file](std::string_view line) { file.add(line); });
    file.finish();
  }
  if (!options.quiet) {
    std::cerr << posts << " posts\n"
              << (level == store::ExportLevel::texts ? kTextsNote : "");
  }
  return exit_ok;
}

}  // namespace grumble::app
