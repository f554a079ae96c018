#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr minutes slide_every{1};
constexpr minutes note_use_every{5};
constexpr int longest_list = 100;

constexpr store::Query insert_session{
    "identity_insert_session",
    "insert into identity.session (token_hash, session_id, realm, subject_id, assurance, method, "
    "authenticator_level, federation_level, amr, browser, system, signed_in_at, last_used_at, "
    "idle_until, ends_at) "
    "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13, $14)"};
constexpr store::Query find_session{
    "identity_find_session",
    "select session_id, realm, subject_id, assurance, method, authenticator_level, "
    "federation_level, amr, signed_in_at, last_used_at, idle_until, ends_at, principal_id, "
    "mandate_id from identity.session "
    "where token_hash = $1"};
constexpr store::Query find_mandate{
    "identity_find_mandate_of_session",
    "select m.kind, m.services, m.data, m.only_services from identity.mandate m "
    "join identity.person p on p.person_id = m.principal_id "
    "where m.principal_id = $1 and m.mandate_id = $2 and m.holder_id = $3 and m.state = 'active' "
    "and m.expires_at > $4 and p.erased_at is null and p.closed_at is null"};
constexpr store::Query slide_session{
    "identity_slide_session",
    "update identity.session set idle_until = greatest(idle_until, $2), "
    "last_used_at = greatest(last_used_at, $3) where token_hash = $1"};
constexpr store::Query find_account{
    "identity_find_account",
    "select p.language, p.identity_level, p.closed_at, r.recovery_id, r.started_at, r.opens_at, "
    "r.closes_at "
    "from identity.person p left join identity.recovery r on r.person_id = p.person_id "
    "and r.ended_at is null and r.closes_at > $2 "
    "where p.person_id = $1 and p.erased_at is null"};
constexpr store::Query delete_session{"identity_delete_session",
                                      "delete from identity.session where token_hash = $1"};
constexpr store::Query delete_sessions_of{
    "identity_delete_sessions_of",
    "delete from identity.session where subject_id = $1 and token_hash <> $2"};
constexpr store::Query delete_one_of{
    "identity_delete_one_session_of",
    "delete from identity.session where subject_id = $1 and session_id = $2"};
constexpr store::Query list_sessions{
    "identity_list_sessions",
    "select session_id, browser, system, assurance, method, signed_in_at, last_used_at "
    "from identity.session where subject_id = $1 and idle_until > $2 and ends_at > $2 "
    "order by last_used_at desc, signed_in_at desc limit $3"};

Bytes hash_of(std::string_view token) {
  const Sha256 hash = sha256(token);
  return {hash.begin(), hash.end()};
}

Result<Session> read_session(const Bytes& token_hash, const store::Row& row) {
  MINBEN_TRY(assurance, parse_assurance(row.text("assurance")));
  Session session;
  session.token_hash = token_hash;
  session.id = row.id<SessionId>("session_id");
  session.subject =
      make_subject(read_realm(row.text("realm")), row.id<PersonId>("subject_id").value);
  session.assurance = assurance;
  session.method = row.text("method");
  session.levels = {0, static_cast<int>(row.integer("authenticator_level")),
                    static_cast<int>(row.integer("federation_level"))};
  session.amr = row.texts("amr");
  session.signed_in_at = row.instant("signed_in_at");
  session.last_used_at = row.instant("last_used_at");
  session.idle_until = row.instant("idle_until");
  session.ends_at = row.instant("ends_at");
  return session;
}

minutes idle_of(const Config& config, Realm realm) {
  return realm == Realm::person ? config.person_idle : config.officer_idle;
}
hours lifetime_of(const Config& config, Realm realm) {
  return realm == Realm::person ? config.person_lifetime : config.officer_lifetime;
}
}  // namespace

std::string Identity::Impl::csrf_of(std::span<const std::uint8_t> token_hash) const {
  return base64url_encode(hmac_sha256(keys.of(keys::Purpose::session_form).bytes(), token_hash));
}

Result<void> Identity::Impl::end_sessions(store::Transaction& transaction, const Subject& subject,
                                          const Bytes& kept) const {
  MINBEN_CHECK(transaction.run(delete_sessions_of, subject_id(subject), kept));
  return {};
}

Result<void> Identity::Impl::add_account(store::Transaction& transaction, Session& session) const {
  if (const PersonId* id = session.person()) {
    MINBEN_TRY(rows, transaction.run(find_account, *id, clock.now()));
    if (rows.empty()) return fail(Kind::unauthorised, "no_session");
    const store::Row row = rows.front();
    if (!row.is_null("closed_at")) return fail(Kind::forbidden, "account_closed");
    session.language = read_language(row.text("language"));
    session.levels.identity = static_cast<int>(row.integer("identity_level"));
    if (!row.is_null("recovery_id")) session.recovery = read_recovery(row);
    return {};
  }
  MINBEN_TRY(who, officer(transaction, std::get<OfficerId>(session.subject)));
  if (!who.active) return fail(Kind::unauthorised, "no_session");
  session.language = who.language;
  session.officer = std::move(who);
  return {};
}

Result<SignedIn> Identity::Impl::start_session(store::Transaction& transaction,
                                               const SignIn& sign_in, const Client& client) {
  if (!client.token.empty()) transaction.queue(delete_session, hash_of(client.token));
  const Realm realm = realm_of(sign_in.subject);
  const Instant now = clock.now();
  SignedIn result;
  result.token = random.token(32);
  Session& session = result.session;
  session.token_hash = hash_of(result.token);
  session.id = SessionId::make(clock, random);
  session.subject = sign_in.subject;
  session.assurance = of_authenticator(sign_in.levels.authenticator);
  session.method = sign_in.method;
  session.levels = sign_in.levels;
  session.levels.identity = 0;
  session.amr = sign_in.amr;
  session.signed_in_at = session.last_used_at = now;
  session.ends_at = now + lifetime_of(config, realm);
  session.idle_until = std::min<Instant>(now + idle_of(config, realm), session.ends_at);
  session.csrf = csrf_of(session.token_hash);
  MINBEN_CHECK(add_account(transaction, session));
  const Device device = device_of(client.user_agent);
  MINBEN_CHECK(note_device(transaction, sign_in.subject, device));
  transaction.queue(insert_session, session.token_hash, session.id, realm_name(realm),
                    subject_id(session.subject), to_string(session.assurance), session.method,
                    session.levels.authenticator, session.levels.federation, session.amr,
                    device.browser, device.system, now, session.idle_until, session.ends_at);
  return result;
}

namespace {
/// Moves the end of idleness and the last use on, but does not write for every request.
Result<void> slide(const Config& config, store::Transaction& transaction, Instant now,
                   Session& session) {
  const Instant idle_until =
      std::min<Instant>(now + idle_of(config, realm_of(session.subject)), session.ends_at);
  const bool noted = now >= session.last_used_at + note_use_every;
  if (idle_until < session.idle_until + slide_every && !noted) return {};
  session.idle_until = idle_until;
  if (noted) session.last_used_at = now;
  MINBEN_CHECK(
      transaction.run(slide_session, session.token_hash, idle_until, session.last_used_at));
  return {};
}

/// Looked up at each request: who loses the mandate acts for themselves from then on.
Result<void> add_acting(const Identity::Impl& impl, store::Transaction& transaction,
                        const store::Row& row, Session& session) {
  const PersonId* person = session.person();
  if (person == nullptr || row.is_null("mandate_id")) return {};
  const auto principal = row.id<PersonId>("principal_id");
  const auto id = row.id<MandateId>("mandate_id");
  MINBEN_TRY(found, transaction.run(find_mandate, principal, id, *person, impl.clock.now()));
  if (found.empty()) return {};
  MINBEN_TRY(who, impl.person(transaction, principal));
  const store::Row mandate = found.front();
  const auto kind = parse_mandate_kind(mandate.text("kind"));
  MINBEN_ASSERT(kind.has_value());  // the table's check lets nothing else through
  session.acting = Acting{principal,
                          who.profile.name.empty() ? who.profile.name_latin : who.profile.name,
                          {*person, id, *kind},
                          {mandate.boolean("services"), mandate.boolean("data"), {}}};
  for (std::string& code : mandate.texts("only_services"))
    session.acting->powers.only.push_back(ServiceCode{std::move(code)});
  return {};
}
}  // namespace

Result<Session> Identity::session(std::string_view token) {
  if (token.empty()) return fail(Kind::unauthorised, "no_session");
  const Bytes hash = hash_of(token);
  return impl_->database.transact([&](store::Transaction& transaction) -> Result<Session> {
    MINBEN_TRY(rows, transaction.run(find_session, hash));
    if (rows.empty()) return fail(Kind::unauthorised, "no_session");
    MINBEN_TRY(session, read_session(hash, rows.front()));
    const Instant now = impl_->clock.now();
    if (now >= session.idle_until || now >= session.ends_at)
      return fail(Kind::unauthorised, "session_expired");
    MINBEN_CHECK(impl_->add_account(transaction, session));
    MINBEN_CHECK(add_acting(*impl_, transaction, rows.front(), session));
    session.csrf = impl_->csrf_of(hash);
    MINBEN_CHECK(slide(impl_->config, transaction, now, session));
    return session;
  });
}

Result<void> Identity::sign_out(std::string_view token) {
  MINBEN_CHECK(impl_->database.run(delete_session, hash_of(token)));
  return {};
}

Result<std::vector<OpenSession>> Identity::sessions(store::Transaction& transaction,
                                                    const Subject& subject) const {
  MINBEN_TRY(rows,
             transaction.run(list_sessions, subject_id(subject), impl_->clock.now(), longest_list));
  std::vector<OpenSession> sessions;
  for (const store::Row row : rows) {
    MINBEN_TRY(assurance, parse_assurance(row.text("assurance")));
    sessions.push_back({row.id<SessionId>("session_id"),
                        {row.text("browser"), row.text("system")},
                        assurance,
                        row.text("method"),
                        row.instant("signed_in_at"),
                        row.instant("last_used_at")});
  }
  return sessions;
}

Result<void> Identity::end_session(store::Transaction& transaction, const Subject& subject,
                                   SessionId id) {
  MINBEN_TRY(rows, transaction.run(delete_one_of, subject_id(subject), id));
  if (rows.affected() == 0) return fail(Kind::not_found, "no_such_session");
  return {};
}

Result<void> Identity::end_other_sessions(store::Transaction& transaction, const Session& kept) {
  return impl_->end_sessions(transaction, kept.subject, kept.token_hash);
}

Result<void> Identity::end_all_sessions(store::Transaction& transaction, const Subject& subject) {
  return impl_->end_sessions(transaction, subject);
}

Result<SignedIn> Identity::sign_in_unchecked(const Subject& subject, Assurance assurance) {
  return impl_->database.transact([&](store::Transaction& transaction) {
    return impl_->start_session(
        transaction, {subject, {0, static_cast<int>(assurance), 0}, "unchecked", {}}, {});
  });
}

}  // namespace minben::identity
