// Accounts of people who have died, and of whom a register said so by mistake.
#include "asking.hpp"
#include "impl.hpp"
#include "mail_text.hpp"

namespace minben::identity {

namespace {

constexpr std::string_view reason_context = "identity.closing.reason";
constexpr std::size_t longest_reason = 1000;

// Only what the register tells anew outweighs an officer, who has looked at the papers.
constexpr store::Query set_closed{
    "identity_set_closed",
    "update identity.person set closed_at = $2, closing_overruled_at = null "
    "where person_id = $1 and erased_at is null and closed_at is null "
    "and ($3 or closing_overruled_at is null)"};
constexpr store::Query set_open{
    "identity_set_open",
    "update identity.person set closed_at = null, closing_overruled_at = $2 "
    "where person_id = $1 and closed_at is not null"};
constexpr store::Query note_event{"identity_note_life_event",
                                  "update identity.person set life_event = $2 "
                                  "where person_id = $1 and life_event is distinct from $2"};
constexpr store::Query note_change{
    "identity_note_closing",
    "insert into identity.closing (person_id, closing_id, at, closed, cause, officer_id, reason) "
    "values ($1, $2, $3, $4, $5, $6, $7)"};
constexpr store::Query find_closed{
    "identity_find_closed",
    "select closed_at from identity.person where person_id = $1 and closed_at is not null"};

Result<void> note(const Identity::Impl& impl, store::Transaction& transaction, ClosingChange change,
                  std::string_view reason = {}) {
  change.id = ClosingId::make(impl.clock, impl.random);
  std::optional<Bytes> sealed;
  if (!reason.empty()) {
    MINBEN_TRY(bytes, impl.vault.seal(transaction, change.person, reason_context, reason));
    sealed = std::move(bytes);
  }
  MINBEN_CHECK(transaction.run(note_change, change.person, change.id, impl.clock.now(),
                               change.closed, change.cause, change.officer, sealed));
  return impl.closing_hook ? impl.closing_hook(transaction, change) : Result<void>();
}

Result<bool> close(const Identity::Impl& impl, store::Transaction& transaction, PersonId person,
                   std::string_view cause) {
  const bool told = cause == closing_cause::register_event;
  MINBEN_TRY(closed, transaction.run(set_closed, person, impl.clock.now(), told));
  if (closed.affected() == 0) return false;
  MINBEN_CHECK(impl.end_account(transaction, person));
  MINBEN_CHECK(note(impl, transaction, {{}, person, true, cause}));
  return true;
}

Result<bool> open_again(const Identity::Impl& impl, store::Transaction& transaction,
                        const ClosingChange& change, std::string_view reason = {}) {
  const Instant now = impl.clock.now();
  const auto overruled = change.officer ? std::optional(now) : std::nullopt;
  MINBEN_TRY(opened, transaction.run(set_open, change.person, overruled));
  if (opened.affected() == 0) return false;
  MINBEN_CHECK(note(impl, transaction, change, reason));
  MINBEN_TRY(to, impl.address(transaction, change.person));
  MINBEN_CHECK(impl.enqueue_mail(
      transaction,
      {.key = fmt::format("opened/{}/{}", minben::to_string(change.person), minben::to_string(now)),
       .mail = opened_mail(to.email, impl.config.platform_name, to.language),
       .until = now + mail_of_use}));
  return true;
}

Result<void> may_overrule(const Session& session) {
  if (!session.officer || !session.officer->has_role(role::administrator))
    return fail(Kind::forbidden, "role_missing");
  if (session.assurance < Assurance::substantial)
    return fail(Kind::unauthorised, "step_up_required");
  return {};
}

}  // namespace

Result<void> Identity::Impl::end_account(store::Transaction& transaction, PersonId person) const {
  MINBEN_CHECK(end_sessions(transaction, person));
  for (const AccountEnded& tell : account_ended) MINBEN_CHECK(tell(transaction, person));
  return {};
}

void Identity::on_mandate_ended(MandateEnded tell) {
  impl_->mandate_ended.push_back(std::move(tell));
}

void Identity::on_account_ended(AccountEnded tell) {
  impl_->account_ended.push_back(std::move(tell));
}

void Identity::when_closed(ClosingHook hook) { impl_->closing_hook = std::move(hook); }

Result<void> Identity::Impl::reopen(store::Transaction& transaction, PersonId person) const {
  MINBEN_CHECK(open_again(*this, transaction, {{}, person, false, closing_cause::register_answer}));
  return {};
}

Result<std::optional<RegisterEntry>> ask_registers(Identity& identity, store::Database& database,
                                                   const RegisterCheck& registers,
                                                   const RegisterQuestion& question) {
  auto entry = registers(question);
  if (!entry && entry.error().code == "deceased")
    MINBEN_CHECK(database.transact([&](store::Transaction& transaction) {
      return identity.close_deceased(transaction, question.national_id);
    }));
  return entry;
}

namespace {

/// Whose account it is beyond doubt: one that merely wrote the number down may be somebody else's.
Result<std::optional<PersonId>> holder_of(const Identity& identity, store::Transaction& transaction,
                                          std::string_view national_id) {
  const auto number = normal_national_id(national_id);
  if (!number || number->empty()) return std::optional<PersonId>();
  MINBEN_TRY(holder, identity.find_by_national_id(transaction, *number));
  if (!holder) return std::optional<PersonId>();
  MINBEN_TRY(known, identity.proven(transaction, *holder));
  MINBEN_TRY(ways, identity.bindings(transaction, *holder));
  if (known.identity_level == 0 && ways.empty()) return std::optional<PersonId>();
  return holder;
}

}  // namespace

Result<bool> Identity::hear(store::Transaction& transaction, const LifeEvent& event) {
  MINBEN_TRY(holder, holder_of(*this, transaction, event.national_id));
  if (!holder) return false;
  MINBEN_TRY(news, transaction.run(note_event, *holder, event.id));
  if (news.affected() == 0) return false;
  if (event.deceased) return close(*impl_, transaction, *holder, closing_cause::register_event);
  return open_again(*impl_, transaction, {{}, *holder, false, closing_cause::register_event});
}

Result<bool> Identity::close_deceased(store::Transaction& transaction,
                                      std::string_view national_id) {
  MINBEN_TRY(holder, holder_of(*this, transaction, national_id));
  if (!holder) return false;
  return close(*impl_, transaction, *holder, closing_cause::register_answer);
}

Result<ClosedAccount> Identity::closed_account(store::Transaction& transaction,
                                               const Session& officer,
                                               std::string_view national_id) const {
  MINBEN_CHECK(may_overrule(officer));
  MINBEN_TRY(holder, holder_of(*this, transaction, national_id));
  const auto none = fail(Kind::not_found, "no_closed_account");
  if (!holder) return none;
  MINBEN_TRY(rows, transaction.run(find_closed, *holder));
  if (rows.empty()) return none;
  return ClosedAccount{*holder, rows.front().instant("closed_at")};
}

Result<void> Identity::overrule_closing(store::Transaction& transaction, const Session& officer,
                                        PersonId person, std::string_view reason) {
  MINBEN_CHECK(may_overrule(officer));
  const std::string_view given = trim(reason);
  if (given.empty() || given.size() > 4 * longest_reason)
    return fail(Kind::invalid, "reason", "1 to 1,000 characters", "reason");
  MINBEN_TRY(opened,
             open_again(*impl_, transaction,
                        {{}, person, false, closing_cause::officer, officer.officer->id}, given));
  if (!opened) return fail(Kind::not_found, "no_closed_account");
  return {};
}

}  // namespace minben::identity
