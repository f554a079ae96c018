#pragma once
// What the sources of Identity share.
#include "identity.hpp"
#include "webauthn.hpp"

namespace minben::identity {

/// A key for one purpose, derived from the master key.
Bytes derived(const trust::MasterKey& master, std::string_view purpose);

std::string subject_id(const Subject& subject);
std::string_view realm_name(Realm realm);
Subject make_subject(Realm realm, const Uuid& id);
Realm read_realm(std::string_view name);
Language read_language(std::string_view tag);

/// Trimmed, lower case; invalid "email" unless it is a plain RFC 5321 mailbox.
Result<std::string> normal_email(std::string_view email);
/// Trimmed, upper case letters and digits, at most 20; may be empty. invalid "national_id".
Result<std::string> normal_national_id(std::string_view national_id);

/// A short-lived secret under a data key of its own: wrapped key ‖ sealed text.
Bytes pack(const trust::MasterKey& master, Random& random, std::string_view context,
           std::string_view plaintext);
Result<std::string> unpack(const trust::MasterKey& master, std::string_view context,
                           std::span<const std::uint8_t> parcel);

struct Identity::Impl {
  Impl(store::Database& a_database, const Clock& a_clock, Random& a_random,
       const trust::MasterKey& a_master, Config a_config);

  store::Database& database;
  const Clock& clock;
  Random& random;
  const trust::MasterKey& master;
  Config config;
  Vault vault;
  Bytes csrf_key;
  Bytes code_key;

  // --- handles (people.cpp)
  [[nodiscard]] Bytes email_lookup(Realm realm, std::string_view normal) const;
  [[nodiscard]] Bytes national_id_lookup(std::string_view normal) const;
  /// conflict "duplicate" with `field` when somebody has it.
  Result<void> claim(store::Transaction& transaction, const Bytes& lookup, const Subject& subject,
                     std::string_view field) const;
  Result<std::optional<Uuid>> holder(store::Transaction& transaction, const Bytes& lookup) const;

  // --- accounts (people.cpp, officers.cpp)
  Result<Person> person(store::Transaction& transaction, PersonId id) const;
  Result<Officer> officer(store::Transaction& transaction, OfficerId id) const;

  // --- sessions (sessions.cpp)
  struct SignIn {
    Subject subject;
    Assurance assurance = Assurance::none;
    std::string_view method;
  };
  /// Unauthorised "no_session" for an officer who is not active.
  Result<void> add_account(store::Transaction& transaction, Session& session) const;
  Result<SignedIn> start_session(store::Transaction& transaction, const SignIn& sign_in,
                                 std::string_view replaced_token);
  [[nodiscard]] std::string csrf_of(std::span<const std::uint8_t> token_hash) const;
  Result<void> end_sessions(store::Transaction& transaction, const Subject& subject) const;

  // --- codes (codes.cpp)
  Result<void> count_request(store::Transaction& transaction, std::string_view kind,
                             std::string_view value, int limit) const;
  [[nodiscard]] Bytes code_mac(std::string_view challenge, std::string_view code) const;
  Result<void> store_code(store::Transaction& transaction, Realm realm, std::string_view email,
                          Language language, const CodeSent& sent);
  Result<void> enqueue_mail(store::Transaction& transaction, const CodeSent& sent,
                            const OutgoingMail& mail, bool deliver) const;
  Result<void> deliver_mail(const store::Job& job, const Mailer& mailer) const;
  Result<SignedIn> accept_code(store::Transaction& transaction, const store::Row& row,
                               std::string_view replaced_token, Identity& identity);

  // --- passkeys (passkeys.cpp)
  struct Challenge {
    Bytes bytes;
    Instant expires_at{};
  };
  Result<Challenge> new_challenge(store::Transaction& transaction, std::string_view purpose,
                                  Realm realm, const std::optional<Subject>& subject);
  [[nodiscard]] Expectation expectation(const Bytes& challenge) const;
  Result<Json> user_entity(store::Transaction& transaction, const Subject& subject) const;

  Result<void> clear_expired(store::Transaction& transaction) const;
};

}  // namespace minben::identity
