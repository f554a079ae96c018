// Owners are told: what happened to their datasets since the last mail, in one mail, and at most
// one in so many hours. It holds titles and one link.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "mails.hpp"

namespace minben::quality {

namespace {

constexpr int most_lines = 50;

constexpr Query add_news{"quality_add_news", R"(
  insert into quality.news (agency, dataset_id, subject, what, content, at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (agency, dataset_id, subject) do update set what = $4,
    content = case when quality.news.content ? 'before'
      then $5 || jsonb_build_object('before', quality.news.content -> 'before') else $5 end)"};
constexpr Query find_times{"quality_mail_times", R"(
  select (select min(at) from quality.news where agency = $1) as first,
    (select at from quality.mailed where agency = $1) as last)"};
constexpr Query note_mail{"quality_note_mail", R"(
  insert into quality.mailed (agency, at) values ($1, $2) on conflict (agency) do update set at = $2)"};
constexpr Query take_news{"quality_take_news", R"(
  delete from quality.news where agency = $1 returning dataset_id, what, content, at)"};

struct Line {
  DatasetId dataset;
  std::string what;
  Json content;
  Instant at{};
};

/// What a badge is called in the middle of a sentence.
std::string badge_words(std::string_view code, Language language) {
  const Badge badge = read_badge(code).value_or(Badge::none);
  if (language == Language::en) return std::string(badge == Badge::none ? "no badge" : code);
  return badge == Badge::none ? "無標章" : std::string(badge_name(badge)) + "標章";
}

/// Nothing when the badge is again what it was before the last mail.
std::optional<std::string> words_of(const Line& line, Language language) {
  const bool zh = language == Language::zh_hant;
  if (line.what == "link_broken") return zh ? "有連結失效" : "a link is broken";
  if (line.what == "link_fixed") return zh ? "失效的連結已恢復" : "a broken link works again";
  const std::string before = string_or(line.content, "before"),
                    badge = string_or(line.content, "badge");
  if (before == badge) return std::nullopt;
  const bool rose = read_badge(badge) > read_badge(before);
  return zh ? fmt::format("由{}{}為{}", badge_words(before, language), rose ? "升" : "降",
                          badge_words(badge, language))
            : fmt::format("{} from {} to {}", rose ? "rose" : "fell", badge_words(before, language),
                          badge_words(badge, language));
}

identity::OutgoingMail mail_of(const std::vector<std::pair<std::string, std::string>>& lines,
                               std::string to, Language language, const std::string& origin) {
  const bool zh = language == Language::zh_hant;
  std::string text = zh ? "貴機關的資料集，檢測結果有以下變化：\n\n"
                        : "The checks of your datasets found these changes:\n\n";
  for (std::size_t i = 0; i < lines.size() && i < most_lines; ++i)
    text += fmt::format("- {}{}{}\n", lines[i].first, zh ? "：" : ": ", lines[i].second);
  if (lines.size() > most_lines)
    text += zh ? fmt::format("另有{}則未列出。\n", lines.size() - most_lines)
               : fmt::format("{} more are not listed.\n", lines.size() - most_lines);
  text += fmt::format("\n{}\n{}/{}/desk/data/quality\n",
                      zh ? "原因與改善方法：" : "Reasons, and what would raise them:", origin,
                      language_tag(language));
  return {std::move(to),
          zh ? fmt::format("資料品質：{}項變化", lines.size())
             : fmt::format("Data quality: {} {}", lines.size(),
                           lines.size() == 1 ? "change" : "changes"),
          std::move(text)};
}

Result<std::vector<identity::Officer>> stewards(Transaction& tx, const identity::Identity& identity,
                                                const AgencyCode& agency) {
  MINBEN_TRY(officers, identity.officers_of(tx, agency));
  std::erase_if(officers, [](const identity::Officer& each) {
    return !each.active || !each.has_role(identity::role::data_steward);
  });
  return officers;
}

}  // namespace

/// The first news after a quiet day is told soon; what comes then waits for the next day's mail.
Result<void> Quality::Impl::tell(Transaction& tx, const News& news) const {
  const auto publisher = catalogue.publisher(tx, news.publisher);
  if (!publisher && publisher.error().kind != Kind::not_found) return fail(publisher.error());
  const std::string agency =
      publisher && !publisher->agency.empty() ? publisher->agency : config.platform.value;
  const Json content(news.content);
  MINBEN_CHECK(tx.run(add_news, agency, news.dataset, news.subject, string_or(content, "what"),
                      content, tx.now()));
  MINBEN_TRY(times, tx.run(find_times, agency));
  Instant at = times.front().instant("first") + config.mail_after;
  if (const auto last = times.front().optional_instant("last"))
    at = std::max(at, *last + config.mail_every);
  return store::enqueue(tx, {std::string(mail_job), agency, JsonObject{{"agency", agency}}, at});
}

Result<void> send_mails(const Quality::Impl& house, Transaction& tx,
                        const identity::Identity& identity, const identity::Mailer& mailer,
                        const store::Job& job) {
  const AgencyCode agency{string_or(job.payload, "agency")};
  MINBEN_TRY(rows, tx.run(take_news, agency));
  std::vector<Line> lines;
  for (const store::Row row : rows)
    lines.push_back({row.id<DatasetId>("dataset_id"), row.text("what"), row.json("content"),
                     row.instant("at")});
  std::ranges::sort(lines, {}, [](const Line& each) {
    return std::tuple(each.what != "link_broken", each.at, each.dataset);
  });
  std::vector<DatasetId> ids;
  for (const Line& each : lines) ids.push_back(each.dataset);
  MINBEN_TRY(entries, house.catalogue.entries(tx, ids));
  std::map<DatasetId, catalogue::Text> titles;
  for (const Entry& each : entries) titles[each.dataset.id] = each.dataset.title;
  MINBEN_TRY(officers, stewards(tx, identity, agency));
  if (officers.empty() && agency != house.config.platform) {
    MINBEN_TRY(others, stewards(tx, identity, house.config.platform));
    officers = std::move(others);
  }
  if (officers.empty()) spdlog::warn("quality: agency={} has no data steward", agency.value);
  for (const identity::Officer& officer : officers) {
    std::vector<std::pair<std::string, std::string>> said;
    for (const Line& each : lines)
      if (auto words = words_of(each, officer.language); words && titles.contains(each.dataset))
        said.emplace_back(titles[each.dataset].in(officer.language), std::move(*words));
    if (said.empty()) return {};
    MINBEN_TRY(email, identity.officer_email(tx, officer.id));
    MINBEN_CHECK(mailer(mail_of(said, std::move(email), officer.language, house.config.origin)));
  }
  MINBEN_CHECK(tx.run(note_mail, agency, tx.now()));
  return {};
}

}  // namespace minben::quality
