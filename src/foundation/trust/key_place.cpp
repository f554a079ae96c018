#include "key_place.hpp"

#include "pkcs11.hpp"

namespace minben::trust {

namespace {

constexpr std::string_view scheme = "pkcs11:";

SigningKey from_token(std::shared_ptr<pkcs11::TokenKey> key) {
  VerifyKey open_half = key->verify_key();
  return KeyAccess::signing_key(std::move(open_half), pkcs11::make_pkey(std::move(key)));
}

}  // namespace

Result<KeyPlace> KeyPlace::parse(std::string_view text, const std::filesystem::path& base) {
  if (!text.starts_with(scheme)) return KeyPlace(base / text);
  MINBEN_CHECK(pkcs11::parse_address(text));
  KeyPlace place;
  place.uri_ = text;
  return place;
}

const std::filesystem::path& KeyPlace::file() const {
  MINBEN_ASSERT(!in_token());
  return file_;
}

Result<SigningKey> KeyPlace::open() const {
  if (!in_token()) return SigningKey::load(file_);
  MINBEN_TRY(address, pkcs11::parse_address(uri_));
  MINBEN_TRY(key, pkcs11::TokenKey::open(address));
  return from_token(std::move(key));
}

Result<SigningKey> KeyPlace::open_or_create(KeyType type) const {
  if (!in_token()) return SigningKey::load_or_create(file_, type);
  if (type != KeyType::p256)
    return fail(Kind::invalid, "wrong_key_type", "tokens hold P-256 keys here", uri_);
  MINBEN_TRY(address, pkcs11::parse_address(uri_));
  MINBEN_TRY(key, pkcs11::TokenKey::open_or_create(address));
  return from_token(std::move(key));
}

}  // namespace minben::trust
