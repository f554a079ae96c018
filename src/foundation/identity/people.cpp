#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view profile_context = "identity.person.profile";

constexpr store::Query insert_person_row{
    "identity_insert_person",
    "insert into identity.person (person_id, profile, email_lookup, national_id_lookup, language, "
    "created_at) values ($1, $2, $3, $4, $5, $6)"};
constexpr store::Query find_person{
    "identity_find_person",
    "select profile, email_lookup, national_id_lookup, language, created_at, erased_at "
    "from identity.person where person_id = $1"};
constexpr store::Query update_person{
    "identity_update_person",
    "update identity.person set profile = $2, email_lookup = $3, national_id_lookup = $4, "
    "language = $5 where person_id = $1"};
constexpr store::Query blank_person{
    "identity_blank_person",
    "update identity.person set profile = '', email_lookup = null, national_id_lookup = null, "
    "erased_at = $2 where person_id = $1"};
constexpr store::Query insert_handle{
    "identity_insert_handle",
    "insert into identity.handle (lookup, subject_id) values ($1, $2) on conflict do nothing"};
constexpr store::Query find_handle{"identity_find_handle",
                                   "select subject_id from identity.handle where lookup = $1"};
constexpr store::Query drop_handle{
    "identity_drop_handle", "delete from identity.handle where lookup = $1 and subject_id = $2"};
constexpr store::Query drop_devices{"identity_drop_devices",
                                    "delete from identity.known_device where person_id = $1"};
constexpr store::Query drop_passkeys{"identity_drop_passkeys_of_erased",
                                     "delete from identity.passkey where subject_id = $1"};
constexpr store::Query drop_recoveries{"identity_drop_recoveries",
                                       "delete from identity.recovery where person_id = $1"};
constexpr store::Query find_representatives{
    "identity_find_representatives",
    "select distinct holder_id from identity.mandate where principal_id = $1 "
    "and state = 'active' and (services or data) and expires_at > $2"};
// Every account has a data key: its row stands for the account in either realm.
constexpr store::Query lock_key{
    "identity_lock_key", "select 1 from identity.subject_key where subject_id = $1 for update"};

Json to_json(const Profile& profile) {
  return {{"name", profile.name},
          {"name_latin", profile.name_latin},
          {"email", profile.email},
          {"national_id", profile.national_id}};
}

Profile from_json(const Json& json, Language language) {
  return {string_or(json, "name"), string_or(json, "name_latin"), string_or(json, "email"),
          string_or(json, "national_id"), language};
}

Result<Profile> normal_profile(Profile profile) {
  MINBEN_TRY(email, normal_email(profile.email));
  MINBEN_TRY(national_id, normal_national_id(profile.national_id));
  profile.email = email;
  profile.national_id = national_id;
  return profile;
}

struct Lookups {
  std::optional<Bytes> email;
  std::optional<Bytes> national_id;
};
}  // namespace

Bytes Identity::Impl::email_lookup(Realm realm, std::string_view normal) const {
  return vault.lookup("email." + std::string(realm_name(realm)), normal);
}
Bytes Identity::Impl::national_id_lookup(std::string_view normal) const {
  return vault.lookup("national_id", normal);
}

Result<void> Identity::Impl::claim(store::Transaction& transaction, const Bytes& lookup,
                                   const Subject& subject, std::string_view field) const {
  MINBEN_TRY(rows, transaction.run(insert_handle, lookup, subject_id(subject)));
  if (rows.affected() == 1) return {};
  return fail(Kind::conflict, "duplicate", "another account has it", field);
}

Result<std::optional<Uuid>> Identity::Impl::holder(store::Transaction& transaction,
                                                   const Bytes& lookup) const {
  MINBEN_TRY(rows, transaction.run(find_handle, lookup));
  if (rows.empty()) return std::optional<Uuid>();
  return std::optional(rows.front().id<PersonId>("subject_id").value);
}

namespace {
Lookups lookups_of(const Identity::Impl& impl, const Profile& normal) {
  Lookups lookups;
  if (!normal.email.empty()) lookups.email = impl.email_lookup(Realm::person, normal.email);
  if (!normal.national_id.empty())
    lookups.national_id = impl.national_id_lookup(normal.national_id);
  return lookups;
}

Result<void> claim_all(const Identity::Impl& impl, store::Transaction& transaction,
                       const Lookups& lookups, PersonId id) {
  if (lookups.email) MINBEN_CHECK(impl.claim(transaction, *lookups.email, id, "email"));
  if (lookups.national_id)
    MINBEN_CHECK(impl.claim(transaction, *lookups.national_id, id, "national_id"));
  return {};
}

/// Handles, by the lookups in the person's row.
Result<void> release_all(const Identity::Impl& impl, store::Transaction& transaction,
                         const store::Row& row, PersonId id) {
  for (const std::string_view column : {"email_lookup", "national_id_lookup"})
    if (!row.is_null(column)) MINBEN_CHECK(impl.release(transaction, row.bytes(column), id));
  return {};
}

Result<store::Rows> person_row(store::Transaction& transaction, PersonId id) {
  MINBEN_TRY(rows, transaction.run(find_person, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_person");
  if (!rows.front().is_null("erased_at")) return fail(Kind::not_found, "erased");
  return rows;
}
}  // namespace

Result<void> Identity::Impl::release(store::Transaction& transaction, const Bytes& lookup,
                                     PersonId person) const {
  MINBEN_CHECK(transaction.run(drop_handle, lookup, person));
  return {};
}

Result<PersonId> Identity::Impl::insert_person(store::Transaction& transaction,
                                               const Profile& normal) const {
  const PersonId id = PersonId::make(clock, random);
  const Lookups lookups = lookups_of(*this, normal);
  MINBEN_CHECK(claim_all(*this, transaction, lookups, id));
  MINBEN_TRY(sealed, vault.seal_json(transaction, id, profile_context, to_json(normal)));
  MINBEN_CHECK(transaction.run(insert_person_row, id, sealed, lookups.email, lookups.national_id,
                               language_tag(normal.language), clock.now()));
  return id;
}

Result<PersonId> Identity::add_person(store::Transaction& transaction, const Profile& profile) {
  MINBEN_TRY(normal, normal_profile(profile));
  return impl_->insert_person(transaction, normal);
}

Result<Person> Identity::person(store::Transaction& transaction, PersonId id) const {
  return impl_->person(transaction, id);
}

Result<Person> Identity::Impl::person(store::Transaction& transaction, PersonId id) const {
  MINBEN_TRY(rows, person_row(transaction, id));
  const store::Row row = rows.front();
  MINBEN_TRY(json, vault.open_json(transaction, id, profile_context, row.bytes("profile")));
  return Person{id, from_json(json, read_language(row.text("language"))),
                row.instant("created_at")};
}

Result<void> Identity::Impl::store_profile(store::Transaction& transaction, PersonId id,
                                           const Profile& normal) const {
  MINBEN_TRY(rows, person_row(transaction, id));
  MINBEN_CHECK(release_all(*this, transaction, rows.front(), id));
  const Lookups lookups = lookups_of(*this, normal);
  MINBEN_CHECK(claim_all(*this, transaction, lookups, id));
  MINBEN_TRY(sealed, vault.seal_json(transaction, id, profile_context, to_json(normal)));
  MINBEN_CHECK(transaction.run(update_person, id, sealed, lookups.email, lookups.national_id,
                               language_tag(normal.language)));
  return {};
}

Result<void> Identity::change_profile(store::Transaction& transaction, PersonId id,
                                      const Profile& profile) {
  MINBEN_TRY(before, impl_->person(transaction, id));
  const bool without_mail = before.profile.email.empty() && trim(profile.email).empty();
  Profile asked = profile;
  MINBEN_TRY(email, without_mail ? Result<std::string>() : normal_email(profile.email));
  MINBEN_TRY(national_id, normal_national_id(profile.national_id));
  asked.email = email;
  asked.national_id = national_id;
  if (asked.national_id != before.profile.national_id) {
    MINBEN_TRY(known, impl_->proven(transaction, id));
    if (known.identity_level > 0)
      return fail(Kind::conflict, "proven", "the number is the register's", "national_id");
  }
  return impl_->store_profile(transaction, id, asked);
}

Result<void> Identity::Impl::drop_claim(store::Transaction& transaction, PersonId id) const {
  MINBEN_TRY(who, person(transaction, id));
  who.profile.national_id.clear();
  return store_profile(transaction, id, who.profile);
}

Result<void> Identity::Impl::take_from_register(store::Transaction& transaction, PersonId id,
                                                const RegisterEntry& entry) const {
  MINBEN_TRY(who, person(transaction, id));
  MINBEN_TRY(national_id, normal_national_id(entry.national_id));
  who.profile.national_id = national_id;
  who.profile.name = entry.name;
  if (!entry.name_latin.empty()) who.profile.name_latin = entry.name_latin;
  return store_profile(transaction, id, who.profile);
}

Result<std::optional<PersonId>> Identity::find_by_email(store::Transaction& transaction,
                                                        std::string_view email) const {
  MINBEN_TRY(normal, normal_email(email));
  MINBEN_TRY(found, impl_->holder(transaction, impl_->email_lookup(Realm::person, normal)));
  return found ? std::optional(PersonId{*found}) : std::nullopt;
}

Result<std::optional<PersonId>> Identity::find_by_national_id(store::Transaction& transaction,
                                                              std::string_view national_id) const {
  MINBEN_TRY(normal, normal_national_id(national_id));
  MINBEN_TRY(found, impl_->holder(transaction, impl_->national_id_lookup(normal)));
  return found ? std::optional(PersonId{*found}) : std::nullopt;
}

Result<void> Identity::Impl::lock_account(store::Transaction& transaction,
                                          const Subject& subject) const {
  MINBEN_CHECK(transaction.run(lock_key, subject_id(subject)));
  return {};
}

Result<Identity::Impl::Address> Identity::Impl::address(store::Transaction& transaction,
                                                        const Subject& subject) const {
  if (const auto* id = std::get_if<OfficerId>(&subject)) return officer_address(transaction, *id);
  MINBEN_TRY(who, person(transaction, std::get<PersonId>(subject)));
  return Address{who.profile.email, who.profile.language};
}

Result<std::vector<Contact>> Identity::contacts(store::Transaction& transaction,
                                                PersonId id) const {
  std::vector<Contact> found;
  const auto add = [&](PersonId person) -> Result<void> {
    const auto to = impl_->address(transaction, person);
    if (!to && to.error().code != "erased") return std::unexpected(to.error());
    if (to && !to->email.empty()) found.push_back({to->email, to->language});
    return {};
  };
  MINBEN_CHECK(add(id));
  if (!found.empty()) return found;
  MINBEN_TRY(rows, transaction.run(find_representatives, id, impl_->clock.now()));
  for (const store::Row row : rows) MINBEN_CHECK(add(row.id<PersonId>("holder_id")));
  return found;
}

Result<void> Identity::erase_person(store::Transaction& transaction, PersonId id) {
  MINBEN_TRY(rows, person_row(transaction, id));
  MINBEN_CHECK(release_all(*impl_, transaction, rows.front(), id));
  MINBEN_CHECK(impl_->drop_bindings(transaction, id));
  MINBEN_CHECK(impl_->end_account(transaction, id));
  MINBEN_CHECK(impl_->forget_lost_devices(transaction, id));
  MINBEN_CHECK(transaction.run(drop_passkeys, id));
  MINBEN_CHECK(transaction.run(drop_devices, id));
  MINBEN_CHECK(transaction.run(drop_recoveries, id));
  MINBEN_CHECK(transaction.run(blank_person, id, impl_->clock.now()));
  return impl_->vault.erase(transaction, id);
}

}  // namespace minben::identity
