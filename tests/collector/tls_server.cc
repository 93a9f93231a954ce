#include "tests/collector/tls_server.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace grumble::collector {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Free {
  void operator()(X509* p) const { X509_free(p); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(X509_EXTENSION* p) const { X509_EXTENSION_free(p); }
};
template <typename Type>
using Owned = std::unique_ptr<Type, Free>;

/// Null is what OpenSSL answers when it cannot.
template <typename Type>
Owned<Type> owned(Type* pointer) {
  if (pointer == nullptr) throw std::runtime_error("openssl refused");
  return Owned<Type>(pointer);
}

Owned<BIO> reader(const std::string& text) {
  return owned(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string contents(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const auto extension =
      owned(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

void set_name(X509* certificate, const std::string& name) {
  X509_NAME_add_entry_by_txt(
      X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
      reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
}

}  // namespace

Certificate make_certificate(const CertificateWish& wish) {
  static std::atomic<long> serial = 1;
  const auto key =
      owned(wish.weak ? EVP_RSA_gen(1024) : EVP_EC_gen("prime256v1"));
  const auto made = owned(X509_new());
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
  X509_time_adj_ex(X509_getm_notBefore(made.get()), wish.first_day, 0, nullptr);
  X509_time_adj_ex(X509_getm_notAfter(made.get()), wish.last_day, 0, nullptr);
  X509_set_pubkey(made.get(), key.get());
  set_name(made.get(),
           wish.authority ? "test authority " + wish.host : wish.host);
  extend(made.get(), NID_basic_constraints,
         wish.authority ? "critical,CA:TRUE" : "CA:FALSE");
  extend(made.get(), NID_subject_alt_name, "DNS:" + wish.host);
  if (!wish.authority) {
    extend(made.get(), NID_ext_key_usage,
           wish.for_clients ? "clientAuth" : "serverAuth");
  }
  Owned<X509> issuer;
  Owned<EVP_PKEY> issuer_key;
  if (wish.issuer != nullptr) {
    issuer = owned(PEM_read_bio_X509(reader(wish.issuer->pem).get(), nullptr,
                                     nullptr, nullptr));
    issuer_key = owned(PEM_read_bio_PrivateKey(reader(wish.issuer->key).get(),
                                               nullptr, nullptr, nullptr));
  }
  X509_set_issuer_name(
      made.get(), X509_get_subject_name(issuer ? issuer.get() : made.get()));
  X509_sign(made.get(), issuer_key ? issuer_key.get() : key.get(),
            EVP_sha256());
  const auto pem = owned(BIO_new(BIO_s_mem()));
  const auto key_pem = owned(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(pem.get(), made.get());
  PEM_write_bio_PrivateKey(key_pem.get(), key.get(), nullptr, nullptr, 0,
                           nullptr, nullptr);
  return {contents(pem.get()), contents(key_pem.get())};
}

struct TlsServer::State {
  State(const Certificate& certificate, bool old)
      : tls(asio::ssl::context::tls_server),
        acceptor(context, {asio::ip::address_v4::loopback(), 0}) {
    SSL_CTX_set_security_level(tls.native_handle(), 0);
    tls.use_certificate_chain(asio::buffer(certificate.pem));
    tls.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
    if (!old) return;
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(tls.native_handle(), TLS1_VERSION);
    SSL_CTX_set_cipher_list(tls.native_handle(), "ALL:@SECLEVEL=0");
  }

  void run() {
    for (;;) {
      boost::system::error_code error;
      asio::ssl::stream<tcp::socket> stream(context, tls);
      acceptor.accept(stream.next_layer(), error);
      if (error || stopping) return;
      stream.handshake(asio::ssl::stream_base::server, error);
      if (error) continue;
      std::array<char, 4096> bytes{};
      const size_t size = stream.read_some(asio::buffer(bytes), error);
      {
        const std::lock_guard lock(mutex);
        received.append(bytes.data(), size);
      }
      asio::write(
          stream,
          asio::buffer(std::string("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                                   "Connection: close\r\n\r\n{}")),
          error);
      stream.shutdown(error);
    }
  }

  asio::io_context context;
  asio::ssl::context tls;
  tcp::acceptor acceptor;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::string received;
  std::thread thread;
};

TlsServer::TlsServer(const Certificate& certificate, bool old)
    : state_(std::make_unique<State>(certificate, old)) {
  state_->thread = std::thread([this] { state_->run(); });
}

TlsServer::~TlsServer() {
  state_->stopping = true;
  boost::system::error_code error;
  tcp::socket wake(state_->context);
  wake.connect(state_->acceptor.local_endpoint(), error);
  wake.close(error);
  state_->thread.join();
}

std::string TlsServer::url() const {
  return "https://localhost:" +
         std::to_string(state_->acceptor.local_endpoint().port()) + "/";
}

std::string TlsServer::received() const {
  const std::lock_guard lock(state_->mutex);
  return state_->received;
}

}  // namespace grumble::collector
