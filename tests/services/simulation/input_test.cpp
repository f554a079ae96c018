// Bad inputs are named: file, line, field, rule.
#include "town.hpp"

namespace minben::simulation {
namespace {

struct Fault {
  const char* name;
  bool in_staff;
  const char* from;
  const char* to;
  const char* code;
  const char* near;  ///< text of the line reported; "" = no line
  const char* says;  ///< part of the detail: the field
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

constexpr const char* good_arrivals = R"(start = "2026-01-01"
warm_up_days = 10
measure_days = 60
per_working_day = 12
hours = ["09:00-12:00", "13:00-17:00"]
[answers.kind]
a = 2
b = 1
)";
constexpr const char* good_staff = R"([[team]]
agency = "nia"
role = "caseworker"
officers = 2
[team.steps.first]
minutes = { triangular = [5, 10, 30] }
supplement = 0.1
answer_days = { fixed = 3 }
outcomes = { pass = 9, refuse = 1 }
[[team]]
agency = "nia"
role = "approver"
officers = 1
confirm_minutes = { fixed = 5 }
)";

std::string edited(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

int line_of(const std::string& text, std::string_view near) {
  const auto at = text.find(near);
  if (near.empty() || at == text.npos) return 0;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<long>(at), '\n'));
}

Errors faults_of(const std::string& arrivals_text, const std::string& staff_text) {
  const auto read = read_arrivals(arrivals_text, "a.toml");
  if (!read) return read.error();
  const auto people = read_staff(staff_text, "s.toml");
  if (!people) return people.error();
  return check_inputs({town(), *people}, *read);
}

class BadInput : public testing::TestWithParam<Fault> {};

TEST_P(BadInput, IsNamed) {
  const auto& fault = GetParam();
  const auto come = fault.in_staff ? good_arrivals : edited(good_arrivals, fault.from, fault.to);
  const auto work = fault.in_staff ? edited(good_staff, fault.from, fault.to) : good_staff;
  const auto errors = faults_of(come, work);
  const std::string file = fault.in_staff ? "s.toml" : "a.toml";
  const int line = line_of(fault.in_staff ? work : come, fault.near);
  const auto found = std::ranges::any_of(errors, [&](const Error& error) {
    return error.code == fault.code && error.field == file && error.line == line &&
           error.detail.find(fault.says) != std::string::npos;
  });
  EXPECT_TRUE(found) << "expected " << fault.code << " at " << file << ":" << line << " saying "
                     << fault.says << ", found:\n"
                     << all(errors);
}

TEST(Input, IsSoundBeforeItIsBroken) {
  const auto errors = faults_of(good_arrivals, good_staff);
  EXPECT_TRUE(errors.empty()) << all(errors);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadInput,
    testing::Values(
        Fault{"NotToml", false, "measure_days = 60", "measure_days = sixty", "not_toml",
              "measure_days", ""},
        Fault{"BadDay", false, "2026-01-01", "2026-02-30", "bad_date", "start =", "start"},
        Fault{"MissingDays", false, "measure_days = 60\n", "", "missing",
              "start =", "measure_days"},
        Fault{"NegativeRate", false, "per_working_day = 12", "per_working_day = -1", "wrong_type",
              "per_working_day", "per_working_day"},
        Fault{"NoRate", false, "per_working_day = 12\n", "", "rate_or_dates",
              "start =", "per_working_day"},
        Fault{"HoursBackwards", false, "13:00-17:00", "11:00-17:00", "bad_hours",
              "hours =", "11:00-17:00"},
        Fault{"UnknownKey", false, "warm_up_days", "warmup_days", "unknown_key", "warmup_days",
              "docs/simulation.md"},
        Fault{"UnknownAnswer", false, "answers.kind", "answers.colour", "unknown_answer",
              "[answers.colour]", "colour"},
        Fault{"NoSuchChoice", false, "b = 1", "c = 1", "not_an_answer", "[answers.kind]", "\"c\""},
        Fault{"NoWeight", false, "a = 2\nb = 1", "a = 0", "bad_weights", "[answers.kind]",
              "above 0"},
        Fault{"UnknownShape", true, "{ triangular = [5, 10, 30] }", "{ normal = [5, 10] }",
              "bad_amount", "minutes = { normal", "minutes"},
        Fault{"NotAscending", true, "[5, 10, 30]", "[10, 5, 30]", "bad_amount",
              "minutes =", "ascending"},
        Fault{"TooFewNumbers", true, "[5, 10, 30]", "[10, 30]", "bad_amount", "minutes =", "3"},
        Fault{"Probability", true, "supplement = 0.1", "supplement = 10", "wrong_type",
              "supplement =", "supplement"},
        Fault{"NoAnswer", true, "answer_days = { fixed = 3 }\n", "", "missing",
              "[team.steps.first]", "answer_days"},
        Fault{"UnknownStep", true, "steps.first", "steps.frist", "unknown_step",
              "[team.steps.frist]", "frist"},
        Fault{"StepWithoutStaff", true, "steps.first", "steps.frist", "no_staff", "",
              "team.steps.first"},
        Fault{"UnknownOutcome", true, "refuse = 1", "reject = 1", "unknown_outcome",
              "[team.steps.first]", "reject"},
        Fault{"NobodyConfirms", true, "role = \"approver\"", "role = \"archivist\"", "no_approver",
              "[team.steps.first]", "confirm"},
        Fault{"OtherAgency", true, "agency = \"nia\"", "agency = \"wda\"", "other_team",
              "[team.steps.first]", "nia caseworker"},
        Fault{"TeamTwice", true, "\"approver\"", "\"caseworker\"", "team_twice",
              "[[team]]\nagency = \"nia\"\nrole = \"caseworker\"\nofficers = 1", "line 1"},
        Fault{"NoOfficers", true, "officers = 2", "officers = 0", "wrong_type", "officers = 0",
              "officers"},
        Fault{"DelayOfNothing", true, "[[team]]", "[delays.fee]\ndays = { fixed = 1 }\n[[team]]",
              "unknown_step", "[delays.fee]", "fee"}),
    [](const auto& about) { return std::string(about.param.name); });

}  // namespace
}  // namespace minben::simulation
