#include "office_day.hpp"

#include <array>

#include "side_by_side.hpp"

namespace minben::app::demo {

using casework::TaskKind;
using casework::TaskRow;
using identity::Officer;

namespace {

/// How likely a task is finished on a given working day, in percent: what makes the delays.
int pace(const std::string& agency) {
  static const std::map<std::string, int> paces = {
      {"nia", 22}, {"wda", 18}, {"moda", 9}, {"nstc", 7}, {"boca", 30}};
  const auto found = paces.find(agency);
  return found != paces.end() ? found->second : 20;
}

/// The outcome that carries the case on, per step of packages/gold-card.
std::string_view good_outcome(std::string_view step) {
  if (step == "permit_documents") return "complete";
  if (step.starts_with("opinion_")) return "qualified";
  if (step == "final_review") return "approve";
  return "pass";
}

struct Refusal {
  std::string_view step, ground, text;
};
constexpr std::array refusals{
    Refusal{"immigration_check", "passport_invalid",
            "護照已掛失。The passport has been reported lost."},
    Refusal{"permit_decision", "not_qualified",
            "所附證明未顯示符合所選規定之資歷。The evidence does not show the experience that the "
            "regulation asks for."},
    Refusal{"passport_inspection", "document_not_authentic",
            "護照資料頁經查驗與正本不符。The data page differs from the original."},
    Refusal{"joint_review", "security_concern",
            "聯合審查不予同意。The joint review did not agree."},
    Refusal{"final_review", "overstay_record", "曾逾期停留。There is a record of overstaying."},
};

const Refusal* refusal_at(std::string_view step) {
  for (const Refusal& refusal : refusals)
    if (refusal.step == step) return &refusal;
  return nullptr;
}

/// Somebody was faster, or the case is waiting: a normal part of the day.
bool is_everyday(const Error& error) {
  return error.kind == Kind::conflict || error.kind == Kind::forbidden;
}

/// One agency's.
class OfficeDay {
 public:
  OfficeDay(casework::Casework& casework, Random& luck) : casework_(casework), luck_(luck) {}

  Result<void> work(const std::string& agency, const std::vector<Officer>& officers);

 private:
  Result<void> work_on(const Officer& officer, const TaskRow& row);
  Result<void> look(const Officer& officer, const TaskRow& task);
  Result<void> finish(const Officer& officer, const TaskRow& task);
  Result<void> ask(const Officer& officer, const TaskRow& task);
  Result<void> confirm(const Officer& officer, const TaskRow& task);
  [[nodiscard]] bool chance(int percent) { return static_cast<int>(luck_.below(100)) < percent; }

  casework::Casework& casework_;
  Random& luck_;
};

Result<void> OfficeDay::work(const std::string& agency, const std::vector<Officer>& officers) {
  for (const Officer& officer : officers) {
    casework::QueueFilter filter;
    filter.hide_waiting = true;
    filter.limit = 200;
    MINBEN_TRY(queue, casework_.queue(officer, filter));
    for (const TaskRow& row : queue.tasks) {
      if (row.claimed_by && *row.claimed_by != officer.id) continue;
      if (!chance(row.overdue ? 60 : pace(agency))) continue;
      if (const auto done = work_on(officer, row); !done && !is_everyday(done.error()))
        return std::unexpected(done.error());
    }
  }
  return {};
}

Result<void> OfficeDay::work_on(const Officer& officer, const TaskRow& row) {
  TaskRow task = row;
  if (!task.claimed_by) {
    MINBEN_TRY(claimed, casework_.claim(officer, task.id, task.version));
    task = claimed;
    if (chance(15)) return {};  // taken up today, finished another day
  }
  MINBEN_CHECK(look(officer, task));
  if (task.kind == TaskKind::confirmation) return confirm(officer, task);
  if (task.kind == TaskKind::review && chance(12)) return ask(officer, task);
  return finish(officer, task);
}

Result<void> OfficeDay::look(const Officer& officer, const TaskRow& task) {
  MINBEN_TRY(view, casework_.open_case(officer, task.case_id));
  if (task.kind != TaskKind::review) return {};
  for (const char* field : {"/passport_no", "/name_latin", "/photo"})
    if (chance(25))
      MINBEN_CHECK(casework_.mark(officer, task.id, field, casework::MarkValue::ok, ""));
  if (chance(5))
    MINBEN_CHECK(casework_.send_message(officer, task.case_id, officer.agency,
                                        "您的案件已由本人承辦。Your application is now with me."));
  return {};
}

Result<void> OfficeDay::ask(const Officer& officer, const TaskRow& task) {
  casework::SupplementRequest request;
  const bool passport = chance(50);
  request.reason = passport ? "document_unreadable" : "evidence_missing";
  request.text = passport ? "資料頁下緣被裁切。The lower edge of the data page is cut off."
                          : "請補充最近一年之證明。Please add evidence of the last year.";
  request.fields = {{passport ? "/passport_copy" : "/evidence", ""}};
  MINBEN_CHECK(casework_.request_supplement(officer, task.id, task.version, request));
  return {};
}

Result<void> OfficeDay::finish(const Officer& officer, const TaskRow& task) {
  casework::Decision decision;
  const Refusal* refusal = task.kind == TaskKind::review ? refusal_at(task.step) : nullptr;
  if (refusal != nullptr && chance(3)) {
    decision.outcome = "refuse";
    decision.grounds = {std::string(refusal->ground)};
    decision.text = refusal->text;
  } else if (task.kind == TaskKind::opinion && chance(8)) {
    decision.outcome = "not_qualified";
    decision.text = "資歷未達本領域之規定。The experience does not reach what this field asks for.";
  } else {
    decision.outcome = good_outcome(task.step);
    decision.text =
        task.kind == TaskKind::opinion ? "已審閱所附證明。The evidence was examined." : "";
  }
  return casework_.decide(officer, task.id, task.version, decision);
}

Result<void> OfficeDay::confirm(const Officer& officer, const TaskRow& task) {
  const bool agree = chance(80);
  return casework_.confirm_refusal(officer, task.id, task.version, agree,
                                   agree ? "" : "請再查明。Please look into this once more.");
}

}  // namespace

Result<void> office_day(casework::Casework& casework, const Staff& staff, Random& luck) {
  std::vector<const Staff::value_type*> agencies;
  for (const auto& agency : staff) agencies.push_back(&agency);
  return side_by_side(agencies.size(), luck, [&](std::size_t i, Random& own) {
    return OfficeDay(casework, own).work(agencies[i]->first, agencies[i]->second);
  });
}

}  // namespace minben::app::demo
