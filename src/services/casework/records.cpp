// One case's row, its history, and the sealing of what is personal.
#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "answers.hpp"
#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query select_case{"casework_find_case",
                            "select * from casework.application where case_id = $1"};
constexpr Query lock_row{"casework_lock_case",
                         "select * from casework.application where case_id = $1 for update"};
constexpr Query update_case{
    "casework_update_case",
    "update casework.application set state = $2, ministry = $3, payment_id = $4, payment_call = $5,"
    " paid = $6, pay_until = $7, clock_from = $8, stopped_from = $9, stopped_days = $10, due = $11,"
    " ended = $12 where case_id = $1"};
constexpr Query update_answers{
    "casework_update_answers",
    "update casework.application set answers = $2, choices = $3 where case_id = $1"};
constexpr Query next_sequence{
    "casework_next_sequence",
    "update casework.application set history_length = history_length + 1, version = version + 1"
    " where case_id = $1 returning history_length, version"};
constexpr Query insert_history{
    "casework_insert_history",
    "insert into casework.history (case_id, sequence, at, event, agency, officer_id, by_applicant, "
    "step,"
    " detail, state, ledger_entry, act) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
    "$12)"};

std::optional<AgencyCode> optional_agency(const store::Row& row, std::string_view column) {
  if (row.is_null(column)) return std::nullopt;
  return row.id<AgencyCode>(column);
}

CaseRow read_case(const store::Row& row) {
  CaseRow found;
  found.id = row.id<CaseId>("case_id");
  found.person = row.id<PersonId>("person_id");
  found.number = row.text("number");
  found.service = row.id<ServiceCode>("service");
  found.package_digest = row.text("package_digest");
  const auto state = parse_state(row.text("state"));
  MINBEN_ASSERT(state.has_value());
  found.state = *state;
  found.version = static_cast<int>(row.integer("version"));
  found.answers = row.bytes("answers");
  found.ministry = optional_agency(row, "ministry");
  found.fee_twd = row.integer("fee_twd");
  found.payment_id = row.text("payment_id");
  if (!row.is_null("payment_call")) found.payment_call = row.integer("payment_call");
  found.paid = row.boolean("paid");
  found.pay_until = row.optional_date("pay_until");
  found.statutory_days = static_cast<int>(row.integer("statutory_days"));
  found.submitted = row.instant("submitted");
  found.clock_from = row.optional_date("clock_from");
  found.stopped_from = row.optional_date("stopped_from");
  found.stopped_days = static_cast<int>(row.integer("stopped_days"));
  found.due = row.optional_date("due");
  found.ended = row.optional_instant("ended");
  return found;
}

Result<CaseRow> one_case(Result<store::Rows> rows) {
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return fail(Kind::not_found, "case_not_found");
  return read_case(rows->front());
}

std::optional<std::string> uuid_or_null(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::string context_of(std::string_view what, const std::string& id) {
  return fmt::format("casework.{}:{}", what, id);
}

}  // namespace

JsonObject ledger_content(const CaseRow& row, std::int64_t sequence, std::string_view event,
                          std::string_view state, const std::optional<identity::Act>& act) {
  JsonObject content{{"case", to_string(row.id)},
                     {"number", row.number},
                     {"service", row.service.value},
                     {"state", state},
                     {"event", event},
                     {"sequence", sequence}};
  if (act) content["act"] = identity::to_json(*act);
  return content;
}

std::optional<identity::Act> act_of(const store::Row& row) {
  if (row.is_null("act")) return std::nullopt;
  return identity::act_from(row.json("act"));
}

bool is_own(const CaseRow& row, const Applicant& applicant) {
  return row.person == applicant.person && applicant.powers.for_service(row.service);
}

std::string actor_name(OfficerId id) { return "officer:" + to_string(id); }
std::string actor_name(PersonId id) { return "person:" + to_string(id); }

Result<CaseRow> Casework::Impl::find_case(Transaction& tx, CaseId id) const {
  return one_case(tx.run(select_case, id));
}

namespace {
Result<CaseRow> if_own(CaseRow row, const Applicant& applicant) {
  if (!is_own(row, applicant)) return fail(Kind::not_found, "case_not_found");
  return row;
}
}  // namespace

Result<CaseRow> Casework::Impl::find_case_of(Transaction& tx, CaseId id,
                                             const Applicant& applicant) const {
  MINBEN_TRY(row, find_case(tx, id));
  return if_own(std::move(row), applicant);
}

Result<CaseRow> Casework::Impl::lock_case(Transaction& tx, CaseId id) const {
  return one_case(tx.run(lock_row, id));
}

Result<CaseRow> Casework::Impl::lock_case_of(Transaction& tx, CaseId id,
                                             const Applicant& applicant) const {
  MINBEN_TRY(row, lock_case(tx, id));
  return if_own(std::move(row), applicant);
}

Result<void> Casework::Impl::save_case(Transaction& tx, const CaseRow& row) const {
  MINBEN_CHECK(tx.run(update_case, row.id, to_string(row.state), row.ministry,
                      uuid_or_null(row.payment_id), row.payment_call, row.paid, row.pay_until,
                      row.clock_from, row.stopped_from, row.stopped_days, row.due, row.ended));
  return {};
}

Result<void> Casework::Impl::record(Transaction& tx, CaseRow& row, const Entry& entry) const {
  MINBEN_TRY(counted, tx.run(next_sequence, row.id));
  const auto sequence = counted.front().integer("history_length");
  row.version = static_cast<int>(counted.front().integer("version"));
  const auto state = to_string(row.state);
  const auto content = ledger_content(row, sequence, entry.event, state, entry.act);
  MINBEN_TRY(promise, parts.commitments.commit(tx, "case", row.person, Json(content)));
  const auto act = entry.act ? std::optional(identity::to_json(*entry.act)) : std::nullopt;
  const auto officer = entry.officer.is_nil() ? std::nullopt : std::optional(entry.officer);
  MINBEN_CHECK(tx.run(insert_history, row.id, sequence, now(), entry.event, entry.agency, officer,
                      entry.by_applicant, entry.step, Json(entry.detail), state, promise, act));
  // Whom an event reaches need not know who acted.
  return store::publish(tx, "case", to_string(row.id),
                        Json(ledger_content(row, sequence, entry.event, state, {})));
}

Result<Bytes> Casework::Impl::seal(Transaction& tx, PersonId person, std::string_view what,
                                   const std::string& id, const Json& value) const {
  return parts.identity.vault().seal_json(tx, person, context_of(what, id), value);
}

Result<Json> Casework::Impl::open(Transaction& tx, PersonId person, std::string_view what,
                                  const std::string& id, const Bytes& sealed) const {
  return parts.identity.vault().open_json(tx, person, context_of(what, id), sealed);
}

Result<JsonObject> Casework::Impl::answers_of(Transaction& tx, const CaseRow& row) const {
  MINBEN_TRY(answers, open(tx, row.person, "answers", to_string(row.id), row.answers));
  MINBEN_ASSERT(answers.is_object());
  return std::move(answers.as_object());
}

Result<void> Casework::Impl::save_answers(Transaction& tx, const CaseRow& row,
                                          const Package& package, const JsonObject& answers) const {
  MINBEN_TRY(sealed, seal(tx, row.person, "answers", to_string(row.id), Json(answers)));
  MINBEN_CHECK(
      tx.run(update_answers, row.id, sealed, Json(filter_choices(package.queue_filters, answers))));
  return {};
}

}  // namespace minben::casework
