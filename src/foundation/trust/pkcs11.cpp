#include "pkcs11.hpp"

#include <fmt/format.h>

namespace minben::trust::pkcs11 {

namespace {

constexpr int most_sessions = 16;
constexpr CK_ULONG most_slots = 256;
constexpr std::chrono::milliseconds good_for{200};
constexpr std::size_t point_bytes = 65;
/// prime256v1 (RFC 5480 §2.1.1.1), DER.
constexpr std::array<std::uint8_t, 10> p256_parameters{0x06, 0x08, 0x2a, 0x86, 0x48,
                                                       0xce, 0x3d, 0x03, 0x01, 0x07};

std::unexpected<Error> bad_uri(std::string_view why) {
  return fail(Kind::invalid, "bad_key_uri", why);
}

/// "file:/etc/pin", "file:///etc/pin" (RFC 8089) or "/etc/pin".
std::string path_of_source(std::string_view source) {
  if (source.starts_with("file:")) source.remove_prefix(5);
  if (source.starts_with("//")) source.remove_prefix(2);
  return std::string(source);
}

CK_ATTRIBUTE attribute(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) {
  return {type, const_cast<void*>(value), static_cast<CK_ULONG>(size)};
}

/// What a URI says about its object, but for its type, which we know better.
std::vector<CK_ATTRIBUTE> names_in(const Address& address) {
  std::vector<CK_ATTRIBUTE> names;
  for (const CK_ATTRIBUTE_TYPE type : {CKA_LABEL, CKA_ID})
    if (const CK_ATTRIBUTE* known = p11_kit_uri_get_attribute(address.pattern.get(), type))
      names.push_back(*known);
  return names;
}

/// A second time with the driver begun anew, when the token seems to have gone: it may be back.
template <class Step>
auto persist(Module& module, Step step) -> decltype(step(module.use())) {
  std::uint64_t epoch = 0;
  auto outcome = [&] {
    const auto use = module.use();
    epoch = use.epoch();
    return step(use);
  }();
  if (!outcome && outcome.error().kind == Kind::unavailable && module.revive(epoch))
    outcome = step(module.use());
  return outcome;
}

}  // namespace

Result<Address> parse_address(std::string_view uri) {
  Address address;
  address.text = uri;
  address.pattern = std::shared_ptr<P11KitUri>(p11_kit_uri_new(), p11_kit_uri_free);
  P11KitUri* parsed = address.pattern.get();
  if (const int result = p11_kit_uri_parse(address.text.c_str(), P11_KIT_URI_FOR_ANY, parsed);
      result != P11_KIT_URI_OK)
    return bad_uri(p11_kit_uri_message(result));
  if (p11_kit_uri_any_unrecognized(parsed) != 0)
    return bad_uri("it has a part that RFC 7512 does not know");
  if (p11_kit_uri_get_pin_value(parsed) != nullptr)
    return bad_uri("pin-value: a PIN must not stand in a URI; use pin-source=file:/PATH");
  const char* module = p11_kit_uri_get_module_path(parsed);
  if (module == nullptr || *module != '/') return bad_uri("module-path=/PATH is missing");
  const char* pin = p11_kit_uri_get_pin_source(parsed);
  address.module = module;
  address.pin = path_of_source(pin ? pin : "");
  if (!address.pin.is_absolute()) return bad_uri("pin-source=file:/PATH is missing");
  if (names_in(address).empty()) return bad_uri("object= or id= is missing");
  return address;
}

// ---------------------------------------------------------------------------------- opening

Result<std::shared_ptr<TokenKey>> TokenKey::open(const Address& address) {
  MINBEN_TRY(module, Module::of(address.module));
  std::shared_ptr<TokenKey> key(new TokenKey(address, std::move(module)));
  MINBEN_CHECK(key->begin(false));
  return key;
}

Result<std::shared_ptr<TokenKey>> TokenKey::open_or_create(const Address& address) {
  MINBEN_TRY(module, Module::of(address.module));
  std::shared_ptr<TokenKey> key(new TokenKey(address, std::move(module)));
  MINBEN_CHECK(key->begin(true));
  return key;
}

Result<void> TokenKey::begin(bool may_create) {
  return persist(*module_, [&](const Use& use) -> Result<void> {
    auto session = take(use);
    if (!session && session.error().code == "token_key_missing" && may_create) {
      MINBEN_CHECK(generate(use));
      session = take(use);
    }
    if (!session) return std::unexpected(session.error());
    auto read = read_public(use, *session);
    give_back(*session);
    if (!read) return std::unexpected(read.error());
    public_ = std::move(*read);
    return {};
  });
}

TokenKey::~TokenKey() { drop_idle(module_->use()); }

Result<CK_SLOT_ID> TokenKey::find_slot(const Use& use) const {
  std::array<CK_SLOT_ID, most_slots> slots{};
  CK_ULONG count = 0;
  use->C_GetSlotList(CK_TRUE, nullptr, &count);  // what makes a driver look for new ones (§5.5)
  count = slots.size();
  if (const CK_RV result = use->C_GetSlotList(CK_TRUE, slots.data(), &count); result != CKR_OK)
    return token_failed("C_GetSlotList", result);
  std::vector<CK_SLOT_ID> found;
  for (CK_ULONG i = 0; i < count; ++i) {
    CK_TOKEN_INFO token{};
    CK_SLOT_INFO slot{};
    if (use->C_GetTokenInfo(slots[i], &token) != CKR_OK ||
        use->C_GetSlotInfo(slots[i], &slot) != CKR_OK)
      continue;
    const CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(address_.pattern.get());
    if ((token.flags & CKF_TOKEN_INITIALIZED) != 0 &&
        (wanted == static_cast<CK_SLOT_ID>(-1) || wanted == slots[i]) &&
        p11_kit_uri_match_token_info(address_.pattern.get(), &token) == 1 &&
        p11_kit_uri_match_slot_info(address_.pattern.get(), &slot) == 1)
      found.push_back(slots[i]);
  }
  if (found.size() == 1) return found.front();
  return fail(Kind::unavailable, "token_missing",
              found.empty() ? "no token of that name is there" : "several tokens fit the URI",
              address_.text);
}

Result<void> TokenKey::log_in(const Use& use, CK_SESSION_HANDLE session) {
  auto pin = read_secret_file(address_.pin);
  if (!pin) return std::unexpected(pin.error());
  const std::string_view digits = trim(*pin);
  const Sha256 digest = sha256(digits);
  const auto incorrect = [&] {
    return fail(Kind::forbidden, "pin_incorrect", "the token refuses the PIN in the file",
                address_.pin.string());
  };
  if (wrong_pin_ == digest) {
    wipe(*pin);
    return incorrect();
  }
  const CK_RV result =
      use->C_Login(session, CKU_USER, reinterpret_cast<CK_BYTE*>(const_cast<char*>(digits.data())),
                   digits.size());
  wipe(*pin);
  if (result == CKR_OK || result == CKR_USER_ALREADY_LOGGED_IN) return {};
  if (result == CKR_PIN_INCORRECT || result == CKR_PIN_INVALID || result == CKR_PIN_LEN_RANGE) {
    wrong_pin_ = digest;
    return incorrect();
  }
  if (result == CKR_PIN_LOCKED)
    return fail(Kind::forbidden, "pin_locked", "too many wrong PINs; the token's officer unlocks",
                address_.text);
  return token_failed("C_Login", result);
}

Result<CK_OBJECT_HANDLE> TokenKey::find(const Use& use, CK_SESSION_HANDLE session,
                                        CK_OBJECT_CLASS type) const {
  std::vector<CK_ATTRIBUTE> wanted = names_in(address_);
  wanted.push_back(attribute(CKA_CLASS, &type, sizeof type));
  if (const CK_RV result = use->C_FindObjectsInit(session, wanted.data(), wanted.size());
      result != CKR_OK)
    return token_failed("C_FindObjectsInit", result);
  std::array<CK_OBJECT_HANDLE, 2> found{};
  CK_ULONG count = 0;
  const CK_RV result = use->C_FindObjects(session, found.data(), found.size(), &count);
  use->C_FindObjectsFinal(session);
  if (result != CKR_OK) return token_failed("C_FindObjects", result);
  if (count == 1) return found[0];
  if (count == 0)
    return fail(Kind::not_found, "token_key_missing", "no key of that name is in the token",
                address_.text);
  return fail(Kind::invalid, "token_key_ambiguous", "several keys fit the URI; say its id",
              address_.text);
}

Result<Session> TokenKey::new_session(const Use& use) {
  MINBEN_TRY(slot, find_slot(use));
  Session session{.epoch = use.epoch()};
  if (const CK_RV result =
          use->C_OpenSession(slot, CKF_SERIAL_SESSION, nullptr, nullptr, &session.handle);
      result != CKR_OK)
    return token_failed("C_OpenSession", result);
  auto ready = log_in(use, session.handle);
  auto key = ready ? find(use, session.handle, CKO_PRIVATE_KEY)
                   : Result<CK_OBJECT_HANDLE>(std::unexpected(ready.error()));
  if (!key) {
    use->C_CloseSession(session.handle);
    return std::unexpected(key.error());
  }
  session.key = *key;
  return session;
}

Result<VerifyKey> TokenKey::read_public(const Use& use, const Session& session) const {
  // Of the pair's public object; some tokens show the point at the private one only.
  std::vector<CK_OBJECT_HANDLE> places;
  if (const auto object = find(use, session.handle, CKO_PUBLIC_KEY)) places.push_back(*object);
  places.push_back(session.key);
  for (const CK_OBJECT_HANDLE place : places) {
    std::array<std::uint8_t, 256> parameters{};
    std::array<std::uint8_t, 256> value{};
    std::array wanted{attribute(CKA_EC_PARAMS, parameters.data(), parameters.size()),
                      attribute(CKA_EC_POINT, value.data(), value.size())};
    if (use->C_GetAttributeValue(session.handle, place, wanted.data(), wanted.size()) != CKR_OK)
      continue;
    const Octets curve(parameters.data(), wanted[0].ulValueLen);
    Octets point(value.data(), wanted[1].ulValueLen);
    if (!std::ranges::equal(curve, p256_parameters))
      return fail(Kind::invalid, "wrong_key_type", "the key in the token is not of P-256",
                  address_.text);
    // An OCTET STRING (PKCS #11 3.0 §6.3.3); some tokens leave its two bytes out.
    if (point.size() == point_bytes + 2) point = point.subspan(2);
    return VerifyKey::from_bytes(KeyType::p256, point);
  }
  return fail(Kind::invalid, "token_key_without_public",
              "the public half of the key is not in the token", address_.text);
}

Result<void> TokenKey::generate(const Use& use) {
  MINBEN_TRY(slot, find_slot(use));
  CK_SESSION_HANDLE session = 0;
  if (const CK_RV result =
          use->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
      result != CKR_OK)
    return token_failed("C_OpenSession", result);
  auto made = log_in(use, session);
  if (made) {
    const CK_BBOOL yes = CK_TRUE;
    const CK_BBOOL no = CK_FALSE;
    std::vector<CK_ATTRIBUTE> common = names_in(address_);
    common.push_back(attribute(CKA_TOKEN, &yes, sizeof yes));
    std::vector<CK_ATTRIBUTE> open_half = common;
    open_half.push_back(attribute(CKA_EC_PARAMS, p256_parameters.data(), p256_parameters.size()));
    open_half.push_back(attribute(CKA_VERIFY, &yes, sizeof yes));
    std::vector<CK_ATTRIBUTE> secret_half = common;
    for (const CK_ATTRIBUTE_TYPE type : {CKA_PRIVATE, CKA_SENSITIVE, CKA_SIGN})
      secret_half.push_back(attribute(type, &yes, sizeof yes));
    secret_half.push_back(attribute(CKA_EXTRACTABLE, &no, sizeof no));
    CK_MECHANISM mechanism{CKM_EC_KEY_PAIR_GEN, nullptr, 0};
    CK_OBJECT_HANDLE public_key = 0;
    CK_OBJECT_HANDLE private_key = 0;
    const CK_RV result =
        use->C_GenerateKeyPair(session, &mechanism, open_half.data(), open_half.size(),
                               secret_half.data(), secret_half.size(), &public_key, &private_key);
    if (result != CKR_OK) made = token_failed("C_GenerateKeyPair", result);
  }
  use->C_CloseSession(session);
  return made;
}

// ---------------------------------------------------------------------------------- sessions

void TokenKey::drop_idle(const Use& use) {
  for (const Session& session : idle_) {
    if (session.epoch == use.epoch()) use->C_CloseSession(session.handle);
    --open_;
  }
  idle_.clear();
}

Result<Session> TokenKey::take(const Use& use) {
  std::unique_lock lock(mutex_);
  if (!idle_.empty() && idle_.back().epoch != use.epoch()) drop_idle(use);
  free_.wait(lock, [&] { return !idle_.empty() || open_ < most_sessions; });
  if (!idle_.empty()) {
    const Session session = idle_.back();
    idle_.pop_back();
    return session;
  }
  // Logging in is for all sessions at once, so one at a time.
  auto made = new_session(use);
  if (made) ++open_;
  return made;
}

void TokenKey::give_back(const Session& session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(session);
  free_.notify_one();
}

void TokenKey::discard(const Use& use, const Session& session) {
  if (session.epoch == use.epoch()) use->C_CloseSession(session.handle);
  const std::lock_guard lock(mutex_);
  --open_;
  drop_idle(use);  // of a token that has gone they are worth nothing either
  free_.notify_all();
}

// ----------------------------------------------------------------------------------- signing

Result<Bytes> TokenKey::sign_in(const Use& use, const Session& session, Octets digest) {
  CK_MECHANISM mechanism{CKM_ECDSA, nullptr, 0};
  if (const CK_RV result = use->C_SignInit(session.handle, &mechanism, session.key);
      result != CKR_OK)
    return token_failed("C_SignInit", result);
  Bytes signature(64);
  CK_ULONG size = signature.size();
  const CK_RV result = use->C_Sign(session.handle, const_cast<std::uint8_t*>(digest.data()),
                                   digest.size(), signature.data(), &size);
  if (result != CKR_OK) return token_failed("C_Sign", result);
  if (size != signature.size()) return token_failed("C_Sign", CKR_DEVICE_ERROR);
  return signature;
}

Result<Bytes> TokenKey::sign_once(const Use& use, Octets digest) {
  MINBEN_TRY(session, take(use));
  auto signature = sign_in(use, session, digest);
  if (signature) give_back(session);
  else discard(use, session);
  return signature;
}

Result<Bytes> TokenKey::sign_digest(Octets digest) {
  return persist(*module_, [&](const Use& use) { return sign_once(use, digest); });
}

Result<void> TokenKey::check() {
  const auto now = std::chrono::steady_clock::now();
  if (now < good_until_.load()) return {};
  auto there = persist(*module_, [&](const Use& use) -> Result<void> {
    MINBEN_TRY(session, take(use));
    const auto found = find(use, session.handle, CKO_PRIVATE_KEY);
    if (!found) {
      discard(use, session);
      return std::unexpected(found.error());
    }
    give_back(session);
    return {};
  });
  if (there) good_until_ = now + good_for;
  return there;
}

}  // namespace minben::trust::pkcs11
