// A series of datasets: what it is, and its members, those of the newest time first.
#include <fmt/format.h>

#include "catalogue/series.hpp"
#include "markdown.hpp"
#include "page/numbers.hpp"
#include "parts.hpp"

namespace minben::open {

namespace {

using catalogue::Entry;
using catalogue::Series;
namespace vocabulary = catalogue::vocabulary;

constexpr int most_members = 1000;

std::string period_text(Language language, const Entry& entry) {
  const catalogue::Period& period = entry.dataset.temporal;
  const auto date = [&](const std::optional<Date>& day) {
    return day ? long_date(*day, language) : std::string("…");
  };
  if (!period.from && !period.to) return std::string("–");
  return fmt::format("{} – {}", date(period.from), date(period.to));
}

std::int64_t rows_of(const Entry& entry) {
  std::int64_t rows = 0;
  for (const auto& each : entry.dataset.distributions) rows += each.rows.value_or(0);
  return rows;
}

void facts(Writer& page, const Parts& parts, const Visit& visit, const Series& series) {
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& rows) {
    page::summary_row(rows, msg::open_facet_publisher(language), [&](Writer& value) {
      page::link(value, publisher_name(parts, visit, series.publisher),
                 visit.url({"publishers", series.publisher.value}));
    });
    page::summary_row(rows, msg::open_frequency(language),
                      vocabulary::frequency_text(series.frequency, language));
    page::summary_row(rows, msg::open_modified(language), long_time(series.changed_at, language));
  });
}

void members(Writer& page, const Visit& visit, const std::vector<Entry>& entries) {
  const Language language = visit.language;
  page::heading(page, 2,
                msg::open_series_members(language, static_cast<std::int64_t>(entries.size())));
  if (entries.empty()) return page::paragraph(page, msg::open_series_none(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::open_series_dataset(language)), .self_evident = true},
      {.title = std::string(msg::open_temporal(language))},
      {.title = std::string(msg::open_series_rows(language)), .numeric = true},
      {.title = std::string(msg::open_data_modified(language))}};
  page::table(
      page, msg::open_series_dataset(language), columns,
      [&](Writer& rows) {
        for (const Entry& each : entries)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& cell) {
              cell << "<a class=\"govuk-link\" href=\"" << dataset_url(visit, each.dataset.name)
                   << "\">";
              text(cell, language, each.dataset.title);
              cell << "</a>";
            });
            cells.add(period_text(language, each));
            const std::int64_t count = rows_of(each);
            cells.add(count > 0 ? page::number_text(static_cast<double>(count)) : std::string("–"));
            const auto changed = catalogue::data_changed_at(each.dataset);
            cells.add(changed ? long_date(taiwan_date(*changed), language) : std::string("–"));
          });
      },
      {.caption_hidden = true, .stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const std::string_view name = visit.request.parameter("name");
  MINBEN_TRY(series, parts.read([&](store::Transaction& tx) -> Result<Series> {
    MINBEN_TRY(id, catalogue::series_named(tx, name));
    return parts.catalogue.series(tx, id);
  }));
  MINBEN_TRY(entries, parts.read([&](store::Transaction& tx) {
    return catalogue::members_of(tx, series.id, most_members);
  }));
  const Language language = visit.language;
  Frame made = frame(visit, series.title.in(language), Section::datasets);
  made.trail = {{std::string(msg::open_title(language)), search_url(visit)},
                {series.title.in(language), series_url(visit, series.name)}};
  return html_page(visit, made, [&](Writer& page) {
    page << "<p class=\"govuk-caption-l\">" << msg::open_series(language)
         << "</p><h1 class=\"govuk-heading-l\">";
    text(page, language, series.title);
    page << "</h1>";
    if (!series.description.empty()) markdown(page, series.description.in(language));
    facts(page, parts, visit, series);
    members(page, visit, entries);
  });
}

}  // namespace

Url series_url(const Visit& visit, const std::string& name) { return visit.url({"series", name}); }

void add_series(Pages& pages) { pages.get("/series/{name}", page::access::anyone, show); }

}  // namespace minben::open
