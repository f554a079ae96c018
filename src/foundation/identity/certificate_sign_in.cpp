#include "certificate_sign_in.hpp"

#include <fmt/format.h>

#include "asking.hpp"
#include "impl.hpp"
#include "rates.hpp"

namespace minben::identity {

namespace {

constexpr minutes challenge_lifetime{10};
constexpr minutes code_lifetime{2};
constexpr int challenges_per_address = 60, tries_per_challenge = 5, questions_per_card = 5;
constexpr std::size_t id_length = 43;
constexpr std::size_t longest_sealed = 4096;

constexpr std::string_view of_challenge = "certificate_challenge";
constexpr std::string_view of_first_use = "certificate_first_use";
constexpr std::string_view code_context = "identity.certificate.code";
constexpr std::string_view ticket_context = "identity.certificate.ticket";

constexpr store::Query insert_challenge{
    "identity_insert_certificate_challenge",
    "insert into identity.ceremony (challenge_hash, purpose, realm, expires_at) "
    "values ($1, $2, $3, $4)"};
constexpr store::Query find_challenge{
    "identity_find_certificate_challenge",
    "select expires_at from identity.ceremony "
    "where challenge_hash = $1 and purpose = $2 and expires_at > $3"};
constexpr store::Query take_challenge{
    "identity_take_certificate_challenge",
    "delete from identity.ceremony "
    "where challenge_hash = $1 and purpose = $2 and expires_at > $3 returning challenge_hash"};

std::unexpected<Error> challenge_expired() {
  return fail(Kind::unauthorised, "challenge_expired", "unknown, used, or of another browser");
}

/// Found only by who has both: the browser's secret is not stored.
Bytes row_name(std::string_view id, std::string_view browser) {
  const Sha256 hash = sha256(fmt::format("{}:{}{}", id.size(), id, browser));
  return {hash.begin(), hash.end()};
}

}  // namespace

/// A verified certificate on its way through the browser.
struct CertificateSignIn::Shown {
  std::string id;  ///< of the challenge, or of the first use
  CitizenCertificate certificate;
  int level = 2;  ///< of the authenticator
  Instant until{};

  [[nodiscard]] Proof proof() const {
    return {std::string(method::citizen_certificate), certificate.issuer,   certificate.serial,
            {.identity = 3, .authenticator = level},  {"sc", "pin", "mfa"}, certificate.serial};
  }
};

// ------------------------------------------------------------------------------------- rows

Result<void> CertificateSignIn::count(std::string_view kind, std::string_view value, int limit) {
  MINBEN_TRY(within, parts_.database.transact([&](store::Transaction& transaction) {
    return within_rate(transaction, parts_.identity.vault(), parts_.clock.now(), kind, value,
                       limit);
  }));
  if (!within) return fail(Kind::too_many, "too_many_tries");
  return {};
}

Result<void> CertificateSignIn::put(std::string_view purpose, std::string_view id,
                                    std::string_view browser, Instant until) {
  MINBEN_CHECK(parts_.database.run(insert_challenge, row_name(id, browser), purpose,
                                   realm_name(Realm::person), until));
  return {};
}

Result<void> CertificateSignIn::take(std::string_view purpose, std::string_view id,
                                     std::string_view browser) {
  MINBEN_TRY(rows, parts_.database.run(take_challenge, row_name(id, browser), purpose,
                                       parts_.clock.now()));
  return rows.empty() ? Result<void>(challenge_expired()) : Result<void>();
}

// ------------------------------------------------------------------------- what people carry

std::string CertificateSignIn::text_of(std::string_view id, Instant until) const {
  return fmt::format(
      "民本登入：簽署本檔案即登入下列網站。\n"
      "Minben sign-in: signing this file signs you in at this site.\n"
      "{}\n{}\n{}\n",
      parts_.origin, minben::to_string(until), id);
}

std::string CertificateSignIn::seal(std::string_view kind, const Shown& shown) const {
  const CitizenCertificate& certificate = shown.certificate;
  const Json content{{"id", shown.id},
                     {"issuer", certificate.issuer},
                     {"serial", certificate.serial},
                     {"name", certificate.name},
                     {"last_four", certificate.last_four},
                     {"level", shown.level},
                     {"until", minben::to_string(shown.until)}};
  return base64url_encode(pack(parts_.keys, parts_.random, kind, write_json(content)));
}

Result<CertificateSignIn::Shown> CertificateSignIn::open(std::string_view kind,
                                                         std::string_view sealed) const {
  const auto parcel = sealed.size() > longest_sealed ? std::nullopt : base64url_decode(sealed);
  const auto text = parcel ? unpack(parts_.keys, kind, *parcel) : Result<std::string>(fail({}));
  const auto content = text ? parse_json(*text) : Result<Json>(fail({}));
  if (!content) return challenge_expired();
  Shown shown;
  shown.id = string_or(*content, "id");
  shown.certificate.issuer = string_or(*content, "issuer");
  shown.certificate.serial = string_or(*content, "serial");
  shown.certificate.name = string_or(*content, "name");
  shown.certificate.last_four = string_or(*content, "last_four");
  MINBEN_TRY(level, get_integer(*content, "level"));
  MINBEN_TRY(until, parse_instant(string_or(*content, "until")));
  shown.level = static_cast<int>(level);
  shown.until = until;
  if (parts_.clock.now() >= until) return challenge_expired();
  return shown;
}

// ------------------------------------------------------------------------------------ sign-in

Result<CertificateChallenge> CertificateSignIn::start(std::string_view browser,
                                                      std::string_view remote_address) {
  MINBEN_CHECK(count("rate.certificate.address", remote_address, challenges_per_address));
  CertificateChallenge made{parts_.random.token(32), "",
                            std::chrono::floor<seconds>(parts_.clock.now()) + challenge_lifetime};
  MINBEN_CHECK(put(of_challenge, made.id, browser, made.expires_at));
  made.text = text_of(made.id, made.expires_at);
  return made;
}

Result<CertificateChallenge> CertificateSignIn::challenge(std::string_view id,
                                                          std::string_view browser) {
  if (id.size() != id_length) return challenge_expired();
  MINBEN_TRY(rows, parts_.database.run(find_challenge, row_name(id, browser), of_challenge,
                                       parts_.clock.now()));
  if (rows.empty()) return challenge_expired();
  const Instant until = rows.front().instant("expires_at");
  return CertificateChallenge{std::string(id), text_of(id, until), until};
}

Result<CertificateSignIn::Outcome> CertificateSignIn::finish(std::string_view id,
                                                             std::string_view browser,
                                                             std::string_view signature,
                                                             const Client& client) {
  MINBEN_TRY(asked, challenge(id, browser));
  MINBEN_CHECK(count("rate.certificate.challenge", id, tries_per_challenge));
  MINBEN_TRY(bytes, decode_signature(signature));
  MINBEN_TRY(certificate, certificates_.check_signature(bytes, asked.text, parts_.clock.now()));
  return sign_in({asked.id, std::move(certificate), 2}, browser, client);
}

Result<std::string> CertificateSignIn::shown(std::string_view id, trust::Octets der) {
  if (id.size() != id_length) return challenge_expired();
  MINBEN_TRY(certificate, certificates_.check_certificate(der, parts_.clock.now()));
  return seal(code_context,
              {std::string(id), std::move(certificate), 3, parts_.clock.now() + code_lifetime});
}

Result<CitizenCertificate> CertificateSignIn::read_code(std::string_view code) const {
  MINBEN_TRY(shown, open(code_context, code));
  return shown.certificate;
}

Result<CertificateSignIn::Outcome> CertificateSignIn::finish_shown(std::string_view code,
                                                                   std::string_view browser,
                                                                   const Client& client) {
  MINBEN_TRY(shown, open(code_context, code));
  return sign_in(shown, browser, client);
}

Result<CertificateSignIn::Outcome> CertificateSignIn::sign_in(const Shown& shown,
                                                              std::string_view browser,
                                                              const Client& client) {
  // Of two who come with the same signature one wins.
  MINBEN_CHECK(take(of_challenge, shown.id, browser));
  auto signed_in = parts_.identity.sign_in_with_proof(shown.proof(), client);
  if (signed_in) return Outcome(std::move(*signed_in));
  if (signed_in.error().code != "not_bound") return fail(std::move(signed_in.error()));
  Shown first = shown;
  first.id = parts_.random.token(32);
  first.until = parts_.clock.now() + challenge_lifetime;
  MINBEN_CHECK(put(of_first_use, first.id, browser, first.until));
  return Outcome(
      FirstUse{seal(ticket_context, first), first.certificate.name, first.certificate.last_four});
}

Result<FirstUse> CertificateSignIn::read_ticket(std::string_view ticket) const {
  MINBEN_TRY(first, open(ticket_context, ticket));
  return FirstUse{std::string(ticket), first.certificate.name, first.certificate.last_four};
}

Result<SignedIn> CertificateSignIn::bind(std::string_view ticket, std::string_view browser,
                                         const RegisterQuestion& asked, const Client& client,
                                         const Session* own) {
  MINBEN_TRY(shown, open(ticket_context, ticket));
  const CitizenCertificate& certificate = shown.certificate;
  MINBEN_TRY(known, parts_.database.run(find_challenge, row_name(shown.id, browser), of_first_use,
                                        parts_.clock.now()));
  if (known.empty()) return challenge_expired();
  MINBEN_TRY(question, normal_question(asked));
  MINBEN_CHECK(count("rate.certificate.card", certificate.serial, questions_per_card));
  const auto no_match = fail(Kind::forbidden, "no_match");
  if (!question.national_id.ends_with(certificate.last_four)) return no_match;
  if (own != nullptr && own->person() != nullptr) question.person = *own->person();
  MINBEN_TRY(entry, ask_registers(parts_.identity, parts_.database, parts_.check, question));
  // The register says who has this number; the certificate says whose card it is.
  if (!entry || entry->name != certificate.name) return no_match;
  MINBEN_CHECK(take(of_first_use, shown.id, browser));
  return parts_.identity.bind(shown.proof(), *entry, client, own);
}

}  // namespace minben::identity
