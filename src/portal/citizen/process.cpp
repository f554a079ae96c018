// The process of a case as its diagram, and the same in words.
#include "case_view.hpp"

namespace minben::citizen {

namespace {

std::string joined(std::span<const std::string> ids) {
  std::string text;
  for (const std::string& id : ids) text += (text.empty() ? "" : " ") + id;
  return text;
}

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
    page << "<div class=\"mb-diagram\" hidden data-diagram role=\"region\" aria-label=\""
         << msg::process_label(language) << "\" data-xml=\"" << xml << "\" data-here=\""
         << joined(mine.view.active_elements) << "\" data-passed=\""
         << joined(mine.view.passed_elements) << "\"></div><p class=\"govuk-body\">";
    page::link(page, msg::process_download(language), xml);
    page << "</p>";
    page::heading(page, 2, msg::process_steps(language));
    steps_list(page, visit, mine);
  });
}

Result<net::Response> send_process(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  return download(mine.package->process_xml, "application/xml", mine.package->code.value + ".bpmn");
}

}  // namespace

void add_process(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}/process", applicant_of_case, show_process);
  pages.get("/cases/{case}/process.bpmn", applicant_of_case, send_process);
}

}  // namespace minben::citizen
