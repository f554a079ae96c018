#pragma once
// One run: cases, officers and what happens next, in order of time.
#include <queue>
#include <set>
#include <unordered_map>

#include "casework/dry_run.hpp"
#include "luck.hpp"
#include "process/engine.hpp"
#include "simulation.hpp"
#include "tally.hpp"
#include "work_time.hpp"

namespace minben::simulation {

enum class Happening : std::uint8_t {
  day,                ///< subject: days since the start
  arrival,            ///< subject: case
  paid,               ///< case
  payment_lapsed,     ///< case
  service_done,       ///< case, detail: call
  timer,              ///< case, detail: subscription
  task_ready,         ///< task
  worked,             ///< task, detail: team
  answered,           ///< case
  supplement_lapsed,  ///< case
  silent_step,        ///< task: its period, where the package takes silence as an answer
  silent_case,        ///< case: the statutory period, where silence decides
  desk_opens,         ///< team
};

struct Event {
  Instant at{};
  std::int64_t order = 0;  ///< of two at one instant, what was planned first comes first
  Happening what{};
  std::int64_t subject = 0;
  std::int64_t detail = 0;
  friend bool operator>(const Event& a, const Event& b) {
    return std::tie(a.at, a.order) > std::tie(b.at, b.order);
  }
};

struct Task {
  enum class Stage : std::uint8_t {
    coming,  ///< waits for the applicant at the counter, or for what must come first
    queued,
    working,
    asked,     ///< waits for the applicant's supplement
    held,      ///< another task of the case waits for the applicant
    deferred,  ///< worked off, but nothing can be decided while the applicant is asked
  };
  std::int64_t id = 0;
  std::int64_t case_number = 0;
  process::Number number = 0;
  const casework::Step* step = nullptr;
  const StepWork* work = nullptr;
  std::size_t team = 0;
  bool confirmation = false;
  int turn = 0;  ///< how often the step came before in this case
  int look = 0;  ///< how often it was taken up
  bool asked = false;
  Stage stage = Stage::coming;
  Date created{}, due{};
  Instant opened{}, queued{};
  std::string outcome;
  TaskTimes times;
};

struct Case {
  std::int64_t number = 0;
  bool measured = false;
  Instant submitted{};
  process::State state;
  std::optional<AgencyCode> ministry;
  bool paid = false;
  std::optional<process::Number> payment_call;
  std::optional<Date> clock_from, stopped_from;
  int stopped_days = 0;
  CaseTimes times;
  std::set<std::int64_t> tasks;
  std::set<process::Number> timers, calls;
  std::map<std::string, int, std::less<>> turns;
  [[nodiscard]] bool awaits_applicant() const { return stopped_from.has_value(); }
};

/// Due first; of those due on one day, opened first.
struct QueuePlace {
  Date due{};
  Instant opened{};
  std::int64_t task = 0;
  friend auto operator<=>(const QueuePlace&, const QueuePlace&) = default;
};

struct Desk {
  Desk(const Team& of, const casework::Calendar& calendar, Date start)
      : team(&of), time(calendar, of.hours, start) {}
  const Team* team;
  WorkTime time;
  int busy = 0;
  std::set<QueuePlace> queue;
  std::optional<Instant> wakes;
};

class World {
 public:
  World(const Variant& variant, const Arrivals& arrivals, const casework::Calendar& calendar,
        std::uint64_t key);
  Result<RunOutcome> run();

 private:
  // world.cpp: time, arrivals, the process
  void plan(Instant at, Happening what, std::int64_t subject, std::int64_t detail = 0);
  Result<void> happen(const Event& event);
  void begin_day(std::int64_t day);
  [[nodiscard]] static Instant moment_of_day(Date date, const Hours& hours, double luck);
  Result<void> arrive(std::int64_t number);
  JsonObject answers_of(std::int64_t number) const;
  void await_payment(Case& one);
  Result<void> pay(std::int64_t number);
  Result<void> run_service(Case& one, const process::RunService& call);
  void arm(Case& one, const process::ArmTimer& timer);
  Result<void> advance(std::int64_t number, const process::Command& command);
  Result<void> take(Case& one, const std::vector<process::Effect>& effects);
  void finish(std::int64_t number, const std::string& outcome, bool decided);
  [[nodiscard]] std::string ending_of(const std::vector<process::HistoryEntry>& history) const;
  [[nodiscard]] Instant lapse_after(int working_days) const;
  [[nodiscard]] Date today() const { return taiwan_date(now_); }
  Case* find_case(std::int64_t number);
  Task* find_task(std::int64_t id);

  // desks.cpp: officers and their tasks
  Result<std::size_t> team_for(const AgencyCode& agency, const casework::Step& step) const;
  Result<void> open_task(Case& one, const process::OpenUserTask& opened);
  [[nodiscard]] Instant ready_at(Case& one, const Task& task);
  void enqueue(Task& task);
  void leave_queue(Task& task);
  void wake(std::size_t team);
  void dispatch(std::size_t team);
  void begin_work(Task& task);
  Result<void> work_done(std::int64_t id, std::size_t team);
  Result<void> decide(Task& task);
  void ask_applicant(Task& task);
  void propose_refusal(Task& task);
  Result<void> applicant_answered(std::int64_t number);
  void drop_task(std::int64_t id);

  // --- what silence does (silence.cpp)
  void plan_end(const Task& task);
  void plan_end(const Case& one);
  void start_clock(Case& one);
  Result<void> step_ended(std::int64_t id);
  void period_ended(std::int64_t number);
  [[nodiscard]] double luck(const Task& task, std::string_view what, int turn) const;

  const casework::Package& package_;
  const Staff& staff_;
  const Arrivals& arrivals_;
  const casework::Calendar& calendar_;
  process::DefinitionPtr definition_;
  Luck luck_;
  Instant now_, window_from_, window_to_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::int64_t planned_ = 0, arrived_ = 0, opened_ = 0, open_measured_ = 0;
  std::unordered_map<std::int64_t, Case> cases_;
  std::unordered_map<std::int64_t, Task> tasks_;
  std::vector<Desk> desks_;
  Tally tally_;
};

}  // namespace minben::simulation
