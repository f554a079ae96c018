// Asking the applicant for something: which answers, why, until when.
#include "case_view.hpp"

namespace minben::desk {

using casework::SupplementField;
using casework::SupplementRequest;

namespace {

constexpr std::size_t longest_text = 2000;
constexpr std::size_t longest_note = 500;

struct Asked {
  SupplementRequest request;
  std::vector<page::ErrorLine> errors;
};

Asked read_request(const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  const net::Form& form = visit.request.form;
  Asked asked;
  asked.request.reason = form.get("reason");
  asked.request.text = trim(form.get("text"));
  const int most = opened.package->supplements.max_working_days;
  const auto typed_days = parse_integer(trim(form.get("days")), 1, most);
  asked.request.working_days = static_cast<int>(typed_days.value_or(0));
  for (const std::string_view pointer : form.all("field"))
    asked.request.fields.push_back(
        {std::string(pointer), std::string(trim(form.get("note-" + page::field_id(pointer))))});
  if (asked.request.reason.empty())
    asked.errors.push_back({"reason", std::string(msg::desk_reason_missing(language))});
  if (asked.request.fields.empty())
    asked.errors.push_back({"field", std::string(msg::desk_fields_missing(language))});
  if (!typed_days) asked.errors.push_back({"days", msg::desk_days_wrong(language, most)});
  if (length_in_characters(asked.request.text) > longest_text)
    asked.errors.push_back({"text", msg::desk_note_too_long(language, longest_text)});
  for (const auto& field : asked.request.fields)
    if (length_in_characters(field.note) > longest_note)
      asked.errors.push_back(
          {"note-" + page::field_id(field.field), msg::desk_note_too_long(language, longest_note)});
  return asked;
}

std::string error_of(const Asked& asked, std::string_view field) {
  for (const auto& line : asked.errors)
    if (line.field == field) return line.text;
  return {};
}

const SupplementField* ticked(const Asked& asked, std::string_view pointer) {
  for (const auto& field : asked.request.fields)
    if (field.field == pointer) return &field;
  return nullptr;
}

/// Answers marked wrong or unclear by the own agency are ticked to begin with.
Asked first_shown(const Visit& visit, const Opened& opened) {
  Asked asked;
  asked.request.working_days = opened.package->supplements.working_days;
  for (const auto& mark : opened.seen.marks)
    if (mark.agency == visit.officer().agency && mark.value != casework::MarkValue::ok)
      asked.request.fields.push_back({mark.field, mark.note});
  return asked;
}

void field_boxes(Writer& page, const Visit& visit, const Opened& opened, const Asked& asked) {
  const Language language = visit.language;
  const forms::Form& form = *opened.package->application_form;
  page::fieldset(page, msg::desk_fields(language), Size::m, false, [&](Writer& p) {
    const std::string error = error_of(asked, "field");
    if (!error.empty())
      p << "<p class=\"govuk-error-message\" id=\"field-error\">" << error << "</p>";
    bool first = true;
    for (const forms::Page* one : form.visible_pages(opened.view().answers))
      for (const forms::Field& field : one->fields) {
        const auto* chosen = ticked(asked, field.pointer);
        const std::string id = first ? "field" : page::field_id("ask" + field.pointer);
        first = false;
        p << "<div class=\"mb-ask\"><div class=\"govuk-checkboxes govuk-checkboxes--small\">"
             "<div class=\"govuk-checkboxes__item\"><input class=\"govuk-checkboxes__input\" "
             "type=\"checkbox\" "
             "name=\"field\" id=\""
          << id << "\" value=\"" << field.pointer << "\"" << when(chosen != nullptr, " checked")
          << "><label class=\"govuk-label govuk-checkboxes__label\" for=\"" << id << "\">"
          << field.title.in(language) << "</label></div></div>";
        const std::string note = "note-" + page::field_id(field.pointer);
        page::text_input(p,
                         {.name = note,
                          .label = msg::desk_note_for(language, field.title.in(language)),
                          .hint = {},
                          .error = error_of(asked, note)},
                         {.value = chosen ? chosen->note : std::string()});
        p << "</div>";
      }
  });
}

void request_form(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task,
                  const Asked& asked) {
  const Language language = visit.language;
  page::form(page, visit, case_url(visit, opened.id(), {"supplement"}), [&](Writer& p) {
    page::hidden(p, "task", picked(task));
    std::vector<page::Choice> reasons;
    for (const auto& code : opened.package->supplements.reasons)
      reasons.push_back({code,
                         std::string(opened.package->text("supplement." + code, language)),
                         {},
                         asked.request.reason == code});
    page::radios(p,
                 {.name = "reason",
                  .label = std::string(msg::desk_reason(language)),
                  .hint = {},
                  .error = error_of(asked, "reason")},
                 reasons);
    field_boxes(p, visit, opened, asked);
    page::textarea(p, language,
                   {.name = "text",
                    .label = std::string(msg::desk_supplement_text(language)),
                    .hint = std::string(msg::desk_supplement_text_hint(language)),
                    .error = error_of(asked, "text")},
                   {.value = asked.request.text, .max_characters = static_cast<int>(longest_text)});
    const std::string days = asked.request.working_days > 0
                                 ? std::to_string(asked.request.working_days)
                                 : std::string(visit.request.form.get("days"));
    page::text_input(
        p,
        {.name = "days",
         .label = std::string(msg::desk_days(language)),
         .hint = msg::desk_days_hint(language, opened.package->supplements.max_working_days),
         .error = error_of(asked, "days")},
        {.value = days, .inputmode = "numeric", .width = page::Width::w3});
    page::button(p, msg::desk_supplement_send(language));
  });
}

Result<net::Response> form_page(const Visit& visit, const Opened& opened, const Asked& asked) {
  const TaskRow* task = held_task(visit, opened);
  if (!task || task->kind != casework::TaskKind::review)
    return fail(Kind::conflict, "task_not_yours");
  Frame made = case_frame(visit, opened, msg::desk_supplement_link(visit.language));
  made.errors = asked.errors;
  made.wide = true;
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::desk_supplement_link(visit.language), Size::l);
        page::paragraph(page, msg::desk_supplement_intro(visit.language));
        request_form(page, visit, opened, *task, asked);
      },
      asked.errors.empty() ? 200 : 422);
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  return form_page(visit, opened, first_shown(visit, opened));
}

Result<net::Response> send(const Parts& parts, Visit& visit) {
  MINBEN_TRY(opened, open_case(parts, visit));
  const Asked asked = read_request(visit, opened);
  if (!asked.errors.empty()) return form_page(visit, opened, asked);
  MINBEN_TRY(task, posted_task(visit));
  MINBEN_CHECK(
      parts.casework.request_supplement(visit.officer(), task.id, task.version, asked.request));
  return page::redirect_with(visit, case_url(visit, opened.id()), page::Notice::success,
                             msg::desk_supplement_sent(visit.language));
}

Result<net::Response> cancel(const Parts& parts, Visit& visit) {
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(task, posted_task(visit));
  MINBEN_TRY(supplement, casework::SupplementId::parse(visit.request.form.get("supplement")));
  MINBEN_CHECK(parts.casework.cancel_supplement(visit.officer(), task.id, supplement));
  return page::redirect_with(visit, case_url(visit, id), page::Notice::success,
                             msg::desk_supplement_taken_back(visit.language));
}

}  // namespace

void add_supplement(Pages& pages) {
  using page::access::officer_of_case;
  pages.get("/desk/cases/{case}/supplement", officer_of_case, show);
  pages.post("/desk/cases/{case}/supplement", officer_of_case, send);
  pages.post("/desk/cases/{case}/supplement/cancel", officer_of_case, cancel, 4096);
}

}  // namespace minben::desk
