#pragma once
// How long would cases take? The process of a service package, run on a virtual clock with
// arrivals, officers and luck from files: docs/simulation.md describes inputs and figures.
//
// The model is the one that serves: the same engine (process::apply), routing and fee decisions,
// working days, deadlines and second pairs of eyes as in casework, without its database. The same
// keys give the same figures. All functions are thread-safe.
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "casework/calendar.hpp"
#include "casework/package.hpp"
#include "core/core.hpp"
#include "simulation/quantity.hpp"

namespace minben::simulation {

// ------------------------------------------------------------------------------------- inputs

/// Part of a day in Taiwan, from the one to before the other, in minutes after midnight.
struct Span {
  int from = 0;
  int to = 0;
};
using Hours = std::vector<Span>;  ///< ascending, apart from each other

/// An answer of the form: one of its values by weight, independent of the others.
struct AnswerChoice {
  std::string name;
  std::vector<std::pair<std::string, double>> values;  ///< as written: "digital", "true", "3"
  int line = 0;
};

struct Arrivals {
  std::string file;
  Date start{};
  int warm_up_days = 0;  ///< calendar days whose applications fill the desks but are not measured
  int measure_days = 0;  ///< calendar days after them whose applications are measured
  double per_working_day = 0;    ///< Poisson
  double per_day_off = 0;        ///< Poisson
  std::map<Date, int> on_dates;  ///< exactly so many, instead of the rates, when not empty
  Hours hours;                   ///< in which applications come in
  std::vector<AnswerChoice> answers;
};

/// What officers of one team do with one step.
struct StepWork {
  Quantity minutes;                                      ///< of work each time it is taken up
  std::vector<std::pair<std::string, double>> outcomes;  ///< code and weight
  double supplement = 0;  ///< probability that the applicant is asked for more, once a task
  std::optional<Quantity> answer_days;   ///< calendar days until the applicant answers
  std::optional<Quantity> counter_days;  ///< calendar days until the applicant comes to the counter
  std::optional<Quantity> lead_working_days;  ///< that pass before an officer can begin
  int line = 0;
};

/// Officers of one agency and role; they share a queue.
struct Team {
  AgencyCode agency;
  std::string role;
  int officers = 1;
  Hours hours;
  std::optional<Quantity> confirm_minutes;  ///< of a refusal by a second officer
  std::map<std::string, StepWork, std::less<>> steps;
  int line = 0;
};

struct Delay {
  Quantity days;  ///< calendar days, or parts of them
  int line = 0;
};

struct Staff {
  std::string file;
  std::vector<Team> teams;
  std::map<std::string, Delay, std::less<>> delays;  ///< by service task
};

/// Every fault with file, line, field and rule.
std::expected<Arrivals, Errors> read_arrivals(std::string_view text, const std::string& file);
std::expected<Staff, Errors> read_staff(std::string_view text, const std::string& file);

/// A package as it would be staffed.
struct Variant {
  casework::PackagePtr package;
  Staff staff;
};
/// Do the files fit the packages? `sharing`: other packages that are simulated with the same staff,
/// so that steps only they have are no fault.
Errors check_inputs(const Variant& variant, const Arrivals& arrivals,
                    std::span<const casework::PackagePtr> sharing = {});

// -------------------------------------------------------------------------------------- figures

/// Mean over independent runs, with a 95 % confidence interval by Student's t.
struct Estimate {
  double mean = 0;
  double half_width = 0;  ///< 0 with a single run: nothing is known about the spread
  int runs = 0;           ///< in which the figure exists
};

/// Figures of one run by name; docs/simulation.md lists them. Missing: nothing to measure.
using Figures = std::map<std::string, double, std::less<>>;

struct Totals {
  std::int64_t cases = 0;       ///< measured
  std::int64_t unfinished = 0;  ///< of them, two years after the last was submitted
  std::int64_t stuck = 0;       ///< of them, by an incident of the process
  std::int64_t all_cases = 0;   ///< with those of warming up and running out
  std::int64_t commands = 0;    ///< given to the process engine
  std::string incident;         ///< the first one: "element: code detail"
};

struct Report {
  casework::PackagePtr package;
  std::vector<Figures> runs;
  std::map<std::string, Estimate, std::less<>> figures;
  std::vector<std::pair<AgencyCode, std::string>> teams;  ///< agency and role
  /// Measured cases by whole days from submission to the end, all runs together.
  std::map<int, std::int64_t> by_days;
  Totals totals;
};

struct Difference {
  Estimate first, second;
  Estimate change;  ///< second − first, run by run
};
struct Comparison {
  Report first, second;
  std::map<std::string, Difference, std::less<>> figures;  ///< those that both have
};

/// One key a run. The same keys for two variants give them the same arrivals and, step by step of
/// the same name, the same luck in every case.
std::vector<std::uint64_t> run_keys(Random& random, int runs);

using Progress = std::function<void(int finished_runs)>;

/// Errors: "no_staff" (a ministry that the routing found has no team for the step), those of the
/// package's decisions, "too_many_cases" (over 2 million in one run).
Result<Report> simulate(const Variant& variant, const Arrivals& arrivals,
                        const casework::Calendar& calendar, std::span<const std::uint64_t> keys,
                        const Progress& progress = {});
Comparison compare(Report first, Report second);

/// Of numbers that are independent and alike distributed.
Estimate estimate(std::span<const double> values);

}  // namespace minben::simulation
