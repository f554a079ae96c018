// From draft to case: one transaction that numbers, routes, prices, pins and starts.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/object.hpp>

#include "answers.hpp"
#include "drafts.hpp"
#include "names.hpp"
#include "number.hpp"

namespace minben::casework {

namespace {

constexpr Query find_submission{
    "casework_find_submission",
    "select case_id from casework.submission where person_id = $1 and token_hash = $2"};
constexpr Query insert_submission{
    "casework_insert_submission",
    "insert into casework.submission (person_id, token_hash, case_id) values ($1, $2, $3)"};
constexpr Query find_open{
    "casework_find_open_case",
    "select 1 from casework.person_case where person_id = $1 and service = $2 and not final"};
constexpr Query insert_person_case{"casework_insert_person_case",
                                   "insert into casework.person_case (person_id, case_id, service, "
                                   "final) values ($1, $2, $3, false)"};
constexpr Query next_serial{"casework_next_serial", "select nextval('casework.serial') as serial"};
constexpr Query insert_number{"casework_insert_number",
                              "insert into casework.number (number, case_id) values ($1, $2)"};
constexpr Query insert_name_key{
    "casework_insert_name_key",
    "insert into casework.name_key (name_key, case_id) values ($1, $2) on conflict do nothing"};
constexpr Query insert_case{"casework_insert_case",
                            "insert into casework.application (case_id, person_id, number, "
                            "service, package_digest, state, version,"
                            " answers, ministry, fee_twd, paid, statutory_days, submitted, choices)"
                            " values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10, $11, $12, $13)"};
constexpr Query insert_document{
    "casework_insert_case_document",
    "insert into casework.document (case_id, document_id, field, kind, valid_until)"
    " values ($1, $2, $3, '', null) on conflict do nothing"};

Result<void> check_complete(const Preview& preview) {
  if (!preview.problems.empty()) {
    const auto& first = preview.problems.front();
    return fail(Kind::invalid, "answers_incomplete", first.code, first.pointer);
  }
  if (!preview.eligibility_reasons.empty()) {
    return fail(Kind::invalid, "not_eligible",
                fmt::format("{}", fmt::join(preview.eligibility_reasons, ",")));
  }
  return {};
}

/// The person's row of the case; its index allows one open application of a service.
Result<void> claim_place(Transaction& tx, PersonId person, CaseId id, const ServiceCode& service) {
  MINBEN_TRY(open, tx.run(find_open, person, service));
  if (!open.empty()) return fail(Kind::conflict, "case_open");
  const auto inserted = tx.run(insert_person_case, person, id, service);
  if (inserted) return {};
  if (inserted.error().code == "duplicate") return fail(Kind::conflict, "case_open");
  return std::unexpected(inserted.error());
}

Result<void> attach_files(const Parts& parts, Transaction& tx, const CaseRow& row,
                          const Package& package, const JsonObject& answers) {
  for (const auto& file : file_answers(*package.application_form, answers)) {
    const auto id = documents::DocumentId::parse(file.document);
    if (!id) return fail(Kind::invalid, "document_not_found", "", file.pointer);
    MINBEN_CHECK(parts.documents.attach(tx, row.person, *id, row.id));
    MINBEN_CHECK(tx.run(insert_document, row.id, *id, file.pointer));
  }
  return {};
}

CaseRow new_row(const Casework::Impl& impl, const Applicant& applicant, const Package& package,
                const Preview& preview) {
  CaseRow row;
  row.id = CaseId::make(impl.parts.clock, impl.parts.random);
  row.person = applicant.person;
  row.service = package.code;
  row.package_digest = package.digest;
  row.ministry = preview.ministry;
  row.fee_twd = preview.fee_twd;
  row.statutory_days = package.statutory_working_days;
  row.submitted = impl.now();
  row.paid = preview.fee_twd == 0;
  row.state = row.paid ? State::in_review : State::awaiting_payment;
  return row;
}

Result<void> insert(const Casework::Impl& impl, Transaction& tx, const CaseRow& row,
                    const Package& package, const JsonObject& answers) {
  MINBEN_TRY(sealed, impl.seal(tx, row.person, "answers", to_string(row.id), Json(answers)));
  MINBEN_CHECK(tx.run(insert_case, row.id, row.person, row.number, row.service, row.package_digest,
                      to_string(row.state), sealed, row.ministry, row.fee_twd, row.paid,
                      row.statutory_days, row.submitted,
                      Json(filter_choices(package.queue_filters, answers))));
  MINBEN_CHECK(tx.run(insert_number, row.number, row.id));
  const auto name = normalised_name(string_or(Json(answers), package.compiled->name_property));
  if (!name.empty()) {
    MINBEN_CHECK(
        tx.run(insert_name_key, impl.parts.identity.vault().lookup("casework.name", name), row.id));
  }
  return {};
}

Result<void> ask_fee(const Parts& parts, Transaction& tx, CaseRow& row, const Package& package,
                     Date today) {
  row.pay_until = parts.calendar.of(package.owner).add_working_days(today, package.payment_days);
  payments::NewPayment payment;
  payment.person = row.person;
  payment.case_id = row.id;
  payment.agency = package.owner;
  payment.reason = "application-fee";
  payment.title = package.compiled->fee_title;
  payment.amount_twd = row.fee_twd;
  payment.due = *row.pay_until;
  MINBEN_TRY(created, parts.payments.create(tx, payment));
  row.payment_id = to_string(created.id);
  return {};
}

Result<CaseRow> create_case(Casework::Impl& impl, Transaction& tx, const Applicant& applicant,
                            const Package& package, const JsonObject& answers) {
  MINBEN_TRY(preview, impl.preview(package, answers));
  MINBEN_CHECK(check_complete(preview));
  auto row = new_row(impl, applicant, package, preview);
  MINBEN_CHECK(claim_place(tx, row.person, row.id, row.service));
  MINBEN_TRY(serial, tx.run(next_serial));
  row.number = application_number(impl.today(), serial.front().integer("serial"));
  MINBEN_CHECK(insert(impl, tx, row, package, answers));
  MINBEN_CHECK(impl.keep_explanations(tx, row, "submission", preview.why));
  MINBEN_CHECK(attach_files(impl.parts, tx, row, package, answers));
  if (row.paid) MINBEN_CHECK(impl.start_clock(tx, row));
  else MINBEN_CHECK(ask_fee(impl.parts, tx, row, package, impl.today()));
  MINBEN_CHECK(impl.save_case(tx, row));
  MINBEN_CHECK(
      impl.record(tx, row, {.event = "submitted", .by_applicant = true, .act = applicant.act}));
  MINBEN_CHECK(impl.ask_consents(tx, row, package));
  MINBEN_CHECK(impl.notify(tx, row, "submitted"));
  return row;
}

}  // namespace

Result<CaseSummary> Casework::submit(const Applicant& applicant, DraftId id, int version,
                                     std::string_view token, bool declared) {
  if (token.empty() || token.size() > 64) return fail(Kind::invalid, "bad_token");
  const auto hash = sha256(token);
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<CaseSummary> {
    const auto summary = [&](CaseId case_id) -> Result<CaseSummary> {
      MINBEN_TRY(row, impl.find_case(tx, case_id));
      return impl.summary_of(tx, row, true);
    };
    const auto before =
        tx.run(find_submission, applicant.person, std::span<const std::uint8_t>(hash));
    if (!before) return std::unexpected(before.error());
    if (!before->empty()) return summary(before->front().id<CaseId>("case_id"));

    MINBEN_TRY(found, find_draft(impl, tx, applicant.person, id, true));
    if (!found.submitted_as.is_nil()) return summary(found.submitted_as);
    MINBEN_TRY(package, impl.parts.packages.newest(found.draft.service));
    MINBEN_CHECK(impl.require_assurance(applicant, *package));
    if (found.draft.version != version) return fail(Kind::conflict, "draft_changed");
    if (!declared) return fail(Kind::invalid, "declaration_missing");
    const auto answers = known_answers(*package->application_form, found.draft.answers);

    MINBEN_TRY(row, create_case(impl, tx, applicant, *package, answers));
    MINBEN_CHECK(
        tx.run(insert_submission, applicant.person, std::span<const std::uint8_t>(hash), row.id));
    MINBEN_CHECK(mark_submitted(tx, applicant.person, id, row.id));
    MINBEN_CHECK(impl.start_process(tx, row, *package, answers));
    return summary(row.id);
  });
}

}  // namespace minben::casework
