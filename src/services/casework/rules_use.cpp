// The package's decisions: eligibility, routing, fee.
#include <algorithm>

#include <fmt/format.h>

#include "dry_run.hpp"
#include "explanations.hpp"
#include "impl.hpp"

namespace minben::casework {

namespace {

using About = Explanation::About;

Result<std::optional<AgencyCode>> route(const Package& package, const rules::Context& context,
                                        Instant now, std::vector<Explanation>& why) {
  if (package.compiled->routing.empty()) return std::nullopt;
  MINBEN_TRY(made, apply(package, *package.application_form, About::routing,
                         package.compiled->routing, context, now));
  const auto code = AgencyCode::parse(made.value.string_or(""));
  if (!code || std::ranges::find(package.agencies, *code) == package.agencies.end()) {
    return fail(Kind::invalid, "no_routing", "the routing rule gives no agency of the service");
  }
  why.push_back(std::move(made.why));
  return *code;
}

Result<std::int64_t> price(const Package& package, const rules::Context& context, Instant now,
                           std::vector<Explanation>& why) {
  if (package.compiled->fee.empty()) return 0;
  MINBEN_TRY(made, apply(package, *package.application_form, About::fee, package.compiled->fee,
                         context, now));
  const auto amount = made.value.number() ? made.value.number()->to_integer() : std::nullopt;
  if (!amount || *amount < 0 || *amount > 999'999'999) {
    return fail(Kind::invalid, "no_fee", "the fee rule gives no whole amount");
  }
  why.push_back(std::move(made.why));
  return *amount;
}

struct Reasons {
  std::vector<std::string> codes;
  Explanation why;
};

Result<Reasons> eligibility_reasons(const Package& package, const forms::Form& form,
                                    const JsonObject& answers, Instant now) {
  MINBEN_TRY(made, apply(package, form, About::eligibility, package.compiled->eligibility,
                         rule_context(form, answers, now), now));
  Reasons reasons{{}, std::move(made.why)};
  if (made.value.string()) {
    reasons.codes.push_back(*made.value.string());
  } else if (const auto* list = made.value.list()) {
    for (const auto& reason : *list) {
      if (reason.string()) reasons.codes.push_back(*reason.string());
    }
  } else if (!made.value.is_null()) {
    return fail(Kind::internal, "rule_result", "eligibility gives neither a list nor a text");
  }
  return reasons;
}

/// The eligibility rule may ask for more than the application form does; then it was only asked
/// before.
bool can_be_asked_again(const Package& package) {
  const auto& compiled = *package.compiled;
  if (compiled.eligibility.empty()) return false;
  const auto& model = compiled.models[compiled.decisions.find(compiled.eligibility)->second];
  return std::ranges::all_of(inputs_of(model, compiled.eligibility), [&](const std::string& input) {
    return input == "today" || package.application_form->field("/" + input);
  });
}

}  // namespace

std::vector<std::string> inputs_of(const rules::Model& model, std::string_view decision) {
  const auto all = model.decisions();
  const auto found = std::ranges::find(all, decision, &rules::DecisionInfo::name);
  return found == all.end() ? std::vector<std::string>() : found->inputs;
}

rules::Context rule_context(const forms::Form& form, const JsonObject& answers, Instant now) {
  auto context = rules::context_from_json(Json(answers));
  for (const auto& page : form.pages()) {
    for (const auto& field : page.fields) {
      if (field.kind != forms::FieldKind::date) continue;
      const auto date = parse_date(string_or(Json(answers), field.name));
      if (date) context.set(field.name, rules::Value::date(*date));
    }
  }
  context.set("today", rules::Value::date(taiwan_date(now)));
  return context;
}

Result<Preview> Casework::Impl::preview(const Package& package, const JsonObject& answers) const {
  Preview preview;
  preview.problems = package.application_form->validate(answers);
  preview.statutory_working_days = package.statutory_working_days;
  preview.expected_by =
      parts.calendar.of(package.owner).add_working_days(today(), package.statutory_working_days);
  if (!preview.problems.empty()) return preview;
  const auto context = rule_context(*package.application_form, answers, now());
  if (can_be_asked_again(package)) {
    MINBEN_TRY(reasons, eligibility_reasons(package, *package.application_form, answers, now()));
    preview.eligibility_reasons = std::move(reasons.codes);
    preview.why.push_back(std::move(reasons.why));
  }
  MINBEN_TRY(ministry, route(package, context, now(), preview.why));
  MINBEN_TRY(fee, price(package, context, now(), preview.why));
  preview.ministry = std::move(ministry);
  preview.fee_twd = fee;
  return preview;
}

Result<Eligibility> Casework::check_eligibility(const ServiceCode& service,
                                                const JsonObject& answers) const {
  MINBEN_TRY(package, impl_->parts.packages.newest(service));
  Eligibility result;
  if (!package->eligibility_form) {
    result.eligible = true;
    return result;
  }
  result.problems = package->eligibility_form->validate(answers);
  if (!result.problems.empty()) return result;
  MINBEN_TRY(reasons,
             eligibility_reasons(*package, *package->eligibility_form, answers, impl_->now()));
  result.eligible = reasons.codes.empty();
  result.reasons = std::move(reasons.codes);
  result.why = std::move(reasons.why);
  return result;
}

const process::DefinitionPtr& process_of(const Package& package) {
  return package.compiled->process;
}

Result<AgencyCode> holder_of(const Step& step, const std::optional<AgencyCode>& ministry) {
  if (step.agency) return *step.agency;
  if (ministry) return *ministry;
  return fail(Kind::internal, "no_holder", step.id);
}

JsonObject first_variables(const Package& package, const std::optional<AgencyCode>& ministry,
                           std::int64_t fee_twd, const JsonObject& answers) {
  JsonObject variables;
  if (ministry) variables["ministry"] = ministry->value;
  else variables["ministry"] = nullptr;
  variables["fee_twd"] = fee_twd;
  for (const auto& step : package.steps) {
    const bool officers = step.kind == StepKind::review || step.kind == StepKind::opinion;
    if (officers) variables[step.id + "_outcome"] = nullptr;
  }
  for (const auto& name : package.compiled->process_answers) {
    const auto* value = answers.if_contains(name);
    variables[name] = value ? *value : Json(nullptr);
  }
  return variables;
}

Result<DrySubmission> dry_submission(const Package& package, const JsonObject& answers,
                                     Instant now) {
  const auto context = rule_context(*package.application_form, answers, now);
  std::vector<Explanation> why;
  DrySubmission made;
  MINBEN_TRY(ministry, route(package, context, now, why));
  MINBEN_TRY(fee, price(package, context, now, why));
  made.variables = first_variables(package, ministry, fee, answers);
  made.ministry = std::move(ministry);
  made.fee_twd = fee;
  return made;
}

}  // namespace minben::casework
