#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/rsa.h>
#include <zlib.h>

#include "jose_internal.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_jwe = 64u << 20;

using Kdf = std::unique_ptr<EVP_KDF, Freer<EVP_KDF_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Freer<EVP_KDF_CTX_free>>;

/// Nothing more is said, and the same whatever it was (RFC 7516 §11.5).
std::unexpected<Error> refused() {
  ERR_clear_error();
  return fail(Kind::unauthorised, "jwe_refused", "altered, or for somebody else");
}

std::unexpected<Error> malformed(std::string_view why) {
  return fail(Kind::unauthorised, "bad_jwe", why);
}

// ------------------------------------------------------------------------------------- contents

/// RFC 7518 §5: the cipher, and, with CBC, the MAC.
struct Content {
  std::string_view name;
  const EVP_CIPHER* (*cipher)();
  const EVP_MD* (*digest)();  ///< none: GCM
  std::size_t key_bytes;      ///< of the cipher; with CBC the MAC's are as many before it
  [[nodiscard]] std::size_t bytes() const { return digest ? 2 * key_bytes : key_bytes; }
  [[nodiscard]] std::size_t nonce() const { return digest ? 16 : gcm_nonce; }
  [[nodiscard]] std::size_t tag() const { return digest ? key_bytes : gcm_tag; }
};

constexpr std::array contents{
    Content{"A128CBC-HS256", EVP_aes_128_cbc, EVP_sha256, 16},
    Content{"A192CBC-HS384", EVP_aes_192_cbc, EVP_sha384, 24},
    Content{"A256CBC-HS512", EVP_aes_256_cbc, EVP_sha512, 32},
    Content{"A128GCM", EVP_aes_128_gcm, nullptr, 16},
    Content{"A192GCM", EVP_aes_192_gcm, nullptr, 24},
    Content{"A256GCM", EVP_aes_256_gcm, nullptr, 32},
};

const Content* content_by(std::string_view name) {
  const auto found = std::ranges::find(contents, name, &Content::name);
  return found == contents.end() ? nullptr : &*found;
}

struct Sealed {
  Bytes nonce, text, tag;
};

Result<Bytes> open_gcm(const EVP_CIPHER* cipher, Octets key, const Sealed& sealed,
                       std::string_view additional) {
  auto out = gcm_decrypt(cipher, key, sealed.nonce, sealed.text, sealed.tag, additional);
  if (!out) return refused();
  return std::move(*out);
}

Sealed seal_gcm(const EVP_CIPHER* cipher, Octets key, Octets plaintext, std::string_view additional,
                Random& random) {
  Sealed sealed{Bytes(gcm_nonce), Bytes(plaintext.size()), Bytes(gcm_tag)};
  random.fill(sealed.nonce);
  gcm_encrypt(cipher, key, sealed.nonce.data(), plaintext, additional, sealed.text.data(),
              sealed.tag.data());
  return sealed;
}

/// RFC 7518 §5.2.2.1: over what is known, nonce, ciphertext and the first's length in bits; cut to
/// its first half.
Bytes cbc_tag(const Content& content, Octets key, const Sealed& sealed,
              std::string_view additional) {
  Bytes input(additional.begin(), additional.end());
  input.insert(input.end(), sealed.nonce.begin(), sealed.nonce.end());
  input.insert(input.end(), sealed.text.begin(), sealed.text.end());
  const std::uint64_t bits = std::uint64_t{additional.size()} * 8;
  for (int shift = 56; shift >= 0; shift -= 8)
    input.push_back(static_cast<std::uint8_t>(bits >> shift));
  Bytes out(EVP_MAX_MD_SIZE);
  MINBEN_ASSERT(HMAC(content.digest(), key.data(), static_cast<int>(content.key_bytes),
                     input.data(), input.size(), out.data(), nullptr) != nullptr);
  out.resize(content.tag());
  return out;
}

Result<Bytes> open_cbc(const Content& content, Octets key, const Sealed& sealed,
                       std::string_view additional) {
  if (sealed.nonce.size() != content.nonce()) return refused();
  if (!equal_in_constant_time(cbc_tag(content, key, sealed, additional), sealed.tag))
    return refused();
  const CipherContext context(EVP_CIPHER_CTX_new());
  Bytes out(sealed.text.size() + EVP_MAX_BLOCK_LENGTH);
  int size = 0, rest = 0;
  const bool good = EVP_DecryptInit_ex(context.get(), content.cipher(), nullptr,
                                       key.data() + content.key_bytes, sealed.nonce.data()) == 1 &&
                    EVP_DecryptUpdate(context.get(), out.data(), &size, sealed.text.data(),
                                      static_cast<int>(sealed.text.size())) == 1 &&
                    EVP_DecryptFinal_ex(context.get(), out.data() + size, &rest) == 1;
  if (!good) {
    wipe(out);
    return refused();
  }
  out.resize(static_cast<std::size_t>(size + rest));
  return out;
}

Sealed seal_cbc(const Content& content, Octets key, Octets plaintext, std::string_view additional,
                Random& random) {
  Sealed sealed{Bytes(content.nonce()), Bytes(plaintext.size() + EVP_MAX_BLOCK_LENGTH), {}};
  random.fill(sealed.nonce);
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0, rest = 0;
  MINBEN_ASSERT(EVP_EncryptInit_ex(context.get(), content.cipher(), nullptr,
                                   key.data() + content.key_bytes, sealed.nonce.data()) == 1 &&
                EVP_EncryptUpdate(context.get(), sealed.text.data(), &size, plaintext.data(),
                                  static_cast<int>(plaintext.size())) == 1 &&
                EVP_EncryptFinal_ex(context.get(), sealed.text.data() + size, &rest) == 1);
  sealed.text.resize(static_cast<std::size_t>(size + rest));
  sealed.tag = cbc_tag(content, key, sealed, additional);
  return sealed;
}

Result<Bytes> open_content(const Content& content, Octets key, const Sealed& sealed,
                           std::string_view additional) {
  return content.digest ? open_cbc(content, key, sealed, additional)
                        : open_gcm(content.cipher(), key, sealed, additional);
}

Sealed seal_content(const Content& content, Octets key, Octets plaintext,
                    std::string_view additional, Random& random) {
  return content.digest ? seal_cbc(content, key, plaintext, additional, random)
                        : seal_gcm(content.cipher(), key, plaintext, additional, random);
}

// ----------------------------------------------------------------------------------------- keys

/// RFC 3394. `wrap`: the other way round.
Result<Bytes> key_wrap(Octets key, Octets input, bool wrap) {
  if (input.size() % 8 != 0 || input.size() < 16 || input.size() > 1024) return refused();
  const EVP_CIPHER* cipher = key.size() == 16   ? EVP_aes_128_wrap()
                             : key.size() == 24 ? EVP_aes_192_wrap()
                                                : EVP_aes_256_wrap();
  const CipherContext context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  Bytes out(input.size() + 16);
  int size = 0;
  if (EVP_CipherInit_ex(context.get(), cipher, nullptr, key.data(), nullptr, wrap ? 1 : 0) != 1 ||
      EVP_CipherUpdate(context.get(), out.data(), &size, input.data(),
                       static_cast<int>(input.size())) != 1 ||
      size <= 0) {
    wipe(out);
    return refused();
  }
  out.resize(static_cast<std::size_t>(size));
  return out;
}

const EVP_CIPHER* gcm_cipher(std::size_t key_bytes) {
  return key_bytes == 16   ? EVP_aes_128_gcm()
         : key_bytes == 24 ? EVP_aes_192_gcm()
                           : EVP_aes_256_gcm();
}

Result<Bytes> read_member(const Json& header, std::string_view name) {
  auto bytes = base64url_decode(string_or(header, name));
  if (!bytes) return malformed("a member of the header is not base64url");
  return std::move(*bytes);
}

bool set_padding(EVP_PKEY_CTX* context, std::string_view algorithm) {
  if (algorithm == "RSA1_5") return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  const EVP_MD* digest = algorithm == "RSA-OAEP" ? EVP_sha1() : EVP_sha256();
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_oaep_md(context, digest) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1;
}

Result<Bytes> rsa_open(EVP_PKEY* key, std::string_view algorithm, Octets input) {
  const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  Bytes out(size);
  if (input.size() != size || EVP_PKEY_decrypt_init(context.get()) != 1 ||
      !set_padding(context.get(), algorithm) ||
      EVP_PKEY_decrypt(context.get(), out.data(), &size, input.data(), input.size()) != 1)
    return refused();
  out.resize(size);
  return out;
}

Bytes rsa_seal(EVP_PKEY* key, std::string_view algorithm, Octets input) {
  const PkeyContext context(EVP_PKEY_CTX_new(key, nullptr));
  std::size_t size = static_cast<std::size_t>(EVP_PKEY_get_size(key));
  Bytes out(size);
  MINBEN_ASSERT(
      EVP_PKEY_encrypt_init(context.get()) == 1 && set_padding(context.get(), algorithm) &&
      EVP_PKEY_encrypt(context.get(), out.data(), &size, input.data(), input.size()) == 1);
  out.resize(size);
  return out;
}

/// RFC 7518 §4.6.2: the single-step derivation of SP 800-56A with SHA-256, for `algorithm` (the
/// content's where the key is used as it is).
Result<Bytes> agreed_key(EVP_PKEY* own, EVP_PKEY* other, std::string_view algorithm,
                         const Json& header, std::size_t bytes) {
  MINBEN_TRY(party_u, read_member(header, "apu"));
  MINBEN_TRY(party_v, read_member(header, "apv"));
  const PkeyContext context(EVP_PKEY_CTX_new(own, nullptr));
  std::size_t size = 0;
  if (EVP_PKEY_derive_init(context.get()) != 1 ||
      EVP_PKEY_derive_set_peer(context.get(), other) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
    return refused();
  Bytes shared(size);
  if (EVP_PKEY_derive(context.get(), shared.data(), &size) != 1) return refused();
  shared.resize(size);
  Bytes info;
  const auto put = [&](std::size_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
      info.push_back(static_cast<std::uint8_t>(number >> shift));
  };
  for (const Octets part : {as_bytes(algorithm), Octets(party_u), Octets(party_v)}) {
    put(part.size());
    info.insert(info.end(), part.begin(), part.end());
  }
  put(bytes * 8);
  const Kdf kdf(EVP_KDF_fetch(nullptr, "SSKDF", nullptr));
  const KdfContext derivation(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = "SHA256";
  const std::array parameters{
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared.data(), shared.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  Bytes key(bytes);
  const bool good =
      EVP_KDF_derive(derivation.get(), key.data(), key.size(), parameters.data()) == 1;
  wipe(shared);
  if (!good) return refused();
  return key;
}

/// Of "ECDH-ES+A128KW": 16; of "ECDH-ES": 0.
std::size_t wrapping_bytes(std::string_view algorithm) {
  if (algorithm.ends_with("A128KW")) return 16;
  if (algorithm.ends_with("A192KW")) return 24;
  return algorithm.ends_with("A256KW") ? 32 : 0;
}

Result<Bytes> agreed(EVP_PKEY* own, EVP_PKEY* other, std::string_view algorithm,
                     const Content& content, const Json& header) {
  const std::size_t wrapping = wrapping_bytes(algorithm);
  return agreed_key(own, other, wrapping ? algorithm : content.name, header,
                    wrapping ? wrapping : content.bytes());
}

/// The content's key.
Result<Bytes> open_key(const Jwk::Impl& key, std::string_view algorithm, const Content& content,
                       const Json& header, Octets encrypted) {
  if (algorithm == "dir") {
    if (!encrypted.empty()) return malformed("dir has no encrypted key");
    if (!key.algorithm.empty() && key.algorithm != "dir" && key.algorithm != content.name)
      return fail(Kind::unauthorised, "key_not_for_this", "meant for another algorithm");
    return key.secret;
  }
  if (algorithm.starts_with("RSA")) return rsa_open(key.key.get(), algorithm, encrypted);
  if (algorithm.ends_with("GCMKW")) {
    MINBEN_TRY(nonce, read_member(header, "iv"));
    MINBEN_TRY(tag, read_member(header, "tag"));
    return open_gcm(gcm_cipher(key.secret.size()), key.secret,
                    {std::move(nonce), Bytes(encrypted.begin(), encrypted.end()), std::move(tag)},
                    "");
  }
  if (algorithm.starts_with("ECDH-ES")) {
    const Json* epk = find(header, "epk");
    if (!epk) return malformed("no epk");
    const auto other = read_point(*epk, key);
    if (!other) return refused();
    MINBEN_TRY(shared, agreed(key.key.get(), other->get(), algorithm, content, header));
    if (algorithm != "ECDH-ES") return key_wrap(shared, encrypted, false);
    if (!encrypted.empty()) return malformed("ECDH-ES has no encrypted key");
    return shared;
  }
  return key_wrap(key.secret, encrypted, false);
}

Result<Bytes> inflated(const Bytes& text, std::size_t most) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return refused();
  Bytes out(most);
  stream.next_in = const_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int done = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  if (done != Z_STREAM_END || stream.avail_in != 0) return refused();
  out.resize(most - stream.avail_out);
  return out;
}

/// What every algorithm needs to be opened, decoded.
struct Read {
  Compact compact;
  std::string algorithm;
  const Content* content = nullptr;
  Bytes key;
  Sealed sealed;
};

Result<Read> read_jwe(std::string_view text, const JweAllowed& allowed) {
  if (text.size() > max_jwe) return malformed("larger than 64 MiB");
  Read read;
  MINBEN_TRY(compact, read_compact(text, 5, "bad_jwe"));
  read.compact = std::move(compact);
  const Json& header = read.compact.header;
  read.algorithm = string_or(header, "alg");
  const std::string content = string_or(header, "enc");
  MINBEN_CHECK(check_allowed(read.algorithm, allowed.key_algorithms));
  MINBEN_CHECK(check_allowed(content, allowed.content_algorithms));
  read.content = content_by(content);
  if (!read.content) return fail(Kind::unauthorised, "algorithm_not_allowed", content);
  if (find(header, "zip") && (string_or(header, "zip") != "DEF" || allowed.max_inflated == 0))
    return fail(Kind::unauthorised, "algorithm_not_allowed", "compression", "zip");
  std::array<Bytes*, 4> into{&read.key, &read.sealed.nonce, &read.sealed.text, &read.sealed.tag};
  for (std::size_t i = 0; i < into.size(); ++i) {
    auto bytes = base64url_decode(read.compact.parts[i + 1]);
    if (!bytes) return malformed("not base64url");
    *into[i] = std::move(*bytes);
  }
  return read;
}

}  // namespace

Result<Jwe> open_jwe(std::string_view compact, const JwkSet& keys, const JweAllowed& allowed) {
  MINBEN_TRY(read, read_jwe(compact, allowed));
  MINBEN_TRY(key, choose_key(keys, read.compact.header, Purpose::encryption, read.algorithm));
  const Jwk::Impl& impl = JwkAccess::of(*key);
  if (!impl.is_private)
    return fail(Kind::unauthorised, "key_not_for_this", "a public key opens nothing");
  auto content_key = open_key(impl, read.algorithm, *read.content, read.compact.header, read.key);
  if (!content_key && content_key.error().code != "jwe_refused")
    return std::unexpected(std::move(content_key).error());
  // With a key that nobody knows the rest goes on, so that time does not tell which part was wrong.
  const bool opened = content_key && content_key->size() == read.content->bytes();
  Bytes used(read.content->bytes());
  SystemRandom().fill(used);
  if (opened) used.swap(*content_key);
  auto plaintext = open_content(*read.content, used, read.sealed, read.compact.parts[0]);
  wipe(used);
  if (!opened) return refused();
  if (!plaintext) return std::unexpected(std::move(plaintext).error());
  if (find(read.compact.header, "zip")) {
    plaintext = inflated(*plaintext, allowed.max_inflated);
    if (!plaintext) return std::unexpected(std::move(plaintext).error());
  }
  return Jwe{std::move(read.compact.header), std::move(*plaintext)};
}

namespace {

/// The content's key and what of the message says how to get it.
struct Enclosed {
  Bytes content_key;
  Bytes encrypted;
};

Result<Enclosed> enclose(const Jwk::Impl& key, std::string_view algorithm, const Content& content,
                         Random& random, JsonObject& header) {
  Enclosed out{Bytes(content.bytes()), {}};
  random.fill(out.content_key);
  if (algorithm == "dir") {
    if (key.secret.size() != content.bytes())
      return fail(Kind::invalid, "key_not_for_this", "of the wrong length");
    out.content_key = key.secret;
  } else if (algorithm.starts_with("RSA")) {
    out.encrypted = rsa_seal(key.key.get(), algorithm, out.content_key);
  } else if (algorithm.ends_with("GCMKW")) {
    Sealed sealed =
        seal_gcm(gcm_cipher(key.secret.size()), key.secret, out.content_key, "", random);
    header["iv"] = base64url_encode(sealed.nonce);
    header["tag"] = base64url_encode(sealed.tag);
    out.encrypted = std::move(sealed.text);
  } else if (algorithm.starts_with("ECDH-ES")) {
    const PkeyContext context(EVP_PKEY_CTX_new(key.key.get(), nullptr));
    EVP_PKEY* made = nullptr;
    MINBEN_ASSERT(EVP_PKEY_keygen_init(context.get()) == 1 &&
                  EVP_PKEY_keygen(context.get(), &made) == 1);
    Jwk::Impl own;
    own.kty = key.kty;
    own.crv = key.crv;
    own.key.reset(made);
    header["epk"] = public_members(own);
    MINBEN_TRY(shared, agreed(made, key.key.get(), algorithm, content, Json(header)));
    if (algorithm == "ECDH-ES") {
      out.content_key = std::move(shared);
    } else {
      MINBEN_TRY(wrapped, key_wrap(shared, out.content_key, true));
      out.encrypted = std::move(wrapped);
    }
  } else {
    MINBEN_TRY(wrapped, key_wrap(key.secret, out.content_key, true));
    out.encrypted = std::move(wrapped);
  }
  return out;
}

}  // namespace

Result<std::string> make_jwe(Octets plaintext, const Jwk& key, std::string_view key_algorithm,
                             std::string_view content_algorithm, Random& random,
                             JsonObject header) {
  const Jwk::Impl& impl = JwkAccess::of(key);
  MINBEN_CHECK(check_purpose(impl, Purpose::encryption, key_algorithm));
  const Content* content = content_by(content_algorithm);
  if (!content)
    return fail(Kind::invalid, "key_not_for_this", "an algorithm that is not known", "enc");
  header["alg"] = key_algorithm;
  header["enc"] = content_algorithm;
  if (!impl.kid.empty()) header["kid"] = impl.kid;
  MINBEN_TRY(enclosed, enclose(impl, key_algorithm, *content, random, header));
  const std::string protected_header = base64url_encode(as_bytes(write_json(header)));
  const Sealed sealed =
      seal_content(*content, enclosed.content_key, plaintext, protected_header, random);
  wipe(enclosed.content_key);
  std::string out = protected_header;
  for (const Octets part :
       {Octets(enclosed.encrypted), Octets(sealed.nonce), Octets(sealed.text), Octets(sealed.tag)})
    out += '.' + base64url_encode(part);
  return out;
}

}  // namespace minben::trust
