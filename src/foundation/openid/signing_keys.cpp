#include "signing_keys.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "keys/rotation.hpp"
#include "openid/openid.hpp"

namespace minben::openid {

namespace {

using store::Query;
constexpr Query find_room_key{"openid_find_room_key", "select wrapped from openid.room_key"};
constexpr Query add_room_key{"openid_add_room_key",
                             "insert into openid.room_key (id, wrapped) values ('room', $1) "
                             "on conflict do nothing"};
constexpr Query lock_keys{
    "openid_lock_keys", "select pg_advisory_xact_lock(hashtextextended('minben.openid.keys', 0))"};
constexpr Query list_keys{"openid_list_keys",
                          "select kid, sealed, public_key, state, since from openid.signing_key "
                          "order by since, kid"};
constexpr Query add_key{"openid_add_key",
                        "insert into openid.signing_key (kid, sealed, public_key, state, since) "
                        "values ($1, $2, $3, $4, $5)"};
constexpr Query retire_active{
    "openid_retire_active",
    "update openid.signing_key set state = 'past', since = $1 where state = 'active'"};
constexpr Query activate_next{
    "openid_activate_next",
    "update openid.signing_key set state = 'active', since = $1 where state = 'next'"};
constexpr Query drop_past{"openid_drop_past",
                          "delete from openid.signing_key where state = 'past' and since < $1"};

constexpr std::string_view room_context = "openid.room_key/room";
constexpr seconds remembered{10};
constexpr std::size_t coordinate = 32;  // bytes, of P-256

/// With its secret half, which trust's keys do not tell: they are kept in files elsewhere.
Result<std::string> private_json(const trust::SigningKey& key, const trust::Jwk& jwk) {
  BIGNUM* number = nullptr;
  Bytes secret(coordinate);
  const bool told =
      EVP_PKEY_get_bn_param(key.handle().get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 &&
      BN_bn2binpad(number, secret.data(), coordinate) == static_cast<int>(coordinate);
  BN_clear_free(number);
  if (!told) return fail(Kind::internal, "key_not_told", "no private half");
  JsonObject json = jwk.public_json();
  json["d"] = base64url_encode(secret);
  trust::wipe(secret);
  return write_json(json);
}

std::string key_context(std::string_view kid) { return "openid.signing_key/" + std::string(kid); }

}  // namespace

keys::Holder room_keys() {
  return {.name = "key of the OpenID provider",
          .count = {"openid_count_room_keys",
                    "select encode(substring(wrapped from 2 for 8), 'hex') as master, "
                    "count(*) as held from openid.room_key group by 1"},
          .take = {"openid_take_room_keys",
                   "select id, wrapped from openid.room_key "
                   "where substring(wrapped from 2 for 8) = decode($1, 'hex') "
                   "and id > coalesce($3, '') order by id limit $2 for update skip locked"},
          .put = {"openid_put_room_key", "update openid.room_key set wrapped = $2 where id = $1"},
          .context = [](std::string_view) { return std::string(room_context); }};
}

SigningKeys::SigningKeys(store::Database& database, const Clock& clock, Random& random,
                         const keys::Keys& keys, Times times)
    : database_(database), clock_(clock), random_(random), keys_(keys), times_(times) {}

Result<void> SigningKeys::open() {
  return database_.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(lock_keys));
    MINBEN_TRY(found, tx.run(find_room_key));
    if (found.empty()) {
      MINBEN_TRY(wrapped, keys_.wrap(tx, trust::DataKey::generate(random_), room_context));
      MINBEN_CHECK(tx.run(add_room_key, wrapped));
    }
    MINBEN_TRY(rows, tx.run(find_room_key));
    MINBEN_TRY(key, keys_.unwrap(rows.front().bytes("wrapped"), room_context));
    room_ = std::move(key);
    MINBEN_TRY(all, tx.run(list_keys));
    if (!all.empty()) return {};
    MINBEN_CHECK(add_next(tx, "active"));
    return add_next(tx, "next");
  });
}

Result<void> SigningKeys::add_next(store::Transaction& tx, std::string_view state) const {
  const auto key = trust::SigningKey::generate(trust::KeyType::p256);
  const auto jwk = trust::Jwk::of(key, signing_algorithm);
  MINBEN_TRY(text, private_json(key, jwk));
  const auto sealed = trust::seal(*room_, as_bytes(text), key_context(jwk.kid()), random_);
  trust::wipe(text);
  if (!sealed) return fail(sealed.error());
  MINBEN_CHECK(tx.run(add_key, jwk.kid(), *sealed, Json(jwk.public_json()), state, clock_.now()));
  return {};
}

Result<std::shared_ptr<const KeySet>> SigningKeys::load() const {
  MINBEN_TRY(rows, database_.run(list_keys));
  JsonArray published;
  std::optional<trust::Jwk> signs;
  for (const auto row : rows) {
    JsonObject key = row.json("public_key").as_object();
    key["use"] = "sig";
    published.emplace_back(std::move(key));
    if (row.text("state") != "active") continue;
    MINBEN_TRY(text, trust::open(*room_, row.bytes("sealed"), key_context(row.text("kid"))));
    MINBEN_TRY(json, parse_json(as_text(text)));
    MINBEN_TRY(jwk, trust::Jwk::parse(json));
    trust::wipe(text);
    signs = std::move(jwk);
  }
  if (!signs) return fail(Kind::internal, "no_signing_key", "no active key in openid.signing_key");
  Json set = JsonObject{{"keys", std::move(published)}};
  MINBEN_TRY(accepts, trust::JwkSet::parse(set));
  return std::make_shared<const KeySet>(
      KeySet{std::move(*signs), std::move(accepts), std::move(set)});
}

Result<std::shared_ptr<const KeySet>> SigningKeys::current() const {
  {
    const std::lock_guard lock(mutex_);
    if (known_ && clock_.now() < known_until_) return known_;
  }
  MINBEN_TRY(loaded, load());
  const std::lock_guard lock(mutex_);
  known_ = std::move(loaded);
  known_until_ = clock_.now() + remembered;
  return known_;
}

/// Whether the next key took over.
Result<bool> SigningKeys::turn(store::Transaction& tx, bool at_once) const {
  const Instant now = clock_.now();
  MINBEN_TRY(rows, tx.run(list_keys));
  for (const auto row : rows)
    if (row.text("state") == "next" && !at_once && now < row.instant("since") + times_.notice)
      return false;
  MINBEN_CHECK(tx.run(retire_active, now));
  MINBEN_CHECK(tx.run(activate_next, now));
  MINBEN_CHECK(add_next(tx, "next"));
  return true;
}

Result<void> SigningKeys::rotate(bool at_once) {
  MINBEN_CHECK(database_.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(lock_keys));
    MINBEN_TRY(turned, turn(tx, at_once));
    if (!turned) return fail(Kind::conflict, "announced_lately", "others may not know it yet");
    return {};
  }));
  const std::lock_guard lock(mutex_);
  known_until_ = {};
  return {};
}

Result<void> SigningKeys::keep_up() {
  return database_.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_CHECK(tx.run(lock_keys));
    const Instant now = clock_.now();
    MINBEN_CHECK(tx.run(drop_past, now - times_.published));
    MINBEN_TRY(rows, tx.run(list_keys));
    for (const auto row : rows)
      if (row.text("state") == "active" && now >= row.instant("since") + times_.lifetime) {
        MINBEN_CHECK(turn(tx, false));
        break;
      }
    return {};
  });
}

Sha256 SigningKeys::mac(std::string_view purpose, std::string_view text) const {
  // The length keeps purpose and text from running into each other.
  const std::string input = fmt::format("{}:{}{}", purpose.size(), purpose, text);
  return hmac_sha256(room_->bytes(), as_bytes(input));
}

}  // namespace minben::openid
