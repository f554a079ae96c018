// Health card and household certificate: signing in by what two papers say.
#include "asking.hpp"
#include "impl.hpp"
#include "mail_text.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {

constexpr hours day{24};
constexpr int wrong_tries_per_day = 5;
constexpr int tries_per_network_per_hour = 20;
constexpr days lock_mail_of_use{2};

Proof proof_of(const std::string& national_id) {
  return {std::string(method::health_card), "registers", national_id, Levels{0, 1, 0}, {"kba"}};
}

/// What is done is the same whether or not somebody has the number; only mail needs an address.
Result<void> tell_locked(const Identity& identity, const Identity::Impl& impl,
                         store::Transaction& transaction, const std::string& national_id) {
  MINBEN_TRY(holder, identity.find_by_national_id(transaction, national_id));
  Identity::Impl::Address to;
  if (holder) {
    MINBEN_TRY(found, impl.address(transaction, *holder));
    to = found;
  }
  const Instant now = impl.clock.now();
  const Bytes key = impl.vault.lookup("locked", national_id);
  return impl.enqueue_mail(transaction,
                           {.key = fmt::format("locked/{}", hex_encode(key)),
                            .mail = locked_mail(to.email, impl.config.platform_name, to.language),
                            .until = now + lock_mail_of_use});
}

/// Taken before the registers are asked: guessing in parallel gains nothing.
Result<void> take_try(const Identity& identity, const Identity::Impl& impl,
                      const std::string& national_id, std::string_view network) {
  const Instant now = impl.clock.now();
  MINBEN_TRY(too_many, impl.database.transact([&](store::Transaction& tx) -> Result<bool> {
    MINBEN_TRY(from, count_one(tx, impl.vault, now, {"documents.network", network}));
    if (from > tries_per_network_per_hour) return true;
    MINBEN_TRY(tried, count_one(tx, impl.vault, now, {"documents.person", national_id, day}));
    if (tried == wrong_tries_per_day + 1)
      MINBEN_CHECK(tell_locked(identity, impl, tx, national_id));
    return tried > wrong_tries_per_day;
  }));
  if (too_many) return fail(Kind::too_many, "too_many_tries");
  return {};
}

Result<SignedIn> enter(Identity& identity, const Identity::Impl& impl,
                       store::Transaction& transaction, const RegisterEntry& entry,
                       const Client& client) {
  const Proof proof = proof_of(entry.national_id);
  auto known = identity.sign_in_with_proof(transaction, proof, client);
  if (known || known.error().code != "not_bound") return known;
  MINBEN_TRY(holder, identity.find_by_national_id(transaction, entry.national_id));
  if (holder) return fail(Kind::conflict, "other_method");
  MINBEN_TRY(person, impl.insert_person(transaction, {entry.name, entry.name_latin, "",
                                                      entry.national_id, entry.language}));
  MINBEN_CHECK(impl.add_binding(transaction, person, proof));
  MINBEN_TRY(made, identity.sign_in_with_proof(transaction, proof, client));
  made.new_account = true;
  return made;
}

/// The number that the registers gave the account.
Result<std::string> own_number(const Identity::Impl& impl, const Session& session) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  return impl.database.transact([&](store::Transaction& transaction) -> Result<std::string> {
    MINBEN_CHECK(impl.may_add(transaction, session));
    MINBEN_TRY(known, impl.proven(transaction, *person));
    MINBEN_TRY(account, impl.person(transaction, *person));
    if (known.identity_level == 0 || account.profile.national_id.empty())
      return fail(Kind::conflict, "not_proven", "nobody has vouched for the account's number");
    return account.profile.national_id;
  });
}

/// What the registers say of whom the papers name.
Result<RegisterEntry> entry_of(Identity& identity, const Identity::Impl& impl,
                               const RegisterCheck& registers, const RegisterQuestion& asked,
                               std::string_view network) {
  MINBEN_TRY(question, normal_question(asked));
  if (question.health_card_number.empty())
    return fail(Kind::invalid, "health_card_number", "", "health_card_number");
  MINBEN_CHECK(take_try(identity, impl, question.national_id, network));
  MINBEN_TRY(entry, ask_registers(identity, impl.database, registers, question));
  if (!entry) return fail(Kind::unauthorised, "no_match");
  return std::move(*entry);
}

/// They were right: wrong ones of before count no more.
Result<void> forget_tries(const Identity::Impl& impl, store::Transaction& transaction,
                          const RegisterEntry& entry) {
  return forget_count(transaction, impl.vault, {"documents.person", entry.national_id, day});
}

}  // namespace

Result<void> Identity::link_documents(const RegisterCheck& registers, const Session& session,
                                      RegisterQuestion asked, std::string_view remote_address) {
  MINBEN_TRY(number, own_number(*impl_, session));
  asked.national_id = std::move(number);
  asked.person = *session.person();
  MINBEN_TRY(entry, entry_of(*this, *impl_, registers, asked, remote_address));
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<void> {
    MINBEN_CHECK(forget_tries(*impl_, transaction, entry));
    return link(transaction, session, proof_of(entry.national_id));
  });
}

Result<SignedIn> Identity::sign_in_with_documents(const RegisterCheck& registers,
                                                  const RegisterQuestion& asked,
                                                  std::string_view remote_address,
                                                  const Client& client) {
  MINBEN_TRY(entry, entry_of(*this, *impl_, registers, asked, remote_address));
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<SignedIn> {
    MINBEN_CHECK(forget_tries(*impl_, transaction, entry));
    return enter(*this, *impl_, transaction, entry, client);
  });
}

}  // namespace minben::identity
