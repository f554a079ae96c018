// A person without any passkey left waits, so that whoever still holds one can object, and then
// enrols a new one.
#include <fmt/format.h>

#include "impl.hpp"
#include "mail_text.hpp"

namespace minben::identity {

namespace {
constexpr std::string_view remind_job = "identity.remind_of_recovery";
constexpr days month{30};
constexpr days remember_recovery{90};
constexpr days remember_enrolment{365};

constexpr store::Query find_recovery{
    "identity_find_recovery",
    "select recovery_id, started_at, opens_at, closes_at from identity.recovery "
    "where person_id = $1 and ended_at is null and closes_at > $2"};
constexpr store::Query count_recoveries{
    "identity_count_recoveries",
    "select count(*) as started from identity.recovery where person_id = $1 and started_at > $2"};
constexpr store::Query expire_recovery{
    "identity_expire_recovery",
    "update identity.recovery set ended_at = closes_at, outcome = 'expired' "
    "where person_id = $1 and ended_at is null and closes_at <= $2"};
constexpr store::Query insert_recovery{
    "identity_insert_recovery",
    "insert into identity.recovery (person_id, recovery_id, started_at, opens_at, closes_at) "
    "values ($1, $2, $3, $4, $5)"};
constexpr store::Query close_recovery{
    "identity_close_recovery",
    "update identity.recovery set ended_at = $2, outcome = $3 "
    "where person_id = $1 and ended_at is null and closes_at > $2"};
constexpr store::Query clear_recoveries{"identity_clear_recoveries",
                                        "delete from identity.recovery where closes_at < $1"};
constexpr store::Query clear_enrolments{"identity_clear_enrolments",
                                        "delete from identity.enrolment where expires_at < $1"};

/// One notice about a recovery to the person's address.
Result<void> tell(const Identity::Impl& impl, store::Transaction& transaction, PersonId person,
                  const Recovery& recovery, RecoveryNews news) {
  MINBEN_TRY(to, impl.address(transaction, person));
  const Platform platform{impl.config.platform_name, impl.config.origins.empty()
                                                         ? std::string()
                                                         : impl.config.origins.front()};
  return impl.enqueue_mail(
      transaction,
      {.key = fmt::format("recovery/{}/{}", to_string(recovery.id), static_cast<int>(news)),
       .mail = recovery_mail(to.email, platform, recovery, news, to.language),
       .until = impl.clock.now() + mail_of_use});
}
}  // namespace

Recovery read_recovery(const store::Row& row) {
  return {row.id<RecoveryId>("recovery_id"), row.instant("started_at"), row.instant("opens_at"),
          row.instant("closes_at")};
}

Result<std::optional<Recovery>> Identity::Impl::recovery(store::Transaction& transaction,
                                                         PersonId id) const {
  MINBEN_TRY(rows, transaction.run(find_recovery, id, clock.now()));
  if (rows.empty()) return std::optional<Recovery>();
  return std::optional(read_recovery(rows.front()));
}

Result<bool> Identity::Impl::end_recovery(store::Transaction& transaction, PersonId id,
                                          std::string_view outcome) const {
  MINBEN_TRY(rows, transaction.run(close_recovery, id, clock.now(), outcome));
  return rows.affected() > 0;
}

Result<Enrolling> Identity::Impl::enrolling(store::Transaction& transaction,
                                            const Session& session) const {
  if (session.assurance >= Assurance::substantial) return Enrolling::another;
  MINBEN_TRY(strong, has_strong_method(transaction, session.subject));
  if (!strong) return Enrolling::another;
  if (const PersonId* person = session.person()) {
    MINBEN_TRY(found, recovery(transaction, *person));
    return found && clock.now() >= found->opens_at ? Enrolling::anew : Enrolling::refused;
  }
  MINBEN_TRY(leave, enrolment(transaction, std::get<OfficerId>(session.subject)));
  return leave ? Enrolling::anew : Enrolling::refused;
}

Result<Enrolling> Identity::enrolling(store::Transaction& transaction,
                                      const Session& session) const {
  return impl_->enrolling(transaction, session);
}

namespace {
/// Nothing is waited for that is not needed, and nobody begins too often.
Result<void> may_start(const Identity::Impl& impl, store::Transaction& transaction,
                       const Session& session, PersonId person) {
  MINBEN_TRY(strong, impl.has_strong_method(transaction, person));
  if (!strong || session.assurance >= Assurance::substantial)
    return fail(Kind::conflict, "recovery_not_needed");
  const Instant now = impl.clock.now();
  MINBEN_TRY(rows, transaction.run(count_recoveries, person, now - month));
  if (rows.front().integer("started") >= impl.config.recoveries_per_month)
    return fail(Kind::too_many, "too_many_recoveries");
  MINBEN_CHECK(transaction.run(expire_recovery, person, now));
  return {};
}
}  // namespace

Result<Recovery> Identity::start_recovery(store::Transaction& transaction, const Session& session) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  MINBEN_CHECK(impl_->lock_account(transaction, *person));
  MINBEN_TRY(found, impl_->recovery(transaction, *person));
  if (found) return *found;
  MINBEN_CHECK(may_start(*impl_, transaction, session, *person));
  const Config& config = impl_->config;
  Recovery begun{RecoveryId::make(impl_->clock, impl_->random), impl_->clock.now()};
  begun.opens_at = begun.started_at + config.recovery_wait;
  begun.closes_at = begun.opens_at + config.recovery_open;
  MINBEN_CHECK(transaction.run(insert_recovery, *person, begun.id, begun.started_at, begun.opens_at,
                               begun.closes_at));
  MINBEN_CHECK(tell(*impl_, transaction, *person, begun, RecoveryNews::started));
  MINBEN_CHECK(store::enqueue(transaction, {std::string(remind_job),
                                            to_string(begun.id),
                                            {{"person", to_string(*person)}},
                                            begun.opens_at - config.recovery_reminder}));
  return begun;
}

/// Not to somebody whose recovery ended meanwhile.
Result<void> Identity::Impl::remind_of_recovery(store::Transaction& transaction,
                                                const store::Job& job) const {
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(found, recovery(transaction, person));
  if (!found || to_string(found->id) != job.key) return {};
  return tell(*this, transaction, person, *found, RecoveryNews::soon);
}

Result<void> Identity::stop_recovery(store::Transaction& transaction, const Session& session) {
  const PersonId* person = session.person();
  if (person == nullptr) return fail(Kind::forbidden, "not_a_person");
  MINBEN_CHECK(impl_->lock_account(transaction, *person));
  MINBEN_TRY(found, impl_->recovery(transaction, *person));
  if (!found) return {};
  MINBEN_CHECK(impl_->end_recovery(transaction, *person, "stopped"));
  return tell(*impl_, transaction, *person, *found, RecoveryNews::stopped);
}

Result<void> Identity::Impl::tell_replaced(store::Transaction& transaction,
                                           const Subject& subject) const {
  MINBEN_TRY(to, address(transaction, subject));
  return enqueue_mail(
      transaction,
      {.key = fmt::format("replaced/{}/{}", subject_id(subject), minben::to_string(clock.now())),
       .mail = replaced_mail(to.email, config.platform_name, to.language),
       .until = clock.now() + mail_of_use});
}

Result<void> Identity::Impl::clear_old_ways_back(store::Transaction& transaction) const {
  MINBEN_CHECK(transaction.run(clear_recoveries, clock.now() - remember_recovery));
  MINBEN_CHECK(transaction.run(clear_enrolments, clock.now() - remember_enrolment));
  return {};
}

}  // namespace minben::identity
