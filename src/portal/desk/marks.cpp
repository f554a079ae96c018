// The applicant's answers, each with the agency's mark: correct, wrong, unclear.
#include "case_view.hpp"

namespace minben::desk {

using casework::FieldMark;
using casework::MarkValue;

namespace {

constexpr std::size_t longest_note = 500;

std::string_view mark_text(Language language, MarkValue value) {
  switch (value) {
    case MarkValue::ok:
      return msg::desk_mark_ok(language);
    case MarkValue::wrong:
      return msg::desk_mark_wrong(language);
    case MarkValue::unclear:
      return msg::desk_mark_unclear(language);
  }
  return {};
}

Tone mark_tone(MarkValue value) {
  switch (value) {
    case MarkValue::ok:
      return Tone::good;
    case MarkValue::wrong:
      return Tone::bad;
    case MarkValue::unclear:
      return Tone::warn;
  }
  return Tone::neutral;
}

void one_mark(Writer& page, const Visit& visit, const FieldMark& mark) {
  page << "<p class=\"mb-mark\">";
  page::tag(page, mark_text(visit.language, mark.value), mark_tone(mark.value));
  page << " " << visit.agency(mark.agency);
  if (!mark.note.empty()) {
    page << "<br>";
    page.lines(mark.note);
  }
  page << "</p>";
}

const FieldMark* own_mark(const Visit& visit, const Opened& opened, std::string_view pointer) {
  for (const FieldMark& mark : opened.seen.marks)
    if (mark.field == pointer && mark.agency == visit.officer().agency) return &mark;
  return nullptr;
}

void mark_form(Writer& page, const Visit& visit, const Opened& opened, const TaskRow& task,
               const forms::SummaryRow& row) {
  const Language language = visit.language;
  const FieldMark* own = own_mark(visit, opened, row.pointer);
  const std::string name = page::field_id(row.pointer);
  const auto choice = [&](MarkValue value) {
    return page::Choice{std::string(casework::to_string(value)),
                        std::string(mark_text(language, value)),
                        {},
                        own && own->value == value};
  };
  page::details(page, msg::desk_mark_this(language, row.title.in(language)), [&](Writer& p) {
    page::form(p, visit, case_url(visit, opened.id(), {"mark"}), [&](Writer& f) {
      page::hidden(f, "task", picked(task));
      page::hidden(f, "field", row.pointer);
      page::hidden(f, "names", name);
      const std::vector<page::Choice> choices{choice(MarkValue::ok), choice(MarkValue::wrong),
                                              choice(MarkValue::unclear)};
      page::radios(f,
                   {.name = "value-" + name,
                    .label = std::string(msg::desk_mark(language)),
                    .hint = {},
                    .error = {}},
                   choices, true);
      page::text_input(f,
                       {.name = "note-" + name,
                        .label = std::string(msg::desk_mark_note(language)),
                        .hint = {},
                        .error = {}},
                       {.value = own ? own->note : std::string()});
      page::button(f, {.text = std::string(msg::desk_mark_save(language)),
                       .style = page::ButtonStyle::secondary});
    });
  });
}

Url view_url(const Visit& visit, const Opened& opened, const std::string& document) {
  return case_url(visit, opened.id()).with("document", document).with_fragment("viewer");
}

void answer(Writer& page, const Visit& visit, const Opened& opened, const forms::SummaryRow& row) {
  const Language language = visit.language;
  const bool file = row.kind == forms::FieldKind::file && !row.values.empty();
  if (file)
    page::link(page, answer_text(language, row, opened),
               view_url(visit, opened, row.values.front().en));
  else page.lines(answer_text(language, row, opened));
  if (row.origin)
    page << "<br><span class=\"govuk-hint\">"
         << msg::desk_from_register(language, visit.agency(AgencyCode{row.origin->agency}))
         << "</span>";
}

void answer_row(Writer& list, const Visit& visit, const Opened& opened,
                const forms::SummaryRow& row) {
  const TaskRow* task = held_task(visit, opened);
  list << "<div class=\"govuk-summary-list__row\" id=\"" << page::field_id("answer" + row.pointer)
       << "\"><dt class=\"govuk-summary-list__key\">" << row.title.in(visit.language)
       << "</dt><dd class=\"govuk-summary-list__value\">";
  answer(list, visit, opened, row);
  for (const FieldMark& mark : opened.seen.marks)
    if (mark.field == row.pointer) one_mark(list, visit, mark);
  if (task && task->kind != casework::TaskKind::confirmation)
    mark_form(list, visit, opened, *task, row);
  list << "</dd></div>";
}

}  // namespace

void answers_part(Writer& page, const Visit& visit, const Opened& opened) {
  const Language language = visit.language;
  const forms::Form& form = *opened.package->application_form;
  const auto rows = form.summary(opened.view().answers);
  page::heading(page, 2, msg::desk_answers(language));
  for (const forms::Page* one : form.visible_pages(opened.view().answers)) {
    page::heading(page, 3, one->title.in(language), Size::s);
    page::summary_list(page, [&](Writer& list) {
      for (const auto& row : rows)
        if (row.page == one->id) answer_row(list, visit, opened, row);
    });
  }
}

namespace {

Result<net::Response> mark(const Parts& parts, Visit& visit) {
  const net::Form& form = visit.request.form;
  MINBEN_TRY(id, visit.id<CaseId>("case"));
  MINBEN_TRY(task, posted_task(visit));
  const std::string field(form.get("field"));
  const std::string name(form.get("names"));
  const auto value = casework::parse_mark(form.get("value-" + name));
  const std::string_view note = trim(form.get("note-" + name));
  const Url back = case_url(visit, id).with_fragment(page::field_id("answer" + field));
  if (!value)
    return page::redirect_with(visit, back, page::Notice::info,
                               msg::desk_mark_missing(visit.language));
  if (length_in_characters(note) > longest_note)
    return page::redirect_with(visit, back, page::Notice::info,
                               msg::desk_note_too_long(visit.language, longest_note));
  MINBEN_CHECK(parts.casework.mark(visit.officer(), task.id, field, *value, note));
  return page::redirect(back);
}

}  // namespace

void add_marks(Pages& pages) {
  pages.post("/desk/cases/{case}/mark", page::access::officer_of_case, mark, 16u << 10);
}

}  // namespace minben::desk
