#include "tally.hpp"

#include <algorithm>
#include <cmath>

#include "statistics.hpp"

namespace minben::simulation {

void Tally::add_team(const Team& team, Window window) {
  teams_.push_back({team.agency.value + "." + team.role, team.officers, window, {}, {}});
}

void Tally::worked(std::size_t team, microseconds begin, microseconds end) {
  teams_[team].busy += teams_[team].window.inside(begin, end);
}

void Tally::pass(Waiting& waiting, const Window& window, microseconds at) {
  waiting.area_us += static_cast<double>(window.inside(waiting.since, at).count()) * waiting.now;
  if (window.inside(waiting.since, at).count() > 0)
    waiting.most = std::max(waiting.most, waiting.now);
  waiting.since = at;
}

void Tally::queue(std::size_t team, const std::string& line, microseconds at, int change) {
  auto& waiting = teams_[team].lines[line];
  pass(waiting, teams_[team].window, at);
  waiting.now += change;
}

void Tally::task_done(const std::string& line, const TaskTimes& times, double elapsed_days) {
  auto& sums = lines_[line];
  ++sums.done;
  sums.wait_days += times.wait_days;
  sums.wait_hours += times.wait_hours;
  sums.work_minutes += times.work_minutes;
  sums.elapsed_days += elapsed_days;
}

void Tally::case_ended(const EndedCase& ended) { ended_.push_back(ended); }

void Tally::add_case_figures(Figures& figures) {
  std::vector<double> days, working, applicant, supplements, visits, in_time, clock;
  for (const auto& one : ended_) {
    ++figures["outcome." + one.outcome];
    supplements.push_back(one.times.supplements);
    visits.push_back(one.times.counter_visits);
    if (!one.decided) continue;
    days.push_back(one.days);
    working.push_back(one.working_days);
    applicant.push_back(one.times.applicant_days);
    if (!one.clock_days) continue;
    clock.push_back(*one.clock_days);
    in_time.push_back(*one.clock_days <= statutory_days_ ? 1 : 0);
  }
  for (auto& [name, share] : figures) share /= static_cast<double>(ended_.size());
  if (!ended_.empty()) {
    figures["visits.supplements"] = mean_of(supplements);
    figures["visits.counter"] = mean_of(visits);
  }
  if (!clock.empty()) {
    figures["statutory.days"] = mean_of(clock);
    figures["statutory.share"] = mean_of(in_time);
  }
  if (days.empty()) return;
  figures["days.mean"] = mean_of(days);
  figures["days.median"] = quantile(days, 0.5);
  figures["days.p90"] = quantile(days, 0.9);
  figures["working_days.mean"] = mean_of(working);
  figures["working_days.median"] = quantile(working, 0.5);
  figures["working_days.p90"] = quantile(working, 0.9);
  figures["applicant_days.mean"] = mean_of(applicant);
}

void Tally::add_line_figures(Figures& figures) const {
  for (const auto& [name, line] : lines_) {
    const auto done = static_cast<double>(line.done);
    figures[name + ".wait_days"] = line.wait_days / done;
    figures[name + ".wait_hours"] = line.wait_hours / done;
    figures[name + ".work_minutes"] = line.work_minutes / done;
    figures[name + ".elapsed_days"] = line.elapsed_days / done;
    if (!ended_.empty()) figures[name + ".per_case"] = done / static_cast<double>(ended_.size());
  }
}

void Tally::add_team_figures(Figures& figures) {
  for (auto& team : teams_) {
    const auto length = static_cast<double>((team.window.to - team.window.from).count());
    if (length <= 0) continue;
    figures["team." + team.name + ".utilisation"] =
        static_cast<double>(team.busy.count()) / length / team.officers;
    for (auto& [name, waiting] : team.lines) {
      pass(waiting, team.window, team.window.to);
      figures[name + ".queue_mean"] += waiting.area_us / length;
      auto& most = figures[name + ".queue_max"];
      most = std::max<double>(most, waiting.most);
    }
  }
}

RunOutcome Tally::finish() {
  RunOutcome outcome;
  for (const auto& one : ended_) {
    if (one.decided) ++outcome.by_days[static_cast<int>(std::floor(one.days))];
  }
  add_case_figures(outcome.figures);
  add_line_figures(outcome.figures);
  add_team_figures(outcome.figures);
  outcome.totals = totals;
  return outcome;
}

}  // namespace minben::simulation
