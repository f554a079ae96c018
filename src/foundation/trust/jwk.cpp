#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "jose_internal.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_member = 8192;  ///< characters of a number in a key
constexpr std::size_t max_keys = 100;
constexpr int least_rsa_bits = 2048, most_rsa_bits = 8192;

using ParamBuild = std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>>;
using Number = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;

struct Curve {
  std::string_view name;
  const char* openssl;
  std::size_t coordinate;  ///< bytes
};
constexpr std::array curves{Curve{"P-256", "prime256v1", 32}, Curve{"P-384", "secp384r1", 48},
                            Curve{"P-521", "secp521r1", 66}};

const Curve* curve_by(std::string_view name) {
  const auto found = std::ranges::find(curves, name, &Curve::name);
  return found == curves.end() ? nullptr : &*found;
}

std::unexpected<Error> bad(std::string_view why, std::string_view member) {
  ERR_clear_error();
  return fail(Kind::invalid, "bad_jwk", why, member);
}

Result<Bytes> read_bytes(const Json& json, std::string_view name) {
  const auto text = get_string(json, name);
  if (!text || text->size() > max_member) return bad("missing, no text, or too long", name);
  auto bytes = base64url_decode(*text);
  if (!bytes) return bad("not base64url", name);
  return std::move(*bytes);
}

Result<Pkey> make_key(const char* type, OSSL_PARAM_BLD* parts, bool is_private,
                      std::string_view member) {
  const Params params(OSSL_PARAM_BLD_to_param(parts));
  const PkeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                        params.get()) != 1)
    return bad("not such a key", member);
  return Pkey(key);
}

// ----------------------------------------------------------------------------------------- RSA

/// Keys of a widespread smartcard library have primes of the form k·M + 65537^a mod M, so that the
/// modulus is a power of 65537 by every small prime, and can be factored (CVE-2017-15361). Of other
/// keys one in 2^27 is taken for one.
bool looks_like_roca(const BIGNUM* modulus) {
  constexpr std::array<BN_ULONG, 17> primes{11, 13, 17,  19,  37,  53,  61,  71, 73,
                                            79, 97, 103, 107, 109, 127, 151, 157};
  return std::ranges::all_of(primes, [&](BN_ULONG prime) {
    const BN_ULONG rest = BN_mod_word(modulus, prime);
    BN_ULONG power = 1;
    do {
      if (power == rest) return true;
      power = power * 65537 % prime;
    } while (power != 1);
    return false;
  });
}

Result<void> check_rsa(const BIGNUM* modulus, const BIGNUM* exponent) {
  const int bits = BN_num_bits(modulus);
  if (bits < least_rsa_bits || bits > most_rsa_bits) return bad("2,048 to 8,192 bits", "n");
  if (BN_is_odd(modulus) == 0) return bad("an even modulus", "n");
  if (BN_is_odd(exponent) == 0 || BN_num_bits(exponent) < 2 || BN_num_bits(exponent) > 64)
    return bad("an odd number from 3 on, of at most 64 bits", "e");
  if (looks_like_roca(modulus)) return bad("a weak key (CVE-2017-15361)", "n");
  return {};
}

Result<Pkey> read_rsa(const Json& json, bool is_private) {
  constexpr std::array<std::pair<std::string_view, const char*>, 8> members{
      {{"n", OSSL_PKEY_PARAM_RSA_N},
       {"e", OSSL_PKEY_PARAM_RSA_E},
       {"d", OSSL_PKEY_PARAM_RSA_D},
       {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
       {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},
       {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
       {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2},
       {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}}};
  if (find(json, "oth")) return bad("keys with more than two primes are not read", "oth");
  // A private key may come without its primes (RFC 7518 §6.3.2).
  const std::size_t count = !is_private ? 2 : find(json, "p") ? 8 : 3;
  const ParamBuild parts(OSSL_PARAM_BLD_new());
  std::vector<Number> numbers;
  for (const auto& [name, parameter] : std::span(members).first(count)) {
    MINBEN_TRY(bytes, read_bytes(json, name));
    numbers.emplace_back(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    wipe(bytes);
    if (OSSL_PARAM_BLD_push_BN(parts.get(), parameter, numbers.back().get()) != 1)
      return bad("not a number of a key", name);
  }
  MINBEN_CHECK(check_rsa(numbers[0].get(), numbers[1].get()));
  return make_key("RSA", parts.get(), is_private, "n");
}

// ---------------------------------------------------------------------------- curves and secrets

Result<Bytes> read_coordinate(const Json& json, std::string_view name, const Curve& curve) {
  MINBEN_TRY(bytes, read_bytes(json, name));
  if (bytes.size() != curve.coordinate) return bad("of another length than the curve's", name);
  return bytes;
}

Result<Pkey> read_ec(const Json& json, const Curve& curve, bool is_private) {
  MINBEN_TRY(x, read_coordinate(json, "x", curve));
  MINBEN_TRY(y, read_coordinate(json, "y", curve));
  Bytes point{4};
  point.insert(point.end(), x.begin(), x.end());
  point.insert(point.end(), y.begin(), y.end());
  const ParamBuild parts(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl, 0);
  OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  Number secret;
  if (is_private) {
    MINBEN_TRY(bytes, read_coordinate(json, "d", curve));
    secret.reset(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    wipe(bytes);
    OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  }
  MINBEN_TRY(key, make_key("EC", parts.get(), is_private, "x"));
  const PkeyContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  // All that there is to check on curves with a cofactor of one, and without a multiplication.
  if (EVP_PKEY_public_check_quick(context.get()) != 1) return bad("not a point of the curve", "x");
  if (is_private && EVP_PKEY_pairwise_check(context.get()) != 1) return bad("of another key", "d");
  return key;
}

Result<Pkey> read_okp(const Json& json, std::string_view crv, bool is_private) {
  if (crv != "Ed25519" && crv != "X25519") return bad("unknown curve", "crv");
  const int type = crv == "Ed25519" ? EVP_PKEY_ED25519 : EVP_PKEY_X25519;
  MINBEN_TRY(x, read_bytes(json, "x"));
  Pkey key(EVP_PKEY_new_raw_public_key(type, nullptr, x.data(), x.size()));
  if (!key) return bad("32 bytes", "x");
  if (!is_private) return key;
  MINBEN_TRY(d, read_bytes(json, "d"));
  Pkey pair(EVP_PKEY_new_raw_private_key(type, nullptr, d.data(), d.size()));
  wipe(d);
  if (!pair) return bad("32 bytes", "d");
  if (EVP_PKEY_eq(pair.get(), key.get()) != 1) return bad("of another key", "d");
  return pair;
}

std::string base64url_number(const EVP_PKEY* key, const char* name, std::size_t bytes = 0) {
  BIGNUM* raw = nullptr;
  MINBEN_ASSERT(EVP_PKEY_get_bn_param(key, name, &raw) == 1);
  const Number number(raw);
  Bytes out(std::max(bytes, static_cast<std::size_t>(BN_num_bytes(raw))));
  MINBEN_ASSERT(BN_bn2binpad(raw, out.data(), static_cast<int>(out.size())) >= 0);
  return base64url_encode(out);
}

Jwk finish(std::shared_ptr<Jwk::Impl> impl, std::string_view algorithm, std::string_view kid) {
  impl->algorithm = algorithm;
  impl->kid = kid;
  Jwk key = JwkAccess::make(impl);
  if (kid.empty() && impl->kty != "oct") impl->kid = key.thumbprint();
  return key;
}

/// "RSA" and so on, with the curve; nothing of kinds that JOSE has no name for.
std::optional<std::pair<std::string, std::string>> kind_of(const EVP_PKEY* key) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) return std::pair{"RSA", ""};
  if (EVP_PKEY_is_a(key, "ED25519") == 1) return std::pair{"OKP", "Ed25519"};
  if (EVP_PKEY_is_a(key, "X25519") == 1) return std::pair{"OKP", "X25519"};
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(key, "EC") != 1 ||
      EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) != 1)
    return std::nullopt;
  for (const Curve& curve : curves)
    if (std::string_view(group.data()) == curve.openssl)
      return std::pair{"EC", std::string(curve.name)};
  return std::nullopt;
}

Result<std::shared_ptr<Jwk::Impl>> from_pkey(Pkey key, bool is_private) {
  const auto kind = kind_of(key.get());
  if (!kind) return bad("a kind of key that has no name here", "kty");
  auto impl = std::make_shared<Jwk::Impl>();
  impl->kty = kind->first;
  impl->crv = kind->second;
  impl->is_private = is_private;
  impl->key = std::move(key);
  if (impl->kty == "RSA") {
    BIGNUM *n = nullptr, *e = nullptr;
    EVP_PKEY_get_bn_param(impl->key.get(), OSSL_PKEY_PARAM_RSA_N, &n);
    EVP_PKEY_get_bn_param(impl->key.get(), OSSL_PKEY_PARAM_RSA_E, &e);
    const Number modulus(n), exponent(e);
    MINBEN_CHECK(check_rsa(n, e));
  }
  return impl;
}

Pkey share(EVP_PKEY* key) {
  EVP_PKEY_up_ref(key);
  return Pkey(key);
}

/// Which of "sig" and "enc" a key is for, by its members "use" and "key_ops" (RFC 7517 §4.2, 4.3).
Result<std::string> read_use(const Json& json) {
  std::string use = string_or(json, "use");
  if (find(json, "use") && use != "sig" && use != "enc") return bad("\"sig\" or \"enc\"", "use");
  const Json* ops = find(json, "key_ops");
  if (!ops) return use;
  if (!ops->is_array()) return bad("a list", "key_ops");
  for (const Json& op : ops->as_array()) {
    if (!op.is_string()) return bad("a list of texts", "key_ops");
    const std::string_view name = op.as_string();
    const std::string of = name == "sign" || name == "verify" ? "sig" : "enc";
    if (!use.empty() && use != of) return bad("for signatures and encryption at once", "key_ops");
    use = of;
  }
  return use;
}

}  // namespace

Result<Jwk> Jwk::parse(const Json& json) {
  if (!json.is_object()) return bad("not an object", "");
  auto impl = std::make_shared<Impl>();
  MINBEN_TRY(kty, get_string(json, "kty"));
  MINBEN_TRY(use, read_use(json));
  for (const std::string_view name : {"kid", "alg", "crv"})
    if (const Json* member = minben::find(json, name); member && !member->is_string())
      return bad("not a text", name);
  impl->kty = std::move(kty);
  impl->use = std::move(use);
  impl->kid = string_or(json, "kid");
  impl->algorithm = string_or(json, "alg");
  impl->crv = string_or(json, "crv");
  impl->is_private = minben::find(json, "d") != nullptr || impl->kty == "oct";
  if (impl->kty == "oct") {
    MINBEN_TRY(secret, read_bytes(json, "k"));
    impl->secret = std::move(secret);
    if (impl->secret.empty()) return bad("empty", "k");
  } else if (impl->kty == "RSA") {
    MINBEN_TRY(key, read_rsa(json, impl->is_private));
    impl->key = std::move(key);
  } else if (impl->kty == "EC") {
    const Curve* curve = curve_by(impl->crv);
    if (!curve) return bad("unknown curve", "crv");
    MINBEN_TRY(key, read_ec(json, *curve, impl->is_private));
    impl->key = std::move(key);
  } else if (impl->kty == "OKP") {
    MINBEN_TRY(key, read_okp(json, impl->crv, impl->is_private));
    impl->key = std::move(key);
  } else {
    return bad("unknown kind of key", "kty");
  }
  return Jwk(std::move(impl));
}

Jwk Jwk::of(const VerifyKey& key, std::string_view algorithm, std::string_view kid) {
  return finish(from_pkey(share(KeyAccess::of(key)), false).value(), algorithm, kid);
}

Jwk Jwk::of(const SigningKey& key, std::string_view algorithm, std::string_view kid) {
  return finish(from_pkey(share(KeyAccess::of(key)), true).value(), algorithm, kid);
}

Result<Jwk> Jwk::from_spki(Octets der, std::string_view algorithm, std::string_view kid) {
  const unsigned char* at = der.data();
  Pkey key(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
  if (!key || at != der.data() + der.size()) return bad("not a SubjectPublicKeyInfo", "");
  MINBEN_TRY(impl, from_pkey(std::move(key), false));
  return finish(std::move(impl), algorithm, kid);
}

Jwk Jwk::secret(Octets bytes, std::string_view algorithm, std::string_view kid) {
  auto impl = std::make_shared<Impl>();
  impl->kty = "oct";
  impl->is_private = true;
  impl->secret.assign(bytes.begin(), bytes.end());
  return finish(std::move(impl), algorithm, kid);
}

const std::string& Jwk::kid() const { return impl_->kid; }
const std::string& Jwk::algorithm() const { return impl_->algorithm; }
bool Jwk::is_secret() const { return impl_->kty == "oct"; }
bool Jwk::is_private() const { return impl_->is_private; }

JsonObject public_members(const Jwk::Impl& key) {
  MINBEN_ASSERT(key.kty != "oct");
  const EVP_PKEY* pkey = key.key.get();
  JsonObject out{{"kty", key.kty}};
  if (key.kty == "RSA") {
    out["n"] = base64url_number(pkey, OSSL_PKEY_PARAM_RSA_N);
    out["e"] = base64url_number(pkey, OSSL_PKEY_PARAM_RSA_E);
    return out;
  }
  out["crv"] = key.crv;
  if (key.kty == "EC") {
    const std::size_t bytes = curve_by(key.crv)->coordinate;
    out["x"] = base64url_number(pkey, OSSL_PKEY_PARAM_EC_PUB_X, bytes);
    out["y"] = base64url_number(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, bytes);
    return out;
  }
  std::array<std::uint8_t, 32> raw{};
  std::size_t size = raw.size();
  MINBEN_ASSERT(EVP_PKEY_get_raw_public_key(pkey, raw.data(), &size) == 1);
  out["x"] = base64url_encode(raw);
  return out;
}

JsonObject Jwk::public_json() const {
  JsonObject out = public_members(*impl_);
  if (!impl_->kid.empty()) out["kid"] = impl_->kid;
  if (!impl_->algorithm.empty()) out["alg"] = impl_->algorithm;
  if (!impl_->use.empty()) out["use"] = impl_->use;
  return out;
}

/// The required members only, in their lexicographic order, as canonical JSON has them.
std::string Jwk::thumbprint() const {
  return base64url_encode(sha256(canonical_json(public_members(*impl_)).value()));
}

Result<Pkey> read_point(const Json& epk, const Jwk::Impl& like) {
  if (string_or(epk, "kty") != like.kty || string_or(epk, "crv") != like.crv)
    return bad("another curve than the key's", "epk");
  if (like.kty == "EC") return read_ec(epk, *curve_by(like.crv), false);
  return read_okp(epk, like.crv, false);
}

// ---------------------------------------------------------------------------------------- sets

Result<JwkSet> JwkSet::parse(const Json& json) {
  const auto refuse = [](std::string_view why, std::string_view field = "keys") {
    return fail(Kind::invalid, "bad_jwk_set", why, field);
  };
  const Json* keys = minben::find(json, "keys");
  if (!keys || !keys->is_array()) return refuse("a list of keys");
  if (keys->as_array().size() > max_keys) return refuse("more than 100 keys");
  JwkSet set;
  for (const Json& each : keys->as_array()) {
    const std::string kty = string_or(each, "kty");
    if (kty != "RSA" && kty != "EC" && kty != "OKP" && kty != "oct") continue;
    auto key = Jwk::parse(each);
    if (!key) return refuse(key.error().detail, key.error().field);
    if (!key->kid().empty() && set.find(key->kid())) return refuse("two keys with one kid", "kid");
    if (!set.keys_.empty() && set.keys_.front().is_secret() != key->is_secret())
      return refuse("secrets beside public keys");
    set.keys_.push_back(std::move(*key));
  }
  return set;
}

const Jwk* JwkSet::find(std::string_view kid) const {
  if (kid.empty()) return keys_.size() == 1 ? &keys_.front() : nullptr;
  const auto found = std::ranges::find(keys_, kid, &Jwk::kid);
  return found == keys_.end() ? nullptr : &*found;
}

Json JwkSet::public_json() const {
  JsonArray keys;
  for (const Jwk& key : keys_) keys.push_back(key.public_json());
  return JsonObject{{"keys", std::move(keys)}};
}

}  // namespace minben::trust
