// Where the cases of a service wait: the model with the days that each step takes, drawn hot and
// cold.
#include <fmt/format.h>

#include "page/charts.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

using casework::StepFigures;

constexpr double hottest = 5;

struct Waiting {
  PackagePtr package;
  std::vector<StepFigures> steps;  ///< with finished work, in the order of the package
};

double days_of(const StepFigures& figures) {
  return figures.median_working_days + figures.median_stopped_days;
}

std::string number(double days) { return fmt::format("{:.1f}", days); }

/// not_found for services that this officer has no figures of.
Result<Waiting> waiting_of(const Parts& parts, const Visit& visit) {
  const auto code = ServiceCode::parse(visit.request.parameter("service"));
  const auto package = code ? parts.newest(*code) : nullptr;
  if (!package) return fail(Kind::not_found, "unknown_service");
  MINBEN_TRY(all, parts.casework.figures(visit.officer()));
  Waiting waiting{package, {}};
  for (const casework::Step& step : package->steps)
    for (StepFigures& figures : all)
      if (figures.service == *code && figures.step == step.id && figures.finished > 0)
        waiting.steps.push_back(figures);
  const bool known =
      std::ranges::any_of(all, [&](const StepFigures& f) { return f.service == *code; });
  if (!known) return fail(Kind::not_found, "unknown_service");
  return waiting;
}

/// Agencies that work on the same step share its place in the model: the slower one is told.
std::vector<page::Heat> heats(const Waiting& waiting) {
  std::map<std::string, double> days;
  double most = 0;
  for (const StepFigures& figures : waiting.steps) {
    double& known = days[figures.step];
    known = std::max(known, days_of(figures));
    most = std::max(most, known);
  }
  std::vector<page::Heat> list;
  for (const auto& [step, value] : days) {
    const int level = most > 0 ? 1 + static_cast<int>(value / most * (hottest - 1) + 0.5) : 1;
    list.push_back({step, level, number(value)});
  }
  return list;
}

page::BarChart chart(const Visit& visit, const Waiting& waiting) {
  const Language language = visit.language;
  page::BarChart chart{.title = std::string(msg::desk_waiting_chart(language)),
                       .description = std::string(msg::desk_chart_days_text(language)),
                       .label_title = std::string(msg::desk_step(language)),
                       .value_title = std::string(msg::desk_waiting_days(language)),
                       .bars = {}};
  for (const StepFigures& figures : waiting.steps) {
    const casework::Step* step = waiting.package->step(figures.step);
    const double days = days_of(figures);
    chart.bars.push_back(
        {page::step_title(*waiting.package, figures.step, language), days, number(days),
         step && step->working_days > 0 && figures.median_working_days > step->working_days});
  }
  return chart;
}

void details(Writer& page, const Visit& visit, const Waiting& waiting) {
  const Language language = visit.language;
  const auto figure = [](std::string_view title) { return page::Column{std::string(title), true}; };
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_step(language)), .self_evident = true},
      {std::string(msg::desk_agency(language))},
      figure(msg::desk_figure_median(language)),
      figure(msg::desk_figure_stopped(language)),
      figure(msg::desk_figure_open(language)),
      figure(msg::desk_figure_overdue(language))};
  page::table(page, msg::desk_figures_caption(language), columns,
              [&](Writer& rows) {
                for (const StepFigures& one : waiting.steps)
                  page::stacked_row(rows, columns, [&](page::Cells& cells) {
                    cells.head([&](Writer& c) {
                      c << page::step_title(*waiting.package, one.step, language);
                    });
                    cells.add(visit.agency(one.agency));
                    cells.add(number(one.median_working_days));
                    cells.add(number(one.median_stopped_days));
                    cells.add(std::to_string(one.open));
                    cells.add(std::to_string(one.overdue));
                  });
              },
              {.stacks = true});
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(waiting, waiting_of(parts, visit));
  const auto& code = waiting.package->code;
  const auto service = page::service_title(parts.casework.packages(), code, language);
  const auto title = msg::desk_where_cases_wait(language, service);
  Frame made = frame(visit, title, Section::figures);
  made.wide = true;
  made.diagram = true;
  made.trail = {{std::string(msg::desk_nav_figures(language)), visit.url({"desk", "figures"})},
                {title, visit.url({"desk"})}};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, title, Size::l);
    page::paragraph(page, msg::desk_waiting_intro(language));
    if (waiting.steps.empty()) return page::paragraph(page, msg::desk_figures_none(language));
    page::heat_map(page, msg::desk_waiting_map(language),
                   visit.url({"desk", "services", code.value, "process.bpmn"}), heats(waiting));
    page::bar_chart(page, language, "chart-waiting", chart(visit, waiting));
    details(page, visit, waiting);
  });
}

Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(waiting, waiting_of(parts, visit));
  return page::download(waiting.package->process_xml, "application/xml", "process.bpmn");
}

}  // namespace

/// Casework decides whose figures an officer may see.
void add_waiting(Pages& pages) {
  pages.get("/desk/services/{service}/waiting", page::access::officer, show);
  pages.get("/desk/services/{service}/process.bpmn", page::access::officer, send_process);
}

}  // namespace minben::desk
