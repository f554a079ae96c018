// The course of a case: steps with who and until when, the diagram, and everything that happened.
#include "case_view.hpp"

namespace minben::desk {

namespace {

using casework::TimelineStep;

page::StepTime step_time(Language language, const TimelineStep& step) {
  if (step.finished) return {long_time(*step.finished, language)};
  if (step.perhaps) return {std::string(msg::desk_step_perhaps(language))};
  if (step.due) return {msg::desk_due_on(language, *step.due)};
  return {step.started ? long_time(*step.started, language) : std::string()};
}

void history(Writer& page, const Visit& visit, const Opened& opened) {
  const page::HistoryWords words{.event =
                                     [](Language language, std::string_view code) {
                                       return msg::find_in_desk(language,
                                                                "desk_event_" + std::string(code));
                                     },
                                 .applicant = msg::desk_applicant(visit.language)};
  page::history(page, visit, *opened.package, opened.view().history, words);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(opened, open_case(parts, visit));
  Frame made = case_frame(visit, opened, msg::desk_course(language));
  made.wide = true;
  made.diagram = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::desk_course(language), Size::l);
    page::diagram(page, msg::desk_diagram(language), case_url(visit, opened.id(), {"process.bpmn"}),
                  opened.view());
    page << "<div class=\"mb-two\"><div>";
    page::heading(page, 2, msg::desk_steps(language));
    page::steps(page, visit, *opened.package, opened.view().timeline, step_time);
    page << "</div><div>";
    page::heading(page, 2, msg::desk_history(language));
    history(page, visit, opened);
    page << "</div></div>";
  });
}

/// The drawing alone is no personal data, but which version it is belongs to the case.
Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  return page::download(opened.package->process_xml, "application/xml", "process.bpmn");
}

}  // namespace

void add_course(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/course", officer_of_case, show);
  pages.get("/desk/cases/{case}/process.bpmn", officer_of_case, send_process);
}

}  // namespace minben::desk
