// What an officer opens, finds and marks. Every opening is written down for the person to see.
#include <algorithm>
#include <array>
#include <map>

#include <boost/json/object.hpp>

#include "answers.hpp"
#include "impl.hpp"
#include "names.hpp"

namespace minben::casework {

namespace {

constexpr Query open_task_of_agency{"casework_open_task_of_agency",
                                    "select task_id, kind, role from casework.task where case_id = "
                                    "$1 and agency = $2 and status = 'open'"
                                    " order by (claimed_by = $3) desc nulls last, due, task_id"};
constexpr Query list_marks{"casework_list_marks",
                           "select * from casework.mark where case_id = $1 order by field, agency"};
constexpr Query list_opinions{
    "casework_list_opinions",
    "select * from casework.opinion where case_id = $1 order by at, task_id"};
constexpr Query list_fetched{
    "casework_list_fetched",
    "select * from casework.fetched where case_id = $1 and status <> 'asked' order by item"};
constexpr Query find_proposal{
    "casework_find_proposal",
    "select * from casework.proposal where case_id = $1 and status = 'open' limit 1"};
constexpr Query upsert_mark{
    "casework_upsert_mark",
    "insert into casework.mark (case_id, field, agency, value, note, officer_id, at)"
    " values ($1, $2, $3, $4, $5, $6, $7) on conflict (case_id, field, agency)"
    " do update set value = $4, note = $5, officer_id = $6, at = $7"};
constexpr Query find_number{"casework_find_number",
                            "select case_id from casework.number where number = $1"};
constexpr Query find_name{
    "casework_find_name",
    "select k.case_id from casework.name_key k where k.name_key = $1 and exists"
    " (select 1 from casework.task t where t.case_id = k.case_id and t.agency = $2)"
    " order by k.case_id desc limit 50"};
constexpr Query find_document{
    "casework_find_document",
    "select field, kind from casework.document where case_id = $1 and document_id = $2"};

std::string_view role_of(const Officer& officer) {
  using namespace identity::role;
  constexpr std::array roles{caseworker, consultant, approver, team_lead};
  const auto* found =
      std::ranges::find_if(roles, [&](auto role) { return officer.has_role(role); });
  return found == roles.end() ? caseworker : *found;
}

Bilingual text_or(const Package& package, const std::string& key, Bilingual otherwise) {
  const auto found = package.texts.find(key);
  return found == package.texts.end() ? std::move(otherwise) : found->second;
}

Result<std::vector<FieldMark>> read_marks(const Casework::Impl& impl, Transaction& tx,
                                          const CaseRow& row) {
  MINBEN_TRY(rows, tx.run(list_marks, row.id));
  std::vector<FieldMark> list;
  for (const auto found : rows) {
    FieldMark mark;
    mark.field = found.text("field");
    mark.value = parse_mark(found.text("value")).value_or(MarkValue::unclear);
    mark.by = found.id<OfficerId>("officer_id");
    mark.agency = found.id<AgencyCode>("agency");
    mark.at = found.instant("at");
    MINBEN_TRY(note, impl.open(tx, row.person, "mark", to_string(row.id) + mark.field,
                               found.bytes("note")));
    mark.note = std::string(note.as_string());
    list.push_back(std::move(mark));
  }
  return list;
}

FetchedData::Status parse_status(std::string_view text) {
  if (text == "fetched") return FetchedData::Status::fetched;
  return text == "no_consent" ? FetchedData::Status::no_consent : FetchedData::Status::unavailable;
}

Result<std::optional<ProposedRefusal>> read_proposal(const Casework::Impl& impl, Transaction& tx,
                                                     const CaseRow& row) {
  MINBEN_TRY(rows, tx.run(find_proposal, row.id));
  if (rows.empty()) return std::nullopt;
  const auto found = rows.front();
  MINBEN_TRY(words,
             impl.open(tx, row.person, "proposal", found.text("task_id"), found.bytes("words")));
  return ProposedRefusal{found.id<OfficerId>("officer_id"), found.texts("grounds"),
                         std::string(words.as_string()), found.instant("at")};
}

/// The open task that this officer would work on: own claims first, else one for their role.
Result<std::optional<TaskRow>> task_for(const Casework::Impl& impl, Transaction& tx,
                                        const CaseRow& row, const Officer& officer) {
  MINBEN_TRY(rows, tx.run(open_task_of_agency, row.id, officer.agency, officer.id));
  for (const auto found : rows) {
    const auto task = impl.find_task(tx, found.id<TaskId>("task_id"), officer);
    if (task && officer.has_role(task->role)) return task->row;
  }
  return std::nullopt;
}

std::vector<std::string> pointers_of(const JsonObject& answers) {
  std::vector<std::string> pointers;
  for (const auto& [name, value] : answers) pointers.push_back("/" + std::string(name));
  return pointers;
}

}  // namespace

Result<std::vector<Opinion>> Casework::Impl::opinions_of(Transaction& tx,
                                                         const CaseRow& row) const {
  MINBEN_TRY(rows, tx.run(list_opinions, row.id));
  std::vector<Opinion> list;
  for (const auto found : rows) {
    MINBEN_TRY(words, open(tx, row.person, "opinion", found.text("task_id"), found.bytes("words")));
    list.push_back({found.id<AgencyCode>("agency"), found.text("step"), found.text("outcome"),
                    std::string(words.as_string()), found.instant("at"), found.boolean("deemed")});
  }
  return list;
}

Result<std::vector<FetchedData>> Casework::Impl::fetched_of(Transaction& tx, const CaseRow& row,
                                                            const Package& package) const {
  MINBEN_TRY(rows, tx.run(list_fetched, row.id));
  std::vector<FetchedData> list;
  for (const auto found : rows) {
    FetchedData data;
    data.item = found.text("item");
    if (const auto* item = package.item(data.item)) data.from = item->provider;
    data.status = parse_status(found.text("status"));
    data.at = found.optional_instant("at");
    if (!found.is_null("content")) {
      MINBEN_TRY(values, open(tx, row.person, "fetched." + data.item, to_string(row.id),
                              found.bytes("content")));
      data.values = std::move(values);
    }
    list.push_back(std::move(data));
  }
  return list;
}

Result<void> Casework::Impl::record_usage(Transaction& tx, const CaseRow& row,
                                          const Officer& officer, const Package& package,
                                          const std::vector<std::string>& pointers) const {
  mydata::View view;
  view.person = row.person;
  view.case_id = row.id;
  view.agency = officer.agency;
  view.officer_role = role_of(officer);
  for (const auto& pointer : pointers) {
    const auto* field = package.application_form->field("/" + property_of(pointer));
    const auto name = property_of(pointer);
    view.fields.push_back({name, field ? field->title : Bilingual{name, name}});
  }
  view.purpose_code = package.code.value + ".review";
  view.purpose = text_or(
      package, "usage.purpose",
      {"審查申請案：" + package.title.zh_hant, "Review of an application: " + package.title.en});
  view.legal_basis =
      text_or(package, "usage.legal_basis",
              {"個人資料保護法第15條第1款", "Personal Data Protection Act, Art. 15 (1)"});
  MINBEN_CHECK(parts.mydata.record_view(tx, view));
  return {};
}

Result<OfficerCaseView> Casework::open_case(const Officer& officer, CaseId id) {
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<OfficerCaseView> {
    MINBEN_CHECK(impl.require_part(tx, officer, id));
    MINBEN_TRY(row, impl.find_case(tx, id));
    MINBEN_TRY(package, impl.package_of(row));
    OfficerCaseView view;
    view.person = row.person;
    MINBEN_TRY(whole, impl.view_of(tx, row, false));
    view.view = std::move(whole);
    MINBEN_TRY(task, task_for(impl, tx, row, officer));
    view.task = std::move(task);
    MINBEN_TRY(marks, read_marks(impl, tx, row));
    view.marks = std::move(marks);
    MINBEN_TRY(opinions, impl.opinions_of(tx, row));
    view.opinions = std::move(opinions);
    MINBEN_TRY(data, impl.fetched_of(tx, row, *package));
    view.data = std::move(data);
    MINBEN_TRY(supplements, impl.supplements_of(tx, row));
    view.supplements = std::move(supplements);
    MINBEN_TRY(proposed, read_proposal(impl, tx, row));
    view.proposed = std::move(proposed);
    view.may_confirm = view.proposed && view.task && view.task->kind == TaskKind::confirmation &&
                       view.proposed->by != officer.id;
    if (!is_final(row.state)) {
      MINBEN_TRY(grounds, impl.grounds_in(*package, {view.view.answers, view.data, view.opinions,
                                                     view.supplements}));
      view.grounds = std::move(grounds);
    }
    MINBEN_CHECK(impl.record_usage(tx, row, officer, *package, pointers_of(view.view.answers)));
    return view;
  });
}

Result<void> Casework::mark(const Officer& officer, TaskId task_id, std::string_view field,
                            MarkValue value, std::string_view note) {
  if (!is_utf8(note) || length_in_characters(note) > 2000)
    return fail(Kind::invalid, "text_too_long", "", "note");
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(work, impl.begin_work(tx, officer, task_id, std::nullopt));
    auto& [row, task] = work;
    MINBEN_TRY(answers, impl.answers_of(tx, row));
    if (!value_at(answers, field)) return fail(Kind::invalid, "unknown_field", field, "field");
    const auto context = to_string(row.id) + std::string(field);
    MINBEN_TRY(sealed, impl.seal(tx, row.person, "mark", context, Json(note)));
    MINBEN_CHECK(tx.run(upsert_mark, row.id, field, officer.agency, to_string(value), sealed,
                        officer.id, impl.now()));
    return impl.record(tx, row,
                       {.event = "field_marked",
                        .agency = officer.agency,
                        .officer = officer.id,
                        .step = task.row.step,
                        .detail = {{"field", field}, {"value", to_string(value)}}});
  });
}

Result<CaseId> Casework::find_by_number(const Officer& officer, std::string_view number) {
  const auto digits = trim(number);
  if (!is_application_number(digits)) return fail(Kind::invalid, "bad_number");
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<CaseId> {
    MINBEN_TRY(rows, tx.run(find_number, digits));
    if (rows.empty()) return fail(Kind::not_found, "case_not_found");
    const auto id = rows.front().id<CaseId>("case_id");
    MINBEN_CHECK(impl_->require_part(tx, officer, id));
    return id;
  });
}

Result<std::vector<CaseSummary>> Casework::find_by_name(const Officer& officer,
                                                        std::string_view name) {
  std::vector<CaseSummary> list;
  const auto normal = normalised_name(name);
  if (normal.empty()) return list;
  const auto key = impl_->parts.identity.vault().lookup("casework.name", normal);
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<std::vector<CaseSummary>> {
    list.clear();
    MINBEN_TRY(rows, tx.run(find_name, key, officer.agency));
    for (const auto found : rows) {
      MINBEN_CHECK(impl_->require_part(tx, officer, found.id<CaseId>("case_id")));
      MINBEN_TRY(row, impl_->find_case(tx, found.id<CaseId>("case_id")));
      MINBEN_TRY(summary, impl_->summary_of(tx, row, false));
      list.push_back(std::move(summary));
    }
    return list;
  });
}

Result<std::string> Casework::document_content(const Actor& actor, CaseId id,
                                               std::string_view document_id) {
  auto& impl = *impl_;
  const auto document = documents::DocumentId::parse(document_id);
  if (!document) return fail(Kind::not_found, "document_not_found");
  return impl.parts.database.transact([&](Transaction& tx) -> Result<std::string> {
    MINBEN_TRY(row, impl.find_case(tx, id));
    const auto* officer = std::get_if<Officer>(&actor);
    if (officer) MINBEN_CHECK(impl.require_part(tx, *officer, id));
    else if (!is_own(row, std::get<Applicant>(actor)))
      return fail(Kind::not_found, "case_not_found");
    MINBEN_TRY(rows, tx.run(find_document, id, *document));
    if (rows.empty()) return fail(Kind::not_found, "document_not_found");
    if (officer) {
      MINBEN_TRY(package, impl.package_of(row));
      const auto field = rows.front().text("field");
      const auto what = field.empty() ? "/" + rows.front().text("kind") : field;
      MINBEN_CHECK(impl.record_usage(tx, row, *officer, *package, {what}));
    }
    return impl.parts.documents.content(tx, row.person, *document);
  });
}

}  // namespace minben::casework
