// My applications: what is being written, and what was sent.
#include "parts.hpp"

namespace minben::citizen {

namespace {

void draft_rows(Writer& page, const Parts& parts, const Visit& visit,
                std::span<const casework::DraftSummary> drafts) {
  const Language language = visit.language;
  page::heading(page, 2, msg::cases_drafts(language));
  page::task_list(page, [&](Writer& list) {
    for (const auto& draft : drafts)
      page::task(list,
                 {.id = "draft-" + to_string(draft.id),
                  .title = page::service_title(parts.casework.packages(), draft.service, language),
                  .hint = msg::draft_kept(language, draft.kept_until),
                  .url = visit.url({"drafts", to_string(draft.id)}),
                  .state = std::string(msg::draft_state(language))});
  });
}

void holder_and_due(Writer& page, const Visit& visit, const casework::CaseSummary& one) {
  const Language language = visit.language;
  page << "<p class=\"mb-card__text\">";
  if (!one.held_by.empty()) page << msg::held_by(language, visit.agencies(one.held_by));
  else if (!casework::is_final(one.state)) page << msg::your_turn(language);
  if (one.due && !casework::is_final(one.state)) page << " " << msg::due_by(language, *one.due);
  page << "</p>";
}

void case_card(Writer& page, const Parts& parts, const Visit& visit,
               const casework::CaseSummary& one) {
  const Language language = visit.language;
  page << "<li class=\"mb-card\"><h3 class=\"mb-card__title\"><a class=\"govuk-link\" href=\""
       << visit.url({"cases", to_string(one.id)}) << "\">"
       << page::service_title(parts.casework.packages(), one.service, language)
       << "</a></h3><p class=\"mb-card__text mb-tabular\">" << one.number << "</p>";
  state_tag(page, language, one.state);
  holder_and_due(page, visit, one);
  if (one.unread_messages > 0)
    page << "<p class=\"mb-card__text\"><strong>" << msg::unread(language, one.unread_messages)
         << "</strong></p>";
  page << "</li>";
}

Result<net::Response> show_cases(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(drafts, parts.casework.drafts(applicant(visit)));
  MINBEN_TRY(cases, parts.casework.my_cases(applicant(visit)));
  Frame made = frame(visit, msg::nav_cases(language), Section::cases);
  made.wide = true;
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::nav_cases(language), Size::l);
    if (drafts.empty() && cases.empty()) {
      page::paragraph(page, msg::cases_none(language));
      page::link_button(page, msg::cases_find(language), visit.url({}));
      return;
    }
    if (!drafts.empty()) draft_rows(page, parts, visit, drafts);
    if (cases.empty()) return;
    page::heading(page, 2, msg::cases_sent(language));
    page << "<ul class=\"mb-cards\">";
    for (const auto& one : cases) case_card(page, parts, visit, one);
    page << "</ul>";
  });
}

}  // namespace

void add_cases(Pages& pages) { pages.get("/cases", page::access::for_services, show_cases); }

}  // namespace minben::citizen
