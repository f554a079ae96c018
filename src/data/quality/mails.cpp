// Owners are told: what happened to their datasets since the last mail, in one mail, and at most
// one in so many hours. It holds titles and one link.
#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "mails.hpp"

namespace minben::quality {

namespace {

constexpr std::size_t most_lines = 50;

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

/// What one mail tells: the first lines in words, and how many there are in all.
struct Told {
  std::vector<std::string> lines;
  std::size_t count = 0;
};

identity::OutgoingMail mail_of(const Told& told, std::string to, Language language,
                               const std::string& origin) {
  const bool zh = language == Language::zh_hant;
  std::string text = zh ? "貴機關的資料集，檢測結果有以下變化：\n\n"
                        : "The checks of your datasets found these changes:\n\n";
  for (const std::string& each : told.lines) text += "- " + each + "\n";
  if (const std::size_t more = told.count - told.lines.size(); more > 0)
    text += zh ? fmt::format("另有{}則未列出。\n", more)
               : fmt::format("{} more are not listed.\n", more);
  text += fmt::format("\n{}\n{}/{}/desk/data/quality\n",
                      zh ? "原因與改善方法：" : "Reasons, and what would raise them:", origin,
                      language_tag(language));
  return {
      std::move(to),
      zh ? fmt::format("資料品質：{}項變化", told.count)
         : fmt::format("Data quality: {} {}", told.count, told.count == 1 ? "change" : "changes"),
      std::move(text)};
}

/// What waits for the agency, broken links first; it waits no longer.
Result<std::vector<Line>> take_lines(Transaction& tx, const AgencyCode& agency) {
  MINBEN_TRY(rows, tx.run(take_news, agency));
  std::vector<Line> lines;
  for (const store::Row row : rows)
    lines.push_back({row.id<DatasetId>("dataset_id"), row.text("what"), row.json("content"),
                     row.instant("at")});
  std::ranges::sort(lines, {}, [](const Line& each) {
    return std::tuple(each.what != "link_broken", each.at, each.dataset);
  });
  return lines;
}

/// Titles of the datasets of the first lines, which are all that a mail lists.
using Titles = std::map<DatasetId, catalogue::Text>;
Result<Titles> titles_of(Transaction& tx, const catalogue::Catalogue& catalogue,
                         const std::vector<Line>& lines) {
  std::vector<DatasetId> ids;
  for (std::size_t i = 0; i < lines.size() && i < most_lines; ++i) ids.push_back(lines[i].dataset);
  MINBEN_TRY(entries, catalogue.entries(tx, ids));
  Titles titles;
  for (const Entry& each : entries) titles[each.dataset.id] = each.dataset.title;
  return titles;
}

Told told_in(const std::vector<Line>& lines, const Titles& titles, Language language) {
  Told told;
  for (const Line& each : lines) {
    const auto words = words_of(each, language);
    if (!words) continue;
    ++told.count;
    const auto title = titles.find(each.dataset);
    if (title == titles.end() || told.lines.size() == most_lines) continue;
    std::string line =
        title->second.in(language) + (language == Language::zh_hant ? "：" : ": ") + *words;
    std::ranges::replace_if(  // titles may hold line ends
        line, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
    told.lines.push_back(std::move(line));
  }
  return told;
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
  MINBEN_TRY(lines, take_lines(tx, agency));
  MINBEN_TRY(titles, titles_of(tx, house.catalogue, lines));
  MINBEN_TRY(officers, stewards(tx, identity, agency));
  if (officers.empty() && agency != house.config.platform) {
    MINBEN_TRY(others, stewards(tx, identity, house.config.platform));
    officers = std::move(others);
  }
  if (officers.empty()) spdlog::warn("quality: agency={} has no data steward", agency.value);
  for (const identity::Officer& officer : officers) {
    const Told told = told_in(lines, titles, officer.language);
    if (told.count == 0) return {};
    MINBEN_TRY(email, identity.officer_email(tx, officer.id));
    MINBEN_CHECK(mailer(mail_of(told, std::move(email), officer.language, house.config.origin)));
  }
  MINBEN_CHECK(tx.run(note_mail, agency, tx.now()));
  return {};
}

}  // namespace minben::quality
