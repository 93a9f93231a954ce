#include "store/watchdog.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace grumble::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Result = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Whoever waits for us to take or to send more works at nothing.
constexpr const char* kWorking = R"sql(
select exists (select from pg_stat_activity where pid = $1::int and
  (state = 'disabled'
   or state = 'active' and wait_event_type is distinct from 'Client'))
)sql";

constexpr milliseconds kGlance{50};

enum class Word {
  unknown,  ///< somebody answers, but does not say
  working,
  done,
  none
};

/// Whether a byte comes in time.
bool comes_in(int socket, milliseconds span) {
  pollfd ready{socket, POLLIN, 0};
  return poll(&ready, 1, static_cast<int>(span.count())) > 0;
}

/// Sends the question; whether its answer is there in time.
bool answered(PGconn* connection, int backend, steady_clock::time_point end) {
  const std::string pid = std::to_string(backend);
  const std::array<const char*, 1> values = {pid.c_str()};
  if (PQsendQueryParams(connection, kWorking, 1, nullptr, values.data(),
                        nullptr, nullptr, 0) == 0) {
    return false;
  }
  while (PQconsumeInput(connection) != 0) {
    if (PQisBusy(connection) == 0) return true;
    const auto left =
        std::chrono::ceil<milliseconds>(end - steady_clock::now());
    if (left.count() <= 0 || !comes_in(PQsocket(connection), left)) break;
  }
  return false;
}

Word ask(const std::string& target, std::chrono::seconds patience,
         int backend) {
  const auto began = steady_clock::now();
  const Connection connection(PQconnectdb(target.c_str()), PQfinish);
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    // Who refuses has not fallen silent. libpq counts in whole seconds.
    const auto took = steady_clock::now() - began;
    return took + std::chrono::seconds(1) < patience ? Word::unknown
                                                     : Word::none;
  }
  if (!answered(connection.get(), backend, steady_clock::now() + patience)) {
    return Word::none;
  }
  const Result result(PQgetResult(connection.get()), PQclear);
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) return Word::unknown;
  return *PQgetvalue(result.get(), 0, 0) == 't' ? Word::working : Word::done;
}

}  // namespace

class Watchdog::Impl {
 public:
  Impl(std::string target, std::chrono::seconds patience, int socket)
      : target_(std::move(target)), patience_(patience) {
    if (patience_.count() <= 0) return;
    // One of our own: a number that libpq has closed may soon be another's.
    socket_ = fcntl(socket, F_DUPFD_CLOEXEC, 0);
    // Signals are for the threads of the program.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { watch(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    if (socket_ >= 0) close(socket_);
  }

  void begin() {
    const std::lock_guard lock(mutex_);
    ++call_;
    under_way_ = true;
    due_ = steady_clock::now() + patience_;
    if (asleep_) wake_.notify_one();
  }

  void end() {
    const std::lock_guard lock(mutex_);
    under_way_ = false;
  }

  void set_backend(int pid) {
    const std::lock_guard lock(mutex_);
    backend_ = pid;
  }

  bool has_cut() const {
    const std::lock_guard lock(mutex_);
    return cut_;
  }

 private:
  void watch() {
    std::unique_lock lock(mutex_);
    while (!stopped_ && !cut_) {
      if (!under_way_) {
        // Most calls are over long before they are due: none wakes us then.
        asleep_ = true;
        wake_.wait(lock, [this] { return stopped_ || under_way_; });
        asleep_ = false;
      } else if (steady_clock::now() < due_) {
        wake_.wait_until(lock, due_, [this] { return stopped_; });
      } else {
        look_into(lock, call_, backend_);
      }
    }
  }

  void look_into(std::unique_lock<std::mutex>& lock, uint64_t call,
                 int backend) {
    lock.unlock();
    const bool lost = is_lost(call, backend);
    lock.lock();
    if (!goes_on(call)) return;
    due_ = steady_clock::now() + patience_;
    if (!lost) return;
    shutdown(socket_, SHUT_RDWR);
    cut_ = true;
  }

  bool is_lost(uint64_t call, int backend) {
    for (int unanswered = 0; unanswered < 2; ++unanswered) {
      const Word word = ask(target_, patience_, backend);
      if (word == Word::done) return stays_silent(call);
      if (word != Word::none) return false;
    }
    return true;
  }

  /// Whether nothing comes of an answer that should be on its way.
  bool stays_silent(uint64_t call) {
    const auto end = steady_clock::now() + patience_;
    while (steady_clock::now() < end) {
      if (comes_in(socket_, kGlance)) return false;
      const std::lock_guard lock(mutex_);
      if (!goes_on(call)) return false;
    }
    return true;
  }

  bool goes_on(uint64_t call) const {
    return !stopped_ && under_way_ && call_ == call;
  }

  const std::string target_;
  const std::chrono::seconds patience_;
  int socket_ = -1;
  mutable std::mutex mutex_;
  int backend_ = 0;
  std::condition_variable wake_;
  uint64_t call_ = 0;  ///< counts them
  bool under_way_ = false;
  bool asleep_ = false;
  bool stopped_ = false;
  bool cut_ = false;
  steady_clock::time_point due_;
  std::thread thread_;
};

Watchdog::Watchdog(std::string connection, std::chrono::seconds patience,
                   int socket)
    : impl_(std::make_unique<Impl>(std::move(connection), patience, socket)) {}
Watchdog::~Watchdog() = default;

void Watchdog::set_backend(int pid) { impl_->set_backend(pid); }

bool Watchdog::has_cut() const { return impl_->has_cut(); }

Watchdog::Call::Call(Watchdog& watchdog) : watchdog_(watchdog) {
  watchdog_.impl_->begin();
}
Watchdog::Call::~Call() { watchdog_.impl_->end(); }

}  // namespace grumble::store
