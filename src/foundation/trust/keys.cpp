#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "evp.hpp"
#include "pkcs11.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t coordinate = 32;  // bytes of r, s, x and y on P-256
constexpr std::size_t raw_bytes = 64;   // of a signature
constexpr std::size_t max_key_text = 64u << 10;

using Signature = std::unique_ptr<ECDSA_SIG, Freer<ECDSA_SIG_free>>;

std::unexpected<Error> not_a_key(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_key", detail);
}

Result<VerifyKey> accept_public(Pkey key) {
  if (!key) return not_a_key("the encoding cannot be read");
  if (!type_of(key.get())) return not_a_key("neither Ed25519 nor P-256");
  const PkeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  // For P-256: on the curve and not the point at infinity. Every such point has the order of the
  // curve, whose cofactor is one, so the multiplication of a full check would tell nothing new.
  if (type_of(key.get()) == KeyType::p256 && EVP_PKEY_public_check_quick(context.get()) != 1) {
    return not_a_key("not a point of the curve");
  }
  return KeyAccess::verify_key(std::move(key));
}

Pkey p256_from_point(Octets point) {
  std::string group = "prime256v1";
  Bytes copy(point.begin(), point.end());
  const OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy.data(), copy.size()),
      OSSL_PARAM_construct_end()};
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                        const_cast<OSSL_PARAM*>(params)) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

bool verify_with(EVP_PKEY* key, const EVP_MD* digest, Octets message, Octets signature) {
  const MdContext context(EVP_MD_CTX_new());
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
                    EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                     message.data(), message.size()) == 1;
  ERR_clear_error();
  return good;
}

/// Fails only with a key in a token.
std::optional<Bytes> try_sign_with(EVP_PKEY* key, const EVP_MD* digest, Octets message) {
  const MdContext context(EVP_MD_CTX_new());
  std::size_t size = 0;
  MINBEN_ASSERT(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key) == 1);
  MINBEN_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes out(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) != 1)
    return std::nullopt;
  out.resize(size);
  return out;
}

Bytes sign_with(EVP_PKEY* key, const EVP_MD* digest, Octets message) {
  auto signature = try_sign_with(key, digest, message);
  MINBEN_ASSERT(signature.has_value());
  return std::move(*signature);
}

}  // namespace

Bytes raw_signature(Octets der, std::size_t half) {
  const unsigned char* at = der.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  MINBEN_ASSERT(signature != nullptr);
  Bytes raw(2 * half);
  const int bytes = static_cast<int>(half);
  MINBEN_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), bytes) == bytes);
  MINBEN_ASSERT(BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + half, bytes) == bytes);
  return raw;
}

Bytes der_signature(Octets raw) {
  const std::size_t half = raw.size() / 2;
  const Signature signature(ECDSA_SIG_new());
  BIGNUM* r = BN_bin2bn(raw.data(), static_cast<int>(half), nullptr);
  BIGNUM* s = BN_bin2bn(raw.data() + half, static_cast<int>(half), nullptr);
  MINBEN_ASSERT(ECDSA_SIG_set0(signature.get(), r, s) == 1);
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  MINBEN_ASSERT(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::optional<KeyType> type_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return KeyType::ed25519;
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(key, "EC") == 1 &&
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
      std::string_view(group.data()) == "prime256v1") {
    return KeyType::p256;
  }
  return std::nullopt;
}

std::string bio_text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string_view to_string(KeyType type) { return type == KeyType::ed25519 ? "Ed25519" : "P-256"; }

Result<VerifyKey> VerifyKey::from_bytes(KeyType type, Octets bytes) {
  if (type == KeyType::ed25519) {
    if (bytes.size() != 32) return not_a_key("an Ed25519 public key has 32 bytes");
    return accept_public(
        Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size())));
  }
  if (bytes.size() != 1 + 2 * coordinate || bytes[0] != 4) {
    return not_a_key("a P-256 public key has 65 bytes, the first 04");
  }
  return accept_public(p256_from_point(bytes));
}

Result<VerifyKey> VerifyKey::from_spki(Octets der) {
  if (der.size() > max_key_text) return not_a_key("too long");
  const unsigned char* at = der.data();
  Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (key && at != der.data() + der.size()) return not_a_key("bytes follow the key");
  return accept_public(std::move(key));
}

Result<VerifyKey> VerifyKey::from_pem(std::string_view pem) {
  if (pem.size() > max_key_text) return not_a_key("too long");
  const Bio bio = memory_bio(pem);
  return accept_public(Pkey(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr)));
}

KeyType VerifyKey::type() const { return *type_of(KeyAccess::of(*this)); }

Bytes VerifyKey::bytes() const {
  EVP_PKEY* key = KeyAccess::of(*this);
  std::size_t size = 0;
  if (type() == KeyType::ed25519) {
    Bytes out(32);
    size = out.size();
    MINBEN_ASSERT(EVP_PKEY_get_raw_public_key(key, out.data(), &size) == 1);
    return out;
  }
  Bytes out(1 + 2 * coordinate);
  BIGNUM* x = nullptr;
  BIGNUM* y = nullptr;
  MINBEN_ASSERT(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1);
  MINBEN_ASSERT(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1);
  out[0] = 4;
  MINBEN_ASSERT(BN_bn2binpad(x, out.data() + 1, coordinate) == coordinate);
  MINBEN_ASSERT(BN_bn2binpad(y, out.data() + 1 + coordinate, coordinate) == coordinate);
  BN_free(x);
  BN_free(y);
  return out;
}

Bytes VerifyKey::spki() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(KeyAccess::of(*this), &der);
  MINBEN_ASSERT(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::string VerifyKey::pem() const {
  const Bio bio = new_bio();
  MINBEN_ASSERT(PEM_write_bio_PUBKEY(bio.get(), KeyAccess::of(*this)) == 1);
  return bio_text(bio.get());
}

Sha256 VerifyKey::fingerprint() const { return sha256(spki()); }

bool VerifyKey::verify(Octets message, Octets signature) const {
  if (signature.size() != raw_bytes) return false;
  EVP_PKEY* key = KeyAccess::of(*this);
  if (type() == KeyType::ed25519) return verify_with(key, nullptr, message, signature);
  return verify_with(key, EVP_sha256(), message, der_signature(signature));
}

bool VerifyKey::verify_der(Octets message, Octets signature) const {
  return type() == KeyType::p256 &&
         verify_with(KeyAccess::of(*this), EVP_sha256(), message, signature);
}

bool operator==(const VerifyKey& a, const VerifyKey& b) {
  return a.type() == b.type() && a.bytes() == b.bytes();
}

// ------------------------------------------------------------------------------ private keys

SigningKey SigningKey::generate(KeyType type) {
  EVP_PKEY* key = type == KeyType::ed25519 ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                           : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  MINBEN_ASSERT(key != nullptr);
  return KeyAccess::signing_key(Pkey(key));
}

Result<SigningKey> SigningKey::from_ed25519_seed(Octets seed) {
  if (seed.size() != 32) return not_a_key("an Ed25519 seed has 32 bytes");
  Pkey key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  if (!key) return not_a_key("the seed is not usable");
  return KeyAccess::signing_key(std::move(key));
}

Result<SigningKey> SigningKey::load(const std::filesystem::path& path) {
  auto text = read_secret_file(path);
  if (!text) return std::unexpected(text.error());
  const Bio bio = memory_bio(*text);
  // The empty password keeps OpenSSL from asking a terminal when the file is encrypted.
  Pkey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, const_cast<char*>("")));
  wipe(*text);
  ERR_clear_error();
  if (!key || !type_of(key.get())) {
    return fail(Kind::invalid, "not_a_key", "expected an Ed25519 or P-256 private key in PEM",
                path.string());
  }
  return KeyAccess::signing_key(std::move(key));
}

Result<void> SigningKey::save(const std::filesystem::path& path) const {
  const Bio bio(BIO_new(BIO_s_secmem()));
  MINBEN_ASSERT(PEM_write_bio_PKCS8PrivateKey(bio.get(), KeyAccess::of(*this), nullptr, nullptr, 0,
                                              nullptr, nullptr) == 1);
  std::string pem = bio_text(bio.get());
  auto written = write_secret_file(path, pem);
  wipe(pem);
  return written;
}

Result<SigningKey> SigningKey::load_or_create(const std::filesystem::path& path, KeyType type) {
  auto loaded = load(path);
  if (loaded && loaded->type() != type) {
    return fail(Kind::invalid, "wrong_key_type", "the file holds another type of key",
                path.string());
  }
  if (loaded || loaded.error().kind != Kind::not_found) return loaded;
  SigningKey made = generate(type);
  MINBEN_CHECK(made.save(path));
  return made;
}

Bytes SigningKey::sign(Octets message) const {
  EVP_PKEY* key = KeyAccess::of(*this);
  if (type() == KeyType::ed25519) return sign_with(key, nullptr, message);
  return raw_signature(sign_with(key, EVP_sha256(), message), coordinate);
}

Bytes SigningKey::sign_der(Octets message) const {
  MINBEN_ASSERT(type() == KeyType::p256);
  return sign_with(KeyAccess::of(*this), EVP_sha256(), message);
}

Result<Bytes> SigningKey::try_sign(Octets message) const {
  if (!in_token()) return sign(message);
  const auto der = try_sign_with(KeyAccess::of(*this), EVP_sha256(), message);
  if (der) return raw_signature(*der, coordinate);
  ERR_clear_error();
  return fail(pkcs11::last_failure());
}

bool SigningKey::in_token() const { return pkcs11::token_of(KeyAccess::of(*this)) != nullptr; }

Result<void> SigningKey::check() const {
  pkcs11::TokenKey* token = pkcs11::token_of(KeyAccess::of(*this));
  return token == nullptr ? Result<void>() : token->check();
}

std::shared_ptr<evp_pkey_st> SigningKey::handle() const {
  return std::static_pointer_cast<evp_pkey_st>(key_);
}

}  // namespace minben::trust
