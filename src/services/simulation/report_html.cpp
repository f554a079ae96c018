// One page that stands alone. Everything that comes from files is escaped.
#include <fmt/format.h>

#include "charts.hpp"
#include "labels.hpp"
#include "report.hpp"

namespace minben::simulation {

namespace {

using Reports = std::span<const Report* const>;

constexpr std::string_view style =
    "body{font:16px/1.5 \"Noto Sans TC\",\"Noto Sans CJK TC\",sans-serif;color:#0b0c0c;"
    "margin:2rem auto;max-width:76rem;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}caption{text-align:left;font-weight:bold}"
    "th,td{border-bottom:1px solid #b1b4b6;padding:.25rem .75rem;text-align:left}"
    "td.n,th.n{text-align:right}.side{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}"
    "svg{max-width:100%;height:auto}.wide{overflow-x:auto;max-width:100%}"
    "@media(min-width:60rem){.side{flex-wrap:nowrap}.side svg{flex:1 1 40rem;min-width:0}}";

std::string both(const Bilingual& words, std::string_view between = "<br>") {
  if (words.zh_hant == words.en) return escape(words.en);
  return fmt::format("{}{}<span lang=\"en\">{}</span>", escape(words.zh_hant), between,
                     escape(words.en));
}

std::string cell(std::string_view text) {
  return fmt::format("<td class=\"n\">{}</td>", escape(text));
}
std::string head(const Bilingual& words, bool number) {
  return fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"n\"" : "", both(words));
}

/// On a phone a wide table moves in its own box, by keyboard, too.
std::string scrolled(const std::string& table) {
  return fmt::format("<div class=\"wide\" tabindex=\"0\">{}</div>", table);
}

std::string chart_table(const Chart& chart) {
  auto html = fmt::format("<table><caption>{}</caption><thead><tr>{}", both(chart.title),
                          head(chart.about, false));
  for (const auto& series : chart.series) html += head(series, true);
  html += "</tr></thead><tbody>";
  for (const auto& row : chart.rows) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", both(row.label));
    for (const auto& text : row.texts) html += cell(text);
    html += "</tr>";
  }
  return scrolled(html + "</tbody></table>");
}

std::string charts(Reports reports) {
  std::string html;
  for (const auto& chart : charts_of(reports)) {
    html += fmt::format("<h2>{}</h2><div class=\"side\">{}{}</div>", both(chart.title, " "),
                        draw(chart), chart_table(chart));
  }
  return html;
}

std::string figure_table(const Report& report) {
  auto html =
      fmt::format("<table><caption>{}</caption><thead><tr>{}{}{}</tr></thead><tbody>",
                  both({"整體結果", "The service as a whole"}), head({"項目", "Figure"}, false),
                  head({"平均", "Mean"}, true), head({"95% 信賴區間", "95 % interval"}, true));
  auto labels = headlines(report);
  for (auto& label : outcomes(report)) {
    label.title = {"結果：" + label.title.zh_hant, "Outcome: " + label.title.en};
    labels.push_back(std::move(label));
  }
  for (const auto& label : labels) {
    const auto& found = *figure(report, label.figure);
    html += fmt::format("<tr><th scope=\"row\">{}</th>{}{}</tr>", both(label.title),
                        cell(in_words(found.mean, label.unit)), cell(interval(found, label.unit)));
  }
  return scrolled(html + "</tbody></table>");
}

std::string step_table(const Report& report) {
  struct Column {
    std::string_view name;
    Bilingual title;
  };
  const Column columns[] = {{"per_case", {"每件次數", "Per case"}},
                            {"wait_days", {"等候日數", "Waiting, days"}},
                            {"wait_hours", {"等候工時", "Waiting, working hours"}},
                            {"work_minutes", {"處理分鐘", "Work, minutes"}},
                            {"elapsed_days", {"全程日數", "From start to end, days"}},
                            {"queue_mean", {"平均待辦件數", "Queue, mean"}},
                            {"queue_max", {"最多待辦件數", "Queue, most"}}};
  auto html = fmt::format("<table><caption>{}</caption><thead><tr>{}",
                          both({"各步驟", "Step by step"}), head({"步驟", "Step"}, false));
  for (const auto& column : columns) html += head(column.title, true);
  html += "</tr></thead><tbody>";
  for (const auto& label : lines(report)) {
    html += fmt::format("<tr><th scope=\"row\">{}</th>", both(label.title));
    for (const auto& column : columns) {
      const auto* found = figure(report, label.figure + "." + std::string(column.name));
      html += cell(found ? in_words(found->mean, Unit::count) : "–");
    }
    html += "</tr>";
  }
  return scrolled(html + "</tbody></table>");
}

std::string change_table(const Comparison& comparison) {
  auto html =
      fmt::format("<table><caption>{}</caption><thead><tr>{}{}{}{}{}</tr></thead><tbody>",
                  both({"比較", "Comparison"}), head({"項目", "Figure"}, false),
                  head(comparison.first.package->title, true),
                  head(comparison.second.package->title, true), head({"差異", "Change"}, true),
                  head({"差異之 95% 信賴區間", "95 % interval of the change"}, true));
  for (const auto& label : headlines(comparison.first)) {
    const auto found = comparison.figures.find(label.figure);
    if (found == comparison.figures.end()) continue;
    const auto& [first, second, change] = found->second;
    html +=
        fmt::format("<tr><th scope=\"row\">{}</th>{}{}{}{}</tr>", both(label.title),
                    cell(in_words(first.mean, label.unit)), cell(in_words(second.mean, label.unit)),
                    cell(in_words(change.mean, label.unit)), cell(interval(change, label.unit)));
  }
  return scrolled(html + "</tbody></table>");
}

std::string totals(const Report& report) {
  const auto& totals = report.totals;
  auto html = fmt::format(
      "<p>{}</p>",
      both({fmt::format("量測 {} 件，模擬 {} 次，未結 {} 件，停滯 {} 件。", grouped(totals.cases),
                        report.runs.size(), grouped(totals.unfinished), grouped(totals.stuck)),
            fmt::format("{} cases measured, runs: {}; {} not finished, {} stuck.",
                        grouped(totals.cases), report.runs.size(), grouped(totals.unfinished),
                        grouped(totals.stuck))}));
  if (!totals.incident.empty()) html += fmt::format("<p>{}</p>", escape(totals.incident));
  return html;
}

std::string details(const Report& report) {
  return fmt::format("<h2>{}</h2>{}{}{}", both(report.package->title, " "), totals(report),
                     figure_table(report), step_table(report));
}

std::string page(const std::string& body, const Provenance& provenance) {
  std::string files;
  for (const auto& file : provenance.files) files += fmt::format("<li>{}</li>", escape(file));
  return fmt::format(
      "<!doctype html>\n<html lang=\"zh-Hant\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>服務流程模擬 Simulation of a service</title><style>{}</style></head><body>"
      "<main><h1>服務流程模擬 <span lang=\"en\">Simulation of a service</span></h1>{}"
      "<h2>資料來源 <span lang=\"en\">Made from</span></h2><ul>{}<li>seed {}</li></ul>"
      "</main></body></html>\n",
      style, body, files, provenance.seed);
}

std::map<std::string, std::string> drawings(Reports reports) {
  std::map<std::string, std::string> files;
  for (const auto& chart : charts_of(reports)) files.emplace(chart.name, draw(chart));
  return files;
}

}  // namespace

std::string to_html(const Report& report, const Provenance& provenance) {
  const Report* const one[] = {&report};
  return page(details(report) + charts(one), provenance);
}

std::string to_html(const Comparison& comparison, const Provenance& provenance) {
  const Report* const both_reports[] = {&comparison.first, &comparison.second};
  return page(change_table(comparison) + charts(both_reports) + details(comparison.first) +
                  details(comparison.second),
              provenance);
}

std::map<std::string, std::string> to_svg(const Report& report) {
  const Report* const one[] = {&report};
  return drawings(one);
}

std::map<std::string, std::string> to_svg(const Comparison& comparison) {
  const Report* const both_reports[] = {&comparison.first, &comparison.second};
  return drawings(both_reports);
}

}  // namespace minben::simulation
