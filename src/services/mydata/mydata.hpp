#pragma once
// A person's say over their data: consent asked for, given, refused, withdrawn; and the list of
// everybody who used it, each use with a receipt.
//
// One consent is about one item: named fields of one register service, for one recipient, one
// purpose and one matter, a case or a data request (個資法 §8, §15; ISO/IEC TS 27560:2023). Without
// a granted consent that is valid at this very moment nothing is fetched. Fetched data passes
// through and is never stored here.
//
// Functions that take a Transaction are part of the caller's; each change writes state, history, an
// outbox event (topic "consent", key = consent id, payload {"consent","case" or "data_request",
// "state"}; topic
// "usage") and a ledger commitment (types "consent", "usage"). Rows hold pseudonyms (person, case)
// and what was agreed, never personal data. Thread-safe.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/core.hpp"
#include "exchange/exchange.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "ledger/ledger.hpp"
#include "store/store.hpp"
#include "trust/trust.hpp"

namespace minben::mydata {

/// Of this room; after those of store and ledger.
std::span<const store::Migration> migrations();

using ConsentId = Id<struct ConsentTag>;
using UsageId = Id<struct UsageTag>;
using DataRequestId = Id<struct DataRequestTag>;  ///< requests.hpp

// ---------------------------------------------------------------------------------- consent

/// One field of a register's answer.
struct Field {
  std::string name;  ///< member of the answer's object, "passport_expiry"; at most 64 characters
  Bilingual title;
  friend bool operator==(const Field&, const Field&) = default;
};

/// Which data, of whom, to whom, what for: what the person is asked to agree to.
struct ConsentTerms {
  AgencyCode provider;    ///< whose register holds the data
  std::string subsystem;  ///< of the provider, as the exchange names it
  std::string service;
  Bilingual title;                  ///< of the item
  std::vector<Field> fields;        ///< 1 to 64; everything else is removed from the answer
  AgencyCode recipient;             ///< who fetches
  std::string recipient_subsystem;  ///< the recipient's information system
  std::string purpose_code;
  Bilingual purpose;
  Bilingual legal_basis;
  int max_fetches = 1;     ///< "how often"; 1 to 1000. MyData's consents are single-use by default
  int retention_days = 0;  ///< how long the recipient keeps it; 0: as long as the case file
  /// To whom the recipient hands it on; empty: to nobody. Not a member of the exchange.
  Bilingual receiver{};
  friend bool operator==(const ConsentTerms&, const ConsentTerms&) = default;
};

struct ConsentRequest {
  PersonId person;
  CaseId case_id;  ///< nil: it is about a data request
  ConsentTerms terms;
  Instant answer_by{};              ///< an unanswered request expires then
  minutes valid_for{60 * 24 * 90};  ///< from the grant; then the consent expires
  DataRequestId data_request{};     ///< nil: it is about a case
};

/// requested → granted → withdrawn | expired;  requested → refused | expired. A consent whose
/// fetches are used up stays granted (and can be withdrawn) but allows no further fetch.
enum class ConsentState { requested, granted, refused, withdrawn, expired };
std::string_view to_string(ConsentState state);

struct Consent {
  ConsentId id;
  PersonId person;
  CaseId case_id;              ///< nil: it is about a data request
  DataRequestId data_request;  ///< nil: it is about a case
  ConsentTerms terms;
  ConsentState state = ConsentState::requested;  ///< as of now: past `expires_at` it reads expired
  Instant requested_at{};
  Instant expires_at{};               ///< of the request, or once granted of the consent
  std::optional<Instant> decided_at;  ///< granted or refused
  std::optional<Instant> ended_at;    ///< withdrawn or expired
  identity::Assurance assurance = identity::Assurance::none;  ///< of the session that decided
  std::optional<identity::Act> act;                           ///< who acted for the person then
  int fetches = 0;                                            ///< successful ones so far
  [[nodiscard]] bool allows_fetch() const {
    return state == ConsentState::granted && fetches < terms.max_fetches;
  }
};

/// One line of a consent's history, each with its entry in the ledger.
struct ConsentChange {
  int sequence = 0;  ///< 1, 2, 3 … without gaps
  ConsentState state = ConsentState::requested;
  Instant at{};
  identity::Assurance assurance = identity::Assurance::none;
  std::optional<identity::Act> act;  ///< who acted for the person
  ledger::EntryId entry;
  std::optional<ledger::Position> position{};  ///< none: not in the log yet, a second later it is
};

// ------------------------------------------------------------------------------------ usage

/// fetched: through the gateways, under a consent. viewed: an officer opened the data of a case.
enum class UsageKind { fetched, viewed };
std::string_view to_string(UsageKind kind);

/// Somebody used a person's data. The officer is named by role, never by name.
struct Usage {
  UsageId id;
  PersonId person;
  UsageKind kind = UsageKind::fetched;
  AgencyCode agency;                   ///< who used it
  std::optional<AgencyCode> provider;  ///< whose register it came from; none: the case file
  std::string officer_role;            ///< "caseworker"; empty: the agency's information system
  std::vector<Field> fields;           ///< titles are empty when nobody ever named them
  std::string purpose_code;
  Bilingual purpose;
  Bilingual legal_basis;
  CaseId case_id;
  std::optional<ConsentId> consent;
  Instant at{};
  /// By which law the person was not shown it before `until`; none: at once.
  std::optional<exchange::Hold> hold{};
  std::optional<ledger::Position> position;  ///< none: not in the log yet, a second later it is
};

/// An officer's look at the data of a case, or at what a person brought to a counter.
struct View {
  PersonId person;
  CaseId case_id;  ///< nil only with a data request
  AgencyCode agency;
  std::string officer_role;
  std::vector<Field> fields;  ///< 1 to 256
  std::string purpose_code;
  Bilingual purpose;
  Bilingual legal_basis;
  DataRequestId data_request{};
};

struct Period {
  Instant from{};                ///< inclusive
  std::optional<Instant> until;  ///< exclusive; none: now and everything since
};

inline constexpr int most_exported = 5000;  ///< of a file that a person takes along

struct Page {
  int limit = 50;                 ///< 1 to 200
  std::optional<UsageId> before;  ///< the last one of the page before
};

// ---------------------------------------------------------------------------------- outside

/// A call to the recipient agency's gateway, which asks the provider's.
struct GatewayCall {
  AgencyCode recipient;
  std::string recipient_subsystem;
  AgencyCode provider;
  std::string subsystem;
  std::string service;
  std::string purpose_code;
  CaseId case_id;          ///< or the data request: the matter, as the exchange names it
  std::string assertion;   ///< Minben-Consent: signed by the platform, valid for 60 seconds
  std::string request_id;  ///< X-Road-Id
  Json query;              ///< whom to look up: an object with one string, {"national_id": …}
};

/// The person's key in the register: the one value of a query, or "" when it is not of that form.
/// The assertion is bound to it, and it is the first path segment of the call.
std::string register_key(const Json& query);

/// Calls it and returns the provider's JSON answer. The composition root builds one on
/// exchange::Consumer; tests give a function.
using Gateway = std::function<Result<Json>(const GatewayCall&)>;

/// The key with which an agency's gateway signs its usage records; not_found for unknown members.
using MemberKeys = std::function<Result<std::vector<trust::VerifyKey>>(const AgencyCode&)>;

/// A law by which people may be shown a use later, and for how long at most after it.
struct DelayLaw {
  std::string law;  ///< as gateways' records name it, "個人資料保護法 §10"
  Bilingual title;
  int most_days = 0;  ///< 1 to 3650
};

struct DelayCount {
  DelayLaw law;
  std::int64_t hidden = 0;
  std::int64_t shown = 0;  ///< afterwards
};

/// What mydata is built on; all outlive it.
struct Parts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const ledger::Commitments& commitments;
  const ledger::Logs& logs;
  trust::SigningKey platform_key;  ///< Ed25519: signs consent receipts and assertions
  Gateway gateway;
  MemberKeys member_keys;
  std::string instance =
      "MINBEN";  ///< of the exchange, and the class of its members, for assertions
  std::string member_class = "GOV";
  std::vector<DelayLaw> delays{};  ///< all there are; none: every use is shown at once
};

/// Data that a recipient may see now. It is the caller's to keep, or not.
struct Fetched {
  Json data;  ///< an object with at most the consented fields
  Instant at{};
};

// ----------------------------------------------------------------------------------- mydata

class MyData {
 public:
  explicit MyData(Parts parts);
  ~MyData();

  /// Registers the jobs that write down expiries and what held uses have come to, before
  /// workers.start(). Consents expire, and uses are shown, by the clock whether or not they run.
  void work_in(store::Workers& workers);

  // --- consent

  /// invalid "bad_terms" naming the field: no fields, a field twice, an empty text, a limit
  /// exceeded; "already_expired" when answer_by is not in the future.
  Result<ConsentId> request(store::Transaction& tx, const ConsentRequest& request);
  /// not_found "consent_not_found" also when it is somebody else's. conflict "consent_not_open"
  /// unless it is requested. The caller has checked the assurance; it is stored and committed.
  Result<void> grant(store::Transaction& tx, PersonId person, ConsentId id,
                     const identity::Authority& by);
  Result<void> refuse(store::Transaction& tx, PersonId person, ConsentId id,
                      const identity::Authority& by);
  /// At once: a fetch that is under way gives its caller nothing. Withdrawing twice is no error;
  /// conflict "consent_not_granted" otherwise.
  Result<void> withdraw(store::Transaction& tx, PersonId person, ConsentId id,
                        const std::optional<identity::Act>& act = {});

  /// Everything that is asked for or granted expires now: the account was closed or erased, and
  /// nobody is there to take it back.
  Result<void> end_consents_of(store::Transaction& tx, PersonId person);

  Result<Consent> consent(store::Transaction& tx, PersonId person, ConsentId id) const;
  /// All of the person, newest first; of one case when it is given.
  Result<std::vector<Consent>> consents_of(store::Transaction& tx, PersonId person,
                                           std::optional<CaseId> case_id = {}) const;
  Result<std::vector<ConsentChange>> history(store::Transaction& tx, PersonId person,
                                             ConsentId id) const;
  /// A file for the person: JSON {"format": "minben-consents/1", "person", "exported_at",
  /// "complete", "consents": […]}, newest first, each with its terms and every change with its
  /// place in the ledger. At most most_exported consents; "complete" says whether that is all.
  Result<std::string> export_consents(store::Transaction& tx, PersonId person) const;
  /// A file for the person: JSON with the fields of ISO/IEC TS 27560 (record, principal,
  /// controller, purposes, data, events) and beside it those of a DEPA/ReBIT consent artefact,
  /// signed by the platform. "consent_not_found"; conflict
  /// "consent_not_granted" when it never was.
  Result<std::string> consent_receipt(store::Transaction& tx, PersonId person, ConsentId id) const;
  /// The proof that one change of the consent is in the log: what `minben receipt verify` takes.
  Result<std::string> change_receipt(store::Transaction& tx, PersonId person, ConsentId id,
                                     int sequence) const;

  // --- fetching

  /// Fetches under the consent through the recipient's gateway. Must not be called inside a
  /// transaction: it waits for other machines (use a job). forbidden: "consent_not_granted",
  /// "consent_refused", "consent_withdrawn" (also while the fetch was under way: the data is
  /// dropped), "consent_expired" (likewise), "consent_used_up", "other_recipient", "other_purpose";
  /// invalid "bad_query" (see register_key). Errors of the gateway pass through; they use up
  /// nothing.
  Result<Fetched> fetch(PersonId person, ConsentId id, const AgencyCode& recipient,
                        std::string_view purpose_code, const Json& query);

  // --- usage

  /// Usage records delivered by a gateway (exchange::sign_usage): checked against that member's
  /// keys, taken over once however often they are delivered; the ids are the same each time. One
  /// that names neither a person nor a consent we know is kept and committed too, but in nobody's
  /// list. One with a hold is committed at once (type "usage-held.<id>") and is nowhere to be seen
  /// for the person until then. Errors: those of exchange::verify_usage; invalid
  /// "bad_usage_record", "no_such_delay" (its law is not in Parts::delays, or does not let it wait
  /// that long); not_found "unknown_member".
  Result<std::vector<UsageId>> ingest(store::Transaction& tx, std::string_view signed_records);
  Result<UsageId> record_view(store::Transaction& tx, const View& view);

  /// Newest first.
  Result<std::vector<Usage>> usages_of(store::Transaction& tx, PersonId person,
                                       const Period& period = {}, const Page& page = {}) const;
  /// not_found "usage_not_found", also when it is somebody else's.
  Result<Usage> usage(store::Transaction& tx, PersonId person, UsageId id) const;
  /// The ledger's receipt of the usage. not_found "usage_not_found"; unavailable
  /// "not_yet_sequenced".
  Result<std::string> receipt_of(store::Transaction& tx, PersonId person, UsageId id) const;
  /// The receipts of all uses in the order in which they were written down, from this number on, in
  /// one file of at most ledger::most_receipts (ledger/series.hpp): what
  /// `minben receipt verify` takes.
  Result<std::string> receipts_of(store::Transaction& tx, PersonId person,
                                  std::uint64_t from = 1) const;
  /// For the public: how many uses each law of the list holds back now, and how many it did.
  Result<std::vector<DelayCount>> count_delayed(store::Transaction& tx) const;
  /// How many uses have a number; those of before the series had begun have none.
  Result<std::uint64_t> count_uses(store::Transaction& tx, PersonId person) const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// Offline check of a consent_receipt file; any changed byte refuses it. The receipt's inner
/// object. invalid: "not_a_consent_receipt", "bad_signature".
Result<Json> verify_consent_receipt(std::string_view text, const trust::VerifyKey& platform);

}  // namespace minben::mydata
