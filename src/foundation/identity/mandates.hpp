#pragma once
// Mandates (代理權): who may act for whom, in what, and until when.
//
//   offered → active → ended;  offered → ended
//
// A person grants one with a code that they hand to whoever shall have it; nobody is looked up by
// name or number. Guardians and companies' representatives have theirs from the registers, which
// are asked again before it is used after a day. Each change writes a row, an event and two ledger
// commitments (type "mandate": the principal's and the holder's series), in one transaction.
//
// Thread-safe. Calls that ask registers block and are not made inside a transaction.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/acting.hpp"
#include "identity/identity.hpp"
#include "ledger/commitments.hpp"
#include "ledger/logs.hpp"

namespace minben::identity {

/// Somebody whom the registers say another represents.
struct Represented {
  RegisterEntry entry;       ///< of a company: 統一編號 and its name
  std::optional<Date> born;  ///< of a minor
};

/// The questions to the registers. Errors: unavailable "register_unavailable".
struct Representation {
  /// The minors whose 法定代理人 this person is; those who have died or whose custody ended are not
  /// among them.
  std::function<Result<std::vector<Represented>>(PersonId asking, const Profile& guardian)> wards;
  /// The company of that 統一編號, if it exists and this person is its 負責人.
  std::function<Result<std::optional<Represented>>(PersonId asking, const Profile& representative,
                                                   std::string_view number)>
      company;
};

enum class MandateState { offered, active, ended };
std::string_view to_string(MandateState state);

struct Mandate {
  MandateId id;
  MandateKind kind = MandateKind::granted;
  MandateState state = MandateState::offered;  ///< as of now: past its end it reads ended
  PersonId principal;
  PersonId holder;             ///< nil until it is accepted
  std::string principal_name;  ///< "" when the account was erased
  std::string holder_name;     ///< likewise; "" while it is offered
  Powers powers;
  std::string note;  ///< the principal's own words for it; "" when the holder reads it
  Instant offered_at{};
  std::optional<Instant> accepted_at;
  Instant expires_at{};  ///< while it is offered: when the code ends
  std::optional<Instant> ended_at;
  std::string end_reason;  ///< withdrawn, renounced, declined, expired, register, closed
};

/// One line of its history. `event`: offered, accepted, used, or the reason of the end.
struct MandateEvent {
  int sequence = 0;
  std::string event;
  Instant at{};
  PersonId actor;  ///< nil: the registers, or the clock
};

struct MandateOffer {
  MandateId id;
  std::string code;  ///< "K7QF-2M9X-TBHC", told this once
  Instant answer_by{};
};

struct NewMandate {
  Powers powers;     ///< one of them at least; at most 50 services
  Date until{};      ///< the last day, within five years
  std::string note;  ///< at most 200 characters
};

struct MandateParts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  Identity& identity;
  const ledger::Commitments& commitments;
  Representation registers{};  ///< an empty function: that kind is not offered
};

class Mandates {
 public:
  /// All parts outlive it; before identity is used by several threads (on_account_ended).
  explicit Mandates(MandateParts parts);
  ~Mandates();
  /// Before workers.start(): writes down what the clock has ended.
  void work_in(store::Workers& workers);

  // All that takes a session needs one of a person (forbidden "not_a_person") with at least
  // substantial assurance (unauthorised "assurance_too_low") whom a register has vouched for
  // (forbidden "identity_not_proven").

  // --- granting and accepting

  /// By a principal; or by who represents a minor or a company, for whom the session acts then
  /// (forbidden "only_principals" under a granted mandate: it cannot be passed on). invalid
  /// "no_powers", "too_long", "until" (not in the future, or more than five years ahead); too_many
  /// "too_many_mandates" beyond 50 that are open.
  Result<MandateOffer> offer(const Session& session, const NewMandate& asked);
  /// What the code stands for. not_found "no_such_code"; too_many "too_many_tries" after 10 wrong
  /// ones in an hour, of a person or of a network.
  Result<Mandate> find_offer(const Session& session, std::string_view code,
                             std::string_view remote_address);
  /// Errors of find_offer(); conflict "own_mandate".
  Result<MandateId> accept(const Session& session, std::string_view code,
                           std::string_view remote_address);
  Result<void> decline(const Session& session, std::string_view code,
                       std::string_view remote_address);
  /// By the principal or who represents them (withdrawn), or by the holder (renounced). Sessions
  /// that act under it act for themselves from then on. not_found "no_such_mandate"; forbidden
  /// "by_register" when a ward would end what the register says. Twice is no error.
  Result<void> end(const Session& session, MandateId id);

  // --- by the registers

  [[nodiscard]] bool asks_for_wards() const;
  [[nodiscard]] bool asks_for_companies() const;
  Result<std::vector<Represented>> wards(const Session& session);
  /// Asks again. not_found "no_such_ward"; the mandate ends when the minor comes of age (民法 §12:
  /// eighteen).
  Result<MandateId> take_guardianship(const Session& session, std::string_view national_id);
  /// invalid "company_number" unless it is eight digits whose check digit fits; not_found
  /// "no_such_company" also when somebody else represents it; too_many "too_many_tries".
  Result<MandateId> take_company(const Session& session, std::string_view number,
                                 std::string_view remote_address);

  // --- looking

  /// Newest first; at most 100.
  Result<std::vector<Mandate>> given_by(store::Transaction& tx, PersonId principal) const;
  Result<std::vector<Mandate>> held_by(store::Transaction& tx, PersonId holder) const;
  /// To its principal and its holder: "no_such_mandate" to others.
  Result<Mandate> find(store::Transaction& tx, PersonId whose, MandateId id) const;
  Result<std::vector<MandateEvent>> events(store::Transaction& tx, PersonId whose,
                                           MandateId id) const;
  /// The ledger's receipt of one of them. not_found "no_such_event"; unavailable
  /// "not_yet_sequenced".
  Result<std::string> receipt(store::Transaction& tx, const ledger::Logs& logs, PersonId whose,
                              MandateId id, int sequence) const;

  /// What lets the holder decide over the principal's personal data now, without a session that
  /// acts. forbidden "no_mandate"; conflict "mandate_to_confirm" where the registers' word is older
  /// than a day: see confirm().
  Result<Act> authority_over(store::Transaction& tx, PersonId holder, PersonId principal) const;

  // --- acting

  /// Asks the registers again where they vouch for the mandate and the last answer is a day old.
  /// Errors of act().
  Result<void> confirm(const Session& session, MandateId id);

  /// From the next request on the session acts for the mandate's principal. The registers are asked
  /// again where they vouch for it and the last answer is a day old: the mandate ends when they do
  /// not. not_found "no_such_mandate"; conflict "mandate_ended".
  Result<void> act(const Session& session, MandateId id);
  Result<void> stop(const Session& session);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

/// 統一編號 of a company: eight digits, weighted 1,2,1,2,1,2,4,1; since April 2023 the sum of their
/// digits is a multiple of five (財政部), a seventh digit 7 counting as 1 or 0.
bool is_company_number(std::string_view number);

}  // namespace minben::identity
