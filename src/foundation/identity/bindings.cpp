// What others vouch for: bound to an account once, with two factors, and signing in from then on.
#include "bindings.hpp"

#include <fmt/format.h>

#include "impl.hpp"
#include "mail_text.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_subject = 512;
constexpr int most_bindings = 20;

constexpr store::Query insert_binding{
    "identity_insert_binding",
    "insert into identity.binding (person_id, binding_id, lookup, method, "
    "authenticator_level, created_at, last_used_at, device) "
    "values ($1, $2, $3, $4, $5, $6, $6, $7)"};
constexpr store::Query use_binding{
    "identity_use_binding",
    "update identity.binding set last_used_at = $3, device = coalesce($4, device) "
    "where person_id = $1 and lookup = $2"};
constexpr store::Query find_bindings{
    "identity_find_bindings",
    "select binding_id, method, created_at, last_used_at from identity.binding "
    "where person_id = $1 order by created_at, binding_id"};
constexpr store::Query take_one{
    "identity_take_binding",
    "delete from identity.binding where person_id = $1 and binding_id = $2 "
    "returning lookup, device"};
constexpr store::Query find_lost{"identity_find_lost_device",
                                 "select 1 as one from identity.lost_device where device = $1"};
constexpr store::Query note_lost{
    "identity_note_lost_device",
    "insert into identity.lost_device (device, person_id, lost_at) values ($1, $2, $3) "
    "on conflict (device) do nothing"};
constexpr store::Query forget_lost{"identity_forget_lost_devices",
                                   "delete from identity.lost_device where person_id = $1"};
constexpr store::Query take_bindings{
    "identity_take_bindings", "delete from identity.binding where person_id = $1 returning lookup"};
constexpr store::Query find_proven{
    "identity_find_proven",
    "select identity_level, proven_at, proven_by from identity.person where person_id = $1"};
constexpr store::Query note_proven{
    "identity_note_proven",
    "update identity.person set identity_level = greatest(identity_level, $2::smallint), "
    "proven_at = $3, proven_by = $4 where person_id = $1"};

Result<void> check(const Proof& proof) {
  if (proof.method.empty() || proof.issuer.empty() || proof.subject.empty() ||
      proof.subject.size() > longest_subject || proof.levels.authenticator < 1)
    return fail(Kind::invalid, "bad_proof", "it names nobody, or proves nothing");
  return {};
}

/// The proof's name in identity.handle. Lengths keep issuer and subject apart.
Bytes lookup_of(const Vault& vault, const Proof& proof) {
  return vault.lookup("binding." + proof.method,
                      fmt::format("{}:{}{}", proof.issuer.size(), proof.issuer, proof.subject));
}

std::optional<Bytes> device_of(const Vault& vault, const Proof& proof) {
  if (proof.device.empty()) return std::nullopt;
  return vault.lookup("device." + proof.method,
                      fmt::format("{}:{}{}", proof.issuer.size(), proof.issuer, proof.device));
}

Result<void> refuse_lost(store::Transaction& transaction, const Vault& vault, const Proof& proof) {
  const auto device = device_of(vault, proof);
  if (!device) return {};
  MINBEN_TRY(rows, transaction.run(find_lost, *device));
  if (rows.empty()) return {};
  return fail(Kind::forbidden, "device_lost", "its owner reported it as lost");
}
}  // namespace

Result<Proven> Identity::Impl::proven(store::Transaction& transaction, PersonId id) const {
  MINBEN_TRY(rows, transaction.run(find_proven, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_person");
  const store::Row row = rows.front();
  Proven out;
  out.identity_level = static_cast<int>(row.integer("identity_level"));
  if (!row.is_null("proven_at")) {
    out.at = row.instant("proven_at");
    out.method = row.text("proven_by");
  }
  return out;
}

Result<Proven> Identity::proven(store::Transaction& transaction, PersonId id) const {
  return impl_->proven(transaction, id);
}

namespace {

/// The account that the proof is to belong to. One that merely claimed the number loses it: who
/// wrote it there has proven nothing.
Result<PersonId> account_of(Identity& identity, const Identity::Impl& impl,
                            store::Transaction& transaction, const RegisterEntry& entry,
                            const PersonId* own) {
  MINBEN_TRY(holder, identity.find_by_national_id(transaction, entry.national_id));
  if (holder) {
    MINBEN_TRY(known, impl.proven(transaction, *holder));
    if (own != nullptr && *own != *holder && known.identity_level > 0)
      return fail(Kind::conflict, "account_exists",
                  "another account is proven to be this person's");
    if (known.identity_level > 0 || (own != nullptr && *own == *holder)) return *holder;
    MINBEN_CHECK(impl.drop_claim(transaction, *holder));
  }
  if (own != nullptr) {
    MINBEN_TRY(known, impl.proven(transaction, *own));
    if (known.identity_level > 0)
      return fail(Kind::conflict, "other_person", "this account is proven to be somebody else's");
    return *own;
  }
  return impl.insert_person(transaction,
                            {entry.name, entry.name_latin, "", entry.national_id, entry.language});
}

}  // namespace

Result<PersonId> Identity::Impl::account_by_register(Identity& identity,
                                                     store::Transaction& transaction,
                                                     const RegisterEntry& entry) const {
  MINBEN_TRY(person, account_of(identity, *this, transaction, entry, nullptr));
  MINBEN_CHECK(lock_account(transaction, person));
  MINBEN_TRY(known, proven(transaction, person));
  if (known.identity_level > 0) return person;
  MINBEN_CHECK(take_from_register(transaction, person, entry));
  MINBEN_CHECK(transaction.run(note_proven, person, 2, clock.now(), "register"));
  return person;
}

Result<void> Identity::Impl::add_binding(store::Transaction& transaction, PersonId person,
                                         const Proof& proof) const {
  const Bytes lookup = lookup_of(vault, proof);
  MINBEN_TRY(holder_id, holder(transaction, lookup));
  const auto device = device_of(vault, proof);
  if (holder_id && *holder_id == person.value) {
    MINBEN_CHECK(transaction.run(use_binding, person, lookup, clock.now(), device));
    return {};
  }
  if (holder_id) return fail(Kind::conflict, "bound_elsewhere", "it signs in to another account");
  MINBEN_TRY(rows, transaction.run(find_bindings, person));
  if (rows.size() >= most_bindings) return fail(Kind::too_many, "too_many_bindings");
  MINBEN_CHECK(claim(transaction, lookup, person, "proof"));
  MINBEN_CHECK(transaction.run(insert_binding, person, BindingId::make(clock, random), lookup,
                               proof.method, proof.levels.authenticator, clock.now(), device));
  MINBEN_TRY(to, address(transaction, person));
  return enqueue_mail(transaction, {.key = fmt::format("bound/{}/{}", minben::to_string(person),
                                                       minben::to_string(clock.now())),
                                    .mail = bound_mail(to.email, config.platform_name, to.language),
                                    .until = clock.now() + mail_of_use});
}

/// A mailbox alone must not add ways to sign in to an account that has a passkey.
Result<void> Identity::Impl::may_add(store::Transaction& transaction,
                                     const Session& session) const {
  MINBEN_TRY(may, enrolling(transaction, session));
  if (may != Enrolling::another) return fail(Kind::unauthorised, "step_up_required");
  return {};
}

Result<SignedIn> Identity::bind(const Proof& proof, const RegisterEntry& entry,
                                const Client& client, const Session* own) {
  MINBEN_CHECK(check(proof));
  if (proof.levels.identity < 2)
    return fail(Kind::invalid, "bad_proof", "it proves nobody to the register");
  MINBEN_TRY(national_id, normal_national_id(entry.national_id));
  if (national_id.empty())
    return fail(Kind::invalid, "national_id", "the register names nobody", "national_id");
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<SignedIn> {
    MINBEN_CHECK(refuse_lost(transaction, impl_->vault, proof));
    const PersonId* asked = own == nullptr ? nullptr : own->person();
    if (asked != nullptr) MINBEN_CHECK(impl_->may_add(transaction, *own));
    MINBEN_TRY(person, account_of(*this, *impl_, transaction, entry, asked));
    MINBEN_CHECK(impl_->lock_account(transaction, person));
    MINBEN_CHECK(impl_->take_from_register(transaction, person, entry));
    MINBEN_CHECK(transaction.run(note_proven, person, proof.levels.identity, impl_->clock.now(),
                                 proof.method));
    MINBEN_CHECK(impl_->add_binding(transaction, person, proof));
    MINBEN_CHECK(impl_->reopen(transaction, person));  // the register says that they live
    return impl_->start_session(transaction, {person, proof.levels, proof.method, proof.amr},
                                client);
  });
}

Result<void> Identity::link(store::Transaction& transaction, const Session& session,
                            const Proof& proof) {
  MINBEN_CHECK(check(proof));
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  MINBEN_CHECK(impl_->lock_account(transaction, *person));
  MINBEN_CHECK(impl_->may_add(transaction, session));
  return impl_->add_binding(transaction, *person, proof);
}

Result<SignedIn> Identity::sign_in_with_proof(const Proof& proof, const Client& client) {
  return impl_->database.transact([&](store::Transaction& transaction) {
    return sign_in_with_proof(transaction, proof, client);
  });
}

Result<SignedIn> Identity::sign_in_with_proof(store::Transaction& transaction, const Proof& proof,
                                              const Client& client) {
  MINBEN_CHECK(check(proof));
  MINBEN_CHECK(refuse_lost(transaction, impl_->vault, proof));
  const Bytes lookup = lookup_of(impl_->vault, proof);
  MINBEN_TRY(holder, impl_->holder(transaction, lookup));
  if (!holder) return fail(Kind::unauthorised, "not_bound");
  const PersonId person{*holder};
  MINBEN_TRY(used, transaction.run(use_binding, person, lookup, impl_->clock.now(),
                                   device_of(impl_->vault, proof)));
  if (used.affected() == 0) return fail(Kind::unauthorised, "not_bound");
  return impl_->start_session(transaction, {person, proof.levels, proof.method, proof.amr}, client);
}

Result<std::vector<Binding>> Identity::bindings(store::Transaction& transaction,
                                                PersonId person) const {
  MINBEN_TRY(rows, transaction.run(find_bindings, person));
  std::vector<Binding> out;
  for (const store::Row row : rows)
    out.push_back({row.id<BindingId>("binding_id"), std::string(row.text("method")),
                   row.instant("created_at"), row.optional_instant("last_used_at")});
  return out;
}

Result<void> Identity::remove_binding(store::Transaction& transaction, const Session& session,
                                      BindingId id) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "step_up_required");
  MINBEN_CHECK(impl_->take_binding(transaction, *person, id));
  return {};
}

Result<std::optional<Bytes>> Identity::Impl::take_binding(store::Transaction& transaction,
                                                          PersonId person, BindingId id) const {
  MINBEN_TRY(rows, transaction.run(take_one, person, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_binding");
  const store::Row row = rows.front();
  MINBEN_CHECK(release(transaction, row.bytes("lookup"), person));
  if (row.is_null("device")) return std::optional<Bytes>();
  return std::optional(row.bytes("device"));
}

Result<void> Identity::Impl::lose_binding(store::Transaction& transaction, PersonId person,
                                          BindingId id) const {
  MINBEN_TRY(device, take_binding(transaction, person, id));
  if (device) MINBEN_CHECK(transaction.run(note_lost, *device, person, clock.now()));
  return {};
}

Result<void> Identity::Impl::drop_bindings(store::Transaction& transaction, PersonId person) const {
  MINBEN_TRY(rows, transaction.run(take_bindings, person));
  for (const store::Row row : rows) MINBEN_CHECK(release(transaction, row.bytes("lookup"), person));
  return {};
}

Result<void> Identity::Impl::forget_lost_devices(store::Transaction& transaction,
                                                 PersonId person) const {
  MINBEN_CHECK(transaction.run(forget_lost, person));
  return {};
}

}  // namespace minben::identity
