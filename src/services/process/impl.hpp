#pragma once
// Shared by the files of the durable layer.
#include <shared_mutex>

#include "process/process.hpp"

namespace minben::process {

/// An instance's row, locked for this transaction, with its model and its state.
struct Loaded {
  InstanceId id;
  std::string key;
  std::string digest;
  DefinitionPtr definition;
  State state;
  bool fresh = false;  ///< has no row yet
  int version = 0;
};

enum class Lock {
  none,     ///< read only
  wait,     ///< until the other transaction ends
  if_free,  ///< conflict "instance_busy": for jobs, which hold their own row's lock already
};

struct Processes::Impl {
  Impl(const Clock& a_clock, Ports a_ports, ProcessesConfig a_config);

  const Clock& clock;
  Ports ports;
  ProcessesConfig config;
  SystemRandom system_random;
  std::map<std::string, ServiceHandler, std::less<>> handlers;
  ServiceHandler outside;

  std::shared_mutex models_mutex;
  std::map<std::string, DefinitionPtr, std::less<>> models;  ///< by digest; a model never changes

  // deployments.cpp
  Result<DefinitionPtr> definition(store::Transaction& tx, std::string_view digest);
  void keep(const DefinitionPtr& definition);

  // advance.cpp
  Result<Loaded> load(store::Transaction& tx, const InstanceId& id, Lock lock);
  Result<Step> advance(store::Transaction& tx, Loaded instance, Command command,
                       std::string_view actor);
  Result<Step> command(store::Transaction& tx, const InstanceId& id, Command command,
                       std::string_view actor, Lock lock = Lock::wait);
  Result<Step> job_command(store::Transaction& tx, const InstanceId& id, Command command,
                           std::string_view actor, Lock lock);
  Command answer(const Loaded& instance, const Decide& question, Instant now) const;
  void save(store::Transaction& tx, const Loaded& instance, Instant now);

  // effects.cpp
  Result<void> carry_out(store::Transaction& tx, const Loaded& instance, Step& step);
  UserTask user_task(const Loaded& instance, const OpenUserTask& effect, Instant now) const;
  [[nodiscard]] Instant due_after(const AgencyCode& agency, Instant from, int days) const;

  // background.cpp
  Result<InstanceId> correlate(store::Transaction& tx, std::string_view name, std::string_view key,
                               const JsonObject& variables, std::string_view actor,
                               std::string_view area = {});
  Result<int> signal(store::Transaction& tx, std::string_view name, const JsonObject& variables,
                     std::string_view source, const InstanceId& except, std::string_view area = {});
  Result<InstanceId> start_by_event(store::Transaction& tx, std::string_view key,
                                    std::string_view process, std::string_view element,
                                    std::string_view business_key, const JsonObject& variables,
                                    std::string_view actor);
  Result<void> run_timer(store::Transaction& tx, const store::Job& job);
  Result<void> run_service(store::Transaction& tx, const store::Job& job);
  [[nodiscard]] const ServiceHandler* handler_of(const ServiceCall& call) const;
  Result<void> run_message(store::Transaction& tx, const store::Job& job);
  Result<void> run_signal(store::Transaction& tx, const store::Job& job);
  Result<void> run_start(store::Transaction& tx, const store::Job& job);
  Result<void> plan_timer_starts(store::Transaction& tx, std::string_view key,
                                 const Definition& definition);
  [[nodiscard]] Random& random() { return ports.random ? *ports.random : system_random; }

  // tasks.cpp
  Result<UserTask> read_task(store::Transaction& tx, const store::Row& row);
};

/// Around what may fail without undoing the rest of its transaction; not nested.
namespace savepoint {
inline constexpr store::Query set{"process_savepoint", "savepoint process"};
inline constexpr store::Query keep{"process_savepoint_keep", "release savepoint process"};
inline constexpr store::Query undo{"process_savepoint_undo", "rollback to savepoint process"};
}  // namespace savepoint

/// Kinds of jobs.
inline constexpr std::string_view job_timer = "process.timer";
inline constexpr std::string_view job_service = "process.service";
inline constexpr std::string_view job_message = "process.message";
inline constexpr std::string_view job_signal = "process.signal";
inline constexpr std::string_view job_start = "process.start";

/// The first difference between two JSON values, as a path; numbers are compared as numbers, since
/// jsonb does not keep their spelling.
std::optional<std::string> difference(const Json& a, const Json& b, const std::string& path = "");

}  // namespace minben::process
