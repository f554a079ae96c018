#include <spdlog/spdlog.h>

#include "impl.hpp"
#include "sign_in_challenge.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view label_context = "identity.passkey.label";
constexpr std::size_t longest_label = 100;  // characters
constexpr int max_passkeys = 20;
/// So long a used challenge is remembered after its end, for nodes whose clocks are behind.
constexpr minutes nodes_differ{1};

constexpr store::Query insert_ceremony{
    "identity_insert_ceremony",
    "insert into identity.ceremony (challenge_hash, purpose, realm, subject_id, expires_at) "
    "values ($1, $2, $3, $4, $5)"};
constexpr store::Query take_ceremony{
    "identity_take_ceremony",
    "delete from identity.ceremony where challenge_hash = $1 and purpose = $2 and expires_at > $3 "
    "returning realm, subject_id"};
// Once for each challenge, and the passkey that answers it. Not waited for until it is on disk: the
// session that the answer earns is, and what was written before it is there when it is.
constexpr store::Query use_challenge{
    "identity_use_challenge",
    "with soon as (select set_config('synchronous_commit', 'off', true)), "
    "first as (insert into identity.ceremony (challenge_hash, purpose, realm, expires_at) "
    "select $1::bytea, 'sign_in', $2::text, $3::timestamptz from soon "
    "on conflict do nothing returning 1) "
    "select p.credential_id, p.public_key, p.algorithm, p.sign_count, p.backup_eligible, "
    "p.backed_up, p.aaguid from first left join identity.passkey p "
    "on p.subject_id = $4 and p.credential_hash = $5"};
constexpr store::Query find_passkeys{
    "identity_find_passkeys",
    "select passkey_id, credential_id, label, backed_up, created_at, last_used_at "
    "from identity.passkey where subject_id = $1 order by created_at"};
constexpr store::Query insert_passkey{
    "identity_insert_passkey",
    "insert into identity.passkey (subject_id, credential_hash, passkey_id, credential_id, "
    "public_key, "
    "algorithm, sign_count, backup_eligible, backed_up, aaguid, label, created_at) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"};
// Of two answers at once the counter lets only one pass that grew; where the authenticator does not
// count, each had a challenge of its own.
constexpr store::Query note_use{
    "identity_note_passkey_use",
    "update identity.passkey set sign_count = $3, backed_up = $4, last_used_at = $5 "
    "where subject_id = $1 and credential_hash = $2 "
    "and (sign_count < $3 or (sign_count = 0 and $3 = 0))"};
constexpr store::Query count_passkeys_of{
    "identity_count_passkeys",
    "select count(*) as passkeys from identity.passkey where subject_id = $1"};
// Passkeys, and what else takes two factors.
constexpr store::Query has_strong{
    "identity_has_strong_method",
    "select exists (select 1 from identity.passkey where subject_id = $1) or exists (select 1 "
    "from identity.binding where person_id = $1 and authenticator_level >= 2) as strong"};
constexpr store::Query delete_passkeys{"identity_delete_passkeys",
                                       "delete from identity.passkey where subject_id = $1"};
constexpr store::Query delete_passkey{
    "identity_delete_passkey",
    "delete from identity.passkey where subject_id = $1 and passkey_id = $2"};

constexpr std::string_view to_register = "register";

Bytes hash_of(std::span<const std::uint8_t> bytes) {
  const Sha256 hash = sha256(bytes);
  return {hash.begin(), hash.end()};
}

/// A member of `response` that holds base64url bytes.
Result<Bytes> response_bytes(const Json& credential, std::string_view name) {
  const Json* response = find(credential, "response");
  auto bytes = base64url_decode(response == nullptr ? "" : string_or(*response, name));
  if (!bytes || bytes->empty())
    return fail(Kind::invalid, "passkey_refused", "missing response." + std::string(name));
  return std::move(*bytes);
}

// The user handle that authenticators keep: realm and number, nothing about the person.
Bytes user_handle(const Subject& subject) {
  const Uuid id = std::visit([](const auto& any) { return any.value; }, subject);
  Bytes handle{static_cast<std::uint8_t>(realm_of(subject) == Realm::person ? 'p' : 'o')};
  handle.insert(handle.end(), id.bytes.begin(), id.bytes.end());
  return handle;
}

Result<Subject> read_user_handle(std::span<const std::uint8_t> handle) {
  Uuid id;
  if (handle.size() != 1 + id.bytes.size() || (handle[0] != 'p' && handle[0] != 'o'))
    return fail(Kind::invalid, "passkey_refused", "userHandle");
  std::ranges::copy(handle.subspan(1), id.bytes.begin());
  return make_subject(handle[0] == 'p' ? Realm::person : Realm::officer, id);
}

/// In the order in which we would have them; every authenticator knows one of them.
constexpr std::array offered{CoseAlgorithm::es256, CoseAlgorithm::eddsa, CoseAlgorithm::rs256};

Json creation_options(const Config& config, const Bytes& challenge, Json user, JsonArray known) {
  JsonArray algorithms;
  for (const auto algorithm : offered)
    algorithms.push_back({{"type", "public-key"}, {"alg", static_cast<int>(algorithm)}});
  return {{"rp", {{"id", config.rp_id}, {"name", config.platform_name}}},
          {"user", std::move(user)},
          {"challenge", base64url_encode(challenge)},
          {"pubKeyCredParams", std::move(algorithms)},
          {"timeout", milliseconds(config.ceremony_lifetime).count()},
          {"excludeCredentials", std::move(known)},
          {"authenticatorSelection",
           {{"residentKey", "required"},
            {"requireResidentKey", true},
            {"userVerification", "required"}}},
          {"attestation", "none"}};
}

Credential read_credential(const store::Row& row) {
  return {row.bytes("credential_id"),
          row.bytes("public_key"),
          static_cast<CoseAlgorithm>(row.integer("algorithm")),
          static_cast<std::uint32_t>(row.integer("sign_count")),
          row.boolean("backup_eligible"),
          row.boolean("backed_up"),
          row.bytes("aaguid")};
}

struct Given {
  Realm realm;
  std::optional<Uuid> subject;
};

std::unexpected<Error> no_challenge() {
  return fail(Kind::invalid, "passkey_refused", "challenge is unknown, used or expired");
}

/// A challenge works once, whatever becomes of the answer: so this commits by itself.
Result<Given> take_challenge(store::Database& database, const Clock& clock, const Bytes& challenge,
                             std::string_view purpose) {
  MINBEN_TRY(rows, database.run(take_ceremony, hash_of(challenge), purpose, clock.now()));
  if (rows.empty()) return no_challenge();
  const store::Row row = rows.front();
  Given given{read_realm(row.text("realm")), std::nullopt};
  if (!row.is_null("subject_id")) given.subject = row.id<PersonId>("subject_id").value;
  return given;
}

Error as_unauthorised(Error error) {
  if (error.code == "passkey_refused") error.kind = Kind::unauthorised;
  return error;
}
}  // namespace

Expectation Identity::Impl::expectation(const Bytes& challenge) const {
  return {
      challenge, config.origins, config.rp_id, true, false, {}, {offered.begin(), offered.end()}};
}

/// PublicKeyCredentialUserEntityJSON: what the person's own device shows in its list of accounts.
Result<Json> Identity::Impl::user_entity(store::Transaction& transaction,
                                         const Subject& subject) const {
  std::string name, display_name;
  if (const auto* id = std::get_if<PersonId>(&subject)) {
    MINBEN_TRY(who, person(transaction, *id));
    name = who.profile.email.empty() ? who.profile.name : who.profile.email;
    display_name = who.profile.name.empty() ? who.profile.email : who.profile.name;
  } else {
    MINBEN_TRY(who, officer(transaction, std::get<OfficerId>(subject)));
    name = who.name + " (" + who.agency.value + ")";
    display_name = who.name;
  }
  return Json{{"id", base64url_encode(user_handle(subject))},
              {"name", name},
              {"displayName", display_name}};
}

Result<Ceremony> Identity::start_passkey_registration(const Session& session) {
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<Ceremony> {
    MINBEN_TRY(may, impl_->enrolling(transaction, session));
    if (may == Enrolling::refused) return fail(Kind::unauthorised, "step_up_required");
    MINBEN_TRY(rows, transaction.run(find_passkeys, subject_id(session.subject)));
    if (may == Enrolling::another && rows.size() >= max_passkeys)
      return fail(Kind::too_many, "too_many_passkeys");
    JsonArray known;
    for (const store::Row row : rows)
      known.push_back(
          {{"type", "public-key"}, {"id", base64url_encode(row.bytes("credential_id"))}});
    MINBEN_TRY(user, impl_->user_entity(transaction, session.subject));
    const Instant until = impl_->clock.now() + impl_->config.ceremony_lifetime;
    Bytes challenge(32);
    impl_->random.fill(challenge);
    transaction.queue(insert_ceremony, hash_of(challenge), to_register,
                      realm_name(realm_of(session.subject)), subject_id(session.subject), until);
    return Ceremony{creation_options(impl_->config, challenge, std::move(user), std::move(known)),
                    until};
  });
}

// Asked when the ceremony began and again now: in between somebody else may have added the first.
Result<bool> Identity::Impl::prepare_enrolling(store::Transaction& transaction,
                                               const Session& session) const {
  MINBEN_CHECK(lock_account(transaction, session.subject));
  MINBEN_TRY(may, enrolling(transaction, session));
  if (may == Enrolling::refused) return fail(Kind::unauthorised, "step_up_required");
  const bool anew = may == Enrolling::anew;
  if (anew) {
    // In this order: a sign-in that was just using an old passkey has its session ended, too.
    MINBEN_CHECK(transaction.run(delete_passkeys, subject_id(session.subject)));
    if (const PersonId* person = session.person())
      MINBEN_CHECK(drop_bindings(transaction, *person));
    MINBEN_CHECK(end_sessions(transaction, session.subject, session.token_hash));
    MINBEN_CHECK(tell_replaced(transaction, session.subject));
  }
  MINBEN_TRY(count, count_passkeys(transaction, session.subject));
  if (count >= max_passkeys) return fail(Kind::too_many, "too_many_passkeys");
  // Whoever can enrol a passkey needs no other way back.
  if (const PersonId* person = session.person())
    MINBEN_CHECK(end_recovery(transaction, *person, anew ? "used" : "stopped"));
  else
    MINBEN_CHECK(end_enrolment(transaction, std::get<OfficerId>(session.subject),
                               anew ? "used" : "withdrawn"));
  return anew;
}

Result<Enrolled> Identity::register_passkey(const Session& session, const Json& credential,
                                            std::string_view label) {
  MINBEN_TRY(client_data, response_bytes(credential, "clientDataJSON"));
  MINBEN_TRY(attestation, response_bytes(credential, "attestationObject"));
  MINBEN_TRY(challenge, challenge_of(client_data));
  MINBEN_TRY(given, take_challenge(impl_->database, impl_->clock, challenge, to_register));
  if (!given.subject || make_subject(given.realm, *given.subject) != session.subject)
    return fail(Kind::invalid, "passkey_refused", "challenge was given to another account");
  MINBEN_TRY(fresh, verify_registration(impl_->expectation(challenge), {client_data, attestation}));
  if (!is_utf8(label) || length_in_characters(label) > longest_label)
    return fail(Kind::invalid, "label", "UTF-8, at most 100 characters", "label");
  const PasskeyId id = PasskeyId::make(impl_->clock, impl_->random);
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<Enrolled> {
    MINBEN_TRY(instead, impl_->prepare_enrolling(transaction, session));
    MINBEN_TRY(sealed, impl_->vault.seal(transaction, session.subject, label_context, trim(label)));
    MINBEN_CHECK(transaction.run(insert_passkey, subject_id(session.subject), hash_of(fresh.id), id,
                                 fresh.id, fresh.public_key, static_cast<int>(fresh.algorithm),
                                 fresh.sign_count, fresh.backup_eligible, fresh.backed_up,
                                 fresh.aaguid, sealed, impl_->clock.now()));
    return Enrolled{id, instead};
  });
}

Result<Ceremony> Identity::start_passkey_sign_in(Realm realm) {
  const SignInChallenge challenge{
      realm, std::chrono::ceil<seconds>(impl_->clock.now() + impl_->config.ceremony_lifetime)};
  const Bytes bytes = write_challenge(impl_->keys, impl_->random, challenge);
  Json options{{"challenge", base64url_encode(bytes)},
               {"rpId", impl_->config.rp_id},
               {"timeout", milliseconds(impl_->config.ceremony_lifetime).count()},
               {"allowCredentials", JsonArray{}},
               {"userVerification", "required"}};
  return Ceremony{std::move(options), challenge.until};
}

namespace {
struct Answer {
  AssertionResponse response;
  Bytes challenge;
  Bytes credential_id;
  Subject subject;
};

Result<Answer> read_answer(const Json& credential) {
  MINBEN_TRY(client_data, response_bytes(credential, "clientDataJSON"));
  MINBEN_TRY(data, response_bytes(credential, "authenticatorData"));
  MINBEN_TRY(signature, response_bytes(credential, "signature"));
  MINBEN_TRY(handle, response_bytes(credential, "userHandle"));
  MINBEN_TRY(subject, read_user_handle(handle));
  MINBEN_TRY(challenge, challenge_of(client_data));
  auto id = base64url_decode(string_or(credential, "id"));
  if (!id) return fail(Kind::invalid, "passkey_refused", "id");
  return Answer{{client_data, data, signature}, challenge, std::move(*id), subject};
}

/// The challenge is used up, whatever comes of the answer. What the passkey has become by it.
Result<Credential> check_answer(Identity::Impl& impl, const Answer& answer) {
  const auto given = read_challenge(impl.keys, answer.challenge);
  if (!given || given->until <= impl.clock.now()) return no_challenge();
  if (given->realm != realm_of(answer.subject))
    return fail(Kind::invalid, "passkey_refused", "account of the other door");
  MINBEN_TRY(rows, impl.database.run(use_challenge, hash_of(answer.challenge),
                                     realm_name(given->realm), given->until + nodes_differ,
                                     subject_id(answer.subject), hash_of(answer.credential_id)));
  if (rows.empty()) return no_challenge();
  if (rows.front().is_null("credential_id"))
    return fail(Kind::invalid, "passkey_refused", "no such passkey");
  return verify_assertion(impl.expectation(answer.challenge), read_credential(rows.front()),
                          answer.response);
}

Result<void> store_use(store::Transaction& transaction, const Answer& answer,
                       const Credential& used) {
  MINBEN_TRY(noted,
             transaction.run(note_use, subject_id(answer.subject), hash_of(answer.credential_id),
                             used.sign_count, used.backed_up, transaction.now()));
  if (noted.affected() == 0)
    return fail(Kind::invalid, "passkey_refused", "removed, or used elsewhere, just now");
  return {};
}

/// Of a passkey, which proves possession and asks for the user (RFC 8176). One that may be synced
/// is a key in software, wherever it is now.
std::vector<std::string> amr_of(const Credential& passkey) {
  return {passkey.backup_eligible ? "swk" : "hwk", "user", "mfa"};
}
}  // namespace

Result<SignedIn> Identity::sign_in_with_passkey(const Json& credential, const Client& client) {
  const auto attempt = [&]() -> Result<SignedIn> {
    MINBEN_TRY(answer, read_answer(credential));
    MINBEN_TRY(used, check_answer(*impl_, answer));
    return impl_->database.transact([&](store::Transaction& transaction) -> Result<SignedIn> {
      MINBEN_CHECK(store_use(transaction, answer, used));
      return impl_->start_session(
          transaction, {answer.subject, {0, 2, 0}, method::passkey, amr_of(used)}, client);
    });
  };
  auto outcome = attempt();
  if (outcome) return outcome;
  if (outcome.error().detail == "signature counter")
    spdlog::warn("a passkey's signature counter did not grow: it may have been copied");
  return std::unexpected(as_unauthorised(outcome.error()));
}

Result<std::vector<Passkey>> Identity::passkeys(store::Transaction& transaction,
                                                const Subject& subject) const {
  MINBEN_TRY(rows, transaction.run(find_passkeys, subject_id(subject)));
  std::vector<Passkey> passkeys;
  for (const store::Row row : rows) {
    MINBEN_TRY(label, impl_->vault.open(transaction, subject, label_context, row.bytes("label")));
    passkeys.push_back({row.id<PasskeyId>("passkey_id"), label, row.boolean("backed_up"),
                        row.instant("created_at"), row.optional_instant("last_used_at")});
  }
  return passkeys;
}

Result<int> Identity::Impl::count_passkeys(store::Transaction& transaction,
                                           const Subject& subject) const {
  MINBEN_TRY(rows, transaction.run(count_passkeys_of, subject_id(subject)));
  return static_cast<int>(rows.front().integer("passkeys"));
}

Result<bool> Identity::Impl::has_strong_method(store::Transaction& transaction,
                                               const Subject& subject) const {
  MINBEN_TRY(rows, transaction.run(has_strong, subject_id(subject)));
  return rows.front().boolean("strong");
}

Result<bool> Identity::has_passkey(store::Transaction& transaction, const Subject& subject) const {
  MINBEN_TRY(count, impl_->count_passkeys(transaction, subject));
  return count > 0;
}

Result<void> Identity::remove_passkey(store::Transaction& transaction, const Session& session,
                                      PasskeyId id) {
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "step_up_required");
  MINBEN_TRY(rows, transaction.run(delete_passkey, subject_id(session.subject), id));
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_passkey");
  return {};
}

}  // namespace minben::identity
