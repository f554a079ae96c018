// Mails to people and stewards: what happened and where to read it. They hold a title and a link,
// never anybody's name or words.
#include <algorithm>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "common.hpp"

namespace minben::voices {

namespace {

struct Words {
  std::string_view zh_hant, en;
  [[nodiscard]] constexpr std::string_view in(Language language) const {
    return language == Language::zh_hant ? zh_hant : en;
  }
};
struct Notice {
  std::string_view what;
  Words subject;  ///< {0} the title
  Words text;     ///< {0} the title, {1} the link
};

constexpr std::array notices{
    Notice{"request_published",
           {"您的資料需求已公開：{0}", "Your data request is published: {0}"},
           {"您的資料需求已公開並派發給負責機關。\n\n{1}\n",
            "Your request is published, and an agency has been asked to answer it.\n\n{1}\n"}},
    Notice{"request_declined",
           {"您的資料需求未公開：{0}", "Your data request is not published: {0}"},
           {"您的資料需求未公開，原因請見：\n\n{1}\n",
            "Your request is not published. The reason is here:\n\n{1}\n"}},
    Notice{"request_rerouted",
           {"資料需求已改派：{0}", "A data request was handed on: {0}"},
           {"這項資料需求已改派其他機關，原因請見：\n\n{1}\n",
            "Another agency has been asked to answer this request. The reason is here:\n\n{1}\n"}},
    Notice{"request_answered",
           {"資料需求已有答覆：{0}", "A data request is answered: {0}"},
           {"機關已答覆這項資料需求。請閱讀並評分：\n\n{1}\n",
            "The agency has answered this request. Read and rate the answer:\n\n{1}\n"}},
    Notice{"request_released",
           {"資料已釋出：{0}", "The data is released: {0}"},
           {"機關承諾的資料已經釋出。\n\n{1}\n",
            "The data that the agency had promised is released.\n\n{1}\n"}},
    Notice{"request_new",
           {"新的資料需求：{0}", "A new data request: {0}"},
           {"有一項新的資料需求，請在期限前處理。\n\n{1}\n",
            "There is a new data request. See to it before its last day.\n\n{1}\n"}},
    Notice{"request_second",
           {"資料需求須再回復：{0}", "A data request needs a second answer: {0}"},
           {"需求者給的評分低於3星，須在期限前再次回復。\n\n{1}\n",
            "The asker gave fewer than 3 stars: a second answer is owed before its last "
            "day.\n\n{1}\n"}},
    Notice{"due_soon",
           {"即將到期：{0}", "Due soon: {0}"},
           {"這項意見即將到期，請處理。\n\n{1}\n", "This is due soon. See to it.\n\n{1}\n"}},
    Notice{"overdue",
           {"逾期未處理：{0}", "Overdue: {0}"},
           {"這項意見已逾期，請立即處理。\n\n{1}\n", "This is overdue. See to it now.\n\n{1}\n"}},
    Notice{"promise_missed",
           {"承諾釋出日已過：{0}", "A promised release is late: {0}"},
           {"承諾釋出的日期已過，資料還沒有釋出。\n\n{1}\n",
            "The promised day has passed and the data is not released.\n\n{1}\n"}},
    Notice{"report_new",
           {"新的問題回報：{0}", "A new problem report: {0}"},
           {"有人回報資料集的問題，請在期限前處理。\n\n{1}\n",
            "Somebody reports a problem with a dataset. See to it before its last day.\n\n{1}\n"}},
    Notice{"report_again",
           {"問題仍然存在：{0}", "A problem is still there: {0}"},
           {"回報者表示問題仍然存在，請在期限前處理。\n\n{1}\n",
            "The reporter says that the problem is still there. See to it before its last "
            "day.\n\n{1}\n"}},
    Notice{"report_changed",
           {"問題回報有進展：{0}", "News of a problem report: {0}"},
           {"您回報或也遇到的問題有新的進展。\n\n{1}\n",
            "There is news of a problem that you reported or have too.\n\n{1}\n"}},
    Notice{"reuse_new",
           {"新的應用案例：{0}", "A new entry for the showcase: {0}"},
           {"有一件應用案例等待審視。\n\n{1}\n",
            "An entry for the showcase waits for a look.\n\n{1}\n"}},
    Notice{"reuse_shown",
           {"您的應用案例已公開：{0}", "Your entry is in the showcase: {0}"},
           {"您的應用案例已公開。\n\n{1}\n", "Your entry is in the showcase now.\n\n{1}\n"}},
    Notice{"reuse_declined",
           {"您的應用案例未公開：{0}", "Your entry is not in the showcase: {0}"},
           {"您的應用案例未公開，原因請見：\n\n{1}\n",
            "Your entry is not shown. The reason is here:\n\n{1}\n"}},
    Notice{"reuse_broken",
           {"應用案例的連結失效：{0}", "A link in the showcase is broken: {0}"},
           {"您的應用案例的連結已連續多次無法開啟，請更新。\n\n{1}\n",
            "The link of your entry has not answered several times in a row. Please put it "
            "right.\n\n{1}\n"}}};

identity::OutgoingMail mail_of(std::string to, const Json& payload, Language language,
                               std::string_view origin) {
  const std::string what = string_or(payload, "what");
  const auto found = std::ranges::find(notices, what, &Notice::what);
  MINBEN_ASSERT(found != notices.end());
  const std::string title = string_or(payload, "title");
  const std::string link =
      fmt::format("{}/{}/{}", origin, language_tag(language), string_or(payload, "path"));
  std::string subject = fmt::format(fmt::runtime(found->subject.in(language)), title);
  std::ranges::replace_if(  // a title may hold line ends; a subject may not
      subject, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return {std::move(to), std::move(subject),
          fmt::format(fmt::runtime(found->text.in(language)), title, link)};
}

JsonObject payload_of(const News& news) {
  return {{"what", news.what}, {"title", news.title}, {"path", news.path}};
}

}  // namespace

Result<std::vector<identity::Officer>> Common::stewards(store::Transaction& tx,
                                                        const AgencyCode& agency) const {
  MINBEN_TRY(officers, parts.identity.officers_of(tx, agency));
  std::erase_if(officers, [](const identity::Officer& officer) {
    return !officer.active || !officer.has_role(identity::role::data_steward);
  });
  return officers;
}

Result<void> Common::tell_person(store::Transaction& tx, PersonId person, const News& news) const {
  if (person.is_nil()) return {};
  JsonObject payload = payload_of(news);
  payload["person"] = to_string(person);
  return store::enqueue(
      tx, {std::string(mail_job), fmt::format("{}:{}:{}", news.key, news.what, to_string(person)),
           std::move(payload)});
}

Result<void> Common::tell_officer(store::Transaction& tx, const identity::Officer& officer,
                                  const News& news) const {
  JsonObject payload = payload_of(news);
  payload["officer"] = to_string(officer.id);
  return store::enqueue(tx, {std::string(mail_job),
                             fmt::format("{}:{}:{}", news.key, news.what, to_string(officer.id)),
                             std::move(payload)});
}

Result<void> Common::tell_stewards(store::Transaction& tx, std::string_view publisher,
                                   const News& news) const {
  MINBEN_TRY(agency, agency_of(tx, publisher));
  MINBEN_TRY(officers, stewards(tx, agency));
  if (officers.empty() && agency != config.platform) {
    spdlog::warn("voices: agency={} has no data steward", agency.value);
    return tell_platform(tx, news);
  }
  for (const identity::Officer& officer : officers) MINBEN_CHECK(tell_officer(tx, officer, news));
  return {};
}

Result<void> Common::tell_platform(store::Transaction& tx, const News& news) const {
  MINBEN_TRY(officers, stewards(tx, config.platform));
  if (officers.empty()) spdlog::warn("voices: the platform has no data steward");
  for (const identity::Officer& officer : officers) MINBEN_CHECK(tell_officer(tx, officer, news));
  return {};
}

Result<void> Common::send_mail(store::Transaction& tx, const identity::Mailer& mailer,
                               const store::Job& job) const {
  if (const auto id = OfficerId::parse(string_or(job.payload, "officer"))) {
    MINBEN_TRY(officer, parts.identity.officer(tx, *id));
    if (!officer.active || !officer.has_role(identity::role::data_steward)) return {};
    MINBEN_TRY(email, parts.identity.officer_email(tx, *id));
    return mailer(mail_of(std::move(email), job.payload, officer.language, config.origin));
  }
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(contacts, parts.identity.contacts(tx, person));
  for (const auto& [email, language] : contacts)
    MINBEN_CHECK(mailer(mail_of(email, job.payload, language, config.origin)));
  return {};
}

}  // namespace minben::voices
