#include "impl.hpp"
#include "keys/rotation.hpp"

namespace minben::identity {

namespace {
constexpr store::Query find_key{"identity_find_key",
                                "select wrapped from identity.subject_key where subject_id = $1"};
constexpr store::Query add_key{
    "identity_add_key",
    "insert into identity.subject_key (subject_id, wrapped) values ($1, $2) "
    "on conflict do nothing"};
// The row stays, so that nothing new can be sealed for somebody who was erased.
constexpr store::Query destroy_key{
    "identity_destroy_key",
    "insert into identity.subject_key (subject_id, wrapped, erased_at) values ($1, null, $2) "
    "on conflict (subject_id) do update set wrapped = null, erased_at = excluded.erased_at"};

std::string wrap_context(std::string_view subject) {
  return "identity.subject_key/" + std::string(subject);
}
}  // namespace

keys::Holder subject_keys() {
  return {.name = "people and officers",
          .count = {"identity_count_keys",
                    "select encode(substring(wrapped from 2 for 8), 'hex') as master, "
                    "count(*) as held from identity.subject_key where wrapped is not null "
                    "group by substring(wrapped from 2 for 8)"},
          .take = {"identity_take_keys",
                   "select subject_id as id, wrapped from identity.subject_key "
                   "where substring(wrapped from 2 for 8) = decode($1, 'hex') "
                   "and wrapped is not null and subject_id > "
                   "coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') "
                   "order by subject_id limit $2 for update skip locked"},
          .put = {"identity_put_key",
                  "update identity.subject_key set wrapped = $2 where subject_id = $1"},
          .context = wrap_context};
}

struct Vault::Impl {
  const keys::Keys& keys;
  Random& random;

  /// Nothing when the subject has no key yet.
  Result<std::optional<trust::DataKey>> find(store::Transaction& transaction,
                                             const Subject& subject) const {
    MINBEN_TRY(rows, transaction.run(find_key, subject_id(subject)));
    if (rows.empty()) return std::optional<trust::DataKey>();
    if (rows.front().is_null("wrapped"))
      return fail(Kind::not_found, "erased", "the key of this subject was destroyed");
    MINBEN_TRY(key, keys.unwrap(rows.front().bytes("wrapped"), wrap_context(subject_id(subject))));
    return std::optional<trust::DataKey>(std::move(key));
  }

  Result<trust::DataKey> find_or_make(store::Transaction& transaction,
                                      const Subject& subject) const {
    MINBEN_TRY(found, find(transaction, subject));
    if (found) return std::move(*found);
    const trust::DataKey fresh = trust::DataKey::generate(random);
    MINBEN_TRY(wrapped, keys.wrap(transaction, fresh, wrap_context(subject_id(subject))));
    MINBEN_CHECK(transaction.run(add_key, subject_id(subject), wrapped));
    // Somebody else may have been faster; what the table holds is the key.
    MINBEN_TRY(stored, find(transaction, subject));
    MINBEN_ASSERT(stored.has_value());
    return std::move(*stored);
  }
};

Vault::Vault(const keys::Keys& keys, Random& random) : impl_(new Impl{keys, random}) {}
Vault::~Vault() = default;

Result<Bytes> Vault::seal(store::Transaction& transaction, const Subject& subject,
                          std::string_view context, std::string_view plaintext) const {
  MINBEN_TRY(key, impl_->find_or_make(transaction, subject));
  return trust::seal(key, as_bytes(plaintext), context, impl_->random);
}

Result<std::string> Vault::open(store::Transaction& transaction, const Subject& subject,
                                std::string_view context,
                                std::span<const std::uint8_t> sealed) const {
  MINBEN_TRY(key, impl_->find(transaction, subject));
  if (!key) return fail(Kind::internal, "not_openable", "the subject never had a key");
  const auto plain = trust::open(*key, sealed, context);
  if (!plain) return fail(Kind::internal, "not_openable", plain.error().code);
  return std::string(as_text(*plain));
}

Result<Bytes> Vault::seal_json(store::Transaction& transaction, const Subject& subject,
                               std::string_view context, const Json& value) const {
  return seal(transaction, subject, context, write_json(value));
}

Result<Json> Vault::open_json(store::Transaction& transaction, const Subject& subject,
                              std::string_view context,
                              std::span<const std::uint8_t> sealed) const {
  MINBEN_TRY(text, open(transaction, subject, context, sealed));
  return parse_json(text, {.max_bytes = trust::max_plaintext, .max_depth = 256});
}

Result<void> Vault::erase(store::Transaction& transaction, const Subject& subject) const {
  MINBEN_CHECK(transaction.run(destroy_key, subject_id(subject), transaction.now()));
  return {};
}

Bytes Vault::lookup(std::string_view purpose, std::string_view value) const {
  // The length keeps purpose and value from running into each other.
  const std::string message =
      std::to_string(purpose.size()) + ":" + std::string(purpose) + std::string(value);
  const Sha256 digest =
      hmac_sha256(impl_->keys.of(keys::Purpose::lookup).bytes(), as_bytes(message));
  return {digest.begin(), digest.end()};
}

Result<trust::DataKey> Vault::file_key(store::Transaction& transaction, const Subject& subject,
                                       std::string_view context) const {
  MINBEN_TRY(key, impl_->find_or_make(transaction, subject));
  const std::string label = "minben/file/1/" + std::string(context);
  return trust::DataKey::from_bytes(hmac_sha256(key.bytes(), as_bytes(label)));
}

}  // namespace minben::identity
