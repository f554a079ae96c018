// What signatures and encryption of JOSE have in common: compact texts, and which key is for what.
#include "jose_internal.hpp"

namespace minben::trust {

namespace {

constexpr std::size_t max_header = 16u << 10;

std::unexpected<Error> wrong_key(std::string_view why) {
  return fail(Kind::unauthorised, "key_not_for_this", why);
}

struct NamedShape {
  std::string_view algorithm;
  KeyShape shape;
};

constexpr std::size_t any_length = 1u << 20;
constexpr std::array signature_shapes{
    NamedShape{"HS256", {"oct", "", 32, any_length}},
    NamedShape{"HS384", {"oct", "", 48, any_length}},
    NamedShape{"HS512", {"oct", "", 64, any_length}},
    NamedShape{"RS256", {"RSA", ""}},
    NamedShape{"RS384", {"RSA", ""}},
    NamedShape{"RS512", {"RSA", ""}},
    NamedShape{"PS256", {"RSA", ""}},
    NamedShape{"PS384", {"RSA", ""}},
    NamedShape{"PS512", {"RSA", ""}},
    NamedShape{"ES256", {"EC", "P-256"}},
    NamedShape{"ES384", {"EC", "P-384"}},
    NamedShape{"ES512", {"EC", "P-521"}},
    NamedShape{"EdDSA", {"OKP", "Ed25519"}},
    NamedShape{"Ed25519", {"OKP", "Ed25519"}},  // RFC 9864, as newer libraries name it
};
constexpr std::array encryption_shapes{
    NamedShape{"dir", {"oct", "", 16, 64}},
    NamedShape{"A128KW", {"oct", "", 16, 16}},
    NamedShape{"A192KW", {"oct", "", 24, 24}},
    NamedShape{"A256KW", {"oct", "", 32, 32}},
    NamedShape{"A128GCMKW", {"oct", "", 16, 16}},
    NamedShape{"A192GCMKW", {"oct", "", 24, 24}},
    NamedShape{"A256GCMKW", {"oct", "", 32, 32}},
    NamedShape{"RSA-OAEP", {"RSA", ""}},
    NamedShape{"RSA-OAEP-256", {"RSA", ""}},
    NamedShape{"RSA1_5", {"RSA", ""}},
    NamedShape{"ECDH-ES", {"", ""}},
    NamedShape{"ECDH-ES+A128KW", {"", ""}},
    NamedShape{"ECDH-ES+A192KW", {"", ""}},
    NamedShape{"ECDH-ES+A256KW", {"", ""}},
};

}  // namespace

std::optional<KeyShape> shape_for(Purpose purpose, std::string_view algorithm) {
  const std::span<const NamedShape> shapes = purpose == Purpose::signature
                                                 ? std::span<const NamedShape>(signature_shapes)
                                                 : std::span<const NamedShape>(encryption_shapes);
  const auto found = std::ranges::find(shapes, algorithm, &NamedShape::algorithm);
  return found == shapes.end() ? std::nullopt : std::optional(found->shape);
}

Result<Compact> read_compact(std::string_view text, std::size_t parts, std::string_view code) {
  const auto refuse = [&](std::string_view why) { return fail(Kind::unauthorised, code, why); };
  Compact compact;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    compact.parts.push_back(text.substr(begin, end - begin));
    if (compact.parts.size() > parts) break;
    begin = end + 1;
  }
  if (compact.parts.size() != parts) return refuse("not the compact form");
  if (compact.parts[0].size() > max_header) return refuse("its header is too long");
  const auto bytes = base64url_decode(compact.parts[0]);
  if (!bytes) return refuse("the header is not base64url");
  auto header = parse_json(as_text(*bytes));
  if (!header || !header->is_object()) return refuse("the header is not an object of JSON");
  for (const std::string_view name : {"alg", "kid"})
    if (const Json* member = find(*header, name); member ? !member->is_string() : name == "alg")
      return refuse("the header's alg or kid is not a text");
  if (find(*header, "crit"))
    return fail(Kind::unauthorised, "not_understood", "nothing that is critical is known here");
  compact.header = std::move(*header);
  return compact;
}

Result<void> check_allowed(std::string_view algorithm, Algorithms allowed) {
  if (std::ranges::find(allowed, algorithm) != allowed.end()) return {};
  return fail(Kind::unauthorised, "algorithm_not_allowed", algorithm);
}

Result<void> check_purpose(const Jwk::Impl& key, Purpose purpose, std::string_view algorithm) {
  const auto shape = shape_for(purpose, algorithm);
  if (!shape) return wrong_key("an algorithm that is not known");
  const bool agreement = shape->kty.empty();
  const bool fits = agreement
                        ? key.kty == "EC" || (key.kty == "OKP" && key.crv == "X25519")
                        : key.kty == shape->kty && (shape->crv.empty() || key.crv == shape->crv);
  if (!fits) return wrong_key("another kind of key");
  if (key.kty == "oct" &&
      (key.secret.size() < shape->least_secret || key.secret.size() > shape->most_secret))
    return wrong_key("of the wrong length");
  const std::string_view use = purpose == Purpose::signature ? "sig" : "enc";
  if (!key.use.empty() && key.use != use) return wrong_key("meant for another use");
  // A key for direct encryption names the content's algorithm (RFC 7518 §4.5).
  if (!key.algorithm.empty() && key.algorithm != algorithm && algorithm != "dir")
    return wrong_key("meant for another algorithm");
  return {};
}

Result<const Jwk*> choose_key(const JwkSet& keys, const Json& header, Purpose purpose,
                              std::string_view algorithm) {
  const std::string kid = string_or(header, "kid");
  const Jwk* key = keys.find(kid);
  if (!key && keys.keys().size() == 1 && keys.keys().front().kid().empty())
    key = &keys.keys().front();
  if (!key) return fail(Kind::unauthorised, "unknown_key", "no key by that name", "kid");
  MINBEN_CHECK(check_purpose(JwkAccess::of(*key), purpose, algorithm));
  return key;
}

}  // namespace minben::trust
