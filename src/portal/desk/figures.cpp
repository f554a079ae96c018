// A team's figures: what waits, what is late, how long it takes.
#include <set>

#include <fmt/format.h>

#include "casework/operations.hpp"
#include "page/charts.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

using casework::StepFigures;

struct Named {
  StepFigures figures;
  std::string step;  ///< title
  int allowed = 0;   ///< working days
};

std::vector<Named> with_names(const Parts& parts, const Visit& visit,
                              std::vector<StepFigures> all) {
  std::vector<Named> named;
  for (StepFigures& one : all) {
    const auto package = parts.newest(one.service);
    const casework::Step* step = package ? package->step(one.step) : nullptr;
    std::string title = step ? step->title.in(visit.language) : one.step;
    const int allowed = step ? step->working_days : 0;
    named.push_back({std::move(one), std::move(title), allowed});
  }
  return named;
}

std::string days_text(Language language, double days) {
  return msg::desk_days_text(language, fmt::format("{:.1f}", days));
}

void totals(Writer& page, const Visit& visit, std::span<const Named> all) {
  const Language language = visit.language;
  int open = 0, unclaimed = 0, overdue = 0, waiting = 0;
  for (const Named& one : all) {
    open += one.figures.open;
    unclaimed += one.figures.unclaimed;
    overdue += one.figures.overdue;
    waiting += one.figures.waiting_for_applicant;
  }
  page << "<dl class=\"mb-facts\">";
  const auto fact = [&](std::string_view name, int value) {
    page << "<div class=\"mb-fact\"><dt>" << name << "</dt><dd>" << value << "</dd></div>";
  };
  fact(msg::desk_figure_open(language), open);
  fact(msg::desk_figure_unclaimed(language), unclaimed);
  fact(msg::desk_figure_overdue(language), overdue);
  fact(msg::desk_figure_waiting(language), waiting);
  page << "</dl>";
}

page::BarChart open_chart(Language language, std::span<const Named> all) {
  page::BarChart chart{.title = std::string(msg::desk_chart_open(language)),
                       .description = std::string(msg::desk_chart_open_text(language)),
                       .label_title = std::string(msg::desk_step(language)),
                       .value_title = std::string(msg::desk_figure_open(language)),
                       .bars = {}};
  for (const Named& one : all)
    chart.bars.push_back({one.step, static_cast<double>(one.figures.open),
                          msg::desk_open_text(language, one.figures.open, one.figures.overdue),
                          one.figures.overdue > 0});
  return chart;
}

page::BarChart duration_chart(Language language, std::span<const Named> all) {
  page::BarChart chart{.title = std::string(msg::desk_chart_days(language)),
                       .description = std::string(msg::desk_chart_days_text(language)),
                       .label_title = std::string(msg::desk_step(language)),
                       .value_title = std::string(msg::desk_figure_median(language)),
                       .bars = {}};
  for (const Named& one : all)
    if (one.figures.finished > 0)
      chart.bars.push_back({one.step, one.figures.median_working_days,
                            days_text(language, one.figures.median_working_days),
                            one.allowed > 0 && one.figures.median_working_days > one.allowed});
  return chart;
}

void figures_table(Writer& page, const Parts& parts, const Visit& visit,
                   std::span<const Named> all) {
  const Language language = visit.language;
  const auto number = [](std::string_view title) { return page::Column{std::string(title), true}; };
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_step(language)), .self_evident = true},
      {std::string(msg::desk_service(language))},
      {std::string(msg::desk_agency(language))},
      number(msg::desk_figure_open(language)),
      number(msg::desk_figure_unclaimed(language)),
      number(msg::desk_figure_overdue(language)),
      number(msg::desk_figure_waiting(language)),
      number(msg::desk_figure_finished(language)),
      number(msg::desk_figure_median(language)),
      number(msg::desk_figure_stopped(language)),
      number(msg::desk_figure_allowed(language))};
  const auto median = [](const StepFigures& f, double days) {
    return f.finished ? fmt::format("{:.1f}", days) : std::string("–");
  };
  page::table(page, msg::desk_figures_caption(language), columns,
              [&](Writer& rows) {
                for (const Named& one : all)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    const StepFigures& f = one.figures;
                    cells.head([&](Writer& c) { c << one.step; });
                    cells.add(page::service_title(parts.casework.packages(), f.service, language));
                    cells.add(visit.agency(f.agency));
                    for (const int value :
                         {f.open, f.unclaimed, f.overdue, f.waiting_for_applicant, f.finished})
                      cells.add(std::to_string(value));
                    cells.add(median(f, f.median_working_days));
                    cells.add(median(f, f.median_stopped_days));
                    cells.add(std::to_string(one.allowed));
                  });
              },
              {.stacks = true});
}

/// A service's own page, for each whose figures the officer may see.
void services(Writer& page, const Parts& parts, const Visit& visit, std::span<const Named> all) {
  std::set<ServiceCode> seen;
  const auto owned = casework::Operations(parts.database, parts.casework).services(visit.officer());
  page << "<ul class=\"govuk-list\">";
  for (const Named& one : all) {
    const ServiceCode& service = one.figures.service;
    if (!seen.insert(service).second) continue;
    const auto title = page::service_title(parts.casework.packages(), service, visit.language);
    page << "<li>";
    page::link(page, msg::desk_where_cases_wait(visit.language, title),
               visit.url({"desk", "services", service.value, "waiting"}));
    if (std::ranges::any_of(owned, [&](const auto& each) { return each->code == service; })) {
      page << "<br>";
      page::link(page, msg::desk_ops_title(visit.language, title),
                 visit.url({"desk", "services", service.value, "operations"}));
    }
    page << "</li>";
  }
  page << "</ul>";
}

Result<net::Response> show_figures(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(figures, parts.casework.figures(visit.officer()));
  const auto all = with_names(parts, visit, std::move(figures));
  Frame made = frame(visit, msg::desk_nav_figures(language), Section::figures);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_nav_figures(language), Size::l);
    page::paragraph(page, msg::desk_figures_text(language, visit.site.now()));
    totals(page, visit, all);
    if (all.empty()) return page::paragraph(page, msg::desk_figures_none(language));
    page::bar_chart(page, language, "chart-open", open_chart(language, all));
    const auto durations = duration_chart(language, all);
    if (!durations.bars.empty()) page::bar_chart(page, language, "chart-days", durations);
    services(page, parts, visit, all);
    figures_table(page, parts, visit, all);
  });
}

}  // namespace

/// Casework decides what of it an officer may see: forbidden for those without a team.
void add_figures(Pages& pages) { pages.get("/desk/figures", page::access::officer, show_figures); }

}  // namespace minben::desk
