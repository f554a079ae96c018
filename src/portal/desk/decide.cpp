// Completing a review or an opinion. A refusing outcome takes grounds and reasons, and a second
// officer.
#include <algorithm>

#include "case_view.hpp"
#include "page/reasons.hpp"

namespace minben::desk {

using casework::Decision;
using casework::Outcome;

namespace {

constexpr std::size_t longest_text = 4000;

struct Asked {
  Decision decision;
  std::vector<page::ErrorLine> errors;
};

const Outcome* outcome_of(const casework::Step& step, std::string_view code) {
  for (const Outcome& outcome : step.outcomes)
    if (outcome.code == code) return &outcome;
  return nullptr;
}

Asked read_decision(const Visit& visit, const casework::Step& step) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  Asked asked;
  asked.decision.outcome = form.get("outcome");
  asked.decision.text = trim(form.get("text"));
  for (const std::string_view ground : form.all("ground"))
    asked.decision.grounds.emplace_back(ground);
  const Outcome* outcome = outcome_of(step, asked.decision.outcome);
  if (!outcome)
    asked.errors.push_back({"outcome", std::string(msg::desk_outcome_missing(language))});
  const bool refuses = outcome && outcome->refuses;
  if (refuses && asked.decision.grounds.empty())
    asked.errors.push_back({"ground", std::string(msg::desk_grounds_missing(language))});
  if (refuses && asked.decision.text.empty())
    asked.errors.push_back({"text", std::string(msg::desk_text_missing(language))});
  if (outcome && !refuses && !asked.decision.grounds.empty())
    asked.errors.push_back({"ground", std::string(msg::desk_grounds_unfit(language))});
  if (length_in_characters(asked.decision.text) > longest_text)
    asked.errors.push_back({"text", msg::desk_note_too_long(language, longest_text)});
  return asked;
}

std::string error_of(const Asked& asked, std::string_view field) {
  for (const auto& line : asked.errors)
    if (line.field == field) return line.text;
  return {};
}

void grounds_boxes(Writer& page, const Visit& visit, const Opened& opened, const Asked& asked) {
  const Language language = visit.language;
  std::vector<page::Choice> choices;
  for (const auto& ground : opened.package->grounds) {
    if (!ground.officer_may_use) continue;
    const auto& chosen = asked.decision.grounds;
    choices.push_back({ground.code, ground_text(opened, ground.code, language),
                       ground.law.in(language),
                       std::ranges::find(chosen, ground.code) != chosen.end()});
  }
  page::checkboxes(page,
                   {.name = "ground",
                    .label = std::string(msg::desk_grounds(language)),
                    .hint = std::string(msg::desk_grounds_hint(language)),
                    .error = error_of(asked, "ground")},
                   choices);
}

void decision_form(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task,
                   const casework::Step& step, const Asked& asked) {
  const Language language = visit.language;
  const bool may_refuse = std::ranges::any_of(step.outcomes, &Outcome::refuses);
  page::form(page, visit, case_url(visit, opened.id(), {"decide"}), [&](Writer& p) {
    page::hidden(p, "task", picked(task));
    std::vector<page::Choice> outcomes;
    for (const Outcome& outcome : step.outcomes)
      outcomes.push_back(
          {outcome.code, outcome.title.in(language),
           outcome.refuses ? std::string(msg::desk_refuses_hint(language)) : std::string(),
           asked.decision.outcome == outcome.code});
    page::radios(p,
                 {.name = "outcome",
                  .label = std::string(msg::desk_outcome(language)),
                  .hint = {},
                  .error = error_of(asked, "outcome")},
                 outcomes);
    if (may_refuse) grounds_boxes(p, visit, opened, asked);
    page::textarea(p, language,
                   {.name = "text",
                    .label = std::string(msg::desk_text(language)),
                    .hint = std::string(may_refuse ? msg::desk_text_hint(language)
                                                   : msg::desk_opinion_hint(language)),
                    .error = error_of(asked, "text")},
                   {.value = asked.decision.text,
                    .rows = 6,
                    .max_characters = static_cast<int>(longest_text)});
    page::button(p, msg::desk_decide_send(language));
  });
}

/// What the facts show by rule. It ticks nothing: judging stays the officer's.
void rules_part(Writer& page, Language language, const Opened& opened) {
  if (!opened.seen.grounds) return;
  page::heading(page, 3, msg::desk_rules_find(language), Size::s);
  page::hint(page, msg::desk_rules_hint(language));
  if (opened.seen.grounds->rules.empty())
    return page::paragraph(page, msg::desk_rules_nothing(language));
  for (const auto& rule : opened.seen.grounds->rules) {
    page << "<p class=\"govuk-body\"><strong>" << rule.result.in(language) << "</strong></p>";
    page::reason(page, language, rule, msg::desk_rules_here(language));
  }
}

struct Work {
  Opened opened;
  TaskRow task;
  casework::Step step;
};

Result<Work> work_of(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  const TaskRow* task = held_task(visit, opened);
  const casework::Step* step = task ? opened.package->step(task->step) : nullptr;
  if (!step || task->kind == casework::TaskKind::confirmation)
    return fail(Kind::conflict, "task_not_yours");
  TaskRow own = *task;
  casework::Step own_step = *step;
  return Work{std::move(opened), std::move(own), std::move(own_step)};
}

net::Response decide_page(const Visit& visit, const Work& work, const Asked& asked) {
  const Language language = visit.language;
  const std::string& title = work.step.title.in(language);
  Frame made = case_frame(visit, work.opened, title);
  made.errors = asked.errors;
  return html_page(
      visit, made,
      [&](Writer& page) {
        case_head(page, visit, work.opened);
        page::heading(page, 2, title);
        opinions_part(page, visit, work.opened);
        const bool may_refuse = std::ranges::any_of(work.step.outcomes, &Outcome::refuses);
        if (may_refuse) rules_part(page, language, work.opened);
        decision_form(page, visit, work.opened, work.task, work.step, asked);
      },
      asked.errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(work, work_of(parts, visit));
  return decide_page(visit, work, {});
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(work, work_of(parts, visit));
  const Asked asked = read_decision(visit, work.step);
  if (!asked.errors.empty()) return decide_page(visit, work, asked);
  MINBEN_TRY(task, posted_task(visit));
  MINBEN_CHECK(parts.casework.decide(visit.officer(), task.id, task.version, asked.decision));
  const Outcome* outcome = outcome_of(work.step, asked.decision.outcome);
  const bool proposed = outcome && outcome->refuses;
  return page::redirect_with(
      visit, case_url(visit, work.opened.id()), page::Notice::success,
      proposed ? msg::desk_refusal_proposed(language) : msg::desk_decided(language));
}

}  // namespace

void add_decide(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/decide", officer_of_case, show);
  pages.post("/desk/cases/{case}/decide", officer_of_case, send);
}

}  // namespace minben::desk
