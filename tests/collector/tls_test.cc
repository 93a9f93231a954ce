#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>

#include "collector/http_client.h"
#include "tests/collector/faulty_site.h"
#include "tests/collector/tls_server.h"

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;
using testing::IsEmpty;

/// An authority of our own that the client trusts.
class Tls : public testing::Test {
 protected:
  Tls()
      : authority_(make_certificate({.host = "ours", .authority = true})),
        file_(std::filesystem::temp_directory_path() /
              ("grumble-ca-" + std::to_string(getpid()) + ".pem")) {
    std::ofstream(file_) << authority_.pem;
  }
  ~Tls() override { std::filesystem::remove(file_); }

  Certificate leaf(CertificateWish wish = {}) const {
    if (wish.issuer == nullptr) wish.issuer = &authority_;
    return make_certificate(wish);
  }

  /// The error, or the status of the answer. The request has a credential.
  std::string get(const std::string& url) const {
    HttpRequest request;
    request.url = url;
    request.credential.emplace("Authorization", Secret("Bearer canary-tls"));
    HttpLimits limits;
    limits.ca_file = file_;
    asio::io_context context;
    HttpClient client(context.get_executor(), limits);
    auto answer =
        asio::co_spawn(context, client.send(request), asio::use_future);
    context.run();
    try {
      return std::to_string(answer.get().status);
    } catch (const HttpError& error) {
      return error.what();
    }
  }

  void expect_refused(const Certificate& certificate, const char* why,
                      bool old = false) const {
    const TlsServer server(certificate, old);
    EXPECT_THAT(get(server.url()), HasSubstr(why));
    EXPECT_THAT(server.received(), IsEmpty()) << "not one byte may be sent";
  }

  Certificate authority_;
  std::filesystem::path file_;
};

TEST_F(Tls, AGoodCertificateIsTaken) {
  const TlsServer server(leaf(), false);
  EXPECT_EQ(get(server.url()), "200");
  EXPECT_THAT(server.received(), HasSubstr("canary-tls"));
}

// Catalogue: 35
TEST_F(Tls, RefusesEightBadServers) {
  expect_refused(leaf({.first_day = -9, .last_day = -1}), "has expired");
  expect_refused(leaf({.first_day = 2, .last_day = 9}), "not yet valid");
  expect_refused(leaf({.host = "example.com"}), "no alternative certificate");
  expect_refused(make_certificate({}), "self-signed");
  const auto stranger = make_certificate({.host = "theirs", .authority = true});
  expect_refused(leaf({.issuer = &stranger}), "unable to get local issuer");
  expect_refused(leaf({.for_clients = true}), "certificate purpose");
  expect_refused(leaf({.weak = true}), "too weak");
  expect_refused(leaf(), "protocol version", true);
}

// Catalogue: 35
TEST_F(Tls, DoesNotFallBackToPlainText) {
  const FaultySite plain("");
  std::string url = plain.url("/");
  url.replace(0, 4, "https");
  EXPECT_THAT(get(url), HasSubstr("SSL"));
  EXPECT_THAT(plain.visits(), IsEmpty());
}

}  // namespace
}  // namespace grumble::collector
