// What the clock does for questions about a use: reminders, escalation, and mails.
#include <spdlog/spdlog.h>

#include "questions_impl.hpp"

namespace minben::mydata {

namespace {

struct Notice {
  std::string_view what;
  Bilingual subject;
  Bilingual text;  ///< {0} number, {1} last day, {2} link
};

/// A number and a link: what was written is read where one has signed in.
const std::vector<Notice>& notices() {
  static const std::vector<Notice> list = {
      {"answered",
       {"您的個資使用疑問已有答覆", "Your question about a use of your data is answered"},
       {"機關已答覆您的疑問 {0}。\n\n{2}\n",
        "The agency has answered your question {0}.\n\n{2}\n"}},
      {"extended",
       {"您的個資使用疑問延長答覆期限",
        "More time to answer your question about a use of your data"},
       {"機關延長您的疑問 {0} 的答覆期限至 "
        "{1}（個人資料保護法第13條第1項）。延長原因請見：\n\n{2}\n",
        "The agency needs until {1} to answer your question {0} (Personal Data Protection Act, "
        "Art. "
        "13(1)). The reason it gives is here:\n\n{2}\n"}},
      {"asked",
       {"新的個資使用疑問", "A new question about a use of personal data"},
       {"有人對貴機關使用其個資提出疑問 {0}，請於 {1} 前答覆。\n\n{2}\n",
        "Somebody questions a use of their data by your agency: {0}. Answer by {1}.\n\n{2}\n"}},
      {"added",
       {"個資使用疑問有補充說明", "More about a question on a use of personal data"},
       {"疑問 {0} 有補充說明，請於 {1} 前答覆。\n\n{2}\n",
        "The person has added to question {0}. Answer by {1}.\n\n{2}\n"}},
      {"due_soon",
       {"個資使用疑問即將到期", "A question about a use of personal data is due soon"},
       {"疑問 {0} 須於 {1} 前答覆。\n\n{2}\n", "Question {0} is to be answered by {1}.\n\n{2}\n"}},
      {"overdue",
       {"個資使用疑問逾期未答覆", "A question about a use of personal data is overdue"},
       {"疑問 {0} 已逾期（期限 {1}），請立即處理。\n\n{2}\n",
        "Question {0} was to be answered by {1} and is not. See to it now.\n\n{2}\n"}}};
  return list;
}

identity::OutgoingMail mail_of(std::string to, std::string_view what, const QuestionLine& line,
                               Language language, std::string_view link) {
  const auto found = std::ranges::find(notices(), what, &Notice::what);
  MINBEN_ASSERT(found != notices().end());
  return {std::move(to), found->subject.in(language) + " " + line.number,
          fmt::format(fmt::runtime(found->text.in(language)), line.number,
                      long_date(line.last_day(), language), link)};
}

bool is_protection_officer(const identity::Officer& officer) {
  return officer.active && officer.has_role(identity::role::data_protection_officer);
}

}  // namespace

Result<void> Questions::Impl::set_clock(store::Transaction& tx, const QuestionRow& row) const {
  const std::string key = to_string(row.line.id);
  if (row.line.state != QuestionState::open || row.line.escalated)
    return store::cancel_job(tx, question_clock_job, key);
  const Instant at = row.reminded ? row.line.due_at : row.line.due_at - days(config.remind_days);
  return store::enqueue(tx, {std::string(question_clock_job), key,
                             JsonObject{{"person", to_string(row.person)}}, at});
}

Result<void> Questions::Impl::tell_person(store::Transaction& tx, const QuestionRow& row,
                                          std::string_view what) const {
  const std::string id = to_string(row.line.id);
  return store::enqueue(
      tx, {std::string(question_mail_job), fmt::format("{}:{}:person", id, row.line.version),
           JsonObject{{"what", what}, {"person", to_string(row.person)}, {"question", id}}});
}

Result<void> Questions::Impl::tell_officers(store::Transaction& tx, const QuestionRow& row,
                                            std::string_view what, const AgencyCode& agency) const {
  MINBEN_TRY(officers, parts.identity.officers_of(tx, agency));
  std::erase_if(officers, std::not_fn(is_protection_officer));
  if (officers.empty() && agency != config.supervisor) {
    spdlog::warn("mydata.question agency={} has no data protection officer", agency.value);
    return tell_officers(tx, row, what, config.supervisor);
  }
  const std::string id = to_string(row.line.id);
  for (const identity::Officer& officer : officers)
    MINBEN_CHECK(store::enqueue(
        tx, {std::string(question_mail_job),
             fmt::format("{}:{}:{}:{}", id, row.line.version, what, to_string(officer.id)),
             JsonObject{{"what", what},
                        {"person", to_string(row.person)},
                        {"question", id},
                        {"officer", to_string(officer.id)}}}));
  return {};
}

/// Once before the last day ends and once after; the jobs of an earlier term do nothing.
Result<void> Questions::Impl::clock_struck(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, QuestionId::parse(job.key));
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(row, own(tx, person, id));
  if (row.line.state != QuestionState::open || row.line.escalated) return {};
  if (now() < row.line.due_at - days(config.remind_days)) return {};
  if (now() < row.line.due_at) {
    if (row.reminded) return {};
    row.reminded = true;
    MINBEN_CHECK(note_reminder(tx, row));
    return tell_officers(tx, row, "due_soon", row.line.agency);
  }
  row.line.escalated = true;
  MINBEN_CHECK(record(tx, row, {QuestionStep::escalated}));
  MINBEN_CHECK(tell_officers(tx, row, "overdue", row.line.agency));
  if (row.line.agency == config.supervisor) return {};
  return tell_officers(tx, row, "overdue", config.supervisor);
}

Result<void> Questions::Impl::send_mail(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, QuestionId::parse(string_or(job.payload, "question")));
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(row, own(tx, person, id));
  const std::string what = string_or(job.payload, "what");
  const auto link = [&](Language language, std::string_view place) {
    return fmt::format("{}/{}/{}/{}", config.origin, language_tag(language), place, to_string(id));
  };
  if (const auto officer_id = OfficerId::parse(string_or(job.payload, "officer"))) {
    MINBEN_TRY(officer, parts.identity.officer(tx, *officer_id));
    if (!is_protection_officer(officer)) return {};
    MINBEN_TRY(email, parts.identity.officer_email(tx, *officer_id));
    const bool own_agency = officer.agency == row.line.agency;
    return mailer(mail_of(std::move(email), what, row.line, officer.language,
                          own_agency ? link(officer.language, "desk/questions")
                                     : fmt::format("{}/{}/desk/questions", config.origin,
                                                   language_tag(officer.language))));
  }
  MINBEN_TRY(contacts, parts.identity.contacts(tx, person));
  for (const auto& [email, language] : contacts)
    MINBEN_CHECK(mailer(mail_of(email, what, row.line, language, link(language, "questions"))));
  return {};
}

void Questions::work_in(store::Workers& workers, identity::Mailer mailer) {
  impl_->mailer = std::move(mailer);
  workers.on(std::string(question_clock_job),
             [impl = impl_.get()](store::Transaction& tx, const store::Job& job) {
               return impl->clock_struck(tx, job);
             });
  workers.on(std::string(question_mail_job),
             [impl = impl_.get()](store::Transaction& tx, const store::Job& job) {
               return impl->send_mail(tx, job);
             });
}

}  // namespace minben::mydata
