#pragma once

#include <memory>
#include <string>

namespace grumble::collector {

/// A certificate and its key, both PEM.
struct Certificate {
  std::string pem;
  std::string key;
};

struct CertificateWish {
  std::string host = "localhost";
  int first_day = -1;  ///< of its validity, from today
  int last_day = 1;
  const Certificate* issuer = nullptr;  ///< null: signed by itself
  bool authority = false;
  bool for_clients = false;  ///< and for no server
  bool weak = false;         ///< a key too short for today
};

/// Throws std::runtime_error.
Certificate make_certificate(const CertificateWish& wish);

/// HTTPS on 127.0.0.1 with a thread of its own; answers 200 to everything.
class TlsServer {
 public:
  /// `old`: speaks no newer version than TLS 1.0.
  TlsServer(const Certificate& certificate, bool old);
  ~TlsServer();

  std::string url() const;  ///< of host "localhost"
  /// What clients have sent, once decrypted.
  std::string received() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace grumble::collector
