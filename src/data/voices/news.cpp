// What subscriptions bring that is not an event: searches and lateness. And the mail itself.
#include "news.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

namespace minben::voices {

namespace {

using catalogue::Condition;
using catalogue::DatasetId;
using catalogue::Field;
using store::Query;

constexpr std::size_t most_search_words = 500, most_filters = 20, most_value = 500;
constexpr int most_searches = 5000;  ///< a run
constexpr int most_found = 100;      ///< of one search and run
constexpr std::size_t most_lines = 100;
constexpr minutes index_lag{1};  ///< what changed since then is looked at the next time

constexpr Names<Subject, 3> subjects{{{Subject::dataset, "dataset"},
                                      {Subject::publisher, "publisher"},
                                      {Subject::search, "search"}}};
/// As in the addresses of the search page.
constexpr Names<Field, 8> filters{{{Field::publisher, "publisher"},
                                   {Field::category, "category"},
                                   {Field::high_value, "high_value"},
                                   {Field::format, "format"},
                                   {Field::frequency, "frequency"},
                                   {Field::licence, "licence"},
                                   {Field::keyword, "keyword"},
                                   {Field::mark, "mark"}}};

constexpr Query take_news{"voices_take_news", R"(
  with taken as (
    delete from voices.news n using voices.subscription s
    where s.subscription_id = n.subscription_id and s.person_id = $1 and s.at_once = $2
    returning n.subscription_id, n.event, n.dataset_id, n.content, n.at)
  select * from taken order by at, event)"};
constexpr Query find_subscriptions{"voices_news_subscriptions", R"(
  select * from voices.subscription where person_id = $1 and at_once = $2 order by made_at, subscription_id)"};
constexpr Query find_searches{"voices_searches", R"(
  select * from voices.subscription where kind = 'search' and searched_to < $1
  order by searched_to, subscription_id limit $2 for update skip locked)"};
constexpr Query searched{
    "voices_searched",
    "update voices.subscription set searched_to = $2 where subscription_id = $1"};
constexpr Query add_found{"voices_add_found", R"(
  insert into voices.news (subscription_id, event, dataset_id, content, at)
  select $1::uuid, 'search:' || id || ':' || $3::text, id::uuid, '{"what":"found"}'::jsonb, $4::timestamptz
  from unnest($2::text[]) as id on conflict do nothing)"};
constexpr Query find_followed{"voices_followed_datasets", R"(
  select distinct target from voices.subscription where kind = 'dataset' and target > $1
  order by target limit $2)"};
constexpr Query note_late{"voices_note_late", R"(
  insert into voices.told_late (dataset_id, due_at) values ($1, $2)
  on conflict (dataset_id) do update set due_at = $2 where voices.told_late.due_at <> $2)"};
constexpr Query add_late{"voices_add_late", R"(
  with added as (
    insert into voices.news (subscription_id, event, dataset_id, content, at)
    select subscription_id, 'late:' || $1::text || ':' || $2::text, $1::text::uuid, '{"what":"late"}'::jsonb, $3::timestamptz
    from voices.subscription where kind = 'dataset' and target = $1::text
    on conflict do nothing returning subscription_id)
  select distinct s.person_id, s.at_once
  from added join voices.subscription s on s.subscription_id = added.subscription_id)"};

/// {0} a version's number
const std::map<std::string_view, Bilingual>& sentences() {
  static const std::map<std::string_view, Bilingual> list = {
      {"published", {"已更新為第{0}版", "version {0} is published"}},
      {"withdrawn", {"已下架", "was withdrawn"}},
      {"late", {"未依承諾的頻率更新", "the promised update has not come"}},
      {"found", {"符合您訂閱的搜尋", "is new or changed and matches your search"}},
      {"request_answered", {"機關答覆了資料需求", "a data request was answered"}},
      {"request_released", {"承諾的資料已釋出", "promised data was released"}},
      {"report_fixed", {"回報的問題已修正", "a reported problem is fixed"}},
      {"report_not_a_problem", {"回報的問題已說明", "a problem report was answered"}},
      {"badge_rose", {"品質標章提升了", "its quality badge rose"}},
      {"badge_fell", {"品質標章降級了", "its quality badge fell"}},
      {"link_broken", {"有連結失效", "one of its links is broken"}},
      {"link_fixed", {"失效的連結已恢復", "a broken link of it works again"}},
      {"reuse", {"有新的應用案例", "somebody made something of it"}}};
  return list;
}

using Titles = std::map<DatasetId, catalogue::Entry>;

Titles titles_of(const Common& common, store::Transaction& tx, const NewsMail& mail) {
  std::vector<DatasetId> ids;
  for (const NewsRow& row : mail.news)
    if (row.dataset) ids.push_back(*row.dataset);
  for (const Subscription& each : mail.subscriptions)
    if (const auto id = DatasetId::parse(each.target); id && each.subject == Subject::dataset)
      ids.push_back(*id);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  Titles titles;
  if (auto entries = common.parts.catalogue.entries(tx, ids))
    for (catalogue::Entry& entry : *entries) titles[entry.dataset.id] = std::move(entry);
  return titles;
}

std::string title_in(const Titles& titles, const DatasetId& id, Language language) {
  const auto found = titles.find(id);
  return found == titles.end() ? to_string(id) : found->second.dataset.title.in(language);
}

std::string name_of(const Common& common, store::Transaction& tx, const Titles& titles,
                    const Subscription& subscription, Language language) {
  const bool zh = language == Language::zh_hant;
  if (subscription.subject == Subject::dataset) {
    const auto id = DatasetId::parse(subscription.target);
    return title_in(titles, id ? *id : DatasetId{}, language);
  }
  if (subscription.subject == Subject::publisher) {
    const auto publisher =
        common.parts.catalogue.publisher(tx, catalogue::PublisherCode{subscription.target});
    return publisher ? publisher->title.in(language) : subscription.target;
  }
  std::string words = subscription.search.words;
  for (const auto& [name, value] : subscription.search.filters)
    words += (words.empty() ? "" : " ") + value;
  return (zh ? "搜尋：" : "Search: ") + words;
}

std::string line_of(const Common& common, const Titles& titles, const NewsRow& row,
                    Language language) {
  const auto sentence = sentences().find(string_or(row.content, "what"));
  MINBEN_ASSERT(sentence != sentences().end());
  std::string line = "- ";
  std::string path = string_or(row.content, "path");
  if (row.dataset) {
    line += title_in(titles, *row.dataset, language);
    line += language == Language::zh_hant ? "：" : ": ";
    const auto found = titles.find(*row.dataset);
    if (path.empty() && found != titles.end()) path = "datasets/" + found->second.dataset.name;
  }
  line += fmt::format(fmt::runtime(sentence->second.in(language)),
                      get_integer(row.content, "version").value_or(0));
  return line + fmt::format("\n  {}/{}/{}\n", common.config.origin, language_tag(language), path);
}

}  // namespace

std::string_view to_string(Subject subject) { return name_in(subjects, subject); }
std::optional<Subject> parse_subject(std::string_view text) { return value_in(subjects, text); }

Result<catalogue::SearchQuery> search_query(const SavedSearch& search) {
  if (trim(search.words).empty() && search.filters.empty())
    return fail(Kind::invalid, "empty_search", "say what is looked for");
  if (search.words.size() > most_search_words || !is_utf8(search.words) ||
      search.filters.size() > most_filters)
    return fail(Kind::invalid, "too_long", "at most 500 bytes and 20 filters");
  catalogue::SearchQuery query;
  query.words = search.words;
  std::vector<Condition> conditions;
  for (const auto& [name, value] : search.filters) {
    const auto field = value_in(filters, name);
    if (!field || value.empty() || value.size() > most_value || !is_utf8(value))
      return fail(Kind::invalid, "unknown_filter", "none of the search page's");
    conditions.push_back(Condition::is(*field, value));
  }
  if (!conditions.empty()) query.where = Condition::all(std::move(conditions));
  return query;
}

Json to_json(const SavedSearch& search) {
  JsonArray list;
  for (const auto& [name, value] : search.filters)
    list.push_back(JsonArray{Json(name), Json(value)});
  return JsonObject{{"words", search.words}, {"filters", std::move(list)}};
}

Result<SavedSearch> saved_search(const Json& json) {
  SavedSearch out;
  MINBEN_TRY(words, get_string(json, "words"));
  out.words = words;
  const Json* list = minben::find(json, "filters");
  if (!list || !list->is_array()) return fail(Kind::invalid, "wrong_type", "no list", "filters");
  for (const Json& each : list->as_array()) {
    if (!each.is_array() || each.as_array().size() != 2 || !each.as_array()[0].is_string() ||
        !each.as_array()[1].is_string())
      return fail(Kind::invalid, "wrong_type", "no pair of texts", "filters");
    out.filters.emplace_back(std::string_view(each.as_array()[0].as_string()),
                             std::string_view(each.as_array()[1].as_string()));
  }
  return out;
}

std::string mail_subject(const NewsMail& mail, Language language) {
  const std::size_t count = mail.news.size();
  if (language == Language::zh_hant) return fmt::format("開放資料通知：{}則", count);
  return fmt::format("Open data: {} {}", count, count == 1 ? "notice" : "notices");
}

std::string mail_text(const Common& common, store::Transaction& tx, const Subscriptions& all,
                      const NewsMail& mail, Language language) {
  const Titles titles = titles_of(common, tx, mail);
  const bool zh = language == Language::zh_hant;
  std::string text;
  std::size_t lines = 0;
  for (const Subscription& each : mail.subscriptions) {
    std::string own;
    for (const NewsRow& row : mail.news)
      if (row.subscription == each.id && ++lines <= most_lines)
        own += line_of(common, titles, row, language);
    if (own.empty()) continue;
    text += name_of(common, tx, titles, each, language) + "\n" + own;
    text += fmt::format(
        "  {}\n  {}/{}/data-subscriptions/end/{}/{}\n\n",
        zh ? "停止這項通知（不必登入）：" : "End these notices (no need to sign in):",
        common.config.origin, language_tag(language), to_string(each.id), all.token(each.id));
  }
  if (lines > most_lines)
    text += zh ? fmt::format("另有{}則未列出。\n", lines - most_lines)
               : fmt::format("{} more are not listed.\n", lines - most_lines);
  return text;
}

Result<void> Subscriptions::send(store::Transaction& tx, const identity::Mailer& mailer,
                                 const store::Job& job) {
  MINBEN_TRY(person, PersonId::parse(string_or(job.payload, "person")));
  MINBEN_TRY(at_once, get_bool(job.payload, "at_once"));
  MINBEN_TRY(taken, tx.run(take_news, person, at_once));
  if (taken.empty()) return {};
  NewsMail mail;
  for (const store::Row row : taken) {
    NewsRow news{row.id<SubscriptionId>("subscription_id"), {}, row.json("content")};
    if (!row.is_null("dataset_id")) news.dataset = row.id<DatasetId>("dataset_id");
    mail.news.push_back(std::move(news));
  }
  MINBEN_TRY(rows, tx.run(find_subscriptions, person, at_once));
  for (const store::Row row : rows) mail.subscriptions.push_back(subscription_of(row));
  MINBEN_TRY(contacts, common_.parts.identity.contacts(tx, person));
  for (const auto& [email, language] : contacts)
    MINBEN_CHECK(mailer(
        {email, mail_subject(mail, language), mail_text(common_, tx, *this, mail, language)}));
  return {};
}

/// Up to the newest change that the index knows: what it has not followed yet is found later.
Result<int> Subscriptions::search(store::Transaction& tx, const catalogue::Index& index) {
  const auto newest = index.newest();
  if (!newest) return 0;
  const Instant to = std::min(*newest, common_.now() - index_lag);
  MINBEN_TRY(rows, tx.run(find_searches, to, most_searches));
  int found = 0;
  for (const store::Row row : rows) {
    const Subscription subscription = subscription_of(row);
    MINBEN_CHECK(tx.run(searched, subscription.id, to));
    auto query = search_query(subscription.search);
    if (!query) continue;
    Condition fresh{.kind = Condition::Kind::between};
    fresh.from = row.instant("searched_to") + microseconds{1};
    fresh.to = to;
    query->where = Condition::all({query->where, fresh});
    query->limit = most_found;
    MINBEN_TRY(hits, index.search(*query));
    if (hits.ids.empty() || hits.relaxed) continue;
    std::vector<std::string> ids;
    for (const DatasetId& id : hits.ids) ids.push_back(to_string(id));
    MINBEN_CHECK(tx.run(add_found, subscription.id, ids, to_string(to), common_.now()));
    MINBEN_CHECK(set_mail(tx, row.id<PersonId>("person_id"), subscription.at_once));
    ++found;
  }
  return found;
}

Result<int> Subscriptions::find_late(store::Transaction& tx) {
  constexpr int batch = 500;
  int late = 0;
  for (std::string after;;) {
    MINBEN_TRY(rows, tx.run(find_followed, after, batch));
    std::vector<DatasetId> ids;
    for (const store::Row row : rows) {
      after = row.text("target");
      if (const auto id = DatasetId::parse(after)) ids.push_back(*id);
    }
    MINBEN_TRY(entries, common_.parts.catalogue.entries(tx, ids));
    for (const catalogue::Entry& entry : entries) {
      const auto due = catalogue::due(entry);
      if (!due || *due > common_.now()) continue;
      MINBEN_TRY(noted, tx.run(note_late, entry.dataset.id, *due));
      if (noted.affected() == 0) continue;
      ++late;
      MINBEN_TRY(people,
                 tx.run(add_late, to_string(entry.dataset.id), to_string(*due), common_.now()));
      for (const store::Row row : people)
        MINBEN_CHECK(set_mail(tx, row.id<PersonId>("person_id"), row.boolean("at_once")));
    }
    if (rows.size() < batch) return late;
  }
}

}  // namespace minben::voices
