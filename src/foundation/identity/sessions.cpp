#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr minutes slide_every{1};

constexpr store::Query insert_session{
    "identity_insert_session",
    "insert into identity.session (token_hash, realm, subject_id, assurance, method, "
    "signed_in_at, idle_until, ends_at) values ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr store::Query find_session{
    "identity_find_session",
    "select realm, subject_id, assurance, method, signed_in_at, idle_until, ends_at "
    "from identity.session where token_hash = $1"};
constexpr store::Query slide_session{
    "identity_slide_session",
    "update identity.session set idle_until = greatest(idle_until, $2) where token_hash = $1"};
constexpr store::Query find_language{"identity_find_language",
                                     "select language from identity.person "
                                     "where person_id = $1 and erased_at is null"};
constexpr store::Query delete_session{"identity_delete_session",
                                      "delete from identity.session where token_hash = $1"};
constexpr store::Query delete_sessions_of{"identity_delete_sessions_of",
                                          "delete from identity.session where subject_id = $1"};

Bytes hash_of(std::string_view token) {
  const Sha256 hash = sha256(token);
  return {hash.begin(), hash.end()};
}

Result<Session> read_session(const Bytes& token_hash, const store::Row& row) {
  MINBEN_TRY(assurance, parse_assurance(row.text("assurance")));
  Session session;
  session.token_hash = token_hash;
  session.subject =
      make_subject(read_realm(row.text("realm")), row.id<PersonId>("subject_id").value);
  session.assurance = assurance;
  session.method = row.text("method");
  session.signed_in_at = row.instant("signed_in_at");
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
  return base64url_encode(hmac_sha256(csrf_key, token_hash));
}

Result<void> Identity::Impl::end_sessions(store::Transaction& transaction,
                                          const Subject& subject) const {
  MINBEN_CHECK(transaction.run(delete_sessions_of, subject_id(subject)));
  return {};
}

Result<void> Identity::Impl::add_account(store::Transaction& transaction, Session& session) const {
  if (const PersonId* id = session.person()) {
    MINBEN_TRY(rows, transaction.run(find_language, *id));
    if (rows.empty()) return fail(Kind::unauthorised, "no_session");
    session.language = read_language(rows.front().text("language"));
    return {};
  }
  MINBEN_TRY(who, officer(transaction, std::get<OfficerId>(session.subject)));
  if (!who.active) return fail(Kind::unauthorised, "no_session");
  session.language = who.language;
  session.officer = std::move(who);
  return {};
}

Result<SignedIn> Identity::Impl::start_session(store::Transaction& transaction,
                                               const SignIn& sign_in,
                                               std::string_view replaced_token) {
  if (!replaced_token.empty())
    MINBEN_CHECK(transaction.run(delete_session, hash_of(replaced_token)));
  const Realm realm = realm_of(sign_in.subject);
  const Instant now = clock.now();
  SignedIn result;
  result.token = random.token(32);
  Session& session = result.session;
  session.token_hash = hash_of(result.token);
  session.subject = sign_in.subject;
  session.assurance = sign_in.assurance;
  session.method = sign_in.method;
  session.signed_in_at = now;
  session.ends_at = now + lifetime_of(config, realm);
  session.idle_until = std::min<Instant>(now + idle_of(config, realm), session.ends_at);
  session.csrf = csrf_of(session.token_hash);
  MINBEN_CHECK(add_account(transaction, session));
  MINBEN_CHECK(transaction.run(insert_session, session.token_hash, realm_name(realm),
                               subject_id(session.subject), to_string(session.assurance),
                               session.method, now, session.idle_until, session.ends_at));
  return result;
}

namespace {
/// Moves the end of idleness on, but does not write for every request.
Result<void> slide(const Config& config, store::Transaction& transaction, Instant now,
                   Session& session) {
  const Instant idle_until =
      std::min<Instant>(now + idle_of(config, realm_of(session.subject)), session.ends_at);
  if (idle_until < session.idle_until + slide_every) return {};
  session.idle_until = idle_until;
  MINBEN_CHECK(transaction.run(slide_session, session.token_hash, idle_until));
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
    session.csrf = impl_->csrf_of(hash);
    MINBEN_CHECK(slide(impl_->config, transaction, now, session));
    return session;
  });
}

Result<void> Identity::sign_out(std::string_view token) {
  MINBEN_CHECK(impl_->database.run(delete_session, hash_of(token)));
  return {};
}

Result<void> Identity::sign_out_everywhere(const Subject& subject) {
  return impl_->database.transact(
      [&](store::Transaction& transaction) { return impl_->end_sessions(transaction, subject); });
}

Result<SignedIn> Identity::sign_in_unchecked(const Subject& subject, Assurance assurance) {
  return impl_->database.transact([&](store::Transaction& transaction) {
    return impl_->start_session(transaction, {subject, assurance, "unchecked"}, {});
  });
}

}  // namespace minben::identity
