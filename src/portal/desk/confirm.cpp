// The second pair of eyes on a refusal.
#include "case_view.hpp"

namespace minben::desk {

namespace {

constexpr std::size_t longest_note = 2000;

void proposal(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  const auto& proposed = *opened.seen.proposed;
  page::summary_list(page, [&](Writer& list) {
    page::summary_row(list, msg::desk_proposed_by(language),
                      name_or(opened.names, proposed.by, msg::desk_colleague(language)));
    page::summary_row(list, msg::desk_proposed_at(language), long_time(proposed.at, language));
    page::summary_row(list, msg::desk_grounds(language), [&](Writer& p) {
      for (const auto& code : proposed.grounds) {
        p << ground_text(opened, code, language);
        const auto* ground = opened.package->ground(code);
        if (ground) p << "<br><span class=\"govuk-hint\">" << ground->law.in(language) << "</span>";
        p << "<br>";
      }
    });
    page::summary_row(list, msg::desk_text(language), [&](Writer& p) { p.lines(proposed.text); });
  });
}

Result<net::Response> confirm_page(const Visit& visit, const Opened& opened, std::string_view note,
                                   std::span<const page::ErrorLine> errors) {
  const Language language = visit.language;
  const TaskRow* task = held_task(visit, opened);
  if (!task || !opened.seen.proposed || !opened.seen.may_confirm)
    return fail(Kind::conflict, "task_not_yours");
  Frame made = case_frame(visit, opened, msg::desk_confirm_title(language));
  made.errors.assign(errors.begin(), errors.end());
  const auto error_of = [&](std::string_view field) {
    for (const auto& line : errors)
      if (line.field == field) return line.text;
    return std::string();
  };
  return html_page(
      visit, made,
      [&](Writer& page) {
        case_head(page, visit, opened);
        page::heading(page, 2, msg::desk_confirm_title(language));
        page::paragraph(page, msg::desk_confirm_text(language));
        proposal(page, visit, opened);
        page::form(page, visit, case_url(visit, opened.id(), {"confirm"}), [&](Writer& p) {
          page::hidden(p, "task", picked(*task));
          const std::vector<page::Choice> choices{
              {"yes", std::string(msg::desk_agree(language))},
              {"no", std::string(msg::desk_disagree(language))}};
          page::radios(p,
                       {.name = "agree",
                        .label = std::string(msg::desk_confirm_question(language)),
                        .hint = {},
                        .error = error_of("agree")},
                       choices);
          page::textarea(p, language,
                         {.name = "note",
                          .label = std::string(msg::desk_confirm_note(language)),
                          .hint = std::string(msg::desk_confirm_note_hint(language)),
                          .error = error_of("note")},
                         {.value = std::string(note),
                          .rows = 4,
                          .max_characters = static_cast<int>(longest_note)});
          page::button(p, msg::desk_confirm_send(language));
        });
      },
      errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  return confirm_page(visit, opened, {}, {});
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  const std::string_view agree = form.get("agree");
  const std::string_view note = trim(form.get("note"));
  std::vector<page::ErrorLine> errors;
  if (agree != "yes" && agree != "no")
    errors.push_back({"agree", std::string(msg::desk_agree_missing(language))});
  if (agree == "no" && note.empty())
    errors.push_back({"note", std::string(msg::desk_note_missing(language))});
  if (length_in_characters(note) > longest_note)
    errors.push_back({"note", msg::desk_note_too_long(language, longest_note)});
  if (!errors.empty()) {
    MINBEN_TRY(opened, open_case(parts, visit));
    return confirm_page(visit, opened, note, errors);
  }
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(task, posted_task(visit));
  MINBEN_CHECK(
      parts.casework.confirm_refusal(visit.officer(), task.id, task.version, agree == "yes", note));
  return page::redirect_with(
      visit, case_url(visit, id), page::Notice::success,
      agree == "yes" ? msg::desk_confirmed(language) : msg::desk_sent_back(language));
}

}  // namespace

void add_confirm(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/confirm", officer_of_case, show);
  pages.post("/desk/cases/{case}/confirm", officer_of_case, send);
}

}  // namespace minben::desk
