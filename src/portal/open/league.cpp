// Publishers compared by the quality of their datasets, today and over time.
#include <algorithm>

#include <fmt/format.h>

#include "core/digits.hpp"
#include "page/charts.hpp"
#include "page/slices.hpp"
#include "parts.hpp"
#include "quality/league.hpp"
#include "quality_words.hpp"

namespace minben::open {

namespace {

using quality::Figures;
using quality::PublisherFigures;
using quality::Span;

constexpr std::size_t publishers_a_page = 20;
constexpr int months = 12, weeks = 26;
constexpr int most_periods = 1000;

struct Asked {
  Span span = Span::month;
  int count = months;
};

Asked asked_of(const Visit& visit) {
  const std::string_view by = visit.request.query.get("by");
  Asked asked;
  if (by == "week") asked = {Span::week, weeks};
  if (by == "day") asked = {Span::day, 31};
  if (const auto count = parse_integer(visit.request.query.get("periods"), 1, most_periods))
    asked.count = static_cast<int>(*count);
  return asked;
}

/// Whose datasets all wait for their first check has no score yet, which is not the worst one.
std::string score_text(const Figures& figures) {
  return figures.checked == 0 ? "–" : fmt::format("{:.0f}", figures.score());
}

void league_chart(Writer& page, const Parts& parts, const Visit& visit,
                  std::span<const PublisherFigures> now) {
  const Language language = visit.language;
  page::BarChart chart{.title = std::string(msg::quality_league_chart(language)),
                       .description = std::string(msg::quality_league_chart_text(language)),
                       .label_title = std::string(msg::open_facet_publisher(language)),
                       .value_title = std::string(msg::quality_score(language)),
                       .bars = {},
                       .mark = 100.0,
                       .mark_text = "100"};
  for (const PublisherFigures& each : now)
    if (each.figures.checked > 0)
      chart.bars.push_back({publisher_name(parts, visit, each.publisher), each.figures.score(),
                            score_text(each.figures)});
  if (!chart.bars.empty()) page::bar_chart(page, language, "league", chart);
}

std::string period_text(Span span, Date begins) {
  if (span == Span::month)
    return fmt::format("{}/{}", static_cast<int>(begins.year()),
                       static_cast<unsigned>(begins.month()));
  return fmt::format("{}/{}", static_cast<unsigned>(begins.month()),
                     static_cast<unsigned>(begins.day()));
}

void time_chart(Writer& page, const Visit& visit, const Asked& asked,
                const std::vector<PublisherFigures>& periods) {
  if (periods.empty()) return;
  const Language language = visit.language;
  page::UprightChart chart{.title = std::string(msg::quality_over_time(language)),
                           .description = std::string(msg::quality_over_time_text(language)),
                           .label_title = std::string(msg::quality_period(language)),
                           .value_title = std::string(msg::quality_checked_column(language)),
                           .part_title = std::string(msg::quality_gold_column(language)),
                           .part_is_good = true,
                           .bars = {},
                           .highest_text = {},
                           .label_every = asked.span == Span::month ? 2u : 4u};
  std::int64_t highest = 0;
  for (const PublisherFigures& each : periods) {
    const Figures& f = each.figures;
    const std::int64_t high = f.gold + f.platinum;
    highest = std::max(highest, f.checked);
    chart.bars.push_back({period_text(asked.span, each.begins), static_cast<double>(f.checked),
                          static_cast<double>(high),
                          msg::quality_in_words(language, f.checked, score_text(f)),
                          msg::quality_count(language, high)});
  }
  chart.highest_text = std::to_string(highest);
  page::upright_chart(page, language, "course", chart);
}

void choices(Writer& page, const Visit& visit, const Url& here, const Url& csv, const Url& json) {
  const Language language = visit.language;
  const bool by_week = visit.request.query.get("by") == "week";
  page << "<p class=\"mb-sorts\">";
  for (const bool week : {false, true}) {
    const std::string_view words =
        week ? msg::quality_by_week(language) : msg::quality_by_month(language);
    const std::string_view by = week ? "week" : "month";
    page << " ";
    if (week == by_week) page << "<strong aria-current=\"true\">" << words << "</strong>";
    else page::link(page, words, here.with("by", by));
  }
  const std::string_view by = by_week ? "week" : "month";
  page << " · " << msg::quality_downloads(language) << " ";
  page::link(page, msg::quality_as_csv(language), csv.with("by", by));
  page << " ";
  page::link(page, msg::quality_as_json(language), json.with("by", by));
  page << "</p>";
}

void league_table(Writer& page, const Parts& parts, const Visit& visit,
                  std::span<const PublisherFigures> now) {
  const Language language = visit.language;
  const auto column = [&](std::string_view title, bool numeric = true) {
    return page::Column{.title = std::string(title), .numeric = numeric};
  };
  std::vector<page::Column> columns{
      {.title = std::string(msg::open_facet_publisher(language)), .self_evident = true},
      column(msg::quality_score(language)),
      column(msg::quality_datasets_column(language)),
      column(msg::quality_badge_platinum(language)),
      column(msg::quality_badge_gold(language)),
      column(msg::quality_badge_silver(language)),
      column(msg::quality_badge_bronze(language)),
      column(msg::quality_no_badge_column(language)),
      column(msg::quality_broken_column(language)),
      column(msg::quality_mqa_column(language))};
  page::table(page, msg::quality_league(language), columns,
              [&](Writer& rows) {
                for (const auto& [begins, publisher, f] : now)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& cell) {
                      page::link(cell, publisher_name(parts, visit, publisher),
                                 visit.url({"publishers", publisher.value, "quality"}));
                    });
                    cells.add([&](Writer& cell) {
                      cell << score_text(f);
                      if (f.checked > 0) page::meter(cell, f.score() / 100);
                    });
                    for (const std::int64_t count :
                         {f.datasets, f.platinum, f.gold, f.silver, f.bronze, f.without()})
                      cells.add(group_digits(count));
                    cells.add([&](Writer& cell) {
                      cell << msg::quality_broken_of(language, f.broken, f.links);
                      page::meter(cell, f.broken_share(), true);
                    });
                    cells.add(fmt::format("{:.0f}", f.mqa_mean()));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

struct League {
  std::vector<PublisherFigures> now, periods;
};
Result<League> league_of(const Parts& parts, const Asked& asked,
                         const std::optional<catalogue::PublisherCode>& publisher) {
  return parts.read([&](store::Transaction& tx) -> Result<League> {
    MINBEN_TRY(now, quality::figures_now(tx));
    if (publisher)
      std::erase_if(now,
                    [&](const PublisherFigures& each) { return each.publisher != *publisher; });
    MINBEN_TRY(periods, quality::figures_over_time(tx, asked.span, asked.count, publisher));
    return League{std::move(now), std::move(periods)};
  });
}

/// Those whose names have the words, the best first as all are.
std::vector<PublisherFigures> named(const Parts& parts, std::vector<PublisherFigures> now,
                                    std::string_view words) {
  if (words.empty()) return now;
  const auto all = parts.index.publishers();
  std::erase_if(now, [&](const PublisherFigures& each) {
    const auto* publisher = find_publisher(*all, each.publisher);
    return publisher == nullptr || !is_named(*publisher, words);
  });
  return now;
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = asked_of(visit);
  const std::string words(visit.request.query.get("q"));
  MINBEN_TRY(league, league_of(parts, asked, {}));
  const bool none = league.now.empty();
  const auto found = named(parts, std::move(league.now), words);
  const page::Slice slice = page::slice(visit.request.query, found.size(), publishers_a_page);
  const Url here = visit.url({"quality"});
  Frame made = frame(visit, msg::quality_league(language), Section::quality);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::quality_league(language), Size::l);
    page::paragraph(page, msg::quality_league_text(language));
    if (none) return page::paragraph(page, msg::quality_league_none(language));
    publisher_form(page, visit, here);
    if (!words.empty()) publishers_found(page, language, found.size());
    if (!found.empty()) {
      league_chart(page, parts, visit, slice.of(found));
      league_table(page, parts, visit, slice.of(found));
    }
    page::pagination(page, language, slice.pages, words.empty() ? here : here.with("q", words));
    choices(page, visit, here, visit.url({"quality.csv"}), visit.url({"quality.json"}));
    time_chart(page, visit, asked, quality::summed(league.periods));
  });
}

Result<catalogue::PublisherCode> publisher_of(const Parts& parts, const Visit& visit) {
  const catalogue::PublisherCode code{std::string(visit.request.parameter("code"))};
  if (!find_publisher(*parts.index.publishers(), code))
    return fail(Kind::not_found, "no_such_publisher");
  return code;
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const Asked asked = asked_of(visit);
  MINBEN_TRY(code, publisher_of(parts, visit));
  MINBEN_TRY(league, league_of(parts, asked, code));
  const std::string title = publisher_name(parts, visit, code);
  const Url here = visit.url({"publishers", code.value, "quality"});
  Frame made =
      frame(visit, fmt::format("{} – {}", msg::quality_title(language), title), Section::quality);
  made.wide = true;
  made.back =
      page::Link{std::string(msg::quality_all_publishers(language)), visit.url({"quality"})};
  return html_page(visit, made, [&](Writer& page) {
    page << "<h1 class=\"govuk-heading-l\">" << title << "<span class=\"govuk-caption-l\">"
         << msg::quality_title(language) << "</span></h1>";
    page::paragraph(page, msg::quality_league_text(language));
    if (league.now.empty()) return page::paragraph(page, msg::quality_league_none(language));
    league_table(page, parts, visit, league.now);
    choices(page, visit, here, here.below({"figures.csv"}), here.below({"figures.json"}));
    time_chart(page, visit, asked, league.periods);
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::open_all_of_publisher(language),
               search_url(visit).with("publisher", code.value));
    page << "</p>";
  });
}

Result<net::Response> figures(const Parts& parts, const Visit& visit,
                              const std::optional<catalogue::PublisherCode>& publisher, bool json) {
  MINBEN_TRY(league, league_of(parts, asked_of(visit), publisher));
  net::Response response =
      json ? net::Response::json(quality::figures_json(league.periods))
           : net::Response::bytes(quality::figures_csv(league.periods), "text/csv; charset=utf-8");
  response.headers.set("Access-Control-Allow-Origin", "*");
  return response;
}

Result<net::Response> all_csv(const Parts& parts, Visit& visit) {
  return figures(parts, visit, {}, false);
}
Result<net::Response> all_json(const Parts& parts, Visit& visit) {
  return figures(parts, visit, {}, true);
}
Result<net::Response> one_csv(const Parts& parts, Visit& visit) {
  MINBEN_TRY(code, publisher_of(parts, visit));
  return figures(parts, visit, code, false);
}
Result<net::Response> one_json(const Parts& parts, Visit& visit) {
  MINBEN_TRY(code, publisher_of(parts, visit));
  return figures(parts, visit, code, true);
}

}  // namespace

void add_league(Pages& pages) {
  using page::access::anyone;
  pages.get("/quality", anyone, list);
  pages.get("/quality.csv", anyone, all_csv);
  pages.get("/quality.json", anyone, all_json);
  pages.get("/publishers/{code}/quality", anyone, show);
  pages.get("/publishers/{code}/quality/figures.csv", anyone, one_csv);
  pages.get("/publishers/{code}/quality/figures.json", anyone, one_json);
}

}  // namespace minben::open
