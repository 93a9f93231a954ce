#include "store/author_naming.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "store/gzip.h"
#include "store/statement.h"

namespace grumble::store {
namespace {

constexpr size_t kKeySize = 32;
constexpr size_t kDigestSize = 32;
constexpr size_t kKeptBytes = 16;  // kPseudonymSize letters

using Digest = std::array<unsigned char, kDigestSize>;

void require(bool done) {
  if (!done) throw std::runtime_error("OpenSSL cannot compute HMAC-SHA256");
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string pseudonym(const Digest& digest) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  text.reserve(kPseudonymSize);
  unsigned bits = 0;
  int held = 0;
  for (size_t i = 0; i < kKeptBytes; ++i) {
    bits = bits << 8 | digest[i];
    for (held += 8; held >= 6; held -= 6) {
      text += kLetters[bits >> (held - 6) & 63];
    }
  }
  text += kLetters[bits << (6 - held) & 63];
  return text;
}

std::string new_key() {
  std::array<unsigned char, kKeySize> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) {
    throw std::runtime_error("OpenSSL has no random bytes for a key");
  }
  return {bytes.begin(), bytes.end()};
}

}  // namespace

/// Takes the key once, and each id after that.
class AuthorNaming::Hmac {
 public:
  explicit Hmac(std::string_view key) {
    const std::unique_ptr<EVP_MAC, decltype(&EVP_MAC_free)> mac(
        EVP_MAC_fetch(nullptr, "HMAC", nullptr), EVP_MAC_free);
    require(mac != nullptr);
    context_.reset(EVP_MAC_CTX_new(mac.get()));
    require(context_ != nullptr);
    std::string digest = "SHA256";
    const std::array<OSSL_PARAM, 2> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(),
                                         0),
        OSSL_PARAM_construct_end()};
    require(EVP_MAC_init(context_.get(), bytes_of(key), key.size(),
                         params.data()) == 1);
  }

  Digest digest(std::string_view platform, std::string_view id) const {
    EVP_MAC_CTX* const context = context_.get();
    Digest out{};
    size_t size = 0;
    require(EVP_MAC_init(context, nullptr, 0, nullptr) == 1 && add(platform) &&
            add("\n") && add(id) &&
            EVP_MAC_final(context, out.data(), &size, out.size()) == 1 &&
            size == out.size());
    return out;
  }

 private:
  bool add(std::string_view text) const {
    return EVP_MAC_update(context_.get(), bytes_of(text), text.size()) == 1;
  }

  std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)> context_{
      nullptr, EVP_MAC_CTX_free};
};

std::string_view to_string(AuthorMode mode) {
  return mode == AuthorMode::keyed ? "keyed" : "shown";
}

std::optional<AuthorMode> parse_author_mode(std::string_view name) {
  for (const AuthorMode mode : {AuthorMode::keyed, AuthorMode::shown}) {
    if (to_string(mode) == name) return mode;
  }
  return std::nullopt;
}

AuthorNaming::AuthorNaming(std::string_view key) {
  if (!key.empty()) hmac_ = std::make_unique<Hmac>(key);
}

AuthorNaming::~AuthorNaming() = default;
AuthorNaming::AuthorNaming(AuthorNaming&&) noexcept = default;
AuthorNaming& AuthorNaming::operator=(AuthorNaming&&) noexcept = default;

AuthorMode AuthorNaming::mode() const {
  return hmac_ ? AuthorMode::keyed : AuthorMode::shown;
}

std::string AuthorNaming::stored_id(std::string_view platform,
                                    std::string_view id) const {
  if (!hmac_ || id.empty()) return std::string(id);
  return pseudonym(hmac_->digest(platform, id));
}

void AuthorNaming::apply(Batch& batch) const {
  if (!hmac_) return;
  for (AnalysedPost& one : batch.posts) {
    one.post.author_id = stored_id(one.post.key.platform, one.post.author_id);
  }
  // A post has its author's id; more than that is enough to find him.
  batch.authors.clear();
}

std::optional<AuthorMode> author_mode(Database& database) {
  Transaction transaction(database);
  const Rows rows = transaction.run("select mode from author_naming");
  if (rows.empty()) return std::nullopt;
  return parse_author_mode(rows.text(0, 0));
}

std::optional<AuthorNaming> author_naming(Transaction& transaction) {
  const Rows rows = transaction.run("select key from author_naming");
  if (rows.empty()) return std::nullopt;
  const auto key = rows.text_or_null(0, 0);
  return AuthorNaming(key ? from_hex_bytes(*key) : "");
}

AuthorNaming decide_author_naming(Database& database, AuthorMode mode) {
  Transaction transaction(database);
  if (auto decided = author_naming(transaction)) return *std::move(decided);
  std::optional<std::string> key;
  if (mode == AuthorMode::keyed) key = hex_bytes(new_key());
  transaction.run(
      "insert into author_naming (mode, key) values ($1, $2::bytea)"
      " on conflict do nothing",
      Params(to_string(mode), key));
  auto decided = author_naming(transaction);
  transaction.commit();
  if (!decided) throw std::logic_error("author_naming is empty");
  return *std::move(decided);
}

}  // namespace grumble::store
