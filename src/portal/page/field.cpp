#include "field.hpp"

#include <fmt/format.h>

namespace minben::page {

std::string field_id(std::string_view name) {
  std::string id = "f";
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-';
    // Names of columns may differ in Chinese characters alone, and so must their ids.
    if (static_cast<unsigned char>(c) >= 0x80)
      id += fmt::format("{:02x}", static_cast<unsigned char>(c));
    else id += plain ? c : '-';
  }
  return id;
}

Described::Described(const Field& field) : id(field_id(field.name)) {
  if (!field.hint.empty()) hint_id = id + "-hint";
  if (!field.error.empty()) error_id = id + "-error";
}

void open_group(Writer& page, const Field& field) {
  page << "<div class=\"govuk-form-group" << when(!field.error.empty(), " govuk-form-group--error")
       << "\">";
}

void close_group(Writer& page) { page << "</div>"; }

void label(Writer& page, const Field& field, const Described& described) {
  if (field.is_heading) page << "<h1 class=\"govuk-label-wrapper\">";
  page << "<label class=\"govuk-label" << when(field.is_heading, " govuk-label--l") << "\" for=\""
       << described.id << "\">" << field.label << "</label>";
  if (field.is_heading) page << "</h1>";
}

void hint_and_error(Writer& page, const Field& field, const Described& described) {
  if (!described.hint_id.empty())
    page << "<div id=\"" << described.hint_id << "\" class=\"govuk-hint\">" << field.hint
         << "</div>";
  if (!described.error_id.empty())
    page << "<p id=\"" << described.error_id << "\" class=\"govuk-error-message\">" << field.error
         << "</p>";
}

void described_by(Writer& page, const Described& described, std::string_view extra) {
  std::string ids;
  for (const std::string_view id :
       {std::string_view(described.hint_id), std::string_view(described.error_id), extra}) {
    if (id.empty()) continue;
    if (!ids.empty()) ids += ' ';
    ids += id;
  }
  if (!ids.empty()) page << " aria-describedby=\"" << ids << "\"";
}

void field_fieldset(Writer& page, const Field& field, const Described& described, bool group_role,
                    Content content) {
  page << "<fieldset class=\"govuk-fieldset\"" << when(group_role, " role=\"group\"");
  described_by(page, described);
  page << "><legend class=\"govuk-fieldset__legend"
       << when(field.is_heading, " govuk-fieldset__legend--l") << "\">";
  if (field.is_heading) page << "<h1 class=\"govuk-fieldset__heading\">";
  page << field.label;
  if (field.is_heading) page << "</h1>";
  page << "</legend>";
  hint_and_error(page, field, described);
  content(page);
  page << "</fieldset>";
}

}  // namespace minben::page
