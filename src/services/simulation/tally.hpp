#pragma once
// What is counted during a run, and the figures made of it.
#include "simulation.hpp"

namespace minben::simulation {

struct TaskTimes {
  double wait_days = 0;   ///< calendar, in the queue
  double wait_hours = 0;  ///< of the team's working time, in the queue
  double work_minutes = 0;
};

struct CaseTimes {
  double applicant_days = 0;  ///< spent by the applicant: paying, answering, coming
  int supplements = 0;
  int counter_visits = 0;
};

struct EndedCase {
  double days = 0;
  int working_days = 0;
  std::optional<int> clock_days;  ///< of the statutory clock, when it ran
  bool decided = false;           ///< the process came to an end, nothing lapsed
  std::string outcome;
  CaseTimes times;
};

struct RunOutcome {
  Figures figures;
  std::map<int, std::int64_t> by_days;
  Totals totals;
};

/// A part of working time: positions of WorkTime.
struct Window {
  microseconds from{0}, to{0};
  [[nodiscard]] microseconds inside(microseconds begin, microseconds end) const {
    return std::max(std::min(end, to) - std::max(begin, from), microseconds{0});
  }
};

class Tally {
 public:
  explicit Tally(int statutory_days) : statutory_days_(statutory_days) {}

  void add_team(const Team& team, Window window);
  void worked(std::size_t team, microseconds begin, microseconds end);
  /// A task came to (+1) or left (−1) a team's queue for the line "step.<id>" or "confirm.<id>".
  void queue(std::size_t team, const std::string& line, microseconds at, int change);
  void task_done(const std::string& line, const TaskTimes& times, double elapsed_days);
  void case_ended(const EndedCase& ended);
  RunOutcome finish();

  Totals totals;

 private:
  struct Waiting {
    int now = 0, most = 0;
    microseconds since{0};
    double area_us = 0;
  };
  struct TeamCount {
    std::string name;
    int officers = 0;
    Window window;
    microseconds busy{0};
    std::map<std::string, Waiting, std::less<>> lines;
  };
  struct Line {
    std::int64_t done = 0;
    double wait_days = 0, wait_hours = 0, work_minutes = 0, elapsed_days = 0;
  };
  static void pass(Waiting& waiting, const Window& window, microseconds at);
  void add_case_figures(Figures& figures);
  void add_line_figures(Figures& figures) const;
  void add_team_figures(Figures& figures);

  int statutory_days_;
  std::vector<TeamCount> teams_;
  std::map<std::string, Line, std::less<>> lines_;
  std::vector<EndedCase> ended_;
};

}  // namespace minben::simulation
