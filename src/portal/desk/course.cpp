// The course of a case: steps with who and until when, the diagram, and everything that happened.
#include "case_view.hpp"

namespace minben::desk {

namespace {

using casework::TimelineStep;

page::Progress progress_of(TimelineStep::Progress progress) {
  switch (progress) {
    case TimelineStep::Progress::done:
      return page::Progress::done;
    case TimelineStep::Progress::current:
      return page::Progress::current;
    case TimelineStep::Progress::ahead:
      return page::Progress::ahead;
  }
  return page::Progress::ahead;
}

std::string step_time(Language language, const TimelineStep& step) {
  if (step.finished) return long_time(*step.finished, language);
  if (step.due) return msg::desk_due_on(language, *step.due);
  return step.started ? long_time(*step.started, language) : std::string();
}

void steps(Writer& page, const Visit& visit, const Opened& opened) {
  page::timeline(page, [&](Writer& list) {
    for (const TimelineStep& step : opened.view().timeline)
      page::timeline_item(list, {.title = step_title(opened, step.step, visit.language),
                                 .time = step_time(visit.language, step),
                                 .by = visit.agency(step.agency),
                                 .progress = progress_of(step.progress)});
  });
}

std::string event_text(const Visit& visit, const Opened& opened,
                       const casework::HistoryEntry& entry) {
  const auto known = msg::find_in_desk(visit.language, "desk_event_" + entry.event);
  std::string text = known ? std::string(*known) : entry.event;
  if (!entry.step.empty())
    text += (visit.language == Language::zh_hant ? "：" : ": ") +
            step_title(opened, entry.step, visit.language);
  return text;
}

void history(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  page::timeline(page, [&](Writer& list) {
    for (auto entry = opened.view().history.rbegin(); entry != opened.view().history.rend();
         ++entry) {
      const auto by = entry->agency         ? visit.agency(*entry->agency)
                      : entry->by_applicant ? std::string(msg::desk_applicant(language))
                                            : std::string(msg::platform_name(language));
      page::timeline_item(list, {.title = event_text(visit, opened, *entry),
                                 .time = long_time(entry->at, language),
                                 .machine_time = to_string(entry->at),
                                 .by = by});
    }
  });
}

std::string joined(std::span<const std::string> ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

void diagram(Writer& page, const Visit& visit, const Opened& opened) {
  page << "<div class=\"mb-diagram\" hidden data-diagram role=\"group\" aria-label=\""
       << msg::desk_diagram(visit.language) << "\" data-xml=\""
       << case_url(visit, opened.id(), {"process.bpmn"}) << "\" data-here=\""
       << joined(opened.view().active_elements) << "\" data-passed=\""
       << joined(opened.view().passed_elements) << "\"></div>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(opened, open_case(parts, visit));
  Frame made = case_frame(visit, opened, msg::desk_course(language));
  made.wide = true;
  made.diagram = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_course(language), Size::l);
    diagram(page, visit, opened);
    page << "<div class=\"mb-two\"><div>";
    page::heading(page, 2, msg::desk_steps(language));
    steps(page, visit, opened);
    page << "</div><div>";
    page::heading(page, 2, msg::desk_history(language));
    history(page, visit, opened);
    page << "</div></div>";
  });
}

/// The drawing alone is no personal data, but which version it is belongs to the case.
Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  auto response = net::Response::bytes(opened.package->process_xml, "application/xml");
  response.headers.set("Content-Disposition", "attachment; filename=\"process.bpmn\"");
  return response;
}

}  // namespace

void add_course(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/course", officer_of_case, show);
  pages.get("/desk/cases/{case}/process.bpmn", officer_of_case, send_process);
}

}  // namespace minben::desk
