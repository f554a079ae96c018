// A single case in the hands of its service's owner: where it stands, another try, another way.
#include <algorithm>

#include <boost/json/object.hpp>

#include "dry_run.hpp"
#include "impl.hpp"
#include "repairs.hpp"

namespace minben::casework {

namespace {

using process::Definition;
using process::InstanceId;
using process::Token;
using process::Waiting;

constexpr int most_lines = 100;

constexpr Query insert_operation{
    "casework_insert_operation",
    "insert into casework.operation (case_id, operation_id, service, kind, officer_id, at, detail, "
    "reason) values ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr Query operations_of_case{
    "casework_operations_of_case",
    "select *, count(*) over () as total from casework.operation where case_id = $1 "
    "order by at desc, operation_id limit $2"};
constexpr Query operations_of_service{
    "casework_operations_of_service",
    "select *, count(*) over () as total from casework.operation where service = $1 "
    "order by at desc, operation_id limit $2 offset $3"};
constexpr Query asked_from_task{
    "casework_asked_from_task",
    "select 1 from casework.supplement s join casework.task t using (case_id, task_id) "
    "where s.case_id = $1 and s.status = 'open' and t.process_task = $2"};
constexpr Query work_on_task{"casework_work_on_task",
                             "select step, agency, claimed_by from casework.task where case_id = "
                             "$1 and process_task = $2 and status in ('open', 'proposed')"};
constexpr Query drop_proposals{
    "casework_drop_proposals",
    "update casework.proposal set status = 'dropped' where case_id = $1 and status = 'open' and "
    "task_id in (select task_id from casework.task where case_id = $1 and process_task = $2)"};
constexpr Query forget_waiting{
    "casework_forget_waiting_fetch",
    "delete from casework.waiting_fetch where case_id = $1 and call = $2"};

/// One case with its process, in one transaction.
struct Hand {
  Casework::Impl& impl;
  Transaction& tx;
  CaseRow row;
  PackagePtr package;
  process::State state;
  process::DefinitionPtr model;

  [[nodiscard]] InstanceId instance() const { return instance_of(row.id); }
};

/// `change`: locks the case, as every change of it begins.
Result<Hand> take(Casework::Impl& impl, Transaction& tx, const ServiceCode& service, CaseId id,
                  bool change) {
  MINBEN_TRY(row, change ? impl.lock_case(tx, id) : impl.find_case(tx, id));
  if (row.service != service) return fail(Kind::not_found, "case_not_found");
  MINBEN_TRY(package, impl.package_of(row));
  MINBEN_TRY(instance, impl.processes.instance(tx, instance_of(id)));
  MINBEN_TRY(model, impl.processes.definition(tx, instance.digest));
  return Hand{
      impl, tx, std::move(row), std::move(package), std::move(instance.state), std::move(model)};
}

/// Inside a loop or a multiple instance, what runs side by side shares one element.
bool repeats(const Definition& model, int node) {
  for (int at = node; at >= 0; at = model.node(at).parent)
    if (model.node(at).loop) return true;
  return false;
}

bool is_payment(const Hand& hand, const std::string& element) {
  const Step* step = hand.package->step(element);
  return step && step->kind == StepKind::payment;
}

/// Steps at the same level of the model: one token leaves, one begins, and what joins later still
/// counts right.
std::vector<std::string> targets_from(const Hand& hand, const Token& token) {
  std::vector<std::string> targets;
  const process::Node& here = hand.model->node(token.node);
  if (is_payment(hand, here.id) || repeats(*hand.model, token.node)) return targets;
  for (const Step& step : hand.package->steps) {
    if (step.kind == StepKind::payment) continue;
    const int index = hand.model->find(step.id);
    if (index < 0 || repeats(*hand.model, index)) continue;
    const process::Node& there = hand.model->node(index);
    const bool same_level = there.parent == here.parent && there.process == here.process;
    if (same_level && !there.for_compensation) targets.push_back(step.id);
  }
  return targets;
}

Place place_of(const Hand& hand, const Token& token) {
  const process::Node& node = hand.model->node(token.node);
  return {token.id,
          node.id,
          place_name(*hand.package, hand.model.get(), node.id),
          token.waiting,
          token.since,
          token.incident,
          targets_from(hand, token)};
}

std::optional<Error> unmovable(const Hand& hand) {
  const auto because = [](std::string_view code) { return fail(Kind::conflict, code).error(); };
  if (is_final(hand.row.state)) return because("case_is_final");
  if (hand.row.state == State::awaiting_payment) return because("fee_not_paid");
  return std::nullopt;
}

Result<Place> place_to_leave(const Hand& hand, const Modification& change) {
  for (const Token& token : hand.state.tokens) {
    if (token.id != change.leave) continue;
    Place place = place_of(hand, token);
    if (place.targets.empty()) break;
    if (std::ranges::find(place.targets, change.go_on_at) == place.targets.end())
      return fail(Kind::invalid, "unknown_target", change.go_on_at, "go_on_at");
    return place;
  }
  return fail(Kind::invalid, "unknown_place", std::to_string(change.leave), "leave");
}

Result<void> check_reason(std::string_view reason) {
  if (trim(reason).empty()) return fail(Kind::invalid, "reason_missing", "", "note");
  if (!is_utf8(reason)) return fail(Kind::invalid, "not_text", "", "note");
  if (length_in_characters(reason) > Modification::longest_reason)
    return fail(Kind::invalid, "text_too_long", "", "note");
  return {};
}

/// Into the list of operations; the reason is sealed with the applicant's key.
Result<void> write_down(Hand& hand, const Officer& officer, HandOperation::Kind kind,
                        const JsonObject& detail, std::string_view reason) {
  using OperationId = Id<struct OperationTag>;
  const auto id = OperationId::make(hand.impl.parts.clock, hand.impl.parts.random);
  std::optional<Bytes> sealed;
  if (!reason.empty()) {
    MINBEN_TRY(words,
               hand.impl.seal(hand.tx, hand.row.person, "operation", to_string(id), Json(reason)));
    sealed = std::move(words);
  }
  MINBEN_CHECK(hand.tx.run(insert_operation, hand.row.id, id, hand.row.service, to_string(kind),
                           officer.id, hand.impl.now(), Json(detail), sealed));
  return {};
}

Result<std::optional<Foreseen::Work>> work_on(Hand& hand, process::Number task) {
  MINBEN_TRY(rows, hand.tx.run(work_on_task, hand.row.id, task));
  if (rows.empty()) return std::nullopt;
  bool taken = false;
  for (const auto row : rows) taken = taken || !row.is_null("claimed_by");
  const auto row = rows.front();
  return Foreseen::Work{row.text("step"), row.id<AgencyCode>("agency"), taken};
}

/// What ends with the tokens that go, read before they do: tasks of officers, and fetches.
Result<std::vector<Foreseen::Work>> work_that_ends(Hand& hand, const process::StepResult& planned) {
  std::vector<Foreseen::Work> list;
  for (const auto& effect : planned.effects) {
    if (const auto* closed = std::get_if<process::CloseUserTask>(&effect)) {
      MINBEN_TRY(work, work_on(hand, closed->task));
      if (work) list.push_back(std::move(*work));
      MINBEN_CHECK(hand.tx.run(drop_proposals, hand.row.id, closed->task));
    } else if (const auto* stopped = std::get_if<process::StopService>(&effect)) {
      const Token* token = hand.state.token(stopped->call);
      const Step* step = token ? hand.package->step(hand.model->node(token->node).id) : nullptr;
      if (!step) continue;
      MINBEN_TRY(agency, holder_of(*step, hand.row.ministry));
      list.push_back({step->id, agency, false});
      MINBEN_CHECK(hand.tx.run(forget_waiting, hand.row.id, stopped->call));
    }
  }
  return list;
}

Result<std::vector<Foreseen::Work>> work_that_begins(const Hand& hand, const process::Step& done) {
  std::vector<Foreseen::Work> list;
  const auto add = [&](const std::string& element) -> Result<void> {
    const Step* step = hand.package->step(element);
    if (!step) return fail(Kind::internal, "step_missing", element);
    MINBEN_TRY(agency, holder_of(*step, hand.row.ministry));
    list.push_back({step->id, agency, false});
    return {};
  };
  for (const auto& task : done.opened) MINBEN_CHECK(add(task.element));
  for (const auto& effect : done.effects)
    if (const auto* call = std::get_if<process::RunService>(&effect))
      MINBEN_CHECK(add(hand.model->node(call->node).id));
  return list;
}

Result<Foreseen> carry_out(Hand& hand, const Officer& officer, const Modification& change) {
  auto& [impl, tx, row, package, state, model] = hand;
  if (row.version != change.version) return fail(Kind::conflict, "case_changed");
  if (auto reason = unmovable(hand)) return fail(*reason);
  MINBEN_TRY(left, place_to_leave(hand, change));
  MINBEN_TRY(asked, tx.run(asked_from_task, row.id, left.token));
  if (!asked.empty()) return fail(Kind::conflict, "supplement_open");

  const process::Modify command{{left.token}, {change.go_on_at}};
  MINBEN_TRY(planned, process::apply(*model, state, command, impl.now()));
  MINBEN_TRY(cancelled, work_that_ends(hand, planned));
  MINBEN_CHECK(impl.record(tx, row,
                           {.event = "modified",
                            .agency = officer.agency,
                            .officer = officer.id,
                            .step = package->step(left.element) ? left.element : std::string(),
                            .detail = {{"from", left.element}, {"to", change.go_on_at}}}));
  MINBEN_TRY(done, impl.processes.command(tx, hand.instance(), command, actor_name(officer.id)));
  MINBEN_CHECK(write_down(hand, officer, HandOperation::Kind::modify,
                          {{"from", left.element}, {"to", change.go_on_at}}, trim(change.reason)));
  MINBEN_TRY(opened, work_that_begins(hand, done));
  return Foreseen{std::move(left), std::move(cancelled), std::move(opened)};
}

Result<HandOperation> read_operation(const Casework::Impl& impl, Transaction& tx,
                                     const CaseRow& row, const store::Row& found) {
  MINBEN_TRY(package, impl.package_of(row));
  const Definition* model = package->compiled->process.get();
  const Json detail = found.json("detail");
  HandOperation one;
  one.kind = found.text("kind") == to_string(HandOperation::Kind::modify)
                 ? HandOperation::Kind::modify
                 : HandOperation::Kind::retry;
  one.case_id = row.id;
  one.number = row.number;
  one.officer = found.id<OfficerId>("officer_id");
  one.at = found.instant("at");
  one.from = place_name(*package, model, string_or(detail, "from"));
  if (const auto to = string_or(detail, "to"); !to.empty())
    one.to = place_name(*package, model, to);
  one.still_stuck = string_or(detail, "still_stuck");
  if (found.is_null("reason")) return one;
  const auto words =
      impl.open(tx, row.person, "operation", found.text("operation_id"), found.bytes("reason"));
  if (words) one.reason = std::string(words->as_string());
  else if (words.error().code == "erased") one.reason_erased = true;
  else return std::unexpected(words.error());
  return one;
}

}  // namespace

std::string_view to_string(HandOperation::Kind kind) {
  return kind == HandOperation::Kind::modify ? "modify" : "retry";
}

Bilingual place_name(const Package& package, const process::Definition* model,
                     std::string_view element) {
  if (const Step* step = package.step(element)) return step->title;
  const int node = model ? model->find(element) : -1;
  if (node >= 0) return model->node(node).name;
  return {std::string(element), std::string(element)};
}

Result<CaseAtHand> Operations::case_at_hand(const Officer& officer, const ServiceCode& service,
                                            CaseId id) {
  MINBEN_CHECK(owned(officer, service));
  auto& impl = *casework_.impl_;
  return database_.transact([&](Transaction& tx) -> Result<CaseAtHand> {
    MINBEN_TRY(hand, take(impl, tx, service, id, false));
    CaseAtHand view{id,
                    hand.row.number,
                    hand.row.state,
                    hand.row.version,
                    hand.package,
                    {},
                    {},
                    unmovable(hand),
                    {}};
    for (const Token& token : hand.state.tokens)
      if (token.loop == 0) view.places.push_back(place_of(hand, token));
    MINBEN_TRY(passed, impl.passed_elements(tx, hand.row));
    view.passed_elements = std::move(passed);
    MINBEN_TRY(rows, tx.run(operations_of_case, id, most_lines));
    for (const auto found : rows) {
      MINBEN_TRY(one, read_operation(impl, tx, hand.row, found));
      view.operations.push_back(std::move(one));
    }
    return view;
  });
}

Result<std::optional<process::Incident>> Operations::retry_case(const Officer& officer,
                                                                const ServiceCode& service,
                                                                CaseId id) {
  MINBEN_CHECK(owned(officer, service));
  auto& impl = *casework_.impl_;
  return database_.transact([&](Transaction& tx) -> Result<std::optional<process::Incident>> {
    MINBEN_TRY(hand, take(impl, tx, service, id, true));
    std::optional<process::Incident> again;
    bool stuck = false;
    for (const Token& token : hand.state.tokens) {
      if (!token.incident) continue;
      stuck = true;
      const std::string& element = hand.model->node(token.node).id;
      const auto step = impl.processes.command(tx, hand.instance(), process::Retry{token.id},
                                               actor_name(officer.id));
      if (!step && step.error().code == "no_incident") continue;  // gone with the one before
      if (!step) return std::unexpected(step.error());
      const Token* after = step->state->token(token.id);
      JsonObject detail{{"from", element}};
      if (after && after->incident) {
        again = after->incident;
        detail["still_stuck"] = again->code;
      } else {
        const bool is_step = hand.package->step(element) != nullptr;
        MINBEN_CHECK(impl.record(tx, hand.row,
                                 {.event = "retried",
                                  .agency = officer.agency,
                                  .officer = officer.id,
                                  .step = is_step ? element : std::string()}));
      }
      MINBEN_CHECK(write_down(hand, officer, HandOperation::Kind::retry, detail, {}));
    }
    if (!stuck) return fail(Kind::conflict, "not_stuck");
    return again;
  });
}

Result<Foreseen> Operations::modify(const Officer& officer, const ServiceCode& service, CaseId id,
                                    const Modification& change) {
  MINBEN_CHECK(owned(officer, service));
  MINBEN_CHECK(check_reason(change.reason));
  return database_.transact([&](Transaction& tx) -> Result<Foreseen> {
    MINBEN_TRY(hand, take(*casework_.impl_, tx, service, id, true));
    return carry_out(hand, officer, change);
  });
}

Result<Foreseen> Operations::rehearse(const Officer& officer, const ServiceCode& service, CaseId id,
                                      const Modification& change) {
  MINBEN_CHECK(owned(officer, service));
  MINBEN_CHECK(check_reason(change.reason));
  std::optional<Foreseen> foreseen;
  const auto undone = database_.transact([&](Transaction& tx) -> Result<void> {
    foreseen.reset();
    MINBEN_TRY(hand, take(*casework_.impl_, tx, service, id, true));
    MINBEN_TRY(seen, carry_out(hand, officer, change));
    foreseen = std::move(seen);
    return fail(Kind::conflict, "only_rehearsed");  // which rolls it back
  });
  if (!foreseen) return std::unexpected(undone.error());
  return std::move(*foreseen);
}

Result<HandOperations> Operations::by_hand(const Officer& officer, const ServiceCode& service,
                                           int offset, int limit) {
  MINBEN_CHECK(owned(officer, service));
  auto& impl = *casework_.impl_;
  return database_.transact([&](Transaction& tx) -> Result<HandOperations> {
    HandOperations found;
    MINBEN_TRY(rows, tx.run(operations_of_service, service, std::clamp(limit, 1, most_lines),
                            std::max(0, offset)));
    for (const auto line : rows) {
      found.total = static_cast<int>(line.integer("total"));
      MINBEN_TRY(row, impl.find_case(tx, line.id<CaseId>("case_id")));
      MINBEN_TRY(one, read_operation(impl, tx, row, line));
      found.list.push_back(std::move(one));
    }
    return found;
  });
}

}  // namespace minben::casework
