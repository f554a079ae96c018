// Do arrivals and staff fit the package?
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "answers.hpp"
#include "simulation.hpp"

namespace minben::simulation {

using casework::PackagePtr;
using casework::Step;
using casework::StepKind;
using forms::FieldKind;

namespace {

std::optional<Json> as_number(std::string_view text) {
  double number = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return Json(number);
}

bool is_written_as(const Json& value, std::string_view text) {
  if (value.is_string()) return std::string_view(value.get_string()) == text;
  return write_json(value) == text;
}

}  // namespace

std::optional<Json> value_of(const forms::Field& field, std::string_view text) {
  switch (field.kind) {
    case FieldKind::choice:
      for (const auto& choice : field.choices) {
        if (is_written_as(choice.value, text)) return choice.value;
      }
      return std::nullopt;
    case FieldKind::boolean:
      if (text == "true" || text == "false") return Json(text == "true");
      return std::nullopt;
    case FieldKind::integer:
      if (const auto number = parse_integer(text)) return Json(*number);
      return std::nullopt;
    case FieldKind::number:
      return as_number(text);
    case FieldKind::date:
      if (!parse_date(text)) return std::nullopt;
      return Json(text);
    case FieldKind::text:
      return Json(text);
    default:
      return std::nullopt;
  }
}

namespace {

class Check {
 public:
  Check(const Variant& variant, const Arrivals& arrivals, std::span<const PackagePtr> sharing)
      : package_(*variant.package), staff_(variant.staff), arrivals_(arrivals), sharing_(sharing) {}

  Errors run() {
    for (const auto& answer : arrivals_.answers) check_answer(answer);
    for (const auto& team : staff_.teams) check_team(team);
    for (const auto& step : package_.steps) check_step(step);
    for (const auto& [id, delay] : staff_.delays) {
      if (!known_step(id)) unknown_step(id, delay.line);
    }
    return std::move(errors_);
  }

 private:
  void fault(const std::string& file, int line, std::string_view code, std::string detail) {
    errors_.push_back({Kind::invalid, std::string(code), std::move(detail), file, line, 0});
  }

  void check_answer(const AnswerChoice& answer) {
    const auto* field = package_.application_form->field("/" + answer.name);
    if (!field) {
      fault(arrivals_.file, answer.line, "unknown_answer",
            fmt::format("answers.{}: the application of {} has no such field", answer.name,
                        package_.code.value));
      return;
    }
    for (const auto& [text, weight] : answer.values) {
      if (value_of(*field, text)) continue;
      fault(arrivals_.file, answer.line, "not_an_answer",
            fmt::format("answers.{}: \"{}\" is no value of that field", answer.name, text));
    }
  }

  bool known_step(std::string_view id) const {
    return package_.step(id) ||
           std::ranges::any_of(sharing_, [&](const PackagePtr& other) { return other->step(id); });
  }
  void unknown_step(const std::string& id, int line) {
    fault(staff_.file, line, "unknown_step",
          fmt::format("\"{}\" is no step of {}", id, package_.code.value));
  }

  void check_team(const Team& team) {
    for (const auto& [id, work] : team.steps) {
      const auto* step = package_.step(id);
      if (!step) {
        if (!known_step(id)) unknown_step(id, work.line);
        continue;
      }
      check_work(*step, team, work);
    }
  }

  void check_work(const Step& step, const Team& team, const StepWork& work) {
    const bool officers = step.kind == StepKind::review || step.kind == StepKind::opinion;
    if (!officers) {
      fault(staff_.file, work.line, "no_officers_work",
            fmt::format("{} is a {}: its time stands in [delays.{}]", step.id,
                        step.kind == StepKind::payment ? "payment" : "fetch", step.id));
      return;
    }
    if ((step.agency && *step.agency != team.agency) || step.role != team.role) {
      fault(staff_.file, work.line, "other_team",
            fmt::format("{} belongs to {} {}", step.id,
                        step.agency ? step.agency->value : "the routed ministry's", step.role));
    }
    if (work.supplement > 0 && step.kind != StepKind::review) {
      fault(staff_.file, work.line, "no_supplement",
            fmt::format("{} is an opinion: only reviews ask the applicant", step.id));
    }
    for (const auto& [code, weight] : work.outcomes) check_outcome(step, team, work, code, weight);
  }

  void check_outcome(const Step& step, const Team& team, const StepWork& work,
                     const std::string& code, double weight) {
    const auto outcome = std::ranges::find(step.outcomes, code, &casework::Outcome::code);
    if (outcome == step.outcomes.end()) {
      fault(staff_.file, work.line, "unknown_outcome",
            fmt::format("{}.outcomes: \"{}\" is no outcome of the step", step.id, code));
      return;
    }
    if (!outcome->refuses || weight <= 0) return;
    const bool confirmed = std::ranges::any_of(staff_.teams, [&](const Team& other) {
      return other.agency == team.agency && other.role == "approver" && other.confirm_minutes;
    });
    if (!confirmed) {
      fault(staff_.file, work.line, "no_approver",
            fmt::format("{} may refuse: a team of {} with role \"approver\" and confirm_minutes "
                        "must confirm",
                        step.id, team.agency.value));
    }
  }

  void check_step(const Step& step) {
    if (step.kind == StepKind::payment || step.kind == StepKind::fetch) {
      if (staff_.delays.contains(step.id)) return;
      fault(staff_.file, 0, "missing", fmt::format("[delays.{}] is missing", step.id));
      return;
    }
    const bool staffed = std::ranges::any_of(staff_.teams, [&](const Team& team) {
      return (!step.agency || *step.agency == team.agency) && team.role == step.role &&
             team.steps.contains(step.id);
    });
    if (staffed) return;
    fault(staff_.file, 0, "no_staff",
          fmt::format("no team of {} with role \"{}\" has [team.steps.{}]",
                      step.agency ? step.agency->value : "any ministry", step.role, step.id));
  }

  const casework::Package& package_;
  const Staff& staff_;
  const Arrivals& arrivals_;
  std::span<const PackagePtr> sharing_;
  Errors errors_;
};

}  // namespace

Errors check_inputs(const Variant& variant, const Arrivals& arrivals,
                    std::span<const PackagePtr> sharing) {
  return Check(variant, arrivals, sharing).run();
}

}  // namespace minben::simulation
