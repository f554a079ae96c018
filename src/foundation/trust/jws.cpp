#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include "jose_internal.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_jws = 1u << 20;

std::unexpected<Error> not_signed() {
  ERR_clear_error();
  return fail(Kind::unauthorised, "signature_invalid", "altered, or signed by somebody else");
}

/// By the last three digits of the algorithm's name.
const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  if (algorithm.ends_with("384")) return EVP_sha384();
  return algorithm.ends_with("512") ? EVP_sha512() : nullptr;  // EdDSA has its own
}

/// Bytes of r and of s.
std::size_t coordinate_of(std::string_view algorithm) {
  if (algorithm == "ES256") return 32;
  return algorithm == "ES384" ? 48 : 66;
}

Bytes mac(const Bytes& secret, std::string_view algorithm, std::string_view input) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  MINBEN_ASSERT(HMAC(digest_of(algorithm), secret.data(), static_cast<int>(secret.size()),
                     as_bytes(input).data(), input.size(), out.data(), &size) != nullptr);
  out.resize(size);
  return out;
}

/// For PS: salt as long as the digest (RFC 7518 §3.5).
bool set_padding(EVP_PKEY_CTX* context, std::string_view algorithm) {
  if (!algorithm.starts_with("PS")) return true;
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

bool verify(const Jwk::Impl& key, std::string_view algorithm, std::string_view input,
            Octets signature) {
  if (key.kty == "oct") return equal_in_constant_time(mac(key.secret, algorithm, input), signature);
  Bytes der;
  if (algorithm.starts_with("ES")) {
    if (signature.size() != 2 * coordinate_of(algorithm)) return false;
    der = der_signature(signature);
    signature = der;
  }
  const MdContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  return EVP_DigestVerifyInit(context.get(), &parameters, digest_of(algorithm), nullptr,
                              key.key.get()) == 1 &&
         set_padding(parameters, algorithm) &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), as_bytes(input).data(),
                          input.size()) == 1;
}

Bytes sign(const Jwk::Impl& key, std::string_view algorithm, std::string_view input) {
  if (key.kty == "oct") return mac(key.secret, algorithm, input);
  const MdContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;
  MINBEN_ASSERT(EVP_DigestSignInit(context.get(), &parameters, digest_of(algorithm), nullptr,
                                   key.key.get()) == 1 &&
                set_padding(parameters, algorithm));
  std::size_t size = 0;
  const Octets bytes = as_bytes(input);
  MINBEN_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) == 1);
  Bytes signature(size);
  MINBEN_ASSERT(
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) == 1);
  signature.resize(size);
  return algorithm.starts_with("ES") ? raw_signature(signature, coordinate_of(algorithm))
                                     : signature;
}

}  // namespace

Result<Json> peek_jws(std::string_view compact) {
  if (compact.size() > max_jws) return fail(Kind::unauthorised, "bad_jws", "larger than 1 MiB");
  MINBEN_TRY(read, read_compact(compact, 3, "bad_jws"));
  return std::move(read.header);
}

Result<Jws> open_jws(std::string_view compact, const JwkSet& keys, Algorithms allowed) {
  if (compact.size() > max_jws) return fail(Kind::unauthorised, "bad_jws", "larger than 1 MiB");
  MINBEN_TRY(read, read_compact(compact, 3, "bad_jws"));
  const std::string algorithm = string_or(read.header, "alg");
  MINBEN_CHECK(check_allowed(algorithm, allowed));
  MINBEN_TRY(key, choose_key(keys, read.header, Purpose::signature, algorithm));
  auto payload = base64url_decode(read.parts[1]);
  const auto signature = base64url_decode(read.parts[2]);
  if (!payload || !signature) return fail(Kind::unauthorised, "bad_jws", "not base64url");
  const std::string_view input = compact.substr(0, read.parts[0].size() + 1 + read.parts[1].size());
  if (!verify(JwkAccess::of(*key), algorithm, input, *signature)) return not_signed();
  return Jws{std::move(read.header), std::move(*payload)};
}

Result<std::string> make_jws(Octets payload, const Jwk& key, std::string_view algorithm,
                             JsonObject header) {
  const Jwk::Impl& impl = JwkAccess::of(key);
  MINBEN_CHECK(check_purpose(impl, Purpose::signature, algorithm));
  if (!impl.is_private)
    return fail(Kind::invalid, "key_not_for_this", "a public key signs nothing");
  header["alg"] = algorithm;
  if (!impl.kid.empty()) header["kid"] = impl.kid;
  std::string out = base64url_encode(as_bytes(write_json(header)));
  out += '.';
  out += base64url_encode(payload);
  const std::string signature = base64url_encode(sign(impl, algorithm, out));
  return out + '.' + signature;
}

}  // namespace minben::trust
