// Asking the applicant for more, while the statutory clock stands still.
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "answers.hpp"
#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr std::size_t max_words = 4000;
constexpr std::string_view remind_job = "casework.remind";
constexpr std::string_view lapse_job = "casework.lapse";

constexpr Query insert_supplement{
    "casework_insert_supplement",
    "insert into casework.supplement (case_id, supplement_id, task_id, agency, officer_id, reason, "
    "content,"
    " requested, due, status) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open')"};
constexpr Query list_supplements{
    "casework_list_supplements",
    "select * from casework.supplement where case_id = $1 order by requested, supplement_id"};
constexpr Query find_supplement{
    "casework_find_supplement",
    "select * from casework.supplement where case_id = $1 and supplement_id = $2"};
constexpr Query find_open{
    "casework_find_open_supplement",
    "select * from casework.supplement where case_id = $1 and status = 'open'"};
constexpr Query set_status{"casework_set_supplement_status",
                           "update casework.supplement set status = $3 where case_id = $1 and "
                           "supplement_id = $2 and status = 'open'"};
constexpr Query set_due{"casework_set_supplement_due",
                        "update casework.supplement set due = $3 where case_id = $1 and "
                        "supplement_id = $2 and status = 'open'"};
constexpr Query set_answered{"casework_set_supplement_answered",
                             "update casework.supplement set status = 'answered', answered = $3, "
                             "old_values = $4, answer_digest = $5"
                             " where case_id = $1 and supplement_id = $2 and status = 'open'"};
constexpr Query insert_document{
    "casework_insert_supplement_document",
    "insert into casework.document (case_id, document_id, field, kind, valid_until)"
    " values ($1, $2, $3, '', null) on conflict do nothing"};

SupplementView::Status parse_status(std::string_view text) {
  using enum SupplementView::Status;
  if (text == "open") return open;
  if (text == "answered") return answered;
  return text == "lapsed" ? lapsed : cancelled;
}

Json content_of(const SupplementRequest& request) {
  JsonArray fields;
  for (const auto& field : request.fields) {
    fields.push_back(JsonObject{{"field", field.field}, {"note", field.note}});
  }
  return JsonObject{{"text", request.text}, {"fields", std::move(fields)}};
}

Result<SupplementView> read_supplement(const Casework::Impl& impl, Transaction& tx, PersonId person,
                                       const store::Row& row) {
  SupplementView view;
  view.id = row.id<SupplementId>("supplement_id");
  view.case_id = row.id<CaseId>("case_id");
  view.agency = row.id<AgencyCode>("agency");
  view.reason = row.text("reason");
  view.requested = row.instant("requested");
  view.due = row.date("due");
  view.status = parse_status(row.text("status"));
  view.answered = row.optional_instant("answered");
  MINBEN_TRY(content,
             impl.open(tx, person, "supplement", to_string(view.id), row.bytes("content")));
  view.text = string_or(content, "text");
  for (const auto& field : content.at("fields").as_array()) {
    view.fields.push_back({string_or(field, "field"), string_or(field, "note")});
  }
  if (!row.is_null("old_values")) {
    MINBEN_TRY(
        old, impl.open(tx, person, "supplement_old", to_string(view.id), row.bytes("old_values")));
    view.old_values = std::move(old);
  }
  return view;
}

Result<void> check_fields(const Package& package, const SupplementRequest& request) {
  if (request.fields.empty() || request.fields.size() > 100) {
    return fail(Kind::invalid, "fields_missing", "", "fields");
  }
  std::set<std::string, std::less<>> seen;
  for (const auto& field : request.fields) {
    // Whole top-level answers are asked for again: they are what the form can show and check.
    const auto name = property_of(field.field);
    const bool known = field.field == "/" + name && package.application_form->field(field.field);
    if (!known) return fail(Kind::invalid, "unknown_field", field.field, "fields");
    if (!seen.insert(name).second) return fail(Kind::invalid, "field_twice", field.field, "fields");
    if (length_in_characters(field.note) > max_words)
      return fail(Kind::invalid, "text_too_long", "", "fields");
  }
  return {};
}

Result<int> check_request(const Package& package, const SupplementRequest& request) {
  const auto& rules = package.supplements;
  if (std::ranges::find(rules.reasons, request.reason) == rules.reasons.end()) {
    return fail(Kind::invalid, "unknown_reason", request.reason, "reason");
  }
  if (length_in_characters(request.text) > max_words)
    return fail(Kind::invalid, "text_too_long", "", "text");
  MINBEN_CHECK(check_fields(package, request));
  const int days = request.working_days == 0 ? rules.working_days : request.working_days;
  if (days < 1 || days > rules.max_working_days) {
    return fail(Kind::invalid, "days_out_of_range", fmt::format("1 to {}", rules.max_working_days),
                "working_days");
  }
  return days;
}

Json job_payload(const CaseRow& row, SupplementId id) {
  return JsonObject{{"case", to_string(row.id)}, {"supplement", to_string(id)}};
}

/// The reminder and the lapse, on the day after the deadline.
Result<void> plan(const Casework::Impl& impl, Transaction& tx, const CaseRow& row, SupplementId id,
                  Date due, const SupplementRules& rules) {
  const auto key = to_string(id);
  const auto& calendar = impl.parts.calendar;  // the applicant's: of no agency
  if (rules.reminder_working_days > 0) {
    const auto day = calendar.subtract_working_days(due, rules.reminder_working_days);
    if (day > impl.today()) {
      MINBEN_CHECK(store::enqueue(tx, {std::string(remind_job), key, job_payload(row, id),
                                       taiwan_midnight(day) + hours{9}}));
    }
  }
  return store::enqueue(
      tx, {std::string(lapse_job), key, job_payload(row, id), taiwan_midnight(add_days(due, 1))});
}

}  // namespace

Result<std::optional<SupplementView>> Casework::Impl::open_supplement(Transaction& tx,
                                                                      const CaseRow& row) const {
  MINBEN_TRY(rows, tx.run(find_open, row.id));
  if (rows.empty()) return std::nullopt;
  MINBEN_TRY(view, read_supplement(*this, tx, row.person, rows.front()));
  return view;
}

Result<std::vector<SupplementView>> Casework::Impl::supplements_of(Transaction& tx,
                                                                   const CaseRow& row) const {
  MINBEN_TRY(rows, tx.run(list_supplements, row.id));
  std::vector<SupplementView> list;
  for (const auto found : rows) {
    MINBEN_TRY(view, read_supplement(*this, tx, row.person, found));
    list.push_back(std::move(view));
  }
  return list;
}

Result<void> Casework::Impl::move_supplement(Transaction& tx, CaseRow& row, SupplementId id,
                                             Date due) const {
  MINBEN_TRY(package, package_of(row));
  MINBEN_CHECK(tx.run(set_due, row.id, id, due));
  MINBEN_CHECK(plan(*this, tx, row, id, due, package->supplements));
  return record(tx, row,
                {.event = "due_moved",
                 .agency = package->owner,
                 .detail = {{"supplement", true}, {"due", minben::to_string(due)}}});
}

Result<void> Casework::Impl::close_supplement(Transaction& tx, const CaseRow& row, SupplementId id,
                                              std::string_view status) const {
  MINBEN_CHECK(tx.run(set_status, row.id, id, status));
  MINBEN_CHECK(store::cancel_job(tx, remind_job, to_string(id)));
  return store::cancel_job(tx, lapse_job, to_string(id));
}

Result<SupplementId> Casework::request_supplement(const Officer& officer, TaskId task_id,
                                                  int version, const SupplementRequest& request) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<SupplementId> {
    MINBEN_TRY(work, impl.begin_work(tx, officer, task_id, version));
    auto& [row, task] = work;
    if (task.row.kind != TaskKind::review) return fail(Kind::invalid, "not_a_review");
    if (row.state != State::in_review) return fail(Kind::conflict, "supplement_open");
    MINBEN_TRY(package, impl.package_of(row));
    MINBEN_TRY(days, check_request(*package, request));
    const auto id = SupplementId::make(impl.parts.clock, impl.parts.random);
    const auto due = impl.parts.calendar.add_working_days(impl.today(), days);
    MINBEN_TRY(sealed, impl.seal(tx, row.person, "supplement", to_string(id), content_of(request)));
    MINBEN_CHECK(tx.run(insert_supplement, row.id, id, task.row.id, officer.agency, officer.id,
                        request.reason, sealed, impl.now(), due));
    row.state = State::awaiting_applicant;
    impl.stop_clock(row);
    MINBEN_CHECK(impl.save_case(tx, row));
    MINBEN_CHECK(impl.touch_task(tx, task));
    MINBEN_CHECK(
        impl.record(tx, row,
                    {.event = "supplement_requested",
                     .agency = officer.agency,
                     .officer = officer.id,
                     .step = task.row.step,
                     .detail = {{"reason", request.reason}, {"due", minben::to_string(due)}}}));
    MINBEN_CHECK(plan(impl, tx, row, id, due, package->supplements));
    MINBEN_CHECK(impl.notify(tx, row, "supplement"));
    return id;
  });
}

Result<void> Casework::cancel_supplement(const Officer& officer, TaskId task_id,
                                         SupplementId supplement) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(work, impl.begin_work(tx, officer, task_id, std::nullopt));
    auto& [row, task] = work;
    MINBEN_TRY(open, impl.open_supplement(tx, row));
    if (!open || open->id != supplement) return fail(Kind::conflict, "supplement_not_open");
    if (open->agency != officer.agency) return fail(Kind::forbidden, "other_agency");
    MINBEN_CHECK(impl.close_supplement(tx, row, supplement, "cancelled"));
    row.state = State::in_review;
    MINBEN_CHECK(impl.resume_clock(tx, row));
    MINBEN_CHECK(impl.save_case(tx, row));
    return impl.record(tx, row,
                       {.event = "supplement_cancelled",
                        .agency = officer.agency,
                        .officer = officer.id,
                        .step = task.row.step});
  });
}

namespace {

struct Changed {
  JsonObject answers;
  JsonObject old_values;  ///< pointer → value before
};

/// The new values in place of the old; exactly what was asked for.
Result<Changed> take_over(const SupplementView& asked, JsonObject answers,
                          const JsonObject& values) {
  std::set<std::string, std::less<>> wanted;
  Changed changed;
  for (const auto& field : asked.fields) wanted.insert(property_of(field.field));
  for (const auto& [name, value] : values) {
    if (!wanted.contains(std::string_view(name))) {
      return fail(Kind::invalid, "not_asked_for", "", "/" + std::string(name));
    }
  }
  for (const auto& name : wanted) {
    const auto* value = values.if_contains(name);
    if (!value || value->is_null()) return fail(Kind::invalid, "missing_answer", "", "/" + name);
    const auto* old = answers.if_contains(name);
    changed.old_values["/" + name] = old ? *old : Json(nullptr);
    answers[name] = *value;
  }
  changed.answers = std::move(answers);
  return changed;
}

Result<void> attach_new_files(const Parts& parts, Transaction& tx, const CaseRow& row,
                              const Package& package, const JsonObject& answers,
                              const SupplementView& asked) {
  for (const auto& file : file_answers(*package.application_form, answers)) {
    const auto is_asked = [&](const SupplementField& field) {
      return property_of(field.field) == property_of(file.pointer);
    };
    if (std::ranges::none_of(asked.fields, is_asked)) continue;
    const auto id = documents::DocumentId::parse(file.document);
    if (!id) return fail(Kind::invalid, "document_not_found", "", file.pointer);
    MINBEN_CHECK(parts.documents.attach(tx, row.person, *id, row.id));
    MINBEN_CHECK(tx.run(insert_document, row.id, *id, file.pointer));
  }
  return {};
}

/// Keyed, so that the digest says nothing about the answer to whoever reads the table.
Bytes digest_of(const Casework::Impl& impl, const JsonObject& values) {
  return impl.parts.identity.vault().lookup("casework.supplement", write_json(Json(values)));
}

/// True when this very answer is stored already.
Result<bool> answered_before(Transaction& tx, CaseId id, SupplementId supplement,
                             const Bytes& digest) {
  MINBEN_TRY(rows, tx.run(find_supplement, id, supplement));
  if (rows.empty()) return fail(Kind::not_found, "supplement_not_found");
  const auto row = rows.front();
  if (row.text("status") == "open") return false;
  if (row.text("status") == "answered" && row.bytes("answer_digest") == digest) return true;
  return fail(Kind::conflict, "supplement_not_open");
}

}  // namespace

Result<void> Casework::answer_supplement(const Applicant& applicant, CaseId case_id,
                                         SupplementId supplement, const JsonObject& values) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(change, impl.begin_change(tx, applicant, case_id));
    auto& [row, package] = change;
    const auto digest = digest_of(impl, values);
    MINBEN_TRY(repeated, answered_before(tx, row.id, supplement, digest));
    if (repeated) return {};
    MINBEN_TRY(asked, impl.open_supplement(tx, row));
    if (asked->due < impl.today())
      return fail(Kind::conflict, "supplement_not_open");  // the lapse is due
    MINBEN_TRY(answers, impl.answers_of(tx, row));
    MINBEN_TRY(changed, take_over(*asked, std::move(answers), values));
    if (const auto problems = package->application_form->validate(changed.answers);
        !problems.empty()) {
      return fail(Kind::invalid, "answers_incomplete", problems.front().code,
                  problems.front().pointer);
    }
    MINBEN_CHECK(attach_new_files(impl.parts, tx, row, *package, changed.answers, *asked));
    MINBEN_CHECK(impl.save_answers(tx, row, *package, changed.answers));
    MINBEN_TRY(old, impl.seal(tx, row.person, "supplement_old", to_string(supplement),
                              Json(changed.old_values)));
    MINBEN_CHECK(tx.run(set_answered, row.id, supplement, impl.now(), old, digest));
    MINBEN_CHECK(
        impl.close_supplement(tx, row, supplement, "answered"));  // only cancels the jobs now
    row.state = State::in_review;
    MINBEN_CHECK(impl.resume_clock(tx, row));
    MINBEN_CHECK(impl.save_case(tx, row));
    return impl.record(
        tx, row, {.event = "supplement_answered", .by_applicant = true, .act = applicant.act});
  });
}

}  // namespace minben::casework
