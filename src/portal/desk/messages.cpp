// Messages between the applicant and this officer's agency.
#include "case_view.hpp"

namespace minben::desk {

namespace {

constexpr std::size_t most_characters = 4000;

void one_message(Writer& page, const Visit& visit, const casework::Message& message) {
  const Language language = visit.language;
  page << "<li class=\"mb-message" << when(!message.from_applicant, " mb-message--own")
       << "\"><p class=\"mb-message__by\">";
  if (message.from_applicant) page << msg::desk_applicant(language);
  else page << visit.agency(message.agency);
  page << " · <time datetime=\"" << to_string(message.at) << "\">"
       << long_time(message.at, language) << "</time>";
  if (!message.from_applicant && message.read) page << " · " << msg::desk_read(language);
  page << "</p>";
  page.lines(message.text);
  page << "</li>";
}

Result<net::Response> messages_page(const Parts& parts, const Visit& visit, std::string_view text,
                                    std::string_view error) {
  const Language language = visit.language;
  MINBEN_TRY(opened, open_case(parts, visit));
  MINBEN_TRY(all, parts.casework.messages(visit.officer(), opened.id()));
  Frame made = case_frame(visit, opened, msg::desk_messages(language));
  if (!error.empty()) made.errors.push_back({"text", std::string(error)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_messages(language), Size::l);
        if (all.empty()) page::paragraph(page, msg::desk_messages_none(language));
        if (!all.empty()) {
          page << "<ol class=\"mb-messages\">";
          for (const auto& message : all) one_message(page, visit, message);
          page << "</ol>";
        }
        page::form(page, visit, case_url(visit, opened.id(), {"messages"}), [&](Writer& p) {
          page::textarea(
              p, language,
              {.name = "text",
               .label = std::string(msg::desk_message_label(language)),
               .hint = std::string(msg::desk_message_hint(language)),
               .error = std::string(error)},
              {.value = std::string(text), .max_characters = static_cast<int>(most_characters)});
          page::button(p, msg::desk_message_send(language));
        });
      },
      error.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  return messages_page(parts, visit, {}, {});
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const std::string_view text = trim(visit.request.form.get("text"));
  if (text.empty()) return messages_page(parts, visit, text, msg::desk_message_missing(language));
  if (length_in_characters(text) > most_characters)
    return messages_page(parts, visit, text, msg::desk_note_too_long(language, most_characters));
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_CHECK(parts.casework.send_message(visit.officer(), id, visit.officer().agency, text));
  return page::redirect_with(visit, case_url(visit, id, {"messages"}), page::Notice::success,
                             msg::desk_message_sent(language));
}

}  // namespace

void add_messages(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/messages", officer_of_case, show);
  pages.post("/desk/cases/{case}/messages", officer_of_case, send);
}

}  // namespace minben::desk
