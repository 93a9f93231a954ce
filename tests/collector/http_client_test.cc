#include "collector/http_client.h"

#include <gmock/gmock.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "tests/collector/loopback_server.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// What is measured ends long before; a machine with much to do takes longer.
const auto kBeforeTheDefault = HttpLimits().total - 1s;

HttpRequest get_of(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

/// The answer, or rethrows what the client threw.
HttpResponse fetch(const HttpRequest& request, const HttpLimits& limits = {}) {
  asio::io_context context;
  HttpClient client(context.get_executor(), limits);
  auto answer = asio::co_spawn(context, client.send(request), asio::use_future);
  context.run();
  return answer.get();
}

/// The error's text; empty when there was none.
std::string error_of(const HttpRequest& request,
                     const HttpLimits& limits = {}) {
  try {
    fetch(request, limits);
    return "";
  } catch (const HttpError& error) {
    return error.what();
  }
}

TEST(HttpClient, YieldsTheAnswerWhateverItsStatus) {
  LoopbackServer server([](const std::string&) {
    return reply(418, "short and stout", "X-Rate-Limit-Reset:  17 \r\n");
  });
  const HttpResponse response = fetch(get_of(server.url("/tea")));
  EXPECT_EQ(response.status, 418);
  EXPECT_EQ(response.body, "short and stout");
  EXPECT_EQ(response.header("x-rate-limit-reset"), "17");
}

TEST(HttpClient, SendsHeadersAndCredential) {
  LoopbackServer server([](const std::string&) { return reply(200, "{}"); });
  HttpRequest request = get_of(server.url("/a?q=1%202"));
  request.headers.emplace_back("Accept", "application/json");
  request.credential.emplace("Authorization", Secret("Bearer canary-7"));
  fetch(request);
  const std::string head = server.heads().at(0);
  EXPECT_THAT(head, HasSubstr("GET /a?q=1%202 HTTP/1.1\r\n"));
  EXPECT_THAT(head, HasSubstr("Authorization: Bearer canary-7\r\n"));
  EXPECT_THAT(head, HasSubstr("Accept-Encoding: gzip\r\n"));
  EXPECT_THAT(head, testing::ContainsRegex("User-Agent: grumble/[0-9.]+ "
                                           "\\(gzip\\)\r\n"));
}

TEST(HttpClient, SendsABodyByItsMethod) {
  for (const std::string method : {"POST", "PUT"}) {
    // The body comes after the head, and is read as the next one.
    LoopbackServer server([](const std::string&) {
      return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
                   Reply::After::keep};
    });
    HttpRequest request = get_of(server.url("/rules"));
    request.method = method;
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = "{\"add\":[]}\r\n\r\n";
    EXPECT_EQ(fetch(request).body, "{}");
    while (server.heads().size() < 2) std::this_thread::sleep_for(1ms);
    const std::string head = server.heads().at(0);
    EXPECT_THAT(head, HasSubstr(method + " /rules HTTP/1.1\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Length: 14\r\n"));
    EXPECT_THAT(head, Not(HasSubstr("Expect")));
    EXPECT_EQ(server.heads().at(1), request.body);
  }
}

TEST(HttpClient, SendsADeleteWithoutABody) {
  LoopbackServer server([](const std::string&) { return reply(200, "{}"); });
  HttpRequest request = get_of(server.url("/all"));
  request.method = "DELETE";
  EXPECT_EQ(fetch(request).status, 200);
  EXPECT_THAT(server.heads().at(0), HasSubstr("DELETE /all HTTP/1.1\r\n"));
}

TEST(HttpClient, UndoesGzip) {
  const std::string text = "{\"data\":\"" + std::string(5000, 'x') + "\"}";
  LoopbackServer server([&](const std::string&) {
    return reply(200, gzip(text), "Content-Encoding: gzip\r\n");
  });
  EXPECT_EQ(fetch(get_of(server.url())).body, text);
}

TEST(HttpClient, StopsAGzipBomb) {
  const std::string bomb = gzip(std::string(64 << 20, '\0'));
  ASSERT_LT(bomb.size(), 1 << 20);
  LoopbackServer server([&](const std::string&) {
    return reply(200, bomb, "Content-Encoding: gzip\r\n");
  });
  EXPECT_THAT(error_of(get_of(server.url())), HasSubstr("larger than 8388608"));
}

TEST(HttpClient, RefusesAnOversizedBodyWithOrWithoutItsLength) {
  HttpLimits limits;
  limits.body = 1000;
  LoopbackServer told(
      [](const std::string&) { return reply(200, std::string(1001, 'x')); });
  EXPECT_THAT(error_of(get_of(told.url()), limits), Not(""));
  LoopbackServer untold([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'),
                 Reply::After::close};
  });
  EXPECT_THAT(error_of(get_of(untold.url()), limits),
              HasSubstr("larger than 1000 bytes"));
  LoopbackServer fits(
      [](const std::string&) { return reply(200, std::string(1000, 'x')); });
  EXPECT_EQ(fetch(get_of(fits.url()), limits).body.size(), 1000U);
}

TEST(HttpClient, RefusesEndlessHeaders) {
  LoopbackServer server([](const std::string&) {
    std::string headers;
    for (int i = 0; i < 3000; ++i) headers += "X-Filler: 0123456789012345\r\n";
    return reply(200, "{}", headers);
  });
  EXPECT_THAT(error_of(get_of(server.url())), HasSubstr("headers are larger"));
}

TEST(HttpClient, ABodyCutShortIsNoAnswer) {
  LoopbackServer server([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it",
                 Reply::After::close};
  });
  EXPECT_THAT(error_of(get_of(server.url())), Not(""));
}

TEST(HttpClient, AChunkedBodyWithoutItsEndIsNoAnswer) {
  LoopbackServer server([](const std::string&) {
    return Reply{
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        Reply::After::close};
  });
  EXPECT_THAT(error_of(get_of(server.url())), Not(""));
}

TEST(HttpClient, GivesUpAfterTheTotalTime) {
  LoopbackServer server([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\n", Reply::After::hang};
  });
  HttpLimits limits;
  limits.total = 200ms;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of(get_of(server.url()), limits), HasSubstr("imeout"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kBeforeTheDefault);
}

TEST(HttpClient, DoesNotFollowARedirect) {
  LoopbackServer other([](const std::string&) { return reply(200, "trap"); });
  LoopbackServer server([&](const std::string&) {
    return reply(302, "", "Location: " + other.url() + "\r\n");
  });
  HttpRequest request = get_of(server.url());
  request.credential.emplace("X-Goog-Api-Key", Secret("canary-8"));
  EXPECT_EQ(fetch(request).status, 302);
  EXPECT_TRUE(other.heads().empty());
}

TEST(HttpClient, RefusesPlainHttpToOtherMachinesAndOtherSchemes) {
  for (const std::string url :
       {"http://example.com/", "http://10.0.0.1/", "http://127.0.0.1.nip.io/",
        "http://localhost.example.com/", "file:///etc/passwd",
        "ftp://127.0.0.1/", "gopher://127.0.0.1/", "not a url",
        "http://me:secret@127.0.0.1/", "http://[::ffff:10.0.0.1]/"}) {
    try {
      fetch(get_of(url));
      ADD_FAILURE() << url;
    } catch (const HttpError& error) {
      EXPECT_TRUE(error.permanent()) << url;
      EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
    }
  }
}

TEST(HttpClient, RefusesALineBreakInAHeader) {
  HttpRequest request = get_of("http://127.0.0.1:1/");
  request.headers.emplace_back("Accept", "a\r\nX-Smuggled: 1");
  EXPECT_THAT(error_of(request), HasSubstr("line break"));
}

TEST(HttpClient, ErrorsNameTheAddressAndHideTheRest) {
  HttpRequest request = get_of("http://127.0.0.1:1/path?key=canary-9");
  request.credential.emplace("Authorization", Secret("Bearer canary-9"));
  const std::string error = error_of(request);
  EXPECT_THAT(error, HasSubstr("http://127.0.0.1:1/path: "));
  EXPECT_THAT(error, Not(HasSubstr("canary-9")));
}

TEST(HttpClient, IgnoresProxyOfTheEnvironment) {
  LoopbackServer proxy([](const std::string&) { return reply(200, "proxy"); });
  LoopbackServer server(
      [](const std::string&) { return reply(200, "direct"); });
  setenv("http_proxy", proxy.url().c_str(), 1);
  const std::string body = fetch(get_of(server.url())).body;
  unsetenv("http_proxy");
  EXPECT_EQ(body, "direct");
}

TEST(HttpClient, RunsManyTransfersOnOneThread) {
  LoopbackServer server([](const std::string& head) {
    return reply(200, head.substr(0, head.find("\r\n")));
  });
  asio::io_context context;
  HttpClient client(context.get_executor());
  constexpr int kTransfers = 200;
  int good = 0;
  for (int i = 0; i < kTransfers; ++i) {
    const std::string path = "/item/" + std::to_string(i);
    HttpRequest request = get_of(server.url(path));
    asio::co_spawn(context, client.send(std::move(request)),
                   [&good, path](const std::exception_ptr& error,
                                 const HttpResponse& response) {
                     if (!error && response.body == "GET " + path + " HTTP/1.1")
                       ++good;
                   });
  }
  context.run();
  EXPECT_EQ(good, kTransfers);
}

TEST(HttpClient, ReusesItsConnections) {
  LoopbackServer server([](const std::string&) { return reply(200, "{}"); });
  asio::io_context context;
  HttpClient client(context.get_executor());
  for (int i = 0; i < 5; ++i) {
    auto answer = asio::co_spawn(context, client.send(get_of(server.url())),
                                 asio::use_future);
    context.run();
    context.restart();
    EXPECT_EQ(answer.get().status, 200);
  }
  EXPECT_EQ(server.closed(), 0U);
}

TEST(HttpClient, CancellingTheAwaiterEndsTheTransferAlone) {
  LoopbackServer server([](const std::string& head) {
    if (head.starts_with("GET /hang")) {
      return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                   Reply::After::hang};
    }
    return reply(200, "whole");
  });
  asio::io_context context;
  HttpClient client(context.get_executor());
  asio::cancellation_signal stop;
  bool aborted = false;
  asio::co_spawn(context, client.send(get_of(server.url("/hang"))),
                 asio::bind_cancellation_slot(
                     stop.slot(),
                     [&](const std::exception_ptr& error, const HttpResponse&) {
                       try {
                         if (error) std::rethrow_exception(error);
                       } catch (const boost::system::system_error& what) {
                         aborted =
                             what.code() == asio::error::operation_aborted;
                       }
                     }));
  while (server.heads().empty()) context.run_for(5ms);
  stop.emit(asio::cancellation_type::terminal);
  const auto begin = std::chrono::steady_clock::now();
  auto answer = asio::co_spawn(context, client.send(get_of(server.url("/ok"))),
                               asio::use_future);
  context.run();
  EXPECT_TRUE(aborted);
  EXPECT_EQ(answer.get().body, "whole");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kBeforeTheDefault);
}

/// What came of a stream: its answer, or the error's text, and the pieces.
struct Streamed {
  HttpResponse response;
  std::string error;
  std::string data;
};

Streamed stream(const std::string& url, std::chrono::milliseconds silence,
                bool refuse = false) {
  Streamed result;
  asio::io_context context;
  HttpClient client(context.get_executor());
  auto answer =
      asio::co_spawn(context,
                     client.stream(
                         get_of(url),
                         [&](std::string_view data) {
                           if (refuse)
                             throw std::runtime_error("too much of it");
                           result.data += data;
                         },
                         silence),
                     asio::use_future);
  context.run();
  try {
    result.response = answer.get();
  } catch (const HttpError& error) {
    result.error = error.what();
  }
  return result;
}

TEST(HttpClient, AStreamIsGivenAsItComesAndEndsByItsSilence) {
  LoopbackServer server([](const std::string&) {
    return Reply{
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        "5\r\none\r\n\r\n2\r\n\r\n\r\n",
        Reply::After::hang};
  });
  const Streamed result = stream(server.url(), 300ms);
  EXPECT_EQ(result.data, "one\r\n\r\n");
  EXPECT_THAT(result.error, HasSubstr("nothing came for 300 ms"));
}

TEST(HttpClient, AStreamThatIsRefusedIsAnAnswer) {
  LoopbackServer server([](const std::string&) { return reply(429, "wait"); });
  const Streamed result = stream(server.url(), 5s);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.response.status, 429);
  EXPECT_EQ(result.response.body, "wait");
  EXPECT_EQ(result.data, "");
}

TEST(HttpClient, AStreamEndsWhenItsReaderRefuses) {
  LoopbackServer server([](const std::string&) { return reply(200, "much"); });
  EXPECT_THAT(stream(server.url(), 5s, true).error,
              HasSubstr("too much of it"));
}

TEST(HttpClient, CanBeDestroyedWithTransfersUnderWay) {
  LoopbackServer server([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
                 Reply::After::hang};
  });
  asio::io_context context;
  auto client = std::make_unique<HttpClient>(context.get_executor());
  std::vector<std::string> errors;
  constexpr size_t kTransfers = 20;
  for (size_t i = 0; i < kTransfers; ++i) {
    asio::co_spawn(context, client->send(get_of(server.url())),
                   [&](const std::exception_ptr& error, const HttpResponse&) {
                     try {
                       if (error) std::rethrow_exception(error);
                     } catch (const HttpError& what) {
                       errors.emplace_back(what.what());
                     }
                   });
  }
  while (server.heads().size() < kTransfers) context.run_for(5ms);
  client.reset();
  context.restart();
  context.run();
  ASSERT_EQ(errors.size(), kTransfers);
  EXPECT_THAT(errors[0], HasSubstr("the client was closed"));
}

TEST(HttpClient, CanBeDestroyedWithItsCoroutinesNeverResumed) {
  LoopbackServer server([](const std::string&) {
    return Reply{"HTTP/1.1 200 OK\r\n", Reply::After::hang};
  });
  asio::io_context context;
  auto client = std::make_unique<HttpClient>(context.get_executor());
  asio::co_spawn(context, client->send(get_of(server.url())), asio::detached);
  while (server.heads().empty()) context.run_for(5ms);
  client.reset();
}

}  // namespace
}  // namespace grumble::collector
