// The applicant's own cases.
#include <boost/json/object.hpp>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query list_cases{
    "casework_cases_of_person",
    "select case_id from casework.person_case where person_id = $1 order by case_id desc"};

constexpr Query find_entry{"casework_find_history_entry",
                           "select event, state, ledger_entry, act from casework.history where "
                           "case_id = $1 and sequence = $2"};

}  // namespace

Result<std::vector<CaseSummary>> Casework::my_cases(const Applicant& applicant) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<std::vector<CaseSummary>> {
    MINBEN_TRY(rows, tx.run(list_cases, applicant.person));
    std::vector<CaseSummary> list;
    for (const auto found : rows) {
      MINBEN_TRY(row, impl_->find_case(tx, found.id<CaseId>("case_id")));
      if (!is_own(row, applicant)) continue;
      MINBEN_TRY(summary, impl_->summary_of(tx, row, true));
      list.push_back(std::move(summary));
    }
    return list;
  });
}

Result<CaseView> Casework::my_case(const Applicant& applicant, CaseId id) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<CaseView> {
    MINBEN_TRY(row, impl_->find_case_of(tx, id, applicant));
    return impl_->view_of(tx, row, true);
  });
}

Result<std::string> Casework::history_receipt(const Applicant& applicant, CaseId id, int sequence) {
  const auto* logs = impl_->parts.logs;
  if (!logs) return fail(Kind::unavailable, "no_log");
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<std::string> {
    MINBEN_TRY(row, impl_->find_case_of(tx, id, applicant));
    MINBEN_TRY(rows, tx.run(find_entry, id, sequence));
    if (rows.empty()) return fail(Kind::not_found, "entry_not_found");
    const auto entry = rows.front();
    const auto content =
        ledger_content(row, sequence, entry.text("event"), entry.text("state"), act_of(entry));
    return impl_->parts.commitments.receipt(tx, *logs, entry.id<ledger::EntryId>("ledger_entry"),
                                            Json(content));
  });
}

Result<void> Casework::withdraw(const Applicant& applicant, CaseId id, std::string_view reason) {
  if (!is_utf8(reason) || length_in_characters(reason) > 1000)
    return fail(Kind::invalid, "text_too_long", "", "reason");
  auto& impl = *impl_;
  return impl.parts.database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(change, impl.begin_change(tx, applicant, id));
    auto& row = change.first;
    if (is_final(row.state)) return fail(Kind::conflict, "case_is_final");
    MINBEN_CHECK(impl.keep_words(tx, row, reason));
    return impl.break_off(tx, row, State::withdrawn,
                          {.event = "withdrawn", .by_applicant = true, .act = applicant.act});
  });
}

}  // namespace minben::casework
