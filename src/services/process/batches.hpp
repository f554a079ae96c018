#pragma once
// One operation on many instances, each with its own result: migrate to another version, try again
// what is stuck, suspend, resume, cancel.
//
// A batch is a row for itself and one for each instance, chosen when it begins. A job works through
// them, some in a transaction, each between savepoints: what fails for one instance is noted and
// changes nothing for the others. Kill anywhere: the job goes on with those that still wait.
#include "process/process.hpp"

namespace minben::process {

using BatchId = Id<struct BatchTag>;

struct Operation {
  enum class Kind : std::uint8_t { migrate, retry, suspend, resume, cancel };
  Kind kind = Kind::migrate;
  // Which running instances of the key:
  int version = 0;       ///< only of this version; 0: of any
  std::string incident;  ///< retry: only incidents of this code; "": any
  // What is done:
  int to_version = 0;    ///< migrate
  Renames renames;       ///< migrate
  bool dry_run = false;  ///< migrate: only says what stands against it
  std::string reason;    ///< cancel: a code
};
std::string_view to_string(Operation::Kind kind);
Result<Operation::Kind> parse_operation(std::string_view text);
Json to_json(const Operation& operation);
Result<Operation> operation_from_json(const Json& json);

struct Batch {
  BatchId id;
  std::string key;
  Operation operation;
  std::string actor;
  Instant at{};
  std::optional<Instant> finished;
  std::int64_t waiting = 0, done = 0, failed = 0;
};

struct BatchItem {
  InstanceId instance;
  std::string status;  ///< "waiting", "done" (of a dry run: it can move) or "failed"
  std::string code;    ///< why it failed
  std::string detail;
};

/// How often what stood against it, for a glance at a large batch.
struct BatchCause {
  std::string code;
  std::string detail;
  std::int64_t instances = 0;
};

/// Thread-safe.
class Batches {
 public:
  Batches(Processes& processes, const Clock& clock, Random& random);
  ~Batches();

  /// Chooses the instances and begins. invalid "unknown_version"; not_found "no_such_process".
  Result<Batch> begin(store::Transaction& transaction, std::string_view key,
                      const Operation& operation, std::string_view actor);
  Result<Batch> find(store::Transaction& transaction, BatchId id);  ///< not_found "no_such_batch"
  /// The latest of a key first: what operators did.
  Result<std::vector<Batch>> list(store::Transaction& transaction, std::string_view key,
                                  int limit = 50);
  /// In the order of their ids; `status` "" for all.
  Result<std::vector<BatchItem>> items(store::Transaction& transaction, BatchId id,
                                       std::string_view status, const InstanceId& after,
                                       int limit = 100);
  Result<std::vector<BatchCause>> causes(store::Transaction& transaction, BatchId id);

  /// Before workers.start().
  void attach(store::Workers& workers);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::process
