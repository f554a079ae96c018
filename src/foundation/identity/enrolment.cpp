// An officer without any passkey left enrols anew when a team lead, who knows the officer, says so.
#include <fmt/format.h>

#include "impl.hpp"
#include "mail_text.hpp"

namespace minben::identity {

namespace {
constexpr days month{30};

constexpr store::Query find_open{"identity_find_enrolment",
                                 "select * from identity.enrolment where officer_id = $1 and "
                                 "ended_at is null and expires_at > $2"};
constexpr store::Query find_of_agency{
    "identity_find_enrolments_of",
    "select * from identity.enrolment where agency_code = $1 and allowed_at > $2 "
    "order by allowed_at desc limit 200"};
constexpr store::Query count_enrolments{"identity_count_enrolments",
                                        "select count(*) as allowed from identity.enrolment "
                                        "where officer_id = $1 and allowed_at > $2"};
constexpr store::Query expire_enrolment{
    "identity_expire_enrolment",
    "update identity.enrolment set ended_at = expires_at, outcome = 'expired' "
    "where officer_id = $1 and ended_at is null and expires_at <= $2"};
constexpr store::Query insert_enrolment{
    "identity_insert_enrolment",
    "insert into identity.enrolment (officer_id, enrolment_id, agency_code, allowed_by, "
    "allowed_at, expires_at) values ($1, $2, $3, $4, $5, $6)"};
constexpr store::Query close_enrolment{
    "identity_close_enrolment",
    "update identity.enrolment set ended_at = $2, outcome = $3 "
    "where officer_id = $1 and ended_at is null and expires_at > $2"};
constexpr store::Query withdraw{
    "identity_withdraw_enrolment",
    "update identity.enrolment set ended_at = $2, outcome = 'withdrawn' "
    "where enrolment_id = $1 and ended_at is null and expires_at > $2 "
    "and (officer_id = $3 or ($4 and agency_code = $5))"};

Enrolment read_enrolment(const store::Row& row) {
  return {row.id<EnrolmentId>("enrolment_id"),
          row.id<OfficerId>("officer_id"),
          row.id<OfficerId>("allowed_by"),
          row.instant("allowed_at"),
          row.instant("expires_at"),
          row.optional_instant("ended_at"),
          row.text("outcome")};
}

/// The one who is let in: of the lead's agency, at work, and not the lead.
Result<void> may_allow(const Identity::Impl& impl, store::Transaction& transaction,
                       const Session& session, OfficerId id) {
  if (!session.officer || !session.officer->has_role(role::team_lead))
    return fail(Kind::forbidden, "role_missing");
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "step_up_required");
  if (session.officer->id == id) return fail(Kind::forbidden, "not_for_oneself");
  MINBEN_TRY(officer, impl.officer(transaction, id));
  if (officer.agency != session.officer->agency || !officer.active)
    return fail(Kind::not_found, "no_such_officer");
  return {};
}

Result<void> may_begin(const Identity::Impl& impl, store::Transaction& transaction, OfficerId id) {
  MINBEN_TRY(passkeys, impl.count_passkeys(transaction, id));
  if (passkeys == 0) return fail(Kind::conflict, "no_passkey");
  const Instant now = impl.clock.now();
  MINBEN_TRY(rows, transaction.run(count_enrolments, id, now - month));
  if (rows.front().integer("allowed") >= impl.config.enrolments_per_month)
    return fail(Kind::too_many, "too_many_enrolments");
  MINBEN_CHECK(transaction.run(expire_enrolment, id, now));
  return {};
}
}  // namespace

Result<std::optional<Enrolment>> Identity::Impl::enrolment(store::Transaction& transaction,
                                                           OfficerId id) const {
  MINBEN_TRY(rows, transaction.run(find_open, id, clock.now()));
  if (rows.empty()) return std::optional<Enrolment>();
  return std::optional(read_enrolment(rows.front()));
}

Result<std::optional<Enrolment>> Identity::open_enrolment(store::Transaction& transaction,
                                                          OfficerId officer) const {
  return impl_->enrolment(transaction, officer);
}

Result<bool> Identity::Impl::end_enrolment(store::Transaction& transaction, OfficerId id,
                                           std::string_view outcome) const {
  MINBEN_TRY(rows, transaction.run(close_enrolment, id, clock.now(), outcome));
  return rows.affected() > 0;
}

Result<Enrolment> Identity::allow_enrolment(store::Transaction& transaction, const Session& lead,
                                            OfficerId officer) {
  MINBEN_CHECK(may_allow(*impl_, transaction, lead, officer));
  MINBEN_CHECK(impl_->lock_account(transaction, officer));
  MINBEN_TRY(open, impl_->enrolment(transaction, officer));
  if (open) return *open;
  MINBEN_CHECK(may_begin(*impl_, transaction, officer));
  const Instant now = impl_->clock.now();
  const Enrolment made{.id = EnrolmentId::make(impl_->clock, impl_->random),
                       .officer = officer,
                       .allowed_by = lead.officer->id,
                       .allowed_at = now,
                       .expires_at = now + impl_->config.enrolment_lifetime,
                       .ended_at = {},
                       .outcome = {}};
  MINBEN_CHECK(transaction.run(insert_enrolment, officer, made.id, lead.officer->agency,
                               made.allowed_by, made.allowed_at, made.expires_at));
  MINBEN_TRY(to, impl_->address(transaction, officer));
  MINBEN_CHECK(impl_->enqueue_mail(
      transaction, {.key = "enrolment/" + to_string(made.id),
                    .mail = enrolment_mail(to.email, impl_->config.platform_name,
                                           lead.officer->name, made.expires_at, to.language),
                    .until = made.expires_at}));
  return made;
}

Result<void> Identity::withdraw_enrolment(store::Transaction& transaction, const Session& session,
                                          EnrolmentId id) {
  if (!session.officer) return fail(Kind::forbidden, "not_an_officer");
  const Officer& who = *session.officer;
  MINBEN_CHECK(transaction.run(withdraw, id, impl_->clock.now(), who.id,
                               who.has_role(role::team_lead), who.agency));
  return {};
}

Result<std::vector<Enrolment>> Identity::enrolments(store::Transaction& transaction,
                                                    const AgencyCode& agency) const {
  MINBEN_TRY(rows, transaction.run(find_of_agency, agency, impl_->clock.now() - month));
  std::vector<Enrolment> enrolments;
  for (const store::Row row : rows) enrolments.push_back(read_enrolment(row));
  return enrolments;
}

}  // namespace minben::identity
