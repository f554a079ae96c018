#include <utility>

#include <fmt/format.h>

#include "impl.hpp"
#include "mail_text.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view email_context = "identity.code.email";

constexpr store::Query insert_code{
    "identity_insert_code",
    "insert into identity.code (challenge_hash, realm, email, code_mac, language, tries_left, "
    "expires_at) values ($1, $2, $3, $4, $5, $6, $7)"};
// The try is taken before the answer is looked at: guessing in parallel gains nothing.
constexpr store::Query take_try{"identity_take_try",
                                "update identity.code set tries_left = tries_left - 1 "
                                "where challenge_hash = $1 and tries_left > 0 and expires_at > $2 "
                                "returning realm, email, code_mac, language, tries_left"};
constexpr store::Query delete_code{"identity_delete_code",
                                   "delete from identity.code where challenge_hash = $1"};

Bytes challenge_hash(std::string_view challenge) {
  const Sha256 hash = sha256(challenge);
  return {hash.begin(), hash.end()};
}

/// People copy codes with spaces in them.
std::string digits_only(std::string_view code) {
  std::string digits;
  for (const char c : code)
    if (c != ' ' && c != '-') digits += c;
  return digits;
}

std::string new_code(Random& random) { return fmt::format("{:06}", random.below(1'000'000)); }
}  // namespace

Bytes Identity::Impl::code_mac(std::string_view challenge, std::string_view code) const {
  const Sha256 mac = hmac_sha256(keys.of(keys::Purpose::code).bytes(),
                                 as_bytes(fmt::format("{}:{}", challenge, code)));
  return {mac.begin(), mac.end()};
}

Result<void> Identity::Impl::count_request(store::Transaction& transaction, std::string_view kind,
                                           std::string_view value, int limit) const {
  MINBEN_TRY(within, within_rate(transaction, vault, clock.now(), kind, value, limit));
  if (!within) return fail(Kind::too_many, "too_many_codes");
  return {};
}

Result<void> Identity::Impl::store_code(store::Transaction& transaction, Realm realm,
                                        std::string_view email, Language language,
                                        const CodeSent& sent) {
  const std::string code = new_code(random);
  MINBEN_CHECK(transaction.run(insert_code, challenge_hash(sent.challenge), realm_name(realm),
                               pack(keys, random, email_context, email),
                               code_mac(sent.challenge, code), language_tag(language),
                               config.code_tries, sent.expires_at));
  MINBEN_TRY(known, holder(transaction, email_lookup(realm, email)));
  // For an address without an officer's account the same is done and the mail is dropped at the
  // end, so that neither answer nor time tells who works here.
  return enqueue_mail(transaction, {.key = hex_encode(challenge_hash(sent.challenge)),
                                    .mail = code_mail(email, config.platform_name, code,
                                                      config.code_lifetime, language),
                                    .until = sent.expires_at,
                                    .deliver = realm == Realm::person || known.has_value()});
}

Result<CodeSent> Identity::send_code(Realm realm, std::string_view email, Language language,
                                     std::string_view remote_address) {
  MINBEN_TRY(normal, normal_email(email));
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<CodeSent> {
    const Config& config = impl_->config;
    MINBEN_CHECK(
        impl_->count_request(transaction, "rate.email", normal, config.codes_per_address_per_hour));
    MINBEN_CHECK(impl_->count_request(transaction, "rate.client", remote_address,
                                      config.codes_per_client_per_hour));
    const CodeSent sent{impl_->random.token(32), impl_->clock.now() + config.code_lifetime};
    MINBEN_CHECK(impl_->store_code(transaction, realm, normal, language, sent));
    return sent;
  });
}

Result<SignedIn> Identity::Impl::accept_code(store::Transaction& transaction, const store::Row& row,
                                             const Client& client, Identity& identity) {
  const Realm realm = read_realm(row.text("realm"));
  MINBEN_TRY(email, unpack(keys, email_context, row.bytes("email")));
  MINBEN_TRY(known, holder(transaction, email_lookup(realm, email)));
  if (!known && realm == Realm::officer) return fail(Kind::unauthorised, "code_expired");
  Subject subject;
  if (known) {
    subject = make_subject(realm, *known);
  } else {
    Profile profile;
    profile.email = email;
    profile.language = read_language(row.text("language"));
    const auto id = identity.add_person(transaction, profile);
    // The same new person in another window was faster: the next attempt finds the account.
    if (!id && id.error().code == "duplicate") return fail(Kind::conflict, "retry");
    if (!id) return std::unexpected(id.error());
    subject = *id;
  }
  MINBEN_TRY(signed_in,
             start_session(transaction, {subject, {0, 1, 0}, method::email_code, {"otp"}}, client));
  signed_in.new_account = !known;
  return signed_in;
}

namespace {
/// Does `work` with what the right answer opens. A wrong answer must be counted, so it is a
/// committed outcome and becomes an error only outside.
template <class T, class Work>
Result<T> with_code(Identity::Impl& impl, std::string_view challenge, std::string_view code,
                    const Work& work) {
  using Outcome = std::expected<T, Error>;
  const Bytes hash = challenge_hash(challenge);
  const std::string answer = digits_only(code);
  MINBEN_TRY(
      outcome, impl.database.transact([&](store::Transaction& transaction) -> Result<Outcome> {
        MINBEN_TRY(rows, transaction.run(take_try, hash, impl.clock.now()));
        if (rows.empty()) return Outcome(fail(Kind::unauthorised, "code_expired"));
        const store::Row row = rows.front();
        if (!equal_in_constant_time(impl.code_mac(challenge, answer), row.bytes("code_mac")))
          return Outcome(fail(Kind::unauthorised,
                              row.integer("tries_left") > 0 ? "wrong_code" : "code_expired"));
        MINBEN_CHECK(transaction.run(delete_code, hash));
        MINBEN_TRY(done, work(transaction, row));
        return Outcome(std::move(done));
      }));
  return outcome;
}
}  // namespace

Result<SignedIn> Identity::sign_in_with_code(std::string_view challenge, std::string_view code,
                                             const Client& client) {
  return with_code<SignedIn>(*impl_, challenge, code,
                             [&](store::Transaction& transaction, const store::Row& row) {
                               return impl_->accept_code(transaction, row, client, *this);
                             });
}

Result<PersonId> Identity::Impl::accept_email(store::Transaction& transaction,
                                              const Session& session, const store::Row& row) const {
  const PersonId* id = session.person();
  if (id == nullptr || read_realm(row.text("realm")) != Realm::person)
    return fail(Kind::forbidden, "not_a_person");
  MINBEN_CHECK(lock_account(transaction, *id));
  MINBEN_CHECK(may_add(transaction, session));
  MINBEN_TRY(email, unpack(keys, email_context, row.bytes("email")));
  MINBEN_TRY(who, person(transaction, *id));
  const std::string before = std::exchange(who.profile.email, email);
  MINBEN_CHECK(store_profile(transaction, *id, who.profile));
  if (before == email) return *id;
  MINBEN_CHECK(enqueue_mail(
      transaction,
      {.key = fmt::format("address/{}/{}", minben::to_string(*id), minben::to_string(clock.now())),
       .mail = address_mail(before, config.platform_name, who.profile.language),
       .until = clock.now() + mail_of_use}));
  return *id;
}

Result<void> Identity::take_email(const Session& session, std::string_view challenge,
                                  std::string_view code) {
  MINBEN_CHECK(with_code<PersonId>(*impl_, challenge, code,
                                   [&](store::Transaction& transaction, const store::Row& row) {
                                     return impl_->accept_email(transaction, session, row);
                                   }));
  return {};
}

}  // namespace minben::identity
