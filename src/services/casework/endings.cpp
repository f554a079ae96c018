// How an application ends: decision, documents, and everything that waited is put away.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/object.hpp>

#include "impl.hpp"
#include "words.hpp"

namespace minben::casework {

namespace {

constexpr Query insert_decision{
    "casework_insert_decision",
    "insert into casework.decision (case_id, approved, agency, "
    "grounds, words, decided, appeal_until, deemed)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (case_id) do "
    "update set approved = $2, agency = $3,"
    " grounds = $4, words = $5, decided = $6, appeal_until = $7, deemed = $8"};
constexpr Query select_decision{"casework_decision_for_document",
                                "select * from casework.decision where case_id = $1"};
constexpr Query set_final{
    "casework_set_final",
    "update casework.person_case set final = true where person_id = $1 and case_id = $2"};
constexpr Query cancel_tasks{"casework_cancel_tasks",
                             "update casework.task set status = 'cancelled', version = version + 1"
                             " where case_id = $1 and status in ('open', 'proposed')"};
constexpr Query insert_issued{"casework_insert_issued",
                              "insert into casework.document (case_id, document_id, field, kind, "
                              "valid_until) values ($1, $2, '', $3, $4)"};

Bilingual worded(const forms::SummaryRow& row) {
  const auto text = joined(row.values);
  if (row.kind == forms::FieldKind::date) {
    if (const auto date = parse_date(text.en)) return long_date_in_both(*date);
  }
  if (row.kind == forms::FieldKind::boolean) return yes_or_no(text.en == "true");
  return text;
}

Bilingual ground_text(const Package& package, const std::string& code) {
  const auto* ground = package.ground(code);
  const auto key = "refusal." + code;
  const auto in = [&](Language language) {
    return fmt::format("{}（{}）", package.text(key, language),
                       ground ? ground->law.in(language) : "");
  };
  return {in(Language::zh_hant), in(Language::en)};
}

documents::Values values_from(const Package& package, const JsonObject& answers) {
  documents::Values values;
  for (const auto& page : package.application_form->pages()) {
    for (const auto& field : page.fields) values.set(field.name, "");
  }
  for (const auto& row : package.application_form->summary(answers)) {
    values.set(row.pointer.substr(1), worded(row));
  }
  for (const auto& name : document_names()) values.set(name, "");
  values.lists["grounds"] = {};
  return values;
}

}  // namespace

Result<void> Casework::Impl::store_decision(Transaction& tx, const CaseRow& row,
                                            const Verdict& verdict) const {
  MINBEN_TRY(package, package_of(row));
  std::optional<Date> appeal_until;
  // Administrative Appeal Act §14: thirty days from the day after the decision was delivered, which
  // here is the day it is shown; a last day that is a day off moves on (Administrative Procedure
  // Act §48).
  if (!verdict.approved) {
    appeal_until =
        parts.calendar.of(package->owner).next_working_day(add_days(today(), package->appeal_days));
  }
  MINBEN_TRY(words, seal(tx, row.person, "decision", to_string(row.id), Json(verdict.words)));
  MINBEN_CHECK(tx.run(insert_decision, row.id, verdict.approved, verdict.agency, verdict.grounds,
                      words, now(), appeal_until, verdict.deemed));
  if (verdict.approved) return {};
  MINBEN_TRY(grounds, find_grounds(tx, row, *package));
  if (!grounds) return {};
  return keep_explanations(tx, row, "decision", std::span(&*grounds, 1));
}

Result<void> Casework::Impl::end_case(Transaction& tx, CaseRow& row, State state,
                                      const Entry& entry, const Ending* ending) {
  row.state = state;
  row.ended = now();
  row.due = std::nullopt;
  MINBEN_CHECK(save_case(tx, row));
  MINBEN_CHECK(record(tx, row, entry));
  MINBEN_CHECK(tx.run(set_final, row.person, row.id));
  MINBEN_CHECK(tx.run(cancel_tasks, row.id));
  MINBEN_TRY(supplement, open_supplement(tx, row));
  if (supplement) MINBEN_CHECK(close_supplement(tx, row, supplement->id, "cancelled"));
  MINBEN_TRY(package, package_of(row));
  for (const auto& name : ending ? ending->documents : std::vector<std::string>{}) {
    const auto output = std::ranges::find(package->outputs, name, &OutputDocument::name);
    MINBEN_CHECK(issue(tx, row, *package, *output));
    MINBEN_CHECK(record(
        tx, row,
        {.event = "document_issued", .agency = output->agency, .detail = {{"document", name}}}));
  }
  return notify(tx, row, to_string(state));
}

Result<void> Casework::Impl::break_off(Transaction& tx, CaseRow& row, State state,
                                       const Entry& entry) {
  MINBEN_TRY(package, package_of(row));
  const auto ending = std::ranges::find(package->endings, state, &Ending::state);
  MINBEN_CHECK(
      end_case(tx, row, state, entry, ending == package->endings.end() ? nullptr : &*ending));
  MINBEN_CHECK(processes.cancel(tx, instance_of(row.id), to_string(state), "casework"));
  return {};
}

namespace {

Result<std::optional<Date>> validity(const Casework::Impl& impl, const CaseRow& row,
                                     const Package& package, const OutputDocument& output,
                                     const JsonObject& answers) {
  if (!output.valid_until) return std::nullopt;
  auto context = rule_context(*package.application_form, answers, impl.now());
  context.set("decided_on", minben::to_string(impl.today()));
  context.set("ministry", row.ministry ? rules::Value(row.ministry->value) : rules::Value());
  context.set("fee_twd", rules::Value::number(row.fee_twd));
  MINBEN_TRY(value, output.valid_until->evaluate(context));
  if (!value.date()) return fail(Kind::internal, "valid_until_no_date", output.name);
  const auto& date = *value.date();
  return Date{std::chrono::year(date.year), std::chrono::month(date.month),
              std::chrono::day(date.day)};
}

}  // namespace

Result<void> Casework::Impl::issue(Transaction& tx, const CaseRow& row, const Package& package,
                                   const OutputDocument& output) const {
  MINBEN_TRY(answers, answers_of(tx, row));
  MINBEN_TRY(valid_until, validity(*this, row, package, output, answers));
  auto values = values_from(package, answers);
  values.set("application_number", row.number);
  values.set("service", package.title);
  values.set("decided_on", long_date_in_both(today()));
  values.set("issuing_agency", named_agency(package, output.agency));
  if (row.ministry) values.set("ministry", named_agency(package, *row.ministry));
  if (valid_until) values.set("valid_until", long_date_in_both(*valid_until));
  MINBEN_TRY(decisions, tx.run(select_decision, row.id));
  if (!decisions.empty()) {
    const auto decision = decisions.front();
    MINBEN_TRY(words, open(tx, row.person, "decision", to_string(row.id), decision.bytes("words")));
    values.set("decision_text", std::string(words.as_string()));
    for (const auto& code : decision.texts("grounds")) {
      values.lists["grounds"].push_back(ground_text(package, code));
    }
    if (const auto date = decision.optional_date("appeal_until")) {
      values.set("appeal_until", long_date_in_both(*date));
    }
  }
  MINBEN_TRY(document, parts.documents.generate(tx, row.person, row.id, output.name,
                                                fmt::format("{}-{}.pdf", row.number, output.name),
                                                output.form, values));
  MINBEN_CHECK(tx.run(insert_issued, row.id, document.id, output.name, valid_until));
  if (!valid_until || row.state != State::approved) return {};
  return store::enqueue(
      tx, {"casework.expire", to_string(row.id), Json(JsonObject{{"case", to_string(row.id)}}),
           taiwan_midnight(add_days(*valid_until, 1))});
}

}  // namespace minben::casework
