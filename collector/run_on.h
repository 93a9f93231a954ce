#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace grumble::collector {

/// Runs `work` on `executor` and comes back to the coroutine's own. Not
/// cancellable: a transaction that began is waited for.
template <typename Result>
boost::asio::awaitable<Result> run_on(boost::asio::any_io_executor executor,
                                      std::function<Result()> work) {
  namespace asio = boost::asio;
  struct Call {
    explicit Call(const asio::any_io_executor& own)
        : done(own, asio::steady_timer::time_point::max()) {}
    asio::steady_timer done;
    bool finished = false;
    std::optional<Result> result;
    std::exception_ptr error;
  };
  const asio::any_io_executor own = co_await asio::this_coro::executor;
  const auto call = std::make_shared<Call>(own);
  asio::post(executor, [call, own, run = std::move(work)] {
    try {
      call->result = run();
    } catch (...) {
      call->error = std::current_exception();
    }
    asio::post(own, [call] {
      call->finished = true;
      call->done.cancel();
    });
  });
  while (!call->finished) {
    boost::system::error_code ignored;
    co_await call->done.async_wait(
        asio::redirect_error(asio::use_awaitable, ignored));
  }
  if (call->error) std::rethrow_exception(call->error);
  co_return std::move(*call->result);
}

}  // namespace grumble::collector
