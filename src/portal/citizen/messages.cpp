// Messages between the applicant and the agencies of a case.
#include "case_view.hpp"

namespace minben::citizen {

namespace {

constexpr std::size_t max_characters = 4000;

void one_message(Writer& page, const Visit& visit, const casework::Message& message) {
  const Language language = visit.language;
  const std::string agency = visit.agency(message.agency);
  page << "<li class=\"mb-message" << when(message.from_applicant, " mb-message--own")
       << "\"><p class=\"mb-message__by\">"
       << (message.from_applicant ? msg::message_to(language, agency) : agency)
       << " · <time datetime=\"" << to_string(message.at) << "\">"
       << long_time(message.at, language) << "</time></p>";
  page.lines(message.text);
  page << "</li>";
}

/// Agencies that hold the case, then the others of the service.
std::vector<page::Choice> receivers(const Visit& visit, const MyCase& mine) {
  std::vector<page::Choice> choices;
  choices.push_back({"", std::string(msg::message_holder(visit.language)), {}, true});
  for (const AgencyCode& agency : mine.package->agencies)
    choices.push_back({agency.value, visit.agency(agency)});
  return choices;
}

Result<net::Response> messages_page(const Parts& parts, const Visit& visit, const MyCase& mine,
                                    std::string_view text, std::string_view error) {
  const Language language = visit.language;
  MINBEN_TRY(all, parts.casework.messages(applicant(visit), mine.view.summary.id));
  Frame made = case_frame(visit, mine, msg::messages_title(language));
  if (!error.empty()) made.errors.push_back({"text", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::messages_title(language), Size::l);
        if (all.empty()) page::paragraph(page, msg::messages_none(language));
        page << "<ol class=\"mb-messages\">";
        for (const casework::Message& message : all) one_message(page, visit, message);
        page << "</ol>";
        page::heading(page, 2, msg::message_write(language));
        page::form(
            page, visit, case_url(visit, mine.view.summary.id, {"messages"}), [&](Writer& p) {
              const auto choices = receivers(visit, mine);
              page::select(p,
                           {.name = "agency",
                            .label = std::string(msg::message_receiver(language)),
                            .hint = {},
                            .error = {}},
                           choices);
              page::textarea(
                  p, language,
                  {.name = "text",
                   .label = std::string(msg::message_text(language)),
                   .hint = {},
                   .error = std::string(error)},
                  {.value = std::string(text), .max_characters = static_cast<int>(max_characters)});
              page::button(p, msg::message_send(language));
            });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show_messages(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  return messages_page(parts, visit, mine, {}, {});
}

Result<net::Response> send_message(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  const Language language = visit.language;
  const std::string_view text = trim(visit.request.form.get("text"));
  if (text.empty()) return messages_page(parts, visit, mine, text, msg::message_empty(language));
  if (length_in_characters(text) > max_characters)
    return messages_page(parts, visit, mine, text, msg::text_too_long(language, max_characters));
  const auto agency = AgencyCode::parse(visit.request.form.get("agency"));
  MINBEN_CHECK(parts.casework.send_message(applicant(visit), mine.view.summary.id,
                                           agency.value_or(AgencyCode{}), text));
  return page::redirect_with(visit, case_url(visit, mine.view.summary.id, {"messages"}),
                             page::Notice::success, msg::message_sent(language));
}

}  // namespace

void add_messages(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}/messages", applicant_of_case, show_messages);
  pages.post("/cases/{case}/messages", applicant_of_case, send_message);
}

}  // namespace minben::citizen
