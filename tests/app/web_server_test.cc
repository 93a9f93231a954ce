#include "app/web/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "store/landing.h"
#include "store/ruleset.h"
#include "tests/store/sample.h"
#include "tests/support/test_database.h"

namespace grumble::tests {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::StartsWith;

/// A page over one complaint about Sora.
class WebServerTest : public testing::Test {
 protected:
  WebServerTest() {
    store::record_ruleset(test_.database(), "rules-1", "");
    auto complaint = post("1");
    complaint.analysis.findings = {finding("Sora", "price")};
    complaint.analysis.models = {"Sora"};
    store::land(test_.database(), batch({complaint}));
    config_.database_url = test_.url();
    config_.schema_dir = "schema";
    config_.web_port = 0;
    session_.emplace(config_);
    server_.emplace(context_.get_executor(), *session_, config_);
    thread_ = std::thread([this] { context_.run(); });
  }
  ~WebServerTest() override {
    context_.stop();
    thread_.join();
    server_.reset();
  }

  /// All that comes back for the bytes, which end there.
  std::string answer(const std::string& bytes) {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    socket.connect({asio::ip::make_address("127.0.0.1"), server_->port()});
    asio::write(socket, asio::buffer(bytes));
    socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    std::string all;
    boost::system::error_code end;
    asio::read(socket, asio::dynamic_buffer(all), end);
    return all;
  }
  std::string get(const std::string& target) {
    return answer("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

  TestDatabase test_;
  app::Config config_;
  std::optional<app::Session> session_;
  asio::io_context context_{1};
  std::optional<app::WebServer> server_;
  std::thread thread_;
};

TEST_F(WebServerTest, AnswersWhatIsNoRequest) {
  for (const std::string bytes :
       {"nonsense\r\n\r\n", "GET / HTTP/9\r\n\r\n", "GET /\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HT",
        "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        "\x16\x03\x01\x02"}) {
    EXPECT_THAT(answer(bytes), StartsWith("HTTP/1.1 400 ")) << bytes;
  }
  EXPECT_THAT(get("/" + std::string(20'000, 'a')), StartsWith("HTTP/1.1 431 "));
  EXPECT_EQ(answer(""), "");
  EXPECT_THAT(get("/livez"), StartsWith("HTTP/1.1 200 ")) << "goes on";
}

TEST_F(WebServerTest, AnswersThoseWhoSendOnAfterIt) {
  // More than both sides' buffers hold: it is refused while it is being sent.
  const std::string header = "GET / HTTP/1.1\r\nA: ";
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(answer(header + std::string(200'000, 'a')),
                StartsWith("HTTP/1.1 431 "));
  }
}

TEST_F(WebServerTest, NamesAFilterThatItDoesNotHave) {
  const std::string wrong = get("/posts?model=Sora&modle=Kling");
  EXPECT_THAT(wrong, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(wrong, HasSubstr("no filter 'modle' here; known here: category, "
                               "model"));
  EXPECT_THAT(get("/?model=Sora"), HasSubstr("no filter 'model' here"));
  EXPECT_THAT(get("/nowhere?model=Sora"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(WebServerTest, TakesModelsInAnyCase) {
  const std::string found = get("/posts?model=sORA&category=price");
  EXPECT_THAT(found, StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(found, HasSubstr("<mark>sora</mark>"));
  const std::string none = get("/posts?model=sorra");
  EXPECT_THAT(none, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(none, HasSubstr("model: nothing is stored about 'sorra'; there "
                              "is: Sora"));
}

}  // namespace
}  // namespace grumble::tests
