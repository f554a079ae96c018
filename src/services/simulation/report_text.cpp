// For people at a terminal. Labels are English: columns stay aligned in every font.
#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "labels.hpp"
#include "report.hpp"

namespace minben::simulation {

namespace {

std::string bar(double share, int width) {
  const auto filled = static_cast<int>(std::lround(std::clamp(share, 0.0, 1.0) * width));
  std::string drawn;
  for (int i = 0; i < width; ++i) drawn += i < filled ? "█" : "·";
  return drawn;
}

std::string padded(const std::string& words, std::size_t length) {
  const auto shown = cut(words, length);
  return shown + std::string(length - length_in_characters(shown), ' ');
}

std::string title_of(const Report& report) {
  const auto& package = *report.package;
  return fmt::format("{} ({}, {} {})", package.title.en, package.title.zh_hant, package.code.value,
                     package.version);
}

std::string totals_of(const Report& report) {
  const auto& totals = report.totals;
  auto text = fmt::format("{} cases measured in {} run{}", grouped(totals.cases),
                          report.runs.size(), report.runs.size() == 1 ? "" : "s");
  if (totals.unfinished > 0) {
    text += fmt::format(
        "; {} not finished two years later: their days are missing below, so "
        "the true figures are higher",
        grouped(totals.unfinished));
  }
  if (totals.stuck > 0) {
    text += fmt::format("; {} stuck ({})", grouped(totals.stuck), totals.incident);
  }
  return text + "\n";
}

std::string made_from(const Provenance& provenance) {
  return fmt::format("Seed {}. Intervals: 95 %, Student's t over runs. Files:\n     {}\n",
                     provenance.seed, fmt::join(provenance.files, "\n     "));
}

std::string headline_table(const Report& report) {
  auto text = fmt::format("\n{:<40}{:>10}   {}\n", "", "mean", "95 % interval");
  auto labels = headlines(report);
  for (auto& label : outcomes(report)) {
    label.title.en = "Outcome " + label.title.en;
    labels.push_back(std::move(label));
  }
  for (const auto& label : labels) {
    const auto& found = *figure(report, label.figure);
    text += fmt::format("{}{:>10}   {}\n", padded(label.title.en, 40),
                        in_words(found.mean, label.unit), interval(found, label.unit));
  }
  return text;
}

std::string step_table(const Report& report) {
  auto text = fmt::format("\n{:<36}{:>9}{:>8}{:>10}{:>8}{:>10}{:>8}{:>7}\n", "Step", "per case",
                          "days", "wait days", "wait h", "work min", "queue", "most");
  for (const auto& label : lines(report)) {
    const auto value = [&](std::string_view name) {
      const auto* found = figure(report, label.figure + "." + std::string(name));
      return found ? found->mean : 0;
    };
    text += fmt::format("{}{:>9.2f}{:>8.2f}{:>10.2f}{:>8.2f}{:>10.1f}{:>8.1f}{:>7.1f}\n",
                        padded(label.title.en, 36), value("per_case"), value("elapsed_days"),
                        value("wait_days"), value("wait_hours"), value("work_minutes"),
                        value("queue_mean"), value("queue_max"));
  }
  return text;
}

std::string team_table(const Report& report) {
  std::string text = "\nUtilisation of staff\n";
  for (const auto& label : teams(report)) {
    const auto& found = *figure(report, label.figure);
    text += fmt::format("{}{:>8}  {}  {}\n", padded(label.title.en, 24),
                        in_words(found.mean, Unit::share), bar(found.mean, 30),
                        interval(found, Unit::share));
  }
  return text;
}

std::string day_table(std::span<const Report* const> reports) {
  const auto classes = classes_of(reports);
  std::string text = "\nDays from submission to the end\n";
  for (std::size_t i = 0; i < classes.counts.front().size(); ++i) {
    text += fmt::format("{:>4}+ ", static_cast<int>(i) * classes.width);
    for (const auto& counts : classes.counts) {
      const auto sum = std::max<std::int64_t>(1, std::reduce(counts.begin(), counts.end()));
      const auto most = std::max<std::int64_t>(1, *std::ranges::max_element(counts));
      text += fmt::format("{:>7.1f} %  {}",
                          100.0 * static_cast<double>(counts[i]) / static_cast<double>(sum),
                          bar(static_cast<double>(counts[i]) / static_cast<double>(most),
                              reports.size() > 1 ? 24 : 40));
    }
    text += '\n';
  }
  return text;
}

void add_change(std::string& text, const Comparison& comparison, const std::string& name,
                const std::string& title, Unit unit) {
  const auto found = comparison.figures.find(name);
  if (found == comparison.figures.end()) return;
  const auto& [first, second, change] = found->second;
  const auto words = in_words(change.mean, unit);
  const bool rises = change.mean > 0 && words != in_words(0, unit);
  text +=
      fmt::format("{}{:>9}{:>9}{:>10}   {}\n", padded(title, 46), in_words(first.mean, unit),
                  in_words(second.mean, unit), (rises ? "+" : "") + words, interval(change, unit));
}

std::string change_table(const Comparison& comparison) {
  const auto& first = comparison.first;
  auto text =
      fmt::format("\n{:<46}{:>9}{:>9}{:>10}   {}\n", "", "A", "B", "B − A", "95 % interval");
  for (const auto& label : headlines(first)) {
    add_change(text, comparison, label.figure, label.title.en, label.unit);
  }
  for (const auto& label : outcomes(first)) {
    add_change(text, comparison, label.figure, "Outcome " + label.title.en, label.unit);
  }
  for (const auto& label : lines(first)) {
    if (!label.figure.starts_with("step.")) continue;
    add_change(text, comparison, label.figure + ".wait_days", "Wait days: " + label.title.en,
               Unit::count);
  }
  for (const auto& label : teams(first)) {
    add_change(text, comparison, label.figure, "Utilisation: " + label.title.en, label.unit);
  }
  return text;
}

}  // namespace

std::string to_text(const Report& report, const Provenance& provenance) {
  const Report* const one[] = {&report};
  return title_of(report) + "\n" + totals_of(report) + made_from(provenance) +
         headline_table(report) + step_table(report) + team_table(report) + day_table(one);
}

std::string to_text(const Comparison& comparison, const Provenance& provenance) {
  const auto &first = comparison.first, &second = comparison.second;
  auto text = fmt::format("A  {}\n   {}B  {}\n   {}{}", title_of(first), totals_of(first),
                          title_of(second), totals_of(second), made_from(provenance));
  text += change_table(comparison);
  for (const auto* report : {&first, &second}) {
    text += fmt::format("\n{}  {}\n", report == &first ? "A" : "B", title_of(*report));
    text += headline_table(*report) + step_table(*report) + team_table(*report);
  }
  const Report* const both[] = {&first, &second};
  return text + day_table(both);
}

}  // namespace minben::simulation
