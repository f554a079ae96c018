#include "quality/league.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl.hpp"

namespace minben::quality {

namespace {

constexpr Query count_now{"quality_figures_now", R"(
  select publisher, count(*) as datasets, count(badge_since) as checked,
    count(*) filter (where badge_since is not null and badge = 'bronze') as bronze,
    count(*) filter (where badge_since is not null and badge = 'silver') as silver,
    count(*) filter (where badge_since is not null and badge = 'gold') as gold,
    count(*) filter (where badge_since is not null and badge = 'platinum') as platinum,
    sum(links) as links, sum(broken) as broken, sum(mqa) as mqa
  from quality.dataset group by publisher)"};
constexpr Query write_day{"quality_write_day", R"(
  insert into quality.day (day, publisher, datasets, checked, bronze, silver, gold, platinum, links,
    broken, mqa)
  select $1, publisher, count(*), count(badge_since),
    count(*) filter (where badge_since is not null and badge = 'bronze'),
    count(*) filter (where badge_since is not null and badge = 'silver'),
    count(*) filter (where badge_since is not null and badge = 'gold'),
    count(*) filter (where badge_since is not null and badge = 'platinum'),
    sum(links), sum(broken), sum(mqa)
  from quality.dataset group by publisher
  on conflict (day, publisher) do update set datasets = excluded.datasets,
    checked = excluded.checked, bronze = excluded.bronze, silver = excluded.silver,
    gold = excluded.gold, platinum = excluded.platinum, links = excluded.links,
    broken = excluded.broken, mqa = excluded.mqa)"};
constexpr Query over_time{"quality_over_time", R"(
  with ends as (
    select date_trunc($1, day::timestamp)::date as begins, max(day) as day from quality.day
    where day >= $2 group by 1)
  select ends.begins, d.publisher, d.datasets, d.checked, d.bronze, d.silver, d.gold, d.platinum,
    d.links, d.broken, d.mqa
  from ends join quality.day d on d.day = ends.day
  where $3::text is null or d.publisher = $3 order by ends.begins, d.publisher)"};

Figures figures_of(const store::Row& row) {
  return {row.integer("datasets"), row.integer("checked"), row.integer("bronze"),
          row.integer("silver"),   row.integer("gold"),    row.integer("platinum"),
          row.integer("links"),    row.integer("broken"),  row.integer("mqa")};
}

Date first_day(Span span, Date today, int count) {
  if (span == Span::day) return add_days(today, 1 - count);
  if (span == Span::month)
    return add_months(Date{today.year(), today.month(), std::chrono::day{1}}, 1 - count);
  const std::chrono::weekday weekday{std::chrono::sys_days(today)};
  const auto since_monday = static_cast<int>((weekday - std::chrono::Monday).count());
  return add_days(today, -since_monday - 7 * (count - 1));
}

}  // namespace

double Figures::score() const {
  if (checked == 0) return 0;
  const auto weight = [](Badge badge, std::int64_t count) {
    return static_cast<double>(badge_weight_percent(badge)) * static_cast<double>(count);
  };
  return (weight(Badge::bronze, bronze) + weight(Badge::silver, silver) +
          weight(Badge::gold, gold) + weight(Badge::platinum, platinum)) /
         static_cast<double>(checked);
}

double Figures::mqa_mean() const {
  return datasets == 0 ? 0 : static_cast<double>(mqa) / static_cast<double>(datasets);
}

double Figures::broken_share() const {
  return links == 0 ? 0 : static_cast<double>(broken) / static_cast<double>(links);
}

Figures& Figures::operator+=(const Figures& other) {
  datasets += other.datasets;
  checked += other.checked;
  bronze += other.bronze;
  silver += other.silver;
  gold += other.gold;
  platinum += other.platinum;
  links += other.links;
  broken += other.broken;
  mqa += other.mqa;
  return *this;
}

Result<std::vector<PublisherFigures>> figures_now(store::Transaction& tx) {
  MINBEN_TRY(rows, tx.run(count_now));
  const Date today = taiwan_date(tx.now());
  std::vector<PublisherFigures> out;
  for (const store::Row row : rows)
    out.push_back({today, catalogue::PublisherCode{row.text("publisher")}, figures_of(row)});
  std::ranges::sort(out, [](const PublisherFigures& a, const PublisherFigures& b) {
    return std::tuple(-a.figures.score(), -a.figures.datasets, a.publisher.value) <
           std::tuple(-b.figures.score(), -b.figures.datasets, b.publisher.value);
  });
  return out;
}

Result<std::vector<PublisherFigures>> figures_over_time(
    store::Transaction& tx, Span span, int count,
    const std::optional<catalogue::PublisherCode>& publisher) {
  const std::string_view unit = span == Span::day ? "day" : span == Span::week ? "week" : "month";
  const Date from = first_day(span, taiwan_date(tx.now()), std::clamp(count, 1, 1000));
  MINBEN_TRY(rows, tx.run(over_time, unit, from, publisher));
  std::vector<PublisherFigures> out;
  for (const store::Row row : rows)
    out.push_back(
        {row.date("begins"), catalogue::PublisherCode{row.text("publisher")}, figures_of(row)});
  return out;
}

std::vector<PublisherFigures> summed(const std::vector<PublisherFigures>& by_publisher) {
  std::vector<PublisherFigures> out;
  for (const PublisherFigures& each : by_publisher) {
    if (out.empty() || out.back().begins != each.begins)
      out.push_back({each.begins, catalogue::PublisherCode{}, {}});
    out.back().figures += each.figures;
  }
  return out;
}

std::string figures_csv(const std::vector<PublisherFigures>& rows) {
  std::string out =
      "period,publisher,datasets,checked,no_badge,bronze,silver,gold,platinum,score,links,broken,"
      "mqa_mean\r\n";
  for (const auto& [begins, publisher, f] : rows)
    out += fmt::format("{},{},{},{},{},{},{},{},{},{:.1f},{},{},{:.1f}\r\n", to_string(begins),
                       publisher.value, f.datasets, f.checked, f.without(), f.bronze, f.silver,
                       f.gold, f.platinum, f.score(), f.links, f.broken, f.mqa_mean());
  return out;
}

Json figures_json(const std::vector<PublisherFigures>& rows) {
  JsonArray out;
  for (const auto& [begins, publisher, f] : rows)
    out.push_back(JsonObject{{"period", to_string(begins)},
                             {"publisher", publisher.value},
                             {"datasets", f.datasets},
                             {"checked", f.checked},
                             {"no_badge", f.without()},
                             {"bronze", f.bronze},
                             {"silver", f.silver},
                             {"gold", f.gold},
                             {"platinum", f.platinum},
                             {"score", f.score()},
                             {"links", f.links},
                             {"broken", f.broken},
                             {"mqa_mean", f.mqa_mean()}});
  return out;
}

Result<void> Quality::Impl::write_day(Transaction& tx) const {
  MINBEN_CHECK(tx.run(quality::write_day, taiwan_date(tx.now())));
  return {};
}

}  // namespace minben::quality
