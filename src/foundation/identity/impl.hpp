#pragma once
// What the sources of Identity share.
#include "identity.hpp"
#include "webauthn.hpp"

namespace minben::identity {

/// So long a notice by mail is worth delivering.
inline constexpr days mail_of_use{7};

std::string subject_id(const Subject& subject);
std::string_view realm_name(Realm realm);
Subject make_subject(Realm realm, const Uuid& id);
Realm read_realm(std::string_view name);
Language read_language(std::string_view tag);
Recovery read_recovery(const store::Row& row);

/// Trimmed, lower case; invalid "email" unless it is a plain RFC 5321 mailbox.
Result<std::string> normal_email(std::string_view email);
/// Trimmed, upper case letters and digits, at most 20; may be empty. invalid "national_id".
Result<std::string> normal_national_id(std::string_view national_id);

/// A short-lived secret under a key of its own: 03 ‖ salt(16) ‖ sealed text. The key is
/// HMAC-SHA256(keys::Purpose::parcel, salt), so that no key ever seals many.
Bytes pack(const keys::Keys& keys, Random& random, std::string_view context,
           std::string_view plaintext);
/// Also what earlier versions packed, wrapped key ‖ sealed text, while its master key lives.
Result<std::string> unpack(const keys::Keys& keys, std::string_view context,
                           std::span<const std::uint8_t> parcel);

struct Identity::Impl {
  Impl(store::Database& a_database, const Clock& a_clock, Random& a_random,
       const keys::Keys& a_keys, Config a_config);

  store::Database& database;
  const Clock& clock;
  Random& random;
  const keys::Keys& keys;
  Config config;
  Vault vault;
  std::vector<MandateEnded> mandate_ended{};
  std::vector<AccountEnded> account_ended{};
  ClosingHook closing_hook{};

  // --- handles (people.cpp)
  [[nodiscard]] Bytes email_lookup(Realm realm, std::string_view normal) const;
  [[nodiscard]] Bytes national_id_lookup(std::string_view normal) const;
  /// conflict "duplicate" with `field` when somebody has it.
  Result<void> claim(store::Transaction& transaction, const Bytes& lookup, const Subject& subject,
                     std::string_view field) const;
  Result<std::optional<Uuid>> holder(store::Transaction& transaction, const Bytes& lookup) const;

  Result<void> release(store::Transaction& transaction, const Bytes& lookup, PersonId person) const;

  // --- accounts (people.cpp, officers.cpp)
  /// Without an e-mail address as well.
  Result<PersonId> insert_person(store::Transaction& transaction, const Profile& normal) const;
  /// The number that somebody wrote down and did not prove.
  Result<void> drop_claim(store::Transaction& transaction, PersonId id) const;
  /// Name and number as the register has them.
  Result<void> take_from_register(store::Transaction& transaction, PersonId id,
                                  const RegisterEntry& entry) const;
  Result<void> store_profile(store::Transaction& transaction, PersonId id,
                             const Profile& normal) const;
  Result<Person> person(store::Transaction& transaction, PersonId id) const;
  Result<Officer> officer(store::Transaction& transaction, OfficerId id) const;
  /// Serialises what changes how somebody may sign in.
  Result<void> lock_account(store::Transaction& transaction, const Subject& subject) const;
  /// Where mail reaches the subject, "" for nowhere, and in which language.
  struct Address {
    std::string email;
    Language language = Language::zh_hant;
  };
  Result<Address> address(store::Transaction& transaction, const Subject& subject) const;
  /// The account of whom a register names: made when there is none, and proven by its word. One
  /// that merely claimed the number loses it.
  Result<PersonId> account_by_register(Identity& identity, store::Transaction& transaction,
                                       const RegisterEntry& entry) const;
  Result<Address> officer_address(store::Transaction& transaction, OfficerId id) const;

  // --- sessions (sessions.cpp)
  struct SignIn {
    Subject subject;
    Levels levels;  ///< without the identity's: the account has that
    std::string_view method;
    std::vector<std::string> amr;
  };
  /// Unauthorised "no_session" for an officer who is not active, forbidden "account_closed". Adds
  /// the recovery under way.
  Result<void> add_account(store::Transaction& transaction, Session& session) const;
  Result<SignedIn> start_session(store::Transaction& transaction, const SignIn& sign_in,
                                 const Client& client);
  /// Mails a notice when the device is not one of theirs.
  Result<void> note_device(store::Transaction& transaction, const Subject& subject,
                           const Device& device) const;
  [[nodiscard]] std::string csrf_of(std::span<const std::uint8_t> token_hash) const;
  Result<void> end_sessions(store::Transaction& transaction, const Subject& subject,
                            const Bytes& kept = {}) const;
  /// All sessions of an account that is closed or erased, and what others keep of it.
  Result<void> end_account(store::Transaction& transaction, PersonId person) const;

  // --- codes (codes.cpp)
  Result<void> count_request(store::Transaction& transaction, std::string_view kind,
                             std::string_view value, int limit) const;
  [[nodiscard]] Bytes code_mac(std::string_view challenge, std::string_view code) const;
  Result<void> store_code(store::Transaction& transaction, Realm realm, std::string_view email,
                          Language language, const CodeSent& sent);
  Result<SignedIn> accept_code(store::Transaction& transaction, const store::Row& row,
                               const Client& client, Identity& identity);
  Result<PersonId> accept_email(store::Transaction& transaction, const Session& session,
                                const store::Row& row) const;

  // --- mail (mail.cpp)
  struct Post {
    std::string key;  ///< at most one waiting mail has it
    OutgoingMail mail;
    Instant until{};      ///< of no use later
    bool deliver = true;  ///< false: all the same work, and dropped at the end
  };
  Result<void> enqueue_mail(store::Transaction& transaction, const Post& post) const;
  Result<void> deliver_mail(const store::Job& job, const Mailer& mailer) const;

  // --- passkeys (passkeys.cpp)
  [[nodiscard]] Expectation expectation(const Bytes& challenge) const;
  Result<Json> user_entity(store::Transaction& transaction, const Subject& subject) const;
  Result<int> count_passkeys(store::Transaction& transaction, const Subject& subject) const;
  /// Any way to sign in that takes two factors.
  Result<bool> has_strong_method(store::Transaction& transaction, const Subject& subject) const;
  /// Fails where a passkey may not be added; makes room where it comes in place of all others, and
  /// says whether it does.
  Result<bool> prepare_enrolling(store::Transaction& transaction, const Session& session) const;

  // --- proofs of others (bindings.cpp)
  Result<Proven> proven(store::Transaction& transaction, PersonId id) const;
  Result<void> add_binding(store::Transaction& transaction, PersonId person,
                           const Proof& proof) const;
  Result<void> may_add(store::Transaction& transaction, const Session& session) const;
  /// The register says that they live.
  Result<void> reopen(store::Transaction& transaction, PersonId person) const;
  Result<void> drop_bindings(store::Transaction& transaction, PersonId person) const;
  /// Removes one and says which device made its proofs last. not_found "no_such_binding".
  Result<std::optional<Bytes>> take_binding(store::Transaction& transaction, PersonId person,
                                            BindingId id) const;
  /// Also remembers the device, so that whoever has it now signs in nowhere.
  Result<void> lose_binding(store::Transaction& transaction, PersonId person, BindingId id) const;
  Result<void> forget_lost_devices(store::Transaction& transaction, PersonId person) const;

  // --- the way back (recovery.cpp, enrolment.cpp)
  Result<Enrolling> enrolling(store::Transaction& transaction, const Session& session) const;
  Result<void> remind_of_recovery(store::Transaction& transaction, const store::Job& job) const;
  Result<std::optional<Recovery>> recovery(store::Transaction& transaction, PersonId id) const;
  Result<std::optional<Enrolment>> enrolment(store::Transaction& transaction, OfficerId id) const;
  /// `outcome` "used", "stopped" or "withdrawn"; whether there was one.
  Result<bool> end_recovery(store::Transaction& transaction, PersonId id,
                            std::string_view outcome) const;
  Result<bool> end_enrolment(store::Transaction& transaction, OfficerId id,
                             std::string_view outcome) const;
  Result<void> tell_replaced(store::Transaction& transaction, const Subject& subject) const;
  Result<void> clear_old_ways_back(store::Transaction& transaction) const;

  Result<void> clear_expired(store::Transaction& transaction) const;
};

}  // namespace minben::identity
