#include "simulation.hpp"

#include "statistics.hpp"
#include "world.hpp"

namespace minben::simulation {

namespace {

void add(Totals& sum, const Totals& run) {
  sum.cases += run.cases;
  sum.unfinished += run.unfinished;
  sum.stuck += run.stuck;
  sum.all_cases += run.all_cases;
  sum.commands += run.commands;
  if (sum.incident.empty()) sum.incident = run.incident;
}

/// In runs where nobody came to an outcome, its share is 0, not unknown.
void fill_outcomes(std::vector<Figures>& runs) {
  std::set<std::string, std::less<>> names;
  for (const auto& run : runs) {
    for (const auto& [name, value] : run) {
      if (name.starts_with("outcome.")) names.insert(name);
    }
  }
  for (auto& run : runs) {
    for (const auto& name : names) run.try_emplace(name, 0);
  }
}

std::vector<double> values_of(const std::vector<Figures>& runs, const std::string& name) {
  std::vector<double> values;
  for (const auto& run : runs) {
    if (const auto found = run.find(name); found != run.end()) values.push_back(found->second);
  }
  return values;
}

}  // namespace

std::vector<std::uint64_t> run_keys(Random& random, int runs) {
  std::vector<std::uint64_t> keys;
  for (int i = 0; i < runs; ++i) keys.push_back(random.next());
  return keys;
}

Result<Report> simulate(const Variant& variant, const Arrivals& arrivals,
                        const casework::Calendar& calendar, std::span<const std::uint64_t> keys,
                        const Progress& progress) {
  Report report;
  report.package = variant.package;
  for (const auto& team : variant.staff.teams) report.teams.emplace_back(team.agency, team.role);
  for (const auto key : keys) {
    MINBEN_TRY(run, World(variant, arrivals, calendar, key).run());
    add(report.totals, run.totals);
    for (const auto& [days, count] : run.by_days) report.by_days[days] += count;
    report.runs.push_back(std::move(run.figures));
    if (progress) progress(static_cast<int>(report.runs.size()));
  }
  fill_outcomes(report.runs);
  for (const auto& run : report.runs) {
    for (const auto& [name, value] : run) {
      if (!report.figures.contains(name)) {
        report.figures.emplace(name, estimate(values_of(report.runs, name)));
      }
    }
  }
  return report;
}

Comparison compare(Report first, Report second) {
  Comparison result{std::move(first), std::move(second), {}};
  for (const auto& [name, one] : result.first.figures) {
    const auto other = result.second.figures.find(name);
    if (other == result.second.figures.end()) continue;
    std::vector<double> changes;
    const auto runs = std::min(result.first.runs.size(), result.second.runs.size());
    for (std::size_t i = 0; i < runs; ++i) {
      const auto &a = result.first.runs[i], &b = result.second.runs[i];
      if (a.contains(name) && b.contains(name)) {
        changes.push_back(b.find(name)->second - a.find(name)->second);
      }
    }
    result.figures.emplace(name, Difference{one, other->second, estimate(changes)});
  }
  return result;
}

}  // namespace minben::simulation
