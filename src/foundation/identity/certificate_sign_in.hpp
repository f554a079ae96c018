#pragma once
// Signing in with a citizen certificate, by a signature over a challenge or by mutual TLS, and the
// first use of one, which the household register confirms.
//
// A challenge works once, for ten minutes, in the browser that asked for it. Thread-safe; functions
// may wait for the authority (OCSP) and the register.
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "identity/citizen_certificate.hpp"
#include "identity/identity.hpp"
#include "identity/register_check.hpp"

namespace minben::identity {

struct CertificateChallenge {
  std::string id;    ///< 43 characters; not secret, and of no use in another browser
  std::string text;  ///< what is signed, to the byte
  Instant expires_at{};
};

/// The certificate is in order, and nobody signs in with it yet.
struct FirstUse {
  std::string ticket;  ///< sealed; hold it in a hidden field. Works once, as long as a challenge
  std::string name;
  std::string last_four;
};

struct CertificateSignInParts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const keys::Keys& keys;
  Identity& identity;
  RegisterCheck check;
  std::string origin;  ///< stands in what is signed: "https://minben.example"
};

class CertificateSignIn {
 public:
  CertificateSignIn(CertificateSignInParts parts, CitizenCertificates certificates)
      : parts_(std::move(parts)), certificates_(std::move(certificates)) {}

  /// `browser`: a secret that only this browser has, as page::Visitor::anchor. too_many
  /// "too_many_tries" beyond 60 an hour from one address.
  Result<CertificateChallenge> start(std::string_view browser, std::string_view remote_address);
  /// One that was started and not yet used: unauthorised "challenge_expired" otherwise.
  Result<CertificateChallenge> challenge(std::string_view id, std::string_view browser);

  using Outcome = std::variant<SignedIn, FirstUse>;
  /// `signature`: as decode_signature() takes it. Errors: unauthorised "challenge_expired" (also:
  /// used, of another browser); too_many "too_many_tries" beyond 5 for one challenge; those of
  /// decode_signature() and CitizenCertificates::check_signature(). Only success uses it up.
  Result<Outcome> finish(std::string_view id, std::string_view browser, std::string_view signature,
                         const Client& client = {});

  /// Where browsers show certificates: this one was shown in a handshake by somebody who came with
  /// this challenge. Gives a code for the same browser to carry back: sealed, good for two minutes,
  /// and for that challenge only. Errors of CitizenCertificates::check_certificate().
  Result<std::string> shown(std::string_view id, trust::Octets certificate);
  /// Whose certificate it was; unauthorised "challenge_expired".
  Result<CitizenCertificate> read_code(std::string_view code) const;
  /// As finish(). A key on a card, proven to this origin's own address: authenticator level 3. A
  /// signature that was handed in has level 2, since a false site could have asked for it.
  Result<Outcome> finish_shown(std::string_view code, std::string_view browser,
                               const Client& client = {});

  /// What a ticket is about, to show its page again; unauthorised "challenge_expired".
  [[nodiscard]] Result<FirstUse> read_ticket(std::string_view ticket) const;
  /// First use, or a new card. `own`: whoever is signed in; the certificate is bound to that
  /// account. Errors: unauthorised "challenge_expired"; too_many "too_many_tries" beyond 5 an hour
  /// for one certificate; those of normal_question(); forbidden "no_match" (the register does not
  /// confirm number and household, or names somebody else than the certificate), "deceased"; those
  /// of Identity::bind().
  Result<SignedIn> bind(std::string_view ticket, std::string_view browser,
                        const RegisterQuestion& question, const Client& client = {},
                        const Session* own = nullptr);

 private:
  struct Shown;
  Result<void> count(std::string_view kind, std::string_view value, int limit);
  Result<void> take(std::string_view purpose, std::string_view id, std::string_view browser);
  Result<void> put(std::string_view purpose, std::string_view id, std::string_view browser,
                   Instant until);
  [[nodiscard]] std::string text_of(std::string_view id, Instant until) const;
  [[nodiscard]] std::string seal(std::string_view kind, const Shown& shown) const;
  [[nodiscard]] Result<Shown> open(std::string_view kind, std::string_view sealed) const;
  Result<Outcome> sign_in(const Shown& shown, std::string_view browser, const Client& client);
  CertificateSignInParts parts_;
  CitizenCertificates certificates_;
};

}  // namespace minben::identity
