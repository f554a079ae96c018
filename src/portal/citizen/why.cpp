// Why this result: the rules that were applied to a case, with the values they saw.
#include "case_view.hpp"
#include "page/reasons.hpp"

namespace minben::citizen {

using casework::Explanation;

namespace {

std::string_view title_of(Language language, Explanation::About about) {
  switch (about) {
    case Explanation::About::eligibility:
      return msg::why_eligibility(language);
    case Explanation::About::routing:
      return msg::why_routing(language);
    case Explanation::About::fee:
      return msg::why_fee(language);
    case Explanation::About::grounds:
      return msg::why_grounds(language);
  }
  return {};
}

void explanation(Writer& page, const Visit& visit, const Explanation& why) {
  const Language language = visit.language;
  page::heading(page, 2, title_of(language, why.about));
  page::hint(page, msg::why_applied(language, why.at));
  if (why.rules.empty())
    return page::paragraph(page, why.about == Explanation::About::eligibility
                                     ? msg::why_nothing_against(language)
                                     : msg::why_no_ground(language));
  page::reasons(page, language, why, msg::why_yours(language));
}

Result<net::Response> show_why(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(mine, open_case(parts, visit));
  const CaseId id = mine.view.summary.id;
  MINBEN_TRY(list, parts.casework.why(applicant(visit), id));
  Frame made = case_frame(visit, mine, msg::why_title(language));
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::why_title(language), Size::l);
    if (list.empty()) return page::paragraph(page, msg::why_not_kept(language));
    page::paragraph(page, msg::why_intro(language));
    for (const Explanation& why : list) explanation(page, visit, why);
    page << "<p class=\"govuk-body\">";
    page::link(page, msg::why_as_data(language), case_url(visit, id, {"why.json"}));
    page << "</p>";
  });
}

Result<net::Response> send_why(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(list, parts.casework.why(applicant(visit), mine.view.summary.id));
  JsonArray records;
  for (const Explanation& why : list) records.push_back(why.record);
  return page::download(write_json_pretty(Json(std::move(records))), "application/json",
                        mine.view.summary.number + "-why.json");
}

}  // namespace

void add_why(Pages& pages) {
  pages.get("/cases/{case}/why", page::access::applicant_of_case, show_why);
  pages.get("/cases/{case}/why.json", page::access::applicant_of_case, send_why);
}

}  // namespace minben::citizen
