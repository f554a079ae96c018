#include "field.hpp"

namespace minben::page {

namespace {

/// The first control carries the field's own id, so that the error summary leads to it.
std::string choice_id(const Described& described, std::size_t index) {
  return index == 0 ? described.id : described.id + "-" + std::to_string(index + 1);
}

void radio(Writer& page, const Field& field, const Choice& choice, std::string_view id) {
  page << "<div class=\"govuk-radios__item\"><input class=\"govuk-radios__input\" id=\"" << id
       << "\" name=\"" << field.name << "\" type=\"radio\" value=\"" << choice.value << "\""
       << when(choice.chosen, " checked");
  if (!choice.hint.empty()) page << " aria-describedby=\"" << id << "-hint\"";
  page << "><label class=\"govuk-label govuk-radios__label\" for=\"" << id << "\">" << choice.label
       << "</label>";
  if (!choice.hint.empty())
    page << "<div id=\"" << id << "-hint\" class=\"govuk-hint govuk-radios__hint\">" << choice.hint
         << "</div>";
  page << "</div>";
}

void box(Writer& page, std::string_view name, const Choice& choice, std::string_view id) {
  page << "<div class=\"govuk-checkboxes__item\"><input class=\"govuk-checkboxes__input\" id=\""
       << id << "\" name=\"" << name << "\" type=\"checkbox\" value=\"" << choice.value << "\""
       << when(choice.chosen, " checked");
  if (!choice.hint.empty()) page << " aria-describedby=\"" << id << "-hint\"";
  page << "><label class=\"govuk-label govuk-checkboxes__label\" for=\"" << id << "\">"
       << choice.label << "</label>";
  if (!choice.hint.empty())
    page << "<div id=\"" << id << "-hint\" class=\"govuk-hint govuk-checkboxes__hint\">"
         << choice.hint << "</div>";
  page << "</div>";
}

}  // namespace

void radios(Writer& page, const Field& field, std::span<const Choice> choices, bool in_a_row) {
  const Described described(field);
  open_group(page, field);
  field_fieldset(page, field, described, false, [&](Writer& p) {
    p << "<div class=\"govuk-radios" << when(in_a_row, " govuk-radios--inline") << "\">";
    for (std::size_t i = 0; i < choices.size(); ++i)
      radio(p, field, choices[i], choice_id(described, i));
    p << "</div>";
  });
  close_group(page);
}

void checkboxes(Writer& page, const Field& field, std::span<const Choice> choices) {
  const Described described(field);
  open_group(page, field);
  field_fieldset(page, field, described, false, [&](Writer& p) {
    p << "<div class=\"govuk-checkboxes\">";
    for (std::size_t i = 0; i < choices.size(); ++i)
      box(p, field.name, choices[i], choice_id(described, i));
    p << "</div>";
  });
  close_group(page);
}

void checkbox(Writer& page, const Field& field, bool ticked) {
  const Described described(field);
  open_group(page, field);
  hint_and_error(page, {.name = field.name, .label = {}, .hint = {}, .error = field.error},
                 described);
  page << "<div class=\"govuk-checkboxes\">";
  box(page, field.name, {"yes", field.label, field.hint, ticked}, described.id);
  page << "</div>";
  close_group(page);
}

void select(Writer& page, const Field& field, std::span<const Choice> choices) {
  const Described described(field);
  open_group(page, field);
  label(page, field, described);
  hint_and_error(page, field, described);
  page << "<select class=\"govuk-select" << when(!field.error.empty(), " govuk-select--error")
       << "\" id=\"" << described.id << "\" name=\"" << field.name << "\"";
  described_by(page, described);
  page << when(!field.error.empty(), " aria-invalid=\"true\"") << ">";
  for (const Choice& choice : choices)
    page << "<option value=\"" << choice.value << "\"" << when(choice.chosen, " selected") << ">"
         << choice.label << "</option>";
  page << "</select>";
  close_group(page);
}

void fieldset(Writer& page, std::string_view legend, Size size, bool is_heading, Content content) {
  page << "<fieldset class=\"govuk-fieldset\"><legend class=\"govuk-fieldset__legend"
       << when(size == Size::s, " govuk-fieldset__legend--s")
       << when(size == Size::m, " govuk-fieldset__legend--m")
       << when(size == Size::l, " govuk-fieldset__legend--l")
       << when(size == Size::xl, " govuk-fieldset__legend--xl") << "\">";
  if (is_heading) page << "<h1 class=\"govuk-fieldset__heading\">";
  page << legend;
  if (is_heading) page << "</h1>";
  page << "</legend>";
  content(page);
  page << "</fieldset>";
}

}  // namespace minben::page
