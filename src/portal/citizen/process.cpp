// The process of a case as its diagram, and the same in words.
#include "case_view.hpp"

namespace minben::citizen {

namespace {

Result<net::Response> show_process(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  Frame made = case_frame(visit, mine, msg::process_title(language));
  made.wide = true;
  made.diagram = true;
  const Url xml = case_url(visit, mine.view.summary.id, {"process.bpmn"});
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::process_title(language), Size::l);
    page::paragraph(page, msg::process_text(language));
    page::diagram(page, msg::process_label(language), xml, mine.view);
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::process_download(language), xml);
    page << "</p>";
    page::heading(page, 2, msg::process_steps(language));
    steps_list(page, visit, mine);
  });
}

Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  return page::download(mine.package->process_xml, "application/xml",
                        mine.package->code.value + ".bpmn");
}

}  // namespace

void add_process(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}/process", applicant_of_case, show_process);
  pages.get("/cases/{case}/process.bpmn", applicant_of_case, send_process);
}

}  // namespace minben::citizen
