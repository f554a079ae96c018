// An agency asked for something: only the marked answers are asked again, with what the officer
// wrote.
#include "case_view.hpp"
#include "questions.hpp"

namespace minben::citizen {

namespace {

using casework::SupplementView;

Result<SupplementView> open_supplement(const MyCase& mine) {
  if (!mine.view.supplement) return fail(Kind::conflict, "supplement_not_open");
  return *mine.view.supplement;
}

/// The questions that were marked, as the form asks them; a mark inside a list or group asks the
/// whole.
std::vector<forms::Field> asked_fields(const MyCase& mine, const SupplementView& supplement) {
  std::vector<forms::Field> fields;
  for (const casework::SupplementField& marked : supplement.fields) {
    const std::string_view pointer = marked.field;
    const std::string top(pointer.substr(0, pointer.find('/', 1)));
    const forms::Field* field = mine.package->application_form->field(top);
    if (field == nullptr) continue;
    const bool known = std::any_of(fields.begin(), fields.end(), [&](const forms::Field& one) {
      return one.name == field->name;
    });
    if (!known) fields.push_back(*field);
  }
  return fields;
}

/// The same questions as a page of their own, so that they are decoded like the application's.
forms::Page page_of(std::vector<forms::Field> fields) {
  return {.id = "supplement", .title = {}, .hint = {}, .fields = std::move(fields)};
}

void what_is_asked(Writer& page, const Visit& visit, const MyCase& mine,
                   const SupplementView& supplement) {
  const Language language = visit.language;
  page::paragraph(page,
                  msg::supplement_by(language, visit.agency(supplement.agency), supplement.due));
  page::inset_text(page, [&](Writer& p) {
    p << "<p class=\"govuk-body\"><strong>"
      << mine.package->text("supplement." + supplement.reason, language) << "</strong></p>";
    if (!supplement.text.empty()) {
      p << "<p class=\"govuk-body\">";
      p.lines(supplement.text);
      p << "</p>";
    }
  });
  page::paragraph(page, msg::supplement_clock(language));
}

std::vector<forms::Field> with_notes(std::vector<forms::Field> fields,
                                     const SupplementView& supplement) {
  for (forms::Field& field : fields)
    for (const casework::SupplementField& marked : supplement.fields) {
      const bool same =
          marked.field == field.pointer || marked.field.starts_with(field.pointer + "/");
      if (!same || marked.note.empty()) continue;
      field.hint = {marked.note, marked.note};
    }
  return fields;
}

Result<net::Response> ask(const Parts& parts, const Visit& visit, const MyCase& mine,
                          const SupplementView& supplement, std::span<const forms::Input> inputs,
                          const forms::Problems& problems) {
  const Language language = visit.language;
  const forms::Form& form = *mine.package->application_form;
  MINBEN_TRY(files, file_names(parts, visit.principal(), form, mine.view.answers));
  const auto asked = page_of(with_notes(asked_fields(mine, supplement), supplement));
  Frame made = case_frame(visit, mine, msg::supplement_title(language));
  made.errors = error_lines(language, form, problems);
  const Shown shown{.inputs = inputs, .problems = problems, .files = std::move(files)};
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, msg::supplement_title(language), Size::l);
        what_is_asked(page, visit, mine, supplement);
        page::form(
            page, visit, case_url(visit, mine.view.summary.id, {"supplement"}),
            [&](Writer& p) {
              page::hidden(p, "_supplement", to_string(supplement.id));
              write_fields(p, visit, asked.fields, shown, false);
              page::button(p, msg::supplement_send(language));
            },
            asks_for_files(asked));
      },
      problems.empty() ? 200 : 422);
}

Result<net::Response> show_supplement(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(supplement, open_supplement(mine));
  const auto asked = page_of(asked_fields(mine, supplement));
  const auto inputs = mine.package->application_form->encode(asked, mine.view.answers);
  return ask(parts, visit, mine, supplement, inputs, {});
}

/// Problems of the asked fields when the new values stand in place of the old.
forms::Problems problems_of(const forms::Form& form, const forms::Page& asked,
                            const JsonObject& before, const JsonObject& values) {
  JsonObject answers = before;
  for (const auto& [name, value] : values) answers[name] = value;
  forms::Problems found;
  for (const forms::Problem& problem : form.validate(answers))
    for (const forms::Field& field : asked.fields)
      if (problem.pointer == field.pointer || problem.pointer.starts_with(field.pointer + "/"))
        found.push_back(problem);
  for (const forms::Field& field : asked.fields) {
    const bool said = std::any_of(found.begin(), found.end(), [&](const auto& problem) {
      return problem.pointer == field.pointer;
    });
    if (!values.contains(field.name) && !said)
      found.push_back(
          {.pointer = field.pointer, .input = field.name, .code = "required", .values = {}});
  }
  return found;
}

Result<net::Response> answer(const Parts& parts, Visit& visit) {
  MINBEN_TRY(mine, open_case(parts, visit));
  MINBEN_TRY(id, casework::SupplementId::parse(visit.request.form.get("_supplement")));
  if (!mine.view.supplement || mine.view.supplement->id != id)
    return page::redirect(
        case_url(visit, mine.view.summary.id));  // answered already, or taken back
  const SupplementView& supplement = *mine.view.supplement;
  const forms::Form& form = *mine.package->application_form;
  const auto asked = page_of(asked_fields(mine, supplement));
  MINBEN_TRY(received, receive(parts, visit, asked.fields, mine.view.answers));
  const auto decoded = form.decode(asked, received.inputs);
  forms::Problems problems = received.problems;
  problems.insert(problems.end(), decoded.problems.begin(), decoded.problems.end());
  if (problems.empty()) problems = problems_of(form, asked, mine.view.answers, decoded.answers);
  if (!problems.empty()) return ask(parts, visit, mine, supplement, received.inputs, problems);
  MINBEN_CHECK(parts.casework.answer_supplement(applicant(visit), mine.view.summary.id, id,
                                                decoded.answers));
  return page::redirect_with(visit, case_url(visit, mine.view.summary.id), page::Notice::success,
                             msg::supplement_sent(visit.language));
}

}  // namespace

void add_supplement(Pages& pages) {
  using page::access::applicant_of_case;
  pages.get("/cases/{case}/supplement", applicant_of_case, show_supplement);
  pages.post("/cases/{case}/supplement", applicant_of_case, answer, 48u << 20);
}

}  // namespace minben::citizen
