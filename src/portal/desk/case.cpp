// One case: what it is, what to do now, answers beside documents.
#include "case_view.hpp"

namespace minben::desk {

using casework::TaskKind;

Result<Opened> open_case(const Parts& parts, const Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(seen, parts.casework.open_case(visit.officer(), id));
  MINBEN_TRY(package, parts.casework.packages().by_digest(seen.view.package_digest));
  MINBEN_TRY(files, parts.transact([&](store::Transaction& tx) {
    return parts.documents.of_case(tx, seen.person, id);
  }));
  MINBEN_TRY(names, colleagues(parts, visit.officer().agency));
  return Opened{std::move(seen), std::move(package), std::move(files), std::move(names)};
}

Frame case_frame(const Visit& visit, const Opened& opened, std::string_view title) {
  Frame made = frame(visit, title, Section::queue);
  const std::string& number = opened.view().summary.number;
  made.trail = {{std::string(msg::desk_nav_queue(visit.language)), visit.url({"desk"})},
                {number, case_url(visit, opened.id())}};
  if (title != number) made.trail.push_back({std::string(title), case_url(visit, opened.id())});
  return made;
}

std::string step_title(const Opened& opened, std::string_view step, Language language) {
  return page::step_title(*opened.package, step, language);
}

std::string picked(const TaskRow& task) {
  return to_string(task.id) + "." + std::to_string(task.version);
}

const TaskRow* held_task(const Visit& visit, const Opened& opened) {
  const auto& task = opened.seen.task;
  return task && task->claimed_by == visit.officer().id ? &*task : nullptr;
}

std::string field_title(const Opened& opened, std::string_view pointer, Language language) {
  const forms::Field* field = opened.package->application_form->field(pointer);
  return field ? field->title.in(language) : std::string(pointer);
}

std::string ground_text(const Opened& opened, std::string_view code, Language language) {
  return std::string(opened.package->text("refusal." + std::string(code), language));
}

namespace {

std::string file_name(const Opened& opened, const std::string& id) {
  for (const auto& file : opened.files)
    if (to_string(file.id) == id) return file.file_name;
  return id;
}

}  // namespace

std::string answer_text(Language language, const forms::SummaryRow& row, const Opened& opened) {
  return page::answer_text(language, row,
                           [&](const std::string& id) { return file_name(opened, id); });
}

void case_head(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  page << "<div class=\"mb-case-head\"><h1 class=\"govuk-heading-l mb-tabular\"><span "
          "class=\"govuk-caption-l\">"
       << opened.package->title.in(language) << "</span>" << opened.view().summary.number
       << "</h1>";
  state_tag(page, language, opened.view().summary.state);
  page << "</div>";
}

namespace {

void clock_row(Writer& list, Language language, const casework::Package& package,
               const casework::ClockView& clock) {
  using Breach = casework::Deadline::Breach;
  page::summary_row(list, msg::desk_statutory(language), [&](Writer& p) {
    p << msg::desk_clock_used(language, clock.allowed, clock.used);
    if (clock.stopped) p << " · " << msg::desk_clock_stopped(language);
    if (clock.due) p << " · " << msg::desk_clock_due(language, *clock.due);
    if (clock.overdue) {
      p << " ";
      page::tag(p, msg::desk_overdue(language), Tone::bad);
    }
    if (!clock.due) return;
    const auto& deadline = package.deadline;
    if (deadline.on_breach == Breach::approved)
      p << "<br>" << msg::desk_silence_approves(language, deadline.law.in(language));
    if (deadline.on_breach == Breach::refused) p << "<br>" << msg::desk_silence_refuses(language);
  });
}

/// What becomes of the step when nobody acts in time.
void silence(Writer& page, Language language, const casework::Step& step) {
  if (step.deadline.on_breach != casework::StepDeadline::Breach::advance) return;
  for (const casework::Outcome& outcome : step.outcomes)
    if (outcome.code == step.deadline.outcome)
      page << "<br>" << msg::desk_silence_step(language, outcome.title.in(language));
}

void task_row(Writer& list, const Visit& visit, const Opened& opened, const TaskRow& task) {
  const Language language = visit.language;
  page::summary_row(list, msg::desk_step(language), [&](Writer& p) {
    p << step_title(opened, task.step, language) << " · " << kind_text(language, task.kind) << " · "
      << msg::desk_due_on(language, task.due);
    urgency_tag(p, language, task);
    if (const casework::Step* step = opened.package->step(task.step)) silence(p, language, *step);
  });
  page::summary_row(list, msg::desk_holder(language),
                    task.claimed_by
                        ? name_or(opened.names, *task.claimed_by, msg::desk_colleague(language))
                        : std::string(msg::desk_nobody(language)));
}

void summary(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  const auto& view = opened.view();
  page::summary_list(page, [&](Writer& list) {
    if (!view.summary.held_by.empty())
      page::summary_row(list, msg::desk_held_by(language), visit.agencies(view.summary.held_by));
    if (opened.seen.task) task_row(list, visit, opened, *opened.seen.task);
    clock_row(list, language, *opened.package, view.clock);
    if (view.ministry)
      page::summary_row(list, msg::desk_ministry(language), visit.agency(*view.ministry));
    page::summary_row(list, msg::desk_submitted(language),
                      long_time(view.summary.submitted, language));
    if (view.fee.amount_twd > 0)
      page::summary_row(list, msg::desk_fee(language),
                        view.fee.paid ? msg::desk_fee_paid(language, view.fee.amount_twd)
                                      : msg::desk_fee_open(language, view.fee.amount_twd));
  });
}

void claim_button(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task,
                  bool release) {
  const Language language = visit.language;
  page::form(
      page, visit, case_url(visit, opened.id(), {release ? "release" : "claim"}), [&](Writer& p) {
        page::hidden(p, "task", picked(task));
        page::button(
            p,
            {.text = std::string(release ? msg::desk_release(language) : msg::desk_claim(language)),
             .style = release ? page::ButtonStyle::secondary : page::ButtonStyle::primary});
      });
}

void assign_form(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task) {
  const Language language = visit.language;
  std::vector<page::Choice> choices;
  for (const auto& [id, name] : opened.names)
    choices.push_back({to_string(id), name, {}, task.claimed_by == id});
  page::details(page, msg::desk_assign(language), [&](Writer& p) {
    page::form(p, visit, case_url(visit, opened.id(), {"assign"}), [&](Writer& f) {
      page::hidden(f, "task", picked(task));
      page::select(f,
                   {.name = "to",
                    .label = std::string(msg::desk_assign_to(language)),
                    .hint = {},
                    .error = {}},
                   choices);
      page::button(f, {.text = std::string(msg::desk_assign(language)),
                       .style = page::ButtonStyle::secondary});
    });
  });
}

void work_links(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task) {
  const Language language = visit.language;
  const CaseId id = opened.id();
  if (task.waiting_for_applicant) {
    page::inset_text(page,
                     [&](Writer& p) { page::paragraph(p, msg::desk_waiting_text(language)); });
    return;
  }
  const bool confirms = task.kind == TaskKind::confirmation;
  const auto decide = confirms                         ? msg::desk_confirm_link(language)
                      : task.kind == TaskKind::opinion ? msg::desk_opinion_link(language)
                                                       : msg::desk_decide_link(language);
  page::link_button(page, decide, case_url(visit, id, {confirms ? "confirm" : "decide"}));
  if (task.kind == TaskKind::review)
    page::link_button(page, msg::desk_supplement_link(language),
                      case_url(visit, id, {"supplement"}), page::ButtonStyle::secondary);
}

/// What this officer can do with the case now.
void work(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  if (!opened.seen.task) {
    if (!casework::is_final(opened.view().summary.state))
      page::paragraph(page, msg::desk_no_task(language));
    return;
  }
  const TaskRow& task = *opened.seen.task;
  const bool mine = held_task(visit, opened) != nullptr;
  const bool lead = visit.officer().has_role(identity::role::team_lead);
  page::button_group(page, [&](Writer& p) {
    if (mine) work_links(p, visit, opened, task);
    if (!task.claimed_by) claim_button(p, visit, opened, task, false);
    if (mine || (lead && task.claimed_by)) claim_button(p, visit, opened, task, true);
  });
  if (task.claimed_by && !mine)
    page::inset_text(page, [&](Writer& p) {
      page::paragraph(
          p, msg::desk_held_by_colleague(
                 language, name_or(opened.names, *task.claimed_by, msg::desk_colleague(language))));
    });
  if (lead) assign_form(page, visit, opened, task);
}

void more_links(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  page << "<nav class=\"mb-desk-links\" aria-label=\"" << msg::desk_more(language)
       << "\"><ul class=\"govuk-list\">";
  const auto item = [&](std::string_view text, const Url& url) {
    page << "<li>";
    page::link(page, text, url);
    page << "</li>";
  };
  std::string messages(msg::desk_messages(language));
  if (opened.view().summary.unread_messages > 0)
    messages += " (" + std::to_string(opened.view().summary.unread_messages) + ")";
  item(messages, case_url(visit, opened.id(), {"messages"}));
  item(msg::desk_course(language), case_url(visit, opened.id(), {"course"}));
  page << "</ul></nav>";
}

void proposed_part(Writer& page, const Visit& visit, const Opened& opened) {
  if (!opened.seen.proposed) return;
  const Language language = visit.language;
  const auto& proposed = *opened.seen.proposed;
  page::notification_banner(page, language, page::Notice::info, [&](Writer& p) {
    p << "<p class=\"govuk-notification-banner__heading\">" << msg::desk_proposed(language)
      << "</p><ul class=\"govuk-list\">";
    for (const auto& code : proposed.grounds)
      p << "<li>" << ground_text(opened, code, language) << "</li>";
    p << "</ul><p class=\"govuk-body\">";
    p.lines(proposed.text);
    p << "</p>";
  });
}

void decision_part(Writer& page, const Visit& visit, const Opened& opened) {
  if (!opened.view().decision) return;
  const Language language = visit.language;
  const auto& made = *opened.view().decision;
  page::inset_text(page, [&](Writer& p) {
    p << "<p class=\"govuk-body\"><strong>"
      << (made.approved ? msg::desk_approved(language) : msg::desk_refused(language))
      << "</strong> " << visit.agency(made.agency) << " · " << long_time(made.decided, language)
      << "</p>";
    for (const auto& code : made.grounds) page::paragraph(p, ground_text(opened, code, language));
    if (!made.text.empty()) page::paragraph(p, made.text);
    if (made.appeal_until) page::paragraph(p, msg::desk_appeal_until(language, *made.appeal_until));
  });
}

Result<net::Response> show_case(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  Frame made = case_frame(visit, opened, opened.view().summary.number);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    case_head(page, visit, opened);
    proposed_part(page, visit, opened);
    decision_part(page, visit, opened);
    page << "<div class=\"mb-two\"><div>";
    summary(page, visit, opened);
    work(page, visit, opened);
    page << "</div>";
    more_links(page, visit, opened);
    page << "</div><div class=\"mb-beside\"><div>";
    answers_part(page, visit, opened);
    page << "</div>";
    viewer_part(page, visit, opened);
    page << "</div>";
    data_part(page, visit, opened);
    opinions_part(page, visit, opened);
    supplements_part(page, visit, opened);
  });
}

}  // namespace

void add_case(Pages& pages) {
  pages.get("/desk/cases/{case}", page::access::officer_of_case, show_case);
}

}  // namespace minben::desk
