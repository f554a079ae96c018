#include "charts.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "labels.hpp"

namespace minben::simulation {

namespace {

using Reports = std::span<const Report* const>;

std::vector<Bilingual> series_of(Reports reports) {
  std::vector<Bilingual> series;
  for (const auto* report : reports) series.push_back(report->package->title);
  return series;
}

Chart days_chart(Reports reports) {
  Chart chart;
  chart.name = "days";
  chart.title = {"自送件至結案之日數分布", "Days from submission to the end"};
  chart.about = {"日數", "Days"};
  chart.series = series_of(reports);
  chart.upright = true;
  const auto classes = classes_of(reports);
  std::vector<double> sums;
  for (const auto& counts : classes.counts) {
    sums.push_back(static_cast<double>(std::reduce(counts.begin(), counts.end())));
  }
  for (std::size_t i = 0; i < classes.counts.front().size(); ++i) {
    const int from = static_cast<int>(i) * classes.width;
    const auto label = classes.width == 1 ? std::to_string(from)
                                          : fmt::format("{}–{}", from, from + classes.width - 1);
    Chart::Row row{{label, label}, {}, {}};
    for (std::size_t j = 0; j < sums.size(); ++j) {
      const double share = sums[j] > 0 ? static_cast<double>(classes.counts[j][i]) / sums[j] : 0;
      row.values.emplace_back(share);
      row.texts.push_back(in_words(share, Unit::share));
    }
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

std::vector<Label> officers_steps(const Report& report) {
  auto all = lines(report);
  std::erase_if(all, [](const Label& label) { return !label.figure.starts_with("step."); });
  return all;
}

/// Rows by label, in the order of the first report; what only the second has comes after.
Chart bars(Reports reports, Chart chart, std::vector<Label> (*labels)(const Report&),
           std::string_view figure_name, Unit unit) {
  chart.series = series_of(reports);
  std::vector<Label> all;
  for (const auto* report : reports) {
    for (auto& label : labels(*report)) {
      if (std::ranges::find(all, label.figure, &Label::figure) == all.end()) {
        all.push_back(std::move(label));
      }
    }
  }
  for (const auto& label : all) {
    Chart::Row row{label.title, {}, {}};
    for (const auto* report : reports) {
      const auto* found = figure(*report, label.figure + std::string(figure_name));
      row.values.push_back(found ? std::optional(found->mean) : std::nullopt);
      row.texts.push_back(found ? in_words(found->mean, unit) : "–");
    }
    chart.rows.push_back(std::move(row));
  }
  return chart;
}

}  // namespace

std::vector<Chart> charts_of(Reports reports) {
  Chart steps;
  steps.name = "steps";
  steps.title = {"各步驟自開始至完成之日數（平均）",
                 "Mean days a step takes from its start to its end"};
  steps.about = {"步驟", "Step"};
  Chart waiting;
  waiting.name = "waiting";
  waiting.title = {"各步驟等候承辦人之日數（平均）", "Mean days a step waits for an officer"};
  waiting.about = {"步驟", "Step"};
  Chart utilisation;
  utilisation.name = "utilisation";
  utilisation.title = {"承辦人力使用率", "Utilisation of staff"};
  utilisation.about = {"機關與職務", "Agency and role"};
  utilisation.full = 1;
  return {days_chart(reports),
          bars(reports, std::move(steps), &officers_steps, ".elapsed_days", Unit::days),
          bars(reports, std::move(waiting), &officers_steps, ".wait_days", Unit::count),
          bars(reports, std::move(utilisation), &teams, "", Unit::share)};
}

}  // namespace minben::simulation
