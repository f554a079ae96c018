#pragma once
// Who somebody is: accounts of people and officers, sign-in, sessions, and the vault that keeps
// personal fields sealed.
//
// Everything here is thread-safe. All time comes from the clock argument. Nothing in clear
// text that belongs to a person is stored: profiles are sealed, e-mail addresses and national
// ids are found by keyed HMAC, tokens and codes are stored only as hashes.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/core.hpp"
#include "identity/acting.hpp"
#include "identity/bindings.hpp"
#include "identity/closing.hpp"
#include "identity/device.hpp"
#include "identity/levels.hpp"
#include "identity/recovery.hpp"
#include "identity/register_check.hpp"
#include "keys/keys.hpp"
#include "store/store.hpp"
#include "trust/trust.hpp"

namespace minben::keys {
struct Holder;
}

namespace minben::identity {

/// Of this room; apply after store::migrations() and keys::migrations().
std::span<const store::Migration> migrations();
/// The data keys of people and officers, for a rotation of master keys.
keys::Holder subject_keys();

/// The two doors of the platform. One e-mail address may belong to an account behind each.
enum class Realm { person, officer };

/// Whose account.
using Subject = std::variant<PersonId, OfficerId>;
inline Realm realm_of(const Subject& subject) {
  return std::holds_alternative<PersonId>(subject) ? Realm::person : Realm::officer;
}

// ------------------------------------------------------------------------------------ vault

/// Seals personal fields with AES-256-GCM under a data key per subject, which is itself wrapped by
/// a master key. `context` ("casework.answers", a field's or row's name) is authenticated: a
/// sealed value opens only under the subject and the context it was sealed for.
class Vault {
 public:
  /// Both must outlive the vault. Losing the master keys' file loses everything sealed.
  Vault(const keys::Keys& keys, Random& random);
  ~Vault();
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;

  /// For a `bytea` column tagged [sealed]. Makes the subject's data key when there is none yet.
  Result<Bytes> seal(store::Transaction& transaction, const Subject& subject,
                     std::string_view context, std::string_view plaintext) const;
  /// not_found "erased" after erase(); internal "not_openable" when the bytes, subject or context
  /// are not those that were sealed.
  Result<std::string> open(store::Transaction& transaction, const Subject& subject,
                           std::string_view context, std::span<const std::uint8_t> sealed) const;
  /// JSON in one sealed value.
  Result<Bytes> seal_json(store::Transaction& transaction, const Subject& subject,
                          std::string_view context, const Json& value) const;
  Result<Json> open_json(store::Transaction& transaction, const Subject& subject,
                         std::string_view context, std::span<const std::uint8_t> sealed) const;
  /// Destroys the data key, for ever: nothing sealed for the subject opens again, and nothing new
  /// can be sealed for it ("erased").
  Result<void> erase(store::Transaction& transaction, const Subject& subject) const;

  /// HMAC-SHA-256 under a key of the platform: for looking up sealed values by equality.
  /// The caller normalises (case, spaces) before.
  [[nodiscard]] Bytes lookup(std::string_view purpose, std::string_view value) const;

  /// For files beside the database (uploads): a key for this `context` only, derived from the
  /// subject's data key, which itself is never handed out. Erasure reaches these files too.
  Result<trust::DataKey> file_key(store::Transaction& transaction, const Subject& subject,
                                  std::string_view context) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

// ----------------------------------------------------------------------------------- people

/// What the platform itself keeps about a person; all of it sealed. Everything may be empty until
/// the person gives it; the e-mail address only of whom another means has proven (Identity::bind).
struct Profile {
  std::string name;         ///< as the person writes it
  std::string name_latin;   ///< as in the passport's machine-readable zone
  std::string email;        ///< stored trimmed, ASCII lower case
  std::string national_id;  ///< 國民身分證統一編號 or 統一證號 (UI number), upper case
  Language language = Language::zh_hant;
  friend bool operator==(const Profile&, const Profile&) = default;
};

struct Contact {
  std::string email;
  Language language = Language::zh_hant;
};

struct Person {
  PersonId id;
  Profile profile;
  Instant created_at{};
};

/// Names of roles. Which role may do what is casework's and desk's business.
namespace role {
inline constexpr std::string_view caseworker = "caseworker";
inline constexpr std::string_view approver = "approver";
inline constexpr std::string_view team_lead = "team_lead";
inline constexpr std::string_view consultant = "consultant";
inline constexpr std::string_view service_owner = "service_owner";
inline constexpr std::string_view administrator = "administrator";
/// Admits agencies to the exchange and keeps its services, access rules and certificates.
inline constexpr std::string_view exchange_operator = "exchange_operator";
/// Answers people who question a use of their data by this agency.
inline constexpr std::string_view data_protection_officer = "data_protection_officer";
/// Publishes this agency's open data and answers those who use it.
inline constexpr std::string_view data_steward = "data_steward";
}  // namespace role

struct NewOfficer {
  AgencyCode agency;
  std::string name;
  std::string email;
  std::vector<std::string> roles;
  Language language = Language::zh_hant;
};

struct Officer {
  OfficerId id;
  AgencyCode agency;
  std::string name;  ///< colleagues see it; applicants do not
  std::vector<std::string> roles;
  Language language = Language::zh_hant;
  bool active = true;  ///< false: cannot sign in, sessions are ended; history keeps the name
  [[nodiscard]] bool has_role(std::string_view role) const;
};

// --------------------------------------------------------------------------------- sessions

using SessionId = Id<struct SessionTag>;

/// One line of the list of a subject's sessions.
struct OpenSession {
  SessionId id;
  Device device;
  Assurance assurance = Assurance::none;
  std::string method;  ///< one of method::
  Instant signed_in_at{};
  Instant last_used_at{};  ///< to about five minutes
};

/// What a valid session token stands for. Copies are cheap enough to put into net::Caller.
struct Session {
  Bytes token_hash;  ///< SHA-256 of the token; the session's name inside
  SessionId id;      ///< its name in the list of sessions
  Subject subject;
  Assurance assurance = Assurance::none;  ///< what levels.authenticator gives
  std::string method;                     ///< one of method::
  Levels levels;                          ///< identity: of the account, as of now
  std::vector<std::string> amr{};         ///< RFC 8176
  Instant signed_in_at{};                 ///< auth_time: stepping up makes a new session
  Instant last_used_at{};                 ///< to about five minutes
  Instant idle_until{};                   ///< slides forward with use
  Instant ends_at{};                      ///< absolute
  std::string csrf;                       ///< put into every form; see csrf_valid
  std::optional<Officer> officer;         ///< set in the officers' realm, as of now
  std::optional<Recovery> recovery;       ///< under way for this person, as of now
  std::optional<Acting> acting;           ///< for somebody else, while the mandate holds
  Language language = Language::zh_hant;  ///< the account's

  /// Who signed in; nothing for an officer.
  [[nodiscard]] const PersonId* person() const { return std::get_if<PersonId>(&subject); }
  /// Whose matters they are: of the person, or of whom they act for. Not of an officer's session.
  [[nodiscard]] const PersonId& principal() const {
    return acting ? acting->principal : std::get<PersonId>(subject);
  }
  [[nodiscard]] std::optional<Act> act() const {
    return acting ? std::optional(acting->act) : std::nullopt;
  }
  [[nodiscard]] Authority authority() const { return {assurance, act()}; }
  /// Constant time.
  [[nodiscard]] bool csrf_valid(std::string_view given) const {
    return equal_in_constant_time(csrf, given);
  }
};

/// A new session. The token goes into a cookie (HttpOnly, SameSite=Lax, Secure, Path=/) and
/// exists nowhere else.
struct SignedIn {
  std::string token;
  Session session;
  bool new_account = false;  ///< the person's first sign-in
};

// ---------------------------------------------------------------------------------- sign-in

/// The browser that signs in.
struct Client {
  std::string_view token = {};       ///< of a session it still has: ended, the new one replaces it
  std::string_view user_agent = {};  ///< its header; only the device it names is kept
};

/// A started sign-in by e-mail. The same for known and unknown addresses.
struct CodeSent {
  std::string challenge;  ///< 43 characters; hold it in the browser (hidden field or cookie)
  Instant expires_at{};
};

/// Options for navigator.credentials, in the JSON form of WebAuthn Level 3 §5.1.8/§5.1.9
/// (PublicKeyCredentialCreationOptionsJSON, PublicKeyCredentialRequestOptionsJSON).
struct Ceremony {
  Json options;
  Instant expires_at{};
};

using PasskeyId = Id<struct PasskeyTag>;

struct Passkey {
  PasskeyId id;
  std::string label;    ///< the person's name for it
  bool synced = false;  ///< backed up (flag BS): lives on several devices
  Instant created_at{};
  std::optional<Instant> last_used_at;
};

/// What was on it, as the person says.
struct LostDevice {
  std::vector<BindingId> bindings;
  std::vector<PasskeyId> passkeys;
};

/// A passkey that was registered.
struct Enrolled {
  PasskeyId id;
  bool instead = false;  ///< of all the earlier ones
};

struct OutgoingMail {
  std::string to;
  std::string subject;
  std::string text;
};
/// Delivers a mail, e.g. net::send_mail. Called from a job; an error means it is tried again.
using Mailer = std::function<Result<void>(const OutgoingMail&)>;

struct Config {
  std::string platform_name = "Minben";
  std::string rp_id = "localhost";   ///< WebAuthn relying party: a host name
  std::vector<std::string> origins;  ///< accepted, e.g. "http://localhost:8080"
  minutes code_lifetime{10};
  int code_tries = 5;                  ///< wrong answers per code
  int codes_per_address_per_hour = 6;  ///< per e-mail address
  int codes_per_client_per_hour = 60;  ///< per remote address
  minutes ceremony_lifetime{5};
  minutes person_idle{30};
  hours person_lifetime{12};
  minutes officer_idle{60};
  hours officer_lifetime{10};
  hours recovery_wait{72};       ///< from asking to the day a new passkey may be enrolled
  hours recovery_reminder{24};   ///< the second notice is mailed so long before that
  days recovery_open{7};         ///< how long it may be enrolled then
  int recoveries_per_month = 3;  ///< per person, in 30 days
  hours enrolment_lifetime{24};  ///< of a team lead's leave to enrol anew
  int enrolments_per_month = 5;  ///< per officer, in 30 days
};

// --------------------------------------------------------------------------------- identity

class Identity {
 public:
  Identity(store::Database& database, const Clock& clock, Random& random, const keys::Keys& keys,
           Config config);
  ~Identity();

  [[nodiscard]] const Vault& vault() const;

  /// Registers the jobs of this room (mail with codes, clearing of what has expired) before
  /// workers.start(). Without it no code is ever sent.
  void work_in(store::Workers& workers, Mailer mailer);

  /// Who keeps something that ends with an account (tokens of other systems) is told in the
  /// transaction that closes or erases it; an error undoes that. Before anything is served.
  using AccountEnded = std::function<Result<void>(store::Transaction&, PersonId)>;
  void on_account_ended(AccountEnded tell);
  /// Likewise of what rests on a mandate (mandates.hpp).
  using MandateEnded = std::function<Result<void>(store::Transaction&, MandateId)>;
  void on_mandate_ended(MandateEnded tell);

  // --- people (in the caller's transaction)

  /// conflict "duplicate" with field "email" or "national_id" when another account has it.
  Result<PersonId> add_person(store::Transaction& transaction, const Profile& profile);
  Result<Person> person(store::Transaction& transaction, PersonId id) const;  ///< "erased" too
  /// E-mail and national id stay unique as in add_person. conflict "proven" when the number is the
  /// register's (see bind) and another is given.
  Result<void> change_profile(store::Transaction& transaction, PersonId id, const Profile& profile);
  Result<std::optional<PersonId>> find_by_email(store::Transaction& transaction,
                                                std::string_view email) const;
  Result<std::optional<PersonId>> find_by_national_id(store::Transaction& transaction,
                                                      std::string_view national_id) const;
  /// Where mail about the person's matters goes: to their address, or where they have none to
  /// those who act for them. Empty when nobody can be reached, and for the erased.
  Result<std::vector<Contact>> contacts(store::Transaction& transaction, PersonId id) const;
  /// Ends all sessions, removes passkeys and look-ups and destroys the data key. Listeners of
  /// on_account_ended are told.
  Result<void> erase_person(store::Transaction& transaction, PersonId id);

  // --- officers (in the caller's transaction)

  Result<OfficerId> add_officer(store::Transaction& transaction, const NewOfficer& officer);
  Result<Officer> officer(store::Transaction& transaction, OfficerId id) const;
  /// Active ones first, then by name.
  Result<std::vector<Officer>> officers_of(store::Transaction& transaction,
                                           const AgencyCode& agency) const;
  Result<void> set_roles(store::Transaction& transaction, OfficerId id,
                         const std::vector<std::string>& roles);
  Result<void> set_active(store::Transaction& transaction, OfficerId id, bool active);
  /// To write to the officer; never shown. not_found "no_such_officer".
  Result<std::string> officer_email(store::Transaction& transaction, OfficerId id) const;

  // --- sign-in by a code sent by e-mail: assurance low

  /// Answers alike, and takes alike long, whether or not the address is known. invalid "email"
  /// when it is no address; too_many "too_many_codes". `remote_address` is kept only as a keyed
  /// hash.
  Result<CodeSent> send_code(Realm realm, std::string_view email, Language language,
                             std::string_view remote_address);
  /// In the person realm an unknown address becomes an account here, since it is now proven.
  /// unauthorised "wrong_code" (tries are left), "code_expired" (also: used, no tries left,
  /// unknown).
  Result<SignedIn> sign_in_with_code(std::string_view challenge, std::string_view code,
                                     const Client& client = {});

  /// Makes the address to which send_code(Realm::person, …) sent the code that of the session's
  /// person; the earlier one, if any, is told. Errors of sign_in_with_code; unauthorised
  /// "step_up_required" as link() has it; conflict "duplicate" when another account has it.
  Result<void> take_email(const Session& session, std::string_view challenge,
                          std::string_view code);

  // --- passkeys: assurance substantial

  /// unauthorised "step_up_required" where the answer of enrolling() is `refused`. too_many
  /// "too_many_passkeys" beyond 20.
  Result<Ceremony> start_passkey_registration(const Session& session);
  /// `credential`: RegistrationResponseJSON (WebAuthn Level 3 §5.1.7). invalid "passkey_refused"
  /// with the step that failed in `detail`; conflict "duplicate" when it is registered already.
  /// Looks at enrolling() again: `anew` also removes the other passkeys, ends all other sessions
  /// and mails a notice, all in one transaction. Any recovery or leave under way ends with it.
  Result<Enrolled> register_passkey(const Session& session, const Json& credential,
                                    std::string_view label);
  /// For discoverable credentials: the browser offers the accounts it knows.
  Result<Ceremony> start_passkey_sign_in(Realm realm);
  /// `credential`: AuthenticationResponseJSON. unauthorised "passkey_refused". The same call raises
  /// the assurance of somebody signed in with a code: pass that session's token.
  Result<SignedIn> sign_in_with_passkey(const Json& credential, const Client& client = {});
  Result<std::vector<Passkey>> passkeys(store::Transaction& transaction,
                                        const Subject& subject) const;
  Result<bool> has_passkey(store::Transaction& transaction, const Subject& subject) const;
  /// One of the session's own subject. unauthorised "step_up_required" unless the session was made
  /// with a passkey: who could remove the last one with a mailbox could then add another.
  Result<void> remove_passkey(store::Transaction& transaction, const Session& session,
                              PasskeyId id);
  Result<Enrolling> enrolling(store::Transaction& transaction, const Session& session) const;

  // --- proofs of others: the assurance that their levels give

  /// unauthorised "not_bound" when it signs nobody in yet; forbidden "device_lost" when it was made
  /// with a device that was reported as lost.
  Result<SignedIn> sign_in_with_proof(const Proof& proof, const Client& client = {});
  Result<SignedIn> sign_in_with_proof(store::Transaction& transaction, const Proof& proof,
                                      const Client& client);
  /// First use: the caller has verified the proof and a second factor, and `entry` is what the
  /// register says. Belongs to the session's own account if there is one, else to the account of
  /// this number if that was proven, else to a new one. An account that merely claimed the number
  /// loses it. The account's identity level rises to the proof's (2 at least, or invalid
  /// "bad_proof"), name and number become the register's; a notice is mailed. Signs in. conflict:
  /// "account_exists" (another account is proven to be this person's), "other_person" (the
  /// session's is proven to be somebody else's), "bound_elsewhere"; too_many "too_many_bindings";
  /// unauthorised "step_up_required" as in link(); forbidden "device_lost".
  Result<SignedIn> bind(const Proof& proof, const RegisterEntry& entry, const Client& client = {},
                        const Session* own = nullptr);
  /// One more way to sign in to the session's account, which says nothing of who the person is.
  /// unauthorised "step_up_required" where the answer of enrolling() is not `another`; also the
  /// last two of bind().
  Result<void> link(store::Transaction& transaction, const Session& session, const Proof& proof);
  Result<std::vector<Binding>> bindings(store::Transaction& transaction, PersonId person) const;
  /// unauthorised "step_up_required" below substantial; not_found "no_such_binding".
  Result<void> remove_binding(store::Transaction& transaction, const Session& session,
                              BindingId id);
  /// By the numbers on two papers, health card and household certificate, which both registers
  /// confirm: one factor of knowledge, which a family may share. Assurance low, and it proves
  /// nobody: the identity level stays 0. The account is one that was made so, or is made now; not
  /// one of this number that has another way to sign in (conflict "other_method"). Errors: those of
  /// RegisterCheck ("deceased" closes the account); unauthorised "no_match"; too_many
  /// "too_many_tries": for a day after five wrong answers about a person, told to that person by
  /// mail, and for an hour after twenty from one network.
  Result<SignedIn> sign_in_with_documents(const RegisterCheck& registers,
                                          const RegisterQuestion& question,
                                          std::string_view remote_address,
                                          const Client& client = {});
  /// The other way round: somebody signed in with two factors lets these papers sign in as well,
  /// from then on and weakly. `asked` without a number: it is the account's, which has to be
  /// proven (conflict "not_proven"). unauthorised "step_up_required"; else as there.
  Result<void> link_documents(const RegisterCheck& registers, const Session& session,
                              RegisterQuestion asked, std::string_view remote_address);

  // --- deaths

  /// Deals with what the household register told, once for an event. A death closes the account
  /// that was proven to be the person's or made by their papers: its sessions end, listeners of
  /// on_account_ended are told, nobody signs in (forbidden "account_closed"), and what it holds
  /// stays as it is. A mistake opens it again, and
  /// a mail says so. Whether something changed: most people have no account here.
  Result<bool> hear(store::Transaction& transaction, const LifeEvent& event);
  /// The same of a register that answered a question with it; bind() with a living entry opens the
  /// account again. False when there is none, or an officer overruled the register.
  Result<bool> close_deceased(store::Transaction& transaction, std::string_view national_id);
  /// For an administrator signed in with two factors: the closed account of this number. forbidden
  /// "role_missing", unauthorised "step_up_required"; not_found "no_closed_account", whether or
  /// not there is an open one.
  Result<ClosedAccount> closed_account(store::Transaction& transaction, const Session& officer,
                                       std::string_view national_id) const;
  /// The register was wrong: opens it again until the register tells anew. `reason` is kept,
  /// sealed: 1 to 1,000 characters, or invalid "reason". Errors as above.
  Result<void> overrule_closing(store::Transaction& transaction, const Session& officer,
                                PersonId person, std::string_view reason);
  /// Called in the transaction that closes or opens an account. Before there is any.
  using ClosingHook = std::function<Result<void>(store::Transaction&, const ClosingChange&)>;
  void when_closed(ClosingHook hook);

  // --- devices

  /// "I have lost my phone": removes these ways to sign in, ends all other sessions and mails a
  /// notice. The phone or card itself neither signs in nor is bound again, whoever has it; a new
  /// one of the same person is. unauthorised "step_up_required" below substantial; conflict
  /// "last_method" when no way with two factors would be left; invalid "nothing_lost"; not_found
  /// "no_such_binding", "no_such_passkey".
  Result<void> lose_device(store::Transaction& transaction, const Session& session,
                           const LostDevice& lost);
  /// identity_level 0 when nobody has vouched. not_found "no_such_person".
  Result<Proven> proven(store::Transaction& transaction, PersonId id) const;

  // --- a way back without a passkey (in the caller's transaction, notices by mail included)

  /// For a person signed in by code; answers with the one under way when there is one. conflict
  /// "recovery_not_needed" for a session made with a passkey or an account without any; too_many
  /// "too_many_recoveries".
  Result<Recovery> start_recovery(store::Transaction& transaction, const Session& session);
  /// By any session of the person. No error when none is under way.
  Result<void> stop_recovery(store::Transaction& transaction, const Session& session);
  /// By a team lead of the officer's agency, signed in with a passkey (unauthorised
  /// "step_up_required"). Answers with the leave that is open already. forbidden "role_missing",
  /// "not_for_oneself"; not_found "no_such_officer" also for other agencies and inactive ones;
  /// conflict "no_passkey" when the officer needs no leave; too_many "too_many_enrolments".
  Result<Enrolment> allow_enrolment(store::Transaction& transaction, const Session& lead,
                                    OfficerId officer);
  /// By the officer or a team lead of the agency. No error when it is not open.
  Result<void> withdraw_enrolment(store::Transaction& transaction, const Session& session,
                                  EnrolmentId id);
  /// Of the last 30 days, the newest first.
  Result<std::vector<Enrolment>> enrolments(store::Transaction& transaction,
                                            const AgencyCode& agency) const;
  Result<std::optional<Enrolment>> open_enrolment(store::Transaction& transaction,
                                                  OfficerId officer) const;

  // --- sessions

  /// unauthorised "no_session" for an unknown token, "session_expired" for one that was valid once
  /// and is still remembered (a day): then ask to sign in again and continue. Slides the idle
  /// time-out, at most once a minute.
  Result<Session> session(std::string_view token);
  Result<void> sign_out(std::string_view token);  ///< no error when there is no such session
  /// Those that are valid now, the last used first; at most 100.
  Result<std::vector<OpenSession>> sessions(store::Transaction& transaction,
                                            const Subject& subject) const;
  /// not_found "no_such_session" also for one of somebody else.
  Result<void> end_session(store::Transaction& transaction, const Subject& subject, SessionId id);
  Result<void> end_other_sessions(store::Transaction& transaction, const Session& kept);
  Result<void> end_all_sessions(store::Transaction& transaction, const Subject& subject);

  /// A signed-in session without a ceremony: for tests and the demonstration's load generator only;
  /// reachable from no route.
  Result<SignedIn> sign_in_unchecked(const Subject& subject, Assurance assurance);

  struct Impl;

 private:
  friend class Mandates;  // of this room
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::identity
