// Data from registers under the applicant's consent. A fetch waits for other machines, so nothing is
// locked while it runs; what came back is written in the transaction of the job that asked.
#include <algorithm>
#include <map>

#include <boost/json/object.hpp>
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr int tries = 4;  ///< of a register that does not answer; then officers do without

constexpr Query insert_item{
    "casework_insert_fetched",
    "insert into casework.fetched (case_id, item, consent_id, status) values ($1, $2, $3, 'asked')"};
constexpr Query asked_items{
    "casework_asked_items",
    "select item, consent_id from casework.fetched where case_id = $1 and status = 'asked' order by item"};
constexpr Query settle_item{
    "casework_settle_item",
    "update casework.fetched set status = $3, content = $4, at = $5 where case_id = $1 and item = $2"};
constexpr Query find_consent{"casework_find_consent",
                             "select item from casework.fetched where case_id = $1 and consent_id = $2"};

constexpr Query insert_waiting{
    "casework_insert_waiting_fetch",
    "insert into casework.waiting_fetch (case_id, step, call, until) values ($1, $2, $3, $4)"
    " on conflict (case_id, step) do update set call = $3, until = $4"};
constexpr Query delete_waiting{"casework_delete_waiting_fetch",
                               "delete from casework.waiting_fetch where case_id = $1 and step = $2"};
constexpr Query list_waiting{"casework_list_waiting_fetch",
                             "select step, call, until from casework.waiting_fetch where case_id = $1"};

mydata::ConsentTerms terms_of(const DataItem& item) {
  mydata::ConsentTerms terms;
  terms.provider = item.provider;
  terms.subsystem = item.subsystem;
  terms.service = item.service;
  terms.title = item.title;
  for (const auto& [name, title] : item.fields) terms.fields.push_back({name, title});
  terms.recipient = item.consumer;
  terms.recipient_subsystem = item.consumer_subsystem;
  terms.purpose_code = item.purpose_code;
  terms.purpose = item.purpose;
  terms.legal_basis = item.legal_basis;
  terms.max_fetches = item.max_fetches;
  terms.retention_days = item.retention_days;
  return terms;
}

/// One item of a fetch step on its way.
struct Attempt {
  const DataItem* item = nullptr;
  mydata::ConsentId consent;
  enum class Result { fetched, no_consent, unavailable, waiting } result = Result::waiting;
  Json data;
};

std::string_view status_of(Attempt::Result result) {
  if (result == Attempt::Result::fetched) return "fetched";
  return result == Attempt::Result::no_consent ? "no_consent" : "unavailable";
}

Result<JsonObject> query_for(const Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                             const DataItem& item) {
  MINBEN_TRY(answers, impl.answers_of(tx, row));
  JsonObject query;
  for (const auto& [parameter, source] : item.query) {
    if (source == "@national_id") {
      MINBEN_TRY(person, impl.parts.identity.person(tx, row.person));
      if (!person.profile.national_id.empty()) query[parameter] = person.profile.national_id;
    } else if (const auto* value = answers.if_contains(source)) {
      query[parameter] = *value;
    }
  }
  return query;
}

/// Failures that another try may cure are errors until tries are used up; all others settle the item.
Result<void> attempt(Casework::Impl& impl, Transaction& tx, const CaseRow& row, Attempt& work, bool last_try) {
  using State = mydata::ConsentState;
  MINBEN_TRY(consent, impl.parts.mydata.consent(tx, row.person, work.consent));
  if (consent.state == State::requested) return {};
  work.result = Attempt::Result::no_consent;
  if (!consent.allows_fetch()) return {};
  work.result = Attempt::Result::unavailable;
  MINBEN_TRY(query, query_for(impl, tx, row, *work.item));
  if (query.empty()) return {};  // nothing to look the person up by
  auto fetched = impl.parts.mydata.fetch(row.person, work.consent, work.item->consumer, work.item->purpose_code,
                                         Json(query));
  if (fetched) {
    work.result = Attempt::Result::fetched;
    work.data = std::move(fetched->data);
    return {};
  }
  const auto& error = fetched.error();
  spdlog::warn("casework.fetch case={} item={} error={}", to_string(row.id), work.item->name, error.code);
  if (error.code == "consent_withdrawn") work.result = Attempt::Result::no_consent;
  const bool curable = error.kind == Kind::unavailable || error.kind == Kind::internal || error.kind == Kind::too_many;
  if (curable && !last_try) return std::unexpected(error);
  return {};
}

Result<void> settle(Casework::Impl& impl, Transaction& tx, CaseRow& row, const Attempt& work) {
  std::optional<Bytes> content;
  if (work.result == Attempt::Result::fetched) {
    MINBEN_TRY(sealed, impl.seal(tx, row.person, "fetched." + work.item->name, to_string(row.id), work.data));
    content = std::move(sealed);
  }
  MINBEN_CHECK(tx.run(settle_item, row.id, work.item->name, status_of(work.result), content, impl.now()));
  const bool fetched = work.result == Attempt::Result::fetched;
  return impl.record(tx, row, {.event = fetched ? "data_fetched" : "data_unavailable",
                               .agency = work.item->consumer,
                               .detail = {{"item", work.item->name}, {"status", status_of(work.result)}}});
}

Result<std::vector<Attempt>> open_items(Transaction& tx, const CaseRow& row, const Package& package,
                                        const Step& step) {
  MINBEN_TRY(rows, tx.run(asked_items, row.id));
  std::vector<Attempt> list;
  for (const auto found : rows) {
    const auto name = found.text("item");
    const auto* item = package.item(name);
    const bool wanted = std::ranges::find(step.items, name) != step.items.end();
    if (item && wanted) {
      Attempt work;
      work.item = item;
      work.consent = found.id<mydata::ConsentId>("consent_id");
      list.push_back(std::move(work));
    }
  }
  return list;
}

/// Fetches what can be fetched; true when the step is done.
Result<bool> run_step(Casework::Impl& impl, Transaction& tx, CaseId id, const Step& step, const Package& package,
                      int number_of_try, bool give_up_waiting) {
  MINBEN_TRY(seen, impl.find_case(tx, id));
  MINBEN_TRY(items, open_items(tx, seen, package, step));
  for (auto& work : items) MINBEN_CHECK(attempt(impl, tx, seen, work, number_of_try >= tries));
  MINBEN_TRY(row, impl.lock_case(tx, id));
  if (is_final(row.state)) return false;  // ended meanwhile: what was fetched is dropped
  bool waiting = false;
  for (auto& work : items) {
    if (work.result == Attempt::Result::waiting && give_up_waiting) work.result = Attempt::Result::no_consent;
    if (work.result == Attempt::Result::waiting) waiting = true;
    else MINBEN_CHECK(settle(impl, tx, row, work));
  }
  if (waiting) return false;
  MINBEN_CHECK(impl.record(tx, row, {.event = "step_done", .step = step.id}));
  return true;
}

Instant patience_ends(const Casework::Impl& impl, const Step& step) {
  const auto last = impl.parts.calendar.add_working_days(impl.today(), step.working_days);
  return taiwan_midnight(add_days(last, 1));
}

/// A fetch step that waits for the applicant to answer about consent.
struct WaitingStep {
  CaseId id;
  std::string step;
  std::int64_t call = 0;
  Instant until{};
};

Result<void> look_again(Transaction& tx, const WaitingStep& waiting, Instant at) {
  return store::enqueue(tx, {"casework.fetch", to_string(waiting.id) + ":" + waiting.step,
                             Json(JsonObject{{"case", to_string(waiting.id)},
                                             {"step", waiting.step},
                                             {"call", waiting.call},
                                             {"until", minben::to_string(waiting.until)}}),
                             at});
}

}  // namespace

Result<void> Casework::Impl::ask_consents(Transaction& tx, const CaseRow& row, const Package& package) const {
  for (const auto& item : package.items) {
    mydata::ConsentRequest request;
    request.person = row.person;
    request.case_id = row.id;
    request.terms = terms_of(item);
    request.answer_by = now() + days{90};
    MINBEN_TRY(consent, parts.mydata.request(tx, request));
    MINBEN_CHECK(tx.run(insert_item, row.id, item.name, consent));
  }
  return {};
}

Result<process::ServiceOutcome> Casework::Impl::fetch_step(Transaction& tx, const process::ServiceCall& call) {
  const auto id = case_of(call.id.instance);
  MINBEN_TRY(row, find_case(tx, id));
  MINBEN_TRY(package, package_of(row));
  const auto* step = package->step(call.element);
  if (!step) return fail(Kind::internal, "step_missing", call.element);
  MINBEN_TRY(done, run_step(*this, tx, id, *step, *package, call.attempt, false));
  if (done) return process::ServiceDone{};
  const WaitingStep waiting{id, step->id, call.id.number, patience_ends(*this, *step)};
  MINBEN_CHECK(tx.run(insert_waiting, id, waiting.step, waiting.call, waiting.until));
  MINBEN_CHECK(look_again(tx, waiting, waiting.until));
  return process::ServiceLater{};
}

Result<void> Casework::Impl::fetch_again(Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, CaseId::parse(string_or(job.payload, "case")));
  MINBEN_TRY(call, get_integer(job.payload, "call"));
  MINBEN_TRY(until, parse_instant(string_or(job.payload, "until")));
  const WaitingStep waiting{id, string_or(job.payload, "step"), call, until};
  MINBEN_TRY(row, find_case(tx, id));
  if (is_final(row.state)) return {};
  MINBEN_TRY(package, package_of(row));
  const auto* step = package->step(waiting.step);
  if (!step) return fail(Kind::internal, "step_missing", waiting.step);
  MINBEN_TRY(done, run_step(*this, tx, id, *step, *package, job.attempt, now() >= until));
  if (!done) return is_final(row.state) ? Result<void>{} : look_again(tx, waiting, until);
  MINBEN_CHECK(tx.run(delete_waiting, id, waiting.step));
  MINBEN_CHECK(processes.complete_service(tx, {instance_of(id), call}, {}, "casework"));
  return {};
}

Result<void> Casework::answer_consent(const Applicant& applicant, CaseId id, std::string_view consent_id,
                                      bool grant) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl.lock_case_of(tx, id, applicant));
    MINBEN_TRY(package, impl.package_of(row));
    MINBEN_CHECK(impl.require_assurance(applicant, *package));
    if (is_final(row.state)) return fail(Kind::conflict, "case_is_final");
    const auto consent = mydata::ConsentId::parse(consent_id);
    if (!consent) return fail(Kind::not_found, "consent_not_found");
    MINBEN_TRY(known, tx.run(find_consent, id, *consent));
    if (known.empty()) return fail(Kind::not_found, "consent_not_found");
    auto& mydata = impl.parts.mydata;
    MINBEN_CHECK(grant ? mydata.grant(tx, applicant.person, *consent, applicant.assurance)
                       : mydata.refuse(tx, applicant.person, *consent, applicant.assurance));
    MINBEN_TRY(waiting, tx.run(list_waiting, id));
    for (const auto found : waiting) {
      MINBEN_CHECK(look_again(tx, {id, found.text("step"), found.integer("call"), found.instant("until")},
                              impl.now()));
    }
    return {};
  });
}

}  // namespace minben::casework
