#pragma once
// For the owners of a service: which versions run, what is stuck, operations on all of it, and a
// single case that is tried again or moved by hand.
#include "casework/casework.hpp"
#include "process/batches.hpp"

namespace minben::casework {

struct RunningVersion {
  int number = 0;
  Instant served_since{};
  std::int64_t running = 0;
  bool newest = false;
};

struct StuckCase {
  CaseId id;
  std::string number;  ///< of the application
  Bilingual place;     ///< name of the element in the case's own version of the model
  std::string code;    ///< why
  std::string detail;
  Instant since{};
};

struct OperationsView {
  PackagePtr package;
  std::vector<RunningVersion> versions;
  std::vector<StuckCase> stuck;  ///< the oldest first, at most 100
  std::vector<process::Batch> batches;
};

struct OperationsBatch {
  process::Batch batch;
  std::vector<process::BatchCause> causes;
  std::vector<StuckCase> failed;  ///< at most 100
};

// ------------------------------------------------------------------------------- a single case

/// Something an owner did by hand to one case.
struct HandOperation {
  enum class Kind : std::uint8_t { retry, modify } kind = Kind::retry;
  CaseId case_id;
  std::string number;  ///< of the application
  OfficerId officer;
  Instant at{};
  Bilingual from;              ///< the place that was tried again, or left
  Bilingual to;                ///< modify: the step at which it went on
  std::string still_stuck;     ///< retry: code of the incident that came back; "" when it went on
  std::string reason;          ///< the officer's own words
  bool reason_erased = false;  ///< its person was erased, and with them what was written about them
};
std::string_view to_string(HandOperation::Kind kind);

struct HandOperations {
  std::vector<HandOperation> list;  ///< the newest first
  int total = 0;
};

/// Where a token of the case's process stands.
struct Place {
  process::Number token = 0;
  std::string element;
  Bilingual name;
  process::Waiting waiting{};
  Instant since{};
  std::optional<process::Incident> incident;
  std::vector<std::string> targets;  ///< steps at which the case could go on from here; none: it
                                     ///< cannot be left by hand
};

/// A case as the owner of its service sees it: where it stands and why, nothing of what it says.
struct CaseAtHand {
  CaseId id;
  std::string number;
  State state{};
  int version = 0;     ///< hand it back with a modification
  PackagePtr package;  ///< the version that the case is pinned to
  std::vector<Place> places;
  std::vector<std::string> passed_elements;  ///< BPMN ids it went through, in order
  std::optional<Error> unmovable;  ///< why it cannot be modified now: the codes of modify()
  std::vector<HandOperation> operations;
};

struct Modification {
  static constexpr std::size_t longest_reason = 1000;  ///< characters
  int version = 0;                                     ///< of CaseAtHand
  process::Number leave = 0;                           ///< token of a Place
  std::string go_on_at;                                ///< one of its targets
  std::string reason;  ///< 1 … longest_reason; sealed like all officers' words
};

/// What a modification does to the work at hand.
struct Foreseen {
  struct Work {
    std::string step;
    AgencyCode agency;
    bool taken = false;  ///< by an officer, who loses it
  };
  Place left;
  std::vector<Work> cancelled;
  std::vector<Work> opened;
};

/// Owners of a service are officers of its agency with the role service_owner; others get forbidden
/// "role_missing". Thread-safe.
class Operations {
 public:
  Operations(store::Database& database, Casework& casework);

  /// The services that this officer owns, by code.
  std::vector<PackagePtr> services(const Officer& officer) const;
  Result<OperationsView> look(const Officer& officer, const ServiceCode& service);
  /// Tries again all that is stuck.
  Result<process::Batch> retry(const Officer& officer, const ServiceCode& service);
  /// Moves all running cases of a version to the one that is served now; `rehearse` only says which
  /// cannot move, and why.
  Result<process::Batch> move(const Officer& officer, const ServiceCode& service, int version,
                              bool rehearse);

  Result<OperationsBatch> batch(const Officer& officer, const ServiceCode& service,
                                process::BatchId id);

  // Of single cases; cases of other services are not_found "case_not_found". Both changes are one
  // transaction: process, history of the case, and the list of operations.

  Result<CaseAtHand> case_at_hand(const Officer& officer, const ServiceCode& service, CaseId id);
  /// Tries again where this case is stuck. → the incident that it ran into again, if it did.
  /// conflict "not_stuck".
  Result<std::optional<process::Incident>> retry_case(const Officer& officer,
                                                      const ServiceCode& service, CaseId id);
  /// Leaves a place and goes on at a step. invalid "unknown_place" (field "leave"),
  /// "unknown_target" (field "go_on_at"), "reason_missing", "text_too_long" (field "note");
  /// conflict "case_changed" (another version), "case_is_final", "fee_not_paid" (nothing is worked
  /// on before the fee has arrived), "supplement_open" (the applicant was asked from the task that
  /// would be left).
  Result<Foreseen> modify(const Officer& officer, const ServiceCode& service, CaseId id,
                          const Modification& change);
  /// Does all that modify() does, and undoes it.
  Result<Foreseen> rehearse(const Officer& officer, const ServiceCode& service, CaseId id,
                            const Modification& change);
  /// What was done by hand to cases of the service.
  Result<HandOperations> by_hand(const Officer& officer, const ServiceCode& service, int offset,
                                 int limit);

 private:
  Result<PackagePtr> owned(const Officer& officer, const ServiceCode& service) const;

  store::Database& database_;
  Casework& casework_;
};

}  // namespace minben::casework
