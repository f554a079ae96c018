#pragma once
// For the owners of a service: which versions run, what is stuck, and operations on all of it.
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
  std::string step;
  std::string code;  ///< why
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

 private:
  Result<PackagePtr> owned(const Officer& officer, const ServiceCode& service) const;

  store::Database& database_;
  Casework& casework_;
};

}  // namespace minben::casework
