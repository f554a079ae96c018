// Who may do what. Whoever may not know of a case is told that there is none.
#include <algorithm>
#include <array>

#include "impl.hpp"

namespace minben::casework {

namespace {

constexpr Query takes_part{
    "casework_takes_part",
    "select 1 from casework.task where case_id = $1 and agency = $2 limit 1"};

bool does_casework(const Officer& officer) {
  using namespace identity::role;
  constexpr std::array roles{caseworker, consultant, approver, team_lead};
  return officer.active &&
         std::ranges::any_of(roles, [&](auto role) { return officer.has_role(role); });
}

}  // namespace

Result<void> Casework::Impl::require_assurance(const Applicant& applicant,
                                               const Package& package) const {
  if (applicant.assurance < package.assurance) {
    return fail(Kind::unauthorised, "assurance_too_low", to_string(package.assurance));
  }
  if (!applicant.powers.for_service(package.code))
    return fail(Kind::forbidden, "mandate_not_for_this", "the mandate is for other services");
  if (applicant.act && applicant.act->kind == identity::MandateKind::company &&
      !package.for_companies)
    return fail(Kind::forbidden, "not_for_companies", "only people may apply");
  return {};
}

Result<std::pair<CaseRow, PackagePtr>> Casework::Impl::begin_change(Transaction& tx,
                                                                    const Applicant& applicant,
                                                                    CaseId id) const {
  MINBEN_TRY(row, lock_case_of(tx, id, applicant));
  MINBEN_TRY(package, package_of(row));
  MINBEN_CHECK(require_assurance(applicant, *package));
  return std::pair(std::move(row), std::move(package));
}

Result<void> Casework::Impl::require_part(Transaction& tx, const Officer& officer,
                                          CaseId id) const {
  if (!does_casework(officer)) return fail(Kind::not_found, "case_not_found");
  MINBEN_TRY(rows, tx.run(takes_part, id, officer.agency));
  if (rows.empty()) return fail(Kind::not_found, "case_not_found");
  return {};
}

Result<void> Casework::may_see(const Actor& actor, CaseId id) {
  return impl_->parts.database.transact([&](Transaction& tx) -> Result<void> {
    if (const auto* officer = std::get_if<Officer>(&actor))
      return impl_->require_part(tx, *officer, id);
    MINBEN_TRY(row, impl_->find_case(tx, id));
    if (!is_own(row, std::get<Applicant>(actor))) return fail(Kind::not_found, "case_not_found");
    return {};
  });
}

}  // namespace minben::casework
