// How the agency's datasets are used: drawn as well as listed.
#include "voices/use.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "page/charts.hpp"
#include "page/slices.hpp"
#include "parts.hpp"

namespace minben::steward {

namespace {

using catalogue::DatasetId;
using voices::UseSum;

constexpr int shown_days = 30;
constexpr std::size_t datasets_a_page = 25;
constexpr int most_of_publisher = 1000;
constexpr std::size_t most_listed = 1000;

struct Used {
  catalogue::Dataset dataset;
  UseSum sum;
  [[nodiscard]] std::int64_t all() const { return sum.views + sum.downloads + sum.api; }
};

Result<std::vector<Used>> read_used(const Parts& parts, const Visit& visit) {
  const Date today = taiwan_date(visit.site.now());
  return parts.database.separately([&](store::Transaction& tx) -> Result<std::vector<Used>> {
    MINBEN_TRY(publishers, parts.catalogue.publishers(tx));
    std::vector<Used> used;
    std::vector<DatasetId> ids;
    for (const catalogue::Publisher& publisher : publishers) {
      if (!voices::answers_for(parts.voices.config(), visit.officer(), publisher)) continue;
      MINBEN_TRY(entries, parts.catalogue.of_publisher(tx, publisher.code, most_of_publisher));
      for (catalogue::Entry& entry : entries) {
        if (entry.status != catalogue::Status::published || ids.size() == most_listed) continue;
        ids.push_back(entry.dataset.id);
        used.push_back({std::move(entry.dataset), {}});
      }
    }
    if (ids.empty()) return used;
    MINBEN_TRY(sums, voices::use_sums(tx, ids, add_days(today, 1 - shown_days), today));
    for (std::size_t i = 0; i < used.size(); ++i) used[i].sum = sums[i];
    std::ranges::sort(used, std::greater{},
                      [](const Used& each) { return std::pair(each.all(), each.dataset.id); });
    return used;
  });
}

void chart(Writer& page, Language language, std::span<const Used> used) {
  page::BarChart chart{.title = std::string(msg::voices_steward_use_chart(language)),
                       .description = std::string(msg::voices_steward_use_chart_text(language)),
                       .label_title = std::string(msg::voices_steward_use_dataset(language)),
                       .value_title = std::string(msg::voices_steward_use_all(language)),
                       .bars = {}};
  for (const Used& each : used)
    chart.bars.push_back({each.dataset.title.in(language), static_cast<double>(each.all()),
                          msg::voices_steward_uses(language, each.all())});
  page::bar_chart(page, language, "use", chart);
}

void table(Writer& page, const Visit& visit, std::span<const Used> used) {
  const Language language = visit.language;
  const page::Column columns[] = {
      {.title = std::string(msg::voices_steward_use_dataset(language)), .self_evident = true},
      {.title = std::string(msg::voices_steward_use_views(language)), .numeric = true},
      {.title = std::string(msg::voices_steward_use_downloads(language)), .numeric = true},
      {.title = std::string(msg::voices_steward_use_api(language)), .numeric = true}};
  page::table(page, msg::voices_steward_use_title(language), columns,
              [&](Writer& rows) {
                for (const Used& each : used)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& p) {
                      page::link(p, each.dataset.title.in(language),
                                 desk_url(visit, {"use", each.dataset.name}));
                    });
                    cells.add(std::to_string(each.sum.views));
                    cells.add(std::to_string(each.sum.downloads));
                    cells.add(std::to_string(each.sum.api));
                  });
              },
              {.caption_hidden = true, .stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(used, read_used(parts, visit));
  const page::Slice slice = page::slice(visit.request.query, used.size(), datasets_a_page);
  Frame made = frame(visit, msg::voices_steward_use_title(language), Section::use);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::voices_steward_use_title(language), Size::l);
    page::paragraph(page, msg::voices_steward_use_text(language));
    if (used.empty()) return page::paragraph(page, msg::voices_steward_use_none(language));
    if (used.size() == most_listed)
      page::hint(page, msg::voices_steward_use_cut(language, most_listed));
    chart(page, language, slice.of(used));
    table(page, visit, slice.of(used));
    page::pagination(page, language, slice.pages, desk_url(visit, {"use"}));
  });
}

// ----------------------------------------------------------------------------------- one dataset

/// By day, the days without any use too.
std::vector<page::UprightBar> bars_of(const std::vector<voices::UseRow>& rows, Date from,
                                      Language language) {
  std::vector<std::pair<std::int64_t, std::int64_t>> uses(shown_days);  // all, and without views
  for (const voices::UseRow& row : rows) {
    if (row.client == voices::ClientKind::bot) continue;
    auto& [all, part] = uses.at(static_cast<std::size_t>(days_between(from, row.day)));
    all += row.uses;
    if (row.use != voices::Use::view) part += row.uses;
  }
  std::vector<page::UprightBar> bars;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const auto& [all, part] = uses[i];
    const Date day = add_days(from, static_cast<int>(i));
    bars.push_back(
        {fmt::format("{}/{}", static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())),
         static_cast<double>(all), static_cast<double>(part),
         msg::voices_steward_uses(language, all), msg::voices_steward_uses(language, part)});
  }
  return bars;
}

Result<net::Response> show_one(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string_view name = visit.request.parameter("name");
  const Date today = taiwan_date(visit.site.now()), from = add_days(today, 1 - shown_days);
  std::string title;
  MINBEN_TRY(
      rows,
      parts.database.separately([&](store::Transaction& tx) -> Result<std::vector<voices::UseRow>> {
        MINBEN_TRY(entry, parts.catalogue.find(tx, name));
        MINBEN_TRY(publisher, parts.catalogue.publisher(tx, entry.dataset.publisher));
        if (!voices::answers_for(parts.voices.config(), visit.officer(), publisher))
          return fail(Kind::not_found, "no_such_dataset", "another agency's");
        title = entry.dataset.title.in(language);
        return voices::use_rows(tx, {.dataset = entry.dataset.id, .from = from, .to = today});
      }));
  page::UprightChart chart{.title = std::string(msg::voices_steward_use_days(language)),
                           .description = std::string(msg::voices_steward_use_days_text(language)),
                           .label_title = std::string(msg::voices_steward_use_day(language)),
                           .value_title = std::string(msg::voices_steward_use_all(language)),
                           .part_title = std::string(msg::voices_steward_use_part(language)),
                           .bars = bars_of(rows, from, language),
                           .highest_text = {},
                           .label_every = 7};
  const auto highest = std::ranges::max_element(chart.bars, {}, &page::UprightBar::value);
  chart.highest_text = highest->text;
  Frame made = frame(visit, title, Section::use);
  made.back =
      page::Link{std::string(msg::voices_steward_use_title(language)), desk_url(visit, {"use"})};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, msg::voices_steward_use_text(language));
    page::upright_chart(page, language, "days", chart);
  });
}

}  // namespace

void add_use(Pages& pages) {
  pages.get("/desk/data/use", page::access::data_steward, show);
  pages.get("/desk/data/use/{name}", page::access::data_steward, show_one);
}

}  // namespace minben::steward
