// What happens without anybody asking: reminders, lapses, expiry, forgetting, mails.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include "impl.hpp"
#include "mails.hpp"

namespace minben::casework {

namespace {

constexpr Query forget_draft{"casework_forget_draft",
                             "delete from casework.draft where person_id = $1 and draft_id = $2 "
                             "and kept_until <= $3 and case_id is null"};

Result<CaseId> case_in(const store::Job& job) {
  MINBEN_TRY(text, get_string(job.payload, "case"));
  return CaseId::parse(text);
}

/// The open supplement of the job, if it is still the open one.
Result<std::optional<SupplementView>> supplement_in(const Casework::Impl& impl, Transaction& tx,
                                                    const CaseRow& row, const store::Job& job) {
  MINBEN_TRY(open, impl.open_supplement(tx, row));
  if (!open || to_string(open->id) != string_or(job.payload, "supplement")) return std::nullopt;
  return open;
}

Result<void> remind(Casework::Impl& impl, Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, case_in(job));
  MINBEN_TRY(row, impl.lock_case(tx, id));
  MINBEN_TRY(open, supplement_in(impl, tx, row, job));
  if (!open) return {};
  MINBEN_CHECK(impl.record(tx, row, {.event = "supplement_reminded"}));
  return impl.notify(tx, row, "reminder");
}

Result<void> lapse(Casework::Impl& impl, Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, case_in(job));
  MINBEN_TRY(row, impl.lock_case(tx, id));
  MINBEN_TRY(open, supplement_in(impl, tx, row, job));
  if (!open) return {};
  // A last day on which offices were closed after all moves on (Administrative Procedure Act §48).
  if (const auto due = impl.parts.calendar.next_working_day(open->due); due > open->due)
    return impl.move_supplement(tx, row, open->id, due);
  MINBEN_TRY(package, impl.package_of(row));
  MINBEN_CHECK(impl.close_supplement(tx, row, open->id, "lapsed"));
  MINBEN_CHECK(impl.record(tx, row, {.event = "supplement_lapsed"}));
  const auto& rules = package->supplements;
  if (rules.on_lapse == State::refused) {
    MINBEN_CHECK(impl.store_decision(tx, row, {false, open->agency, {rules.lapse_ground}, ""}));
  }
  return impl.break_off(tx, row, rules.on_lapse,
                        {.event = to_string(rules.on_lapse),
                         .agency = open->agency,
                         .detail = {{"reason", "supplement_lapsed"}}});
}

Result<void> expire(Casework::Impl& impl, Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, case_in(job));
  MINBEN_TRY(row, impl.lock_case(tx, id));
  if (row.state != State::approved) return {};
  row.state = State::expired;
  MINBEN_CHECK(impl.save_case(tx, row));
  MINBEN_CHECK(impl.record(tx, row, {.event = "expired"}));
  return impl.notify(tx, row, "expired");
}

Result<void> forget(Casework::Impl& impl, Transaction& tx, const store::Job& job) {
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(draft, DraftId::parse(job.key));
  MINBEN_CHECK(tx.run(forget_draft, person, draft, impl.now()));
  return {};
}

Result<void> send(Casework::Impl& impl, Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, case_in(job));
  MINBEN_TRY(row, impl.find_case(tx, id));
  if (!impl.mailer) return {};
  MINBEN_TRY(contacts, impl.parts.identity.contacts(tx, row.person));
  MINBEN_TRY(package, impl.package_of(row));
  for (const auto& [email, language] : contacts) {
    auto mail = mail_about(string_or(job.payload, "what"), language, package->title.in(language),
                           row.number,
                           fmt::format("{}/{}/cases/{}", impl.config.portal_url,
                                       language_tag(language), to_string(row.id)));
    mail.to = email;
    MINBEN_CHECK(impl.mailer(mail));
  }
  return {};
}

}  // namespace

Result<void> Casework::Impl::notify(Transaction& tx, const CaseRow& row,
                                    std::string_view what) const {
  const auto key = fmt::format("{}:{}:{}", to_string(row.id), row.version, what);
  return store::enqueue(
      tx,
      {"casework.mail", key, Json(JsonObject{{"case", to_string(row.id)}, {"what", what}}), {}});
}

void Casework::Impl::register_jobs(store::Workers& workers) {
  const auto on = [&](std::string kind, auto handler) {
    workers.on(std::move(kind), [this, handler](Transaction& tx, const store::Job& job) {
      return handler(*this, tx, job);
    });
  };
  on("casework.remind", remind);
  on("casework.lapse", lapse);
  on("casework.expire", expire);
  on("casework.forget_draft", forget);
  on("casework.mail", send);
  on("casework.deadline",
     [](Impl& impl, Transaction& tx, const store::Job& job) { return impl.on_deadline(tx, job); });
  on("casework.count_on",
     [](Impl& impl, Transaction& tx, const store::Job& job) { return impl.count_on(tx, job); });
  on("casework.fetch",
     [](Impl& impl, Transaction& tx, const store::Job& job) { return impl.fetch_again(tx, job); });
}

}  // namespace minben::casework
