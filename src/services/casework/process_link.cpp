// Where the process engine and casework meet: tasks that open and close, the fee, the end.
#include <algorithm>

#include <spdlog/spdlog.h>
#include <boost/json/object.hpp>

#include "dry_run.hpp"
#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query cancel_task{
    "casework_cancel_task",
    "update casework.task set status = 'cancelled', version = version + 1"
    " where case_id = $1 and process_task = $2 and status in ('open', 'proposed')"};
constexpr Query last_review{
    "casework_last_review",
    "select agency from casework.task where case_id = $1 and kind = 'review' and status = 'done'"
    " order by done desc, process_task desc limit 1"};

constexpr Query open_steps{
    "casework_open_steps",
    "select step from casework.task where case_id = $1 and status in ('open', 'proposed')"};
constexpr Query set_package{
    "casework_set_package",
    "update casework.application set package_digest = $2 where case_id = $1"};

/// What one step of the process means for the case; used for the length of one transaction.
class StepEffects {
 public:
  StepEffects(Casework::Impl& impl, Transaction& tx, CaseRow row, PackagePtr package)
      : impl_(impl), tx_(tx), row_(std::move(row)), package_(std::move(package)) {}

  Result<void> apply(const process::Step& step) {
    for (const auto& effect : step.effects) {
      if (const auto* closed = std::get_if<process::CloseUserTask>(&effect);
          closed && !closed->completed) {
        MINBEN_CHECK(tx_.run(cancel_task, row_.id, closed->task));
      }
      if (const auto* stuck = std::get_if<process::RaiseIncident>(&effect)) {
        spdlog::error("casework.stuck case={} element={} cause={}", to_string(row_.id),
                      step.definition->node(stuck->node).id, stuck->incident.code);
      }
      if (const auto* call = std::get_if<process::RunService>(&effect)) {
        MINBEN_CHECK(started(step.definition->node(call->node).id));
      }
    }
    for (const auto& task : step.opened) MINBEN_CHECK(open(task));
    for (const auto& effect : step.effects) {
      const auto* ended = std::get_if<process::Ended>(&effect);
      if (ended && ended->status != process::Status::cancelled) MINBEN_CHECK(finish(step));
    }
    return {};
  }

 private:
  Result<AgencyCode> started(const std::string& element) {
    const auto* step = package_->step(element);
    if (!step) return fail(Kind::internal, "step_missing", element);
    MINBEN_TRY(agency, holder_of(*step, row_.ministry));
    MINBEN_CHECK(
        impl_.record(tx_, row_, {.event = "step_started", .agency = agency, .step = element}));
    return agency;
  }

  Result<void> open(const process::UserTask& task) {
    MINBEN_TRY(agency, started(task.element));
    const auto* step = package_->step(task.element);
    TaskRecord record;
    record.row.kind = step->kind == StepKind::opinion ? TaskKind::opinion : TaskKind::review;
    record.row.step = task.element;
    record.row.agency = agency;
    record.row.created = impl_.now();
    record.row.due = impl_.due_of(record, *package_);
    record.process_task = task.id.number;
    record.role = step->role;
    MINBEN_TRY(id, impl_.add_task(tx_, row_, record));
    record.row.id = id;
    return impl_.plan_task(tx_, row_, *package_, record);
  }

  const Ending* ending_of(const process::Step& step) const {
    for (auto entry = step.history.rbegin(); entry != step.history.rend(); ++entry) {
      const auto found = std::ranges::find(package_->endings, entry->element, &Ending::id);
      if (found != package_->endings.end()) return &*found;
    }
    return nullptr;
  }

  Result<void> finish(const process::Step& step) {
    const auto* ending = ending_of(step);
    if (!ending) return fail(Kind::internal, "no_ending", "the process ended outside of [endings]");
    AgencyCode agency = package_->owner;
    MINBEN_TRY(reviews, tx_.run(last_review, row_.id));
    if (!reviews.empty()) agency = reviews.front().id<AgencyCode>("agency");
    if (ending->state == State::approved) {
      MINBEN_CHECK(impl_.store_decision(tx_, row_, {true, agency, {}, {}}));
    }
    return impl_.end_case(tx_, row_, ending->state,
                          {.event = to_string(ending->state), .agency = agency, .step = ending->id},
                          ending);
  }

  Casework::Impl& impl_;
  Transaction& tx_;
  CaseRow row_;
  PackagePtr package_;
};

}  // namespace

Result<void> Casework::Impl::start_process(Transaction& tx, const CaseRow& row,
                                           const Package& package, const JsonObject& answers) {
  MINBEN_TRY(deployed, processes.deploy(tx, package.code.value, package.compiled->process));
  process::NewInstance instance;
  instance.id = instance_of(row.id);
  instance.key = package.code.value;
  instance.digest = deployed.digest;
  instance.business_key = row.number;
  instance.variables = first_variables(package, row.ministry, row.fee_twd, answers);
  MINBEN_CHECK(processes.start(tx, instance, actor_name(row.person)));
  return {};
}

// People's commands lock the case, then its process instance; jobs of the process do so in the same
// order, or the two would block each other until the database gives one of them up.
Result<void> Casework::Impl::before_job(Transaction& tx, const process::InstanceId& instance) {
  const auto locked = lock_case(tx, case_of(instance));
  if (locked || locked.error().kind == Kind::not_found) return {};  // of somebody's own process
  return std::unexpected(locked.error());
}

Result<void> Casework::Impl::on_step(Transaction& tx, const process::Step& step) {
  if (!is_code(step.key))  // "<area>/<code>": no service of casework's
    return others ? others->on_step(tx, step) : Result<void>{};
  MINBEN_TRY(row, lock_case(tx, case_of(step.instance)));
  MINBEN_TRY(package, package_of(row));
  if (package->compiled->process->digest != step.definition->digest) {
    MINBEN_TRY(newest, package_to_move_to(tx, row, *step.definition));
    package = newest;
    MINBEN_CHECK(move_case(tx, row, *package));
  }
  return StepEffects(*this, tx, std::move(row), std::move(package)).apply(step);
}

Result<void> Casework::Impl::may_migrate(Transaction& tx, const process::InstanceId& instance,
                                         const process::Definition& target) {
  const auto row = find_case(tx, case_of(instance));
  if (!row && row.error().kind == Kind::not_found) return {};  // of somebody's own process
  if (!row) return std::unexpected(row.error());
  MINBEN_CHECK(package_to_move_to(tx, *row, target));
  return {};
}

/// The newest package, when it has this process and every step that is open.
Result<PackagePtr> Casework::Impl::package_to_move_to(Transaction& tx, const CaseRow& row,
                                                      const process::Definition& target) {
  MINBEN_TRY(newest, parts.packages.newest(row.service));
  if (newest->compiled->process->digest != target.digest)
    return fail(Kind::conflict, "not_the_newest", "cases move to the version that is served now");
  MINBEN_TRY(package, package_of(row));
  MINBEN_TRY(open, tx.run(open_steps, row.id));
  for (const auto task : open) {
    const std::string step = task.text("step");
    const Step* before = package->step(step);
    const Step* after = newest->step(step);
    if (!after) return fail(Kind::conflict, "element_gone", step);
    if (before && before->kind != after->kind) return fail(Kind::conflict, "element_changed", step);
  }
  return newest;
}

/// What was decided so far stays; from now on the newer package's steps, rules and words apply.
Result<void> Casework::Impl::move_case(Transaction& tx, CaseRow& row, const Package& package) {
  row.package_digest = package.digest;
  MINBEN_CHECK(tx.run(set_package, row.id, row.package_digest));
  if (row.clock_from && !row.stopped_from) {
    MINBEN_CHECK(recount(tx, row, package));
    MINBEN_CHECK(save_case(tx, row));
  }
  return record(tx, row, {.event = "moved", .agency = package.owner});
}

Result<process::ServiceOutcome> Casework::Impl::payment_step(Transaction& tx,
                                                             const process::ServiceCall& call) {
  MINBEN_TRY(row, lock_case(tx, case_of(call.id.instance)));
  if (row.paid) {
    MINBEN_CHECK(record(tx, row, {.event = "step_done", .step = call.element}));
    return process::ServiceDone{};
  }
  row.payment_call = call.id.number;
  MINBEN_CHECK(save_case(tx, row));
  return process::ServiceLater{};
}

Result<void> Casework::Impl::on_payment(Transaction& tx, const payments::Payment& payment) {
  const bool matters =
      payment.status == payments::Status::paid || payment.status == payments::Status::expired;
  if (!matters) return {};
  MINBEN_TRY(row, lock_case(tx, payment.case_id));
  if (row.state != State::awaiting_payment || row.payment_id != to_string(payment.id)) return {};
  if (payment.status == payments::Status::expired) {
    return break_off(tx, row, State::closed,
                     {.event = "closed", .detail = {{"reason", "payment_lapsed"}}});
  }
  row.paid = true;
  row.state = State::in_review;
  MINBEN_CHECK(start_clock(tx, row));
  MINBEN_CHECK(save_case(tx, row));
  MINBEN_CHECK(record(tx, row, {.event = "paid", .detail = {{"amount_twd", row.fee_twd}}}));
  MINBEN_CHECK(notify(tx, row, "paid"));
  if (!row.payment_call) return {};  // the step has not asked yet; it will find the fee paid
  MINBEN_TRY(package, package_of(row));
  const auto step = std::ranges::find(package->steps, StepKind::payment, &Step::kind);
  MINBEN_CHECK(record(tx, row, {.event = "step_done", .step = step->id}));
  MINBEN_CHECK(
      processes.complete_service(tx, {instance_of(row.id), *row.payment_call}, {}, "payments"));
  return {};
}

}  // namespace minben::casework
