// Reports say what was found, in both languages, and nothing from a file becomes markup.
#include "town.hpp"

namespace minben::simulation {
namespace {

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

Report town_report(int officers = 1) {
  const auto work = "minutes = { lognormal = [15, 60] }\noutcomes = { pass = 8, refuse = 2 }\n";
  return run({town(), staff(team(officers, work) + approvers)},
             arrivals("start = \"2026-01-01\"\nwarm_up_days = 10\nmeasure_days = 60\n"
                      "per_working_day = 12\n"),
             3);
}
const Provenance made{1, {"<i>arrivals</i>.toml", "staff.toml"}};

TEST(SimulationReport, PageEscapesAndStandsAlone) {
  const auto html = to_html(compare(town_report(), town_report(2)), made);
  for (const auto* forbidden : {"<script", "<b>", "<i>", "href=", "src=", "url(", "@import"}) {
    EXPECT_EQ(count(html, forbidden), 0u) << forbidden;
  }
  EXPECT_GT(count(html, "Town &amp; &lt;script&gt;"), 0u);
  EXPECT_GT(count(html, "&lt;i&gt;arrivals&lt;/i&gt;.toml"), 0u);
  EXPECT_EQ(count(html, "<svg"), 4u);
  EXPECT_EQ(count(html, "<svg"), count(html, "</svg>"));
  EXPECT_EQ(count(html, "<table>"), 4u + 1 + 2 * 2);  // one a chart, the comparison, two a variant
  for (const auto* title : {"自送件至結案之日數分布", "Days from submission to the end",
                            "各步驟等候承辦人之日數", "Utilisation of staff", "承辦人力使用率"}) {
    EXPECT_GT(count(html, title), 0u) << title;
  }
}

TEST(SimulationReport, ChartsAreThoseOfThePage) {
  const auto report = town_report();
  const auto html = to_html(report, made);
  const auto files = to_svg(report);
  ASSERT_EQ(files.size(), 4u);
  for (const auto& [name, drawing] : files) EXPECT_EQ(count(html, drawing), 1u) << name;
}

TEST(SimulationReport, JsonHasEveryFigure) {
  const auto report = town_report();
  const auto json = parse_json(write_json(to_json(report, made)));
  ASSERT_TRUE(json);
  const auto& figures = json->at("report").at("figures").as_object();
  EXPECT_EQ(figures.size(), report.figures.size());
  EXPECT_DOUBLE_EQ(figures.at("days.mean").at("mean").as_double(), mean(report, "days.mean"));
  std::int64_t cases = 0;
  for (const auto& [day, number] : json->at("report").at("by_days").as_object()) {
    cases += number.to_number<std::int64_t>();
  }
  EXPECT_EQ(cases, report.totals.cases);
}

TEST(SimulationReport, TextStaysInItsColumns) {
  const auto text = to_text(compare(town_report(), town_report(2)), made);
  for (const auto line : split(text, '\n')) EXPECT_LE(length_in_characters(line), 104u) << line;
  EXPECT_GT(count(text, "B − A"), 0u);
  EXPECT_GT(count(text, "█"), 0u);
}

}  // namespace
}  // namespace minben::simulation
