// Finding a case by its number or the applicant's name.
#include "messages/data_requests.hpp"
#include "parts.hpp"

namespace minben::desk {

namespace {

void search_form(Writer& page, const Visit& visit, std::string_view asked) {
  const Language language = visit.language;
  page << "<form class=\"mb-search\" method=\"get\" action=\"" << visit.url({"desk", "search"})
       << "\" role=\"search\">";
  page::text_input(page,
                   {.name = "q",
                    .label = std::string(msg::desk_search_label(language)),
                    .hint = std::string(msg::desk_search_hint(language)),
                    .error = {}},
                   {.value = std::string(asked), .type = "search", .width = page::Width::w20});
  page::button(page, msg::desk_search_button(language));
  page << "</form>";
}

void results(Writer& page, const Parts& parts, const Visit& visit,
             std::span<const casework::CaseSummary> found) {
  const Language language = visit.language;
  if (found.empty()) return page::paragraph(page, msg::desk_search_none(language));
  const std::vector<page::Column> columns{
      {.title = std::string(msg::desk_number(language)), .self_evident = true},
      {std::string(msg::desk_service(language))},
      {std::string(msg::desk_state(language))},
      {std::string(msg::desk_submitted(language))}};
  page::table(
      page, msg::desk_search_found(language, static_cast<std::int64_t>(found.size())), columns,
      [&](Writer& rows) {
        for (const casework::CaseSummary& one : found)
          page::stacked_row(rows, columns, [&](page::Cells& cells) {
            cells.head([&](Writer& c) { case_link(c, visit, one.number, one.id); });
            cells.add(page::service_title(parts.casework.packages(), one.service, language));
            cells.add([&](Writer& c) { state_tag(c, language, one.state); });
            cells.add(long_time(one.submitted, language));
          });
      },
      {.stacks = true});
}

Result<net::Response> search(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string_view asked = trim(visit.request.query.get("q"));
  std::vector<casework::CaseSummary> found;
  if (casework::is_application_number(asked)) {
    const auto id = parts.casework.find_by_number(visit.officer(), asked);
    if (id) return page::redirect(case_url(visit, *id));
    if (id.error().kind != Kind::not_found) return fail(id.error());
  } else if (!asked.empty()) {
    MINBEN_TRY(by_name, parts.casework.find_by_name(visit.officer(), asked));
    found = std::move(by_name);
  }
  return html_page(visit, frame(visit, msg::desk_nav_search(language), Section::search),
                   [&](Writer& page) {
                     page::heading(page, 1, msg::desk_nav_search(language), Size::l);
                     search_form(page, visit, asked);
                     if (parts.data_requests != nullptr) {
                       page << "<p class=\"govuk-body\">";
                       page::link(page, msg::counter_nav(language), visit.url({"desk", "counter"}));
                       page << "</p>";
                     }
                     if (!asked.empty()) results(page, parts, visit, found);
                   });
}

}  // namespace

void add_search(Pages& pages) { pages.get("/desk/search", page::access::officer, search); }

}  // namespace minben::desk
