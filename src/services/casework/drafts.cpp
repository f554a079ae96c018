// Answers on their way: saved page by page, sealed, until they are submitted or their time is over.
#include "drafts.hpp"

#include <algorithm>

namespace minben::casework {

namespace {

constexpr int max_drafts = 20;

constexpr Query insert_draft{
    "casework_insert_draft",
    "insert into casework.draft (person_id, draft_id, service, package_digest, version, answers, "
    "pages_done,"
    " started, saved, kept_until) values ($1, $2, $3, $4, 1, $5, $6, $7, $7, $8)"};
constexpr Query select_draft{"casework_find_draft",
                             "select * from casework.draft where person_id = $1 and draft_id = $2"};
constexpr Query lock_draft{
    "casework_lock_draft",
    "select * from casework.draft where person_id = $1 and draft_id = $2 for update"};
constexpr Query list_drafts{
    "casework_list_drafts",
    "select draft_id, service, saved, kept_until from casework.draft"
    " where person_id = $1 and case_id is null and kept_until > $2 order by saved desc"};
constexpr Query update_draft{"casework_update_draft",
                             "update casework.draft set version = $3, answers = $4, pages_done = "
                             "$5, saved = $6, kept_until = $7,"
                             " package_digest = $8 where person_id = $1 and draft_id = $2"};
constexpr Query delete_draft{
    "casework_delete_draft",
    "delete from casework.draft where person_id = $1 and draft_id = $2 and case_id is null"};
constexpr Query set_submitted{"casework_draft_submitted",
                              "update casework.draft set case_id = $3, answers = ''::bytea where "
                              "person_id = $1 and draft_id = $2"};

Instant kept_until(const Package& package, Instant now) {
  return taiwan_midnight(add_days(taiwan_date(now), package.draft_days + 1));
}

Result<void> plan_forgetting(Transaction& tx, PersonId person, const Draft& draft) {
  return store::enqueue(tx, {"casework.forget_draft", to_string(draft.id),
                             Json(JsonObject{{"person", to_string(person)}}), draft.kept_until});
}

Result<void> write_draft(const Casework::Impl& impl, Transaction& tx, PersonId person, Draft& draft,
                         const Package& package) {
  ++draft.version;
  draft.saved = impl.now();
  draft.kept_until = kept_until(package, draft.saved);
  draft.package_digest = package.digest;
  MINBEN_TRY(sealed, impl.seal(tx, person, "draft", to_string(draft.id), Json(draft.answers)));
  MINBEN_CHECK(tx.run(update_draft, person, draft.id, draft.version, sealed, draft.pages_done,
                      draft.saved, draft.kept_until, draft.package_digest));
  return plan_forgetting(tx, person, draft);
}

Result<DraftRow> read_draft(const Casework::Impl& impl, Transaction& tx, PersonId person,
                            const store::Row& row) {
  DraftRow found;
  found.submitted_as = row.id<CaseId>("case_id");
  auto& draft = found.draft;
  draft.id = row.id<DraftId>("draft_id");
  draft.service = row.id<ServiceCode>("service");
  draft.package_digest = row.text("package_digest");
  draft.version = static_cast<int>(row.integer("version"));
  draft.pages_done = row.texts("pages_done");
  draft.started = row.instant("started");
  draft.saved = row.instant("saved");
  draft.kept_until = row.instant("kept_until");
  if (found.submitted_as.is_nil()) {
    MINBEN_TRY(answers, impl.open(tx, person, "draft", to_string(draft.id), row.bytes("answers")));
    draft.answers = answers.as_object();
  }
  return found;
}

void remember_page(Draft& draft, std::string_view page, bool done) {
  std::erase(draft.pages_done, page);
  if (done) draft.pages_done.emplace_back(page);
}

}  // namespace

JsonObject known_answers(const forms::Form& form, const JsonObject& answers) {
  JsonObject kept;
  for (const auto& [name, value] : answers) {
    if (form.field("/" + std::string(name))) kept[name] = value;
  }
  return kept;
}

Result<DraftRow> find_draft(const Casework::Impl& impl, Transaction& tx, PersonId person,
                            DraftId id, bool lock) {
  MINBEN_TRY(rows, tx.run(lock ? lock_draft : select_draft, person, id));
  if (rows.empty()) return fail(Kind::not_found, "draft_not_found");
  MINBEN_TRY(found, read_draft(impl, tx, person, rows.front()));
  const bool over = found.submitted_as.is_nil() && found.draft.kept_until <= impl.now();
  if (over) return fail(Kind::not_found, "draft_not_found");
  return found;
}

Result<void> mark_submitted(Transaction& tx, PersonId person, DraftId id, CaseId case_id) {
  MINBEN_CHECK(tx.run(set_submitted, person, id, case_id));
  return {};
}

Result<Draft> Casework::start_draft(const Applicant& applicant, const ServiceCode& service,
                                    const JsonObject& answers) {
  MINBEN_TRY(package, impl_->parts.packages.newest(service));
  MINBEN_CHECK(impl_->require_assurance(applicant, *package));
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<Draft> {
    MINBEN_TRY(present, tx.run(list_drafts, applicant.person, impl_->now()));
    if (present.size() >= max_drafts) return fail(Kind::too_many, "too_many_drafts");
    Draft draft;
    draft.id = DraftId::make(impl_->parts.clock, impl_->parts.random);
    draft.service = service;
    draft.package_digest = package->digest;
    draft.version = 1;
    draft.answers = known_answers(*package->application_form, answers);
    draft.started = draft.saved = impl_->now();
    draft.kept_until = kept_until(*package, draft.saved);
    MINBEN_TRY(sealed, impl_->seal(tx, applicant.person, "draft", to_string(draft.id),
                                   Json(draft.answers)));
    MINBEN_CHECK(tx.run(insert_draft, applicant.person, draft.id, service, draft.package_digest,
                        sealed, draft.pages_done, draft.saved, draft.kept_until));
    MINBEN_CHECK(plan_forgetting(tx, applicant.person, draft));
    return draft;
  });
}

Result<std::vector<DraftSummary>> Casework::drafts(const Applicant& applicant) {
  MINBEN_TRY(rows, impl_->parts.database.run(list_drafts, applicant.person, impl_->now()));
  std::vector<DraftSummary> list;
  for (const auto row : rows) {
    if (!applicant.powers.for_service(row.id<ServiceCode>("service"))) continue;
    list.push_back({row.id<DraftId>("draft_id"), row.id<ServiceCode>("service"),
                    row.instant("saved"), row.instant("kept_until")});
  }
  return list;
}

Result<Draft> Casework::draft(const Applicant& applicant, DraftId id) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<Draft> {
    MINBEN_TRY(found, find_draft(*impl_, tx, applicant.person, id, false));
    MINBEN_TRY(package, impl_->parts.packages.newest(found.draft.service));
    MINBEN_CHECK(impl_->require_assurance(applicant, *package));
    if (!found.submitted_as.is_nil()) return fail(Kind::conflict, "draft_submitted");
    found.draft.answers = known_answers(*package->application_form, found.draft.answers);
    return std::move(found.draft);
  });
}

Result<Saved> Casework::save_page(const Applicant& applicant, DraftId id, int version,
                                  std::string_view page_id, std::span<const forms::Input> inputs) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<Saved> {
    MINBEN_TRY(found, find_draft(*impl_, tx, applicant.person, id, true));
    MINBEN_TRY(package, impl_->parts.packages.newest(found.draft.service));
    MINBEN_CHECK(impl_->require_assurance(applicant, *package));
    if (!found.submitted_as.is_nil()) return fail(Kind::conflict, "draft_submitted");
    if (found.draft.version != version) return fail(Kind::conflict, "draft_changed");
    const auto& form = *package->application_form;
    const auto* page = form.page(page_id);
    if (!page) return fail(Kind::not_found, "unknown_page", page_id);

    auto decoded = form.decode(*page, inputs);
    Saved saved{std::move(found.draft), std::move(decoded.problems), std::move(decoded.inputs), {}};
    saved.draft.answers =
        form.merge(known_answers(form, saved.draft.answers), *page, decoded.answers);
    for (auto& problem : form.validate_page(*page, saved.draft.answers)) {
      // What could not be read was reported by decode already.
      const auto same =
          std::ranges::find(saved.problems, problem.pointer, &forms::Problem::pointer);
      if (same == saved.problems.end()) saved.problems.push_back(std::move(problem));
    }
    remember_page(saved.draft, page_id, saved.problems.empty());
    MINBEN_CHECK(write_draft(*impl_, tx, applicant.person, saved.draft, *package));
    const auto* next = form.first_incomplete(saved.draft.answers);
    saved.next_page = next ? next->id : "";
    return saved;
  });
}

Result<void> Casework::discard_draft(const Applicant& applicant, DraftId id) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(found, find_draft(*impl_, tx, applicant.person, id, true));
    if (!applicant.powers.for_service(found.draft.service))
      return fail(Kind::forbidden, "mandate_not_for_this");
    MINBEN_CHECK(tx.run(delete_draft, applicant.person, id));
    return {};
  });
}

Result<Preview> Casework::check_answers(const Applicant& applicant, DraftId id) {
  MINBEN_TRY(found, draft(applicant, id));
  MINBEN_TRY(package, impl_->parts.packages.newest(found.service));
  return impl_->preview(*package, found.answers);
}

}  // namespace minben::casework
