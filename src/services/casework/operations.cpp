#include "casework/operations.hpp"

#include <map>

#include "impl.hpp"
#include "repairs.hpp"

namespace minben::casework {

namespace {

constexpr int most_lines = 100;

constexpr Query number_of{"casework_number_of",
                          "select number from casework.application where case_id = $1"};

Result<std::string> number(Transaction& tx, const process::InstanceId& id) {
  MINBEN_TRY(rows, tx.run(number_of, id));
  return rows.empty() ? std::string() : rows.front().text("number");
}

}  // namespace

Operations::Operations(store::Database& database, Casework& casework)
    : database_(database), casework_(casework) {}

std::vector<PackagePtr> Operations::services(const Officer& officer) const {
  std::vector<PackagePtr> owned;
  if (!officer.active || !officer.has_role(identity::role::service_owner)) return owned;
  for (const PackagePtr& package : casework_.packages().all())
    if (package->owner == officer.agency) owned.push_back(package);
  return owned;
}

Result<PackagePtr> Operations::owned(const Officer& officer, const ServiceCode& service) const {
  MINBEN_TRY(package, casework_.packages().newest(service));
  const bool owner = officer.active && officer.has_role(identity::role::service_owner) &&
                     package->owner == officer.agency;
  if (!owner) return fail(Kind::forbidden, "role_missing", identity::role::service_owner);
  return package;
}

Result<OperationsView> Operations::look(const Officer& officer, const ServiceCode& service) {
  MINBEN_TRY(package, owned(officer, service));
  auto& processes = casework_.processes();
  return database_.transact([&](Transaction& tx) -> Result<OperationsView> {
    OperationsView view{package, {}, {}, {}};
    MINBEN_TRY(newest, processes.deploy(tx, service.value, package->compiled->process));
    MINBEN_TRY(all, processes.deployments(tx, service.value));
    MINBEN_TRY(running, processes.running(tx, service.value));
    const std::map<int, std::int64_t> counts(running.begin(), running.end());
    for (const auto& each : all) {
      const auto count = counts.find(each.version);
      view.versions.push_back({each.version, each.at, count == counts.end() ? 0 : count->second,
                               each.version == newest.version});
    }
    MINBEN_TRY(stuck, processes.incidents(tx, service.value, most_lines));
    for (const auto& line : stuck) {
      view.stuck.push_back({case_of(line.instance), line.business_key,
                            place_name(*package, line.definition.get(), line.element),
                            line.incident.code, line.incident.detail, line.incident.at});
    }
    MINBEN_TRY(batches, casework_.batches().list(tx, service.value, most_lines));
    view.batches = std::move(batches);
    return view;
  });
}

Result<process::Batch> Operations::retry(const Officer& officer, const ServiceCode& service) {
  MINBEN_CHECK(owned(officer, service));
  process::Operation operation;
  operation.kind = process::Operation::Kind::retry;
  return database_.transact([&](Transaction& tx) {
    return casework_.batches().begin(tx, service.value, operation, actor_name(officer.id));
  });
}

Result<process::Batch> Operations::move(const Officer& officer, const ServiceCode& service,
                                        int version, bool rehearse) {
  MINBEN_TRY(package, owned(officer, service));
  return database_.transact([&](Transaction& tx) -> Result<process::Batch> {
    MINBEN_TRY(newest, casework_.processes().deploy(tx, service.value, package->compiled->process));
    if (version == newest.version)
      return fail(Kind::conflict, "already_newest", "these cases run on it already");
    process::Operation operation;
    operation.version = version;
    operation.to_version = newest.version;
    operation.dry_run = rehearse;
    return casework_.batches().begin(tx, service.value, operation, actor_name(officer.id));
  });
}

Result<OperationsBatch> Operations::batch(const Officer& officer, const ServiceCode& service,
                                          process::BatchId id) {
  MINBEN_CHECK(owned(officer, service));
  return database_.transact([&](Transaction& tx) -> Result<OperationsBatch> {
    MINBEN_TRY(batch, casework_.batches().find(tx, id));
    if (batch.key != service.value) return fail(Kind::not_found, "no_such_batch", to_string(id));
    OperationsBatch view{std::move(batch), {}, {}};
    MINBEN_TRY(causes, casework_.batches().causes(tx, id));
    view.causes = std::move(causes);
    MINBEN_TRY(failed, casework_.batches().items(tx, id, "failed", {}, most_lines));
    for (const auto& item : failed) {
      MINBEN_TRY(application, number(tx, item.instance));
      view.failed.push_back({case_of(item.instance), application, {}, item.code, item.detail, {}});
    }
    return view;
  });
}

}  // namespace minben::casework
