// Data from registers under the applicant's consent. A fetch waits for other machines, so nothing
// is locked while it runs; what came back is written in the transaction of the job that asked.
#include <algorithm>
#include <map>

#include <spdlog/spdlog.h>
#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr int max_tries = 4;  ///< of a register that does not answer; then officers do without
constexpr seconds first_pause_s{10};  ///< before the second try, then twice as long each time

constexpr Query insert_item{"casework_insert_fetched",
                            "insert into casework.fetched (case_id, item, consent_id, status) "
                            "values ($1, $2, $3, 'asked')"};
constexpr Query asked_items{"casework_asked_items",
                            "select item, consent_id from casework.fetched where case_id = $1 and "
                            "status = 'asked' order by item"};
constexpr Query settle_item{"casework_settle_item",
                            "update casework.fetched set status = $3, content = $4, at = $5 where "
                            "case_id = $1 and item = $2"};
constexpr Query find_consent{
    "casework_find_consent",
    "select item from casework.fetched where case_id = $1 and consent_id = $2"};

constexpr Query save_waiting{
    "casework_save_waiting_fetch",
    "insert into casework.waiting_fetch (case_id, step, call, until, tries) values ($1, $2, $3, "
    "$4, $5)"
    " on conflict (case_id, step) do update set call = $3, until = $4, tries = $5"};
constexpr Query delete_waiting{
    "casework_delete_waiting_fetch",
    "delete from casework.waiting_fetch where case_id = $1 and step = $2"};
constexpr Query list_waiting{"casework_list_waiting_fetch",
                             "select * from casework.waiting_fetch where case_id = $1"};
constexpr Query find_waiting{
    "casework_find_waiting_fetch",
    "select * from casework.waiting_fetch where case_id = $1 and step = $2"};

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
  enum class Result { fetched, no_consent, unavailable, waiting, again } result = Result::waiting;
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

/// Another try may cure what is unavailable; everything else settles the item.
Attempt::Result meaning_of(const Error& error, bool last_try) {
  if (error.code == "consent_withdrawn" || error.code == "consent_refused")
    return Attempt::Result::no_consent;
  const bool curable = error.kind == Kind::unavailable || error.kind == Kind::internal ||
                       error.kind == Kind::too_many;
  return curable && !last_try ? Attempt::Result::again : Attempt::Result::unavailable;
}

Result<void> attempt(Casework::Impl& impl, Transaction& tx, const CaseRow& row, Attempt& work,
                     bool last_try) {
  using State = mydata::ConsentState;
  MINBEN_TRY(consent, impl.parts.mydata.consent(tx, row.person, work.consent));
  if (consent.state == State::requested) return {};
  work.result = Attempt::Result::no_consent;
  if (!consent.allows_fetch()) return {};
  work.result = Attempt::Result::unavailable;
  MINBEN_TRY(query, query_for(impl, tx, row, *work.item));
  if (query.empty()) return {};  // nothing to look the person up by
  auto fetched = impl.parts.mydata.fetch(row.person, work.consent, work.item->consumer,
                                         work.item->purpose_code, Json(query));
  if (fetched) {
    work.result = Attempt::Result::fetched;
    work.data = std::move(fetched->data);
    return {};
  }
  spdlog::warn("casework.fetch case={} item={} error={}", to_string(row.id), work.item->name,
               fetched.error().code);
  work.result = meaning_of(fetched.error(), last_try);
  return {};
}

Result<void> settle(Casework::Impl& impl, Transaction& tx, CaseRow& row, const Attempt& work) {
  std::optional<Bytes> content;
  if (work.result == Attempt::Result::fetched) {
    MINBEN_TRY(sealed, impl.seal(tx, row.person, "fetched." + work.item->name, to_string(row.id),
                                 work.data));
    content = std::move(sealed);
  }
  MINBEN_CHECK(
      tx.run(settle_item, row.id, work.item->name, status_of(work.result), content, impl.now()));
  const bool fetched = work.result == Attempt::Result::fetched;
  return impl.record(tx, row,
                     {.event = fetched ? "data_fetched" : "data_unavailable",
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

/// A fetch step on its way: a row of casework.waiting_fetch, and one job.
struct FetchStep {
  CaseId id;
  std::string step;
  std::int64_t call = 0;  ///< of the process, to be completed
  Instant until{};        ///< no answer about consent by then means no
  int tries = 0;
};

enum class Progress { done, consent_awaited, register_awaited, pointless };

/// Fetches what can be fetched and keeps it, so that nothing is fetched twice.
Result<Progress> run_step(Casework::Impl& impl, Transaction& tx, const FetchStep& fetch,
                          const Package& package) {
  const auto* step = package.step(fetch.step);
  if (!step) return fail(Kind::internal, "step_missing", fetch.step);
  MINBEN_TRY(seen, impl.find_case(tx, fetch.id));
  if (is_final(seen.state)) return Progress::pointless;
  MINBEN_TRY(items, open_items(tx, seen, package, *step));
  for (auto& work : items) MINBEN_CHECK(attempt(impl, tx, seen, work, fetch.tries >= max_tries));
  MINBEN_TRY(row, impl.lock_case(tx, fetch.id));
  if (is_final(row.state))
    return Progress::pointless;  // ended meanwhile: what was fetched is dropped
  auto progress = Progress::done;
  for (auto& work : items) {
    const bool silent = work.result == Attempt::Result::waiting && impl.now() >= fetch.until;
    if (silent) work.result = Attempt::Result::no_consent;
    if (work.result == Attempt::Result::again) progress = Progress::register_awaited;
    else if (work.result != Attempt::Result::waiting) MINBEN_CHECK(settle(impl, tx, row, work));
    else if (progress == Progress::done) progress = Progress::consent_awaited;
  }
  if (progress == Progress::done)
    MINBEN_CHECK(impl.record(tx, row, {.event = "step_done", .step = step->id}));
  return progress;
}

Instant patience_ends(const Casework::Impl& impl, const Step& step) {
  const auto last = impl.parts.calendar.add_working_days(impl.today(), step.working_days);
  return taiwan_midnight(add_days(last, 1));
}

Result<void> look_again(Transaction& tx, CaseId id, const std::string& step, Instant at) {
  return store::enqueue(tx, {"casework.fetch", to_string(id) + ":" + step,
                             Json(JsonObject{{"case", to_string(id)}, {"step", step}}), at});
}

/// Writes the step down and plans the next look at it.
Result<void> wait_for(const Casework::Impl& impl, Transaction& tx, const FetchStep& fetch,
                      Progress progress) {
  MINBEN_CHECK(tx.run(save_waiting, fetch.id, fetch.step, fetch.call, fetch.until, fetch.tries));
  auto next = fetch.until;
  if (progress == Progress::register_awaited)
    next = impl.now() + first_pause_s * (1 << (fetch.tries - 1));
  return look_again(tx, fetch.id, fetch.step, next);
}

}  // namespace

Result<void> Casework::Impl::ask_consents(Transaction& tx, const CaseRow& row,
                                          const Package& package) const {
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

Result<process::ServiceOutcome> Casework::Impl::fetch_step(Transaction& tx,
                                                           const process::ServiceCall& call) {
  const auto id = case_of(call.id.instance);
  MINBEN_TRY(row, find_case(tx, id));
  MINBEN_TRY(package, package_of(row));
  const auto* step = package->step(call.element);
  if (!step) return fail(Kind::internal, "step_missing", call.element);
  const FetchStep fetch{id, step->id, call.id.number, patience_ends(*this, *step), 1};
  MINBEN_TRY(progress, run_step(*this, tx, fetch, *package));
  if (progress == Progress::done) return process::ServiceDone{};
  if (progress != Progress::pointless) MINBEN_CHECK(wait_for(*this, tx, fetch, progress));
  return process::ServiceLater{};
}

Result<void> Casework::Impl::fetch_again(Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, CaseId::parse(string_or(job.payload, "case")));
  MINBEN_TRY(rows, tx.run(find_waiting, id, string_or(job.payload, "step")));
  if (rows.empty()) return {};
  const auto found = rows.front();
  const FetchStep fetch{id, found.text("step"), found.integer("call"), found.instant("until"),
                        static_cast<int>(found.integer("tries")) + 1};
  MINBEN_TRY(row, find_case(tx, id));
  MINBEN_TRY(package, package_of(row));
  MINBEN_TRY(progress, run_step(*this, tx, fetch, *package));
  const bool over = progress == Progress::done || progress == Progress::pointless;
  if (!over) return wait_for(*this, tx, fetch, progress);
  MINBEN_CHECK(tx.run(delete_waiting, id, fetch.step));
  if (progress == Progress::done) {
    const auto moved =
        processes.complete_service(tx, {instance_of(id), fetch.call}, {}, "casework");
    const bool left = !moved && moved.error().code == "call_not_open";  // by hand, meanwhile
    if (!moved && !left) return std::unexpected(moved.error());
  }
  return {};
}

Result<void> Casework::answer_consent(const Applicant& applicant, CaseId id,
                                      std::string_view consent_id, bool grant) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(change, impl.begin_change(tx, applicant, id));
    auto& row = change.first;
    if (is_final(row.state)) return fail(Kind::conflict, "case_is_final");
    const auto consent = mydata::ConsentId::parse(consent_id);
    if (!consent) return fail(Kind::not_found, "consent_not_found");
    MINBEN_TRY(known, tx.run(find_consent, id, *consent));
    if (known.empty()) return fail(Kind::not_found, "consent_not_found");
    auto& mydata = impl.parts.mydata;
    MINBEN_CHECK(
        grant
            ? mydata.grant(tx, applicant.person, *consent, {applicant.assurance, applicant.act})
            : mydata.refuse(tx, applicant.person, *consent, {applicant.assurance, applicant.act}));
    MINBEN_TRY(waiting, tx.run(list_waiting, id));
    for (const auto found : waiting) {
      MINBEN_CHECK(look_again(tx, id, found.text("step"), impl.now()));
    }
    return {};
  });
}

}  // namespace minben::casework
