#include <fmt/format.h>

#include "field.hpp"
#include "messages/common.hpp"

namespace minben::page {

namespace {

void width_class(Writer& page, Width width) {
  switch (width) {
    case Width::full:
      return;
    case Width::two_thirds:
      page << " govuk-!-width-two-thirds";
      return;
    case Width::half:
      page << " govuk-!-width-one-half";
      return;
    case Width::third:
      page << " govuk-!-width-one-third";
      return;
    case Width::w20:
      page << " govuk-input--width-20";
      return;
    case Width::w10:
      page << " govuk-input--width-10";
      return;
    case Width::w5:
      page << " govuk-input--width-5";
      return;
    case Width::w4:
      page << " govuk-input--width-4";
      return;
    case Width::w3:
      page << " govuk-input--width-3";
      return;
    case Width::w2:
      page << " govuk-input--width-2";
      return;
  }
}

void optional_attributes(Writer& page, const TextInput& input) {
  if (!input.autocomplete.empty()) page << " autocomplete=\"" << input.autocomplete << "\"";
  if (!input.inputmode.empty()) page << " inputmode=\"" << input.inputmode << "\"";
  page << when(!input.spellcheck, " spellcheck=\"false\" autocapitalize=\"none\"");
}

void input_element(Writer& page, const Field& field, const TextInput& input,
                   const Described& described) {
  page << "<input class=\"govuk-input" << when(!field.error.empty(), " govuk-input--error");
  width_class(page, input.width);
  page << "\" id=\"" << described.id << "\" name=\"" << field.name << "\" type=\"" << input.type
       << "\" value=\"" << input.value << "\"";
  described_by(page, described);
  page << when(!field.error.empty(), " aria-invalid=\"true\"");
  optional_attributes(page, input);
  page << ">";
}

void date_part(Writer& page, const Field& field, std::string_view part, std::string_view label,
               std::string_view value, Width width, bool birthday) {
  const std::string name = field.name + "." + std::string(part);
  const std::string id = field_id(name);
  page << "<div class=\"govuk-date-input__item\"><div class=\"govuk-form-group\">"
          "<label class=\"govuk-label govuk-date-input__label\" for=\""
       << id << "\">" << label << "</label><input class=\"govuk-input govuk-date-input__input";
  width_class(page, width);
  page << when(!field.error.empty(), " govuk-input--error") << "\" id=\"" << id << "\" name=\""
       << name << "\" type=\"text\" inputmode=\"numeric\" value=\"" << value << "\"";
  if (birthday) page << " autocomplete=\"bday-" << part << "\"";
  page << "></div></div>";
}

std::string size_text(std::size_t bytes) {
  constexpr std::size_t mib = 1u << 20;
  if (bytes >= mib) return fmt::format("{} MB", bytes / mib);
  return fmt::format("{} kB", std::max<std::size_t>(bytes >> 10, 1));
}

bool ends_a_sentence(std::string_view text) {
  return text.empty() || text.ends_with('.') || text.ends_with("。") || text.ends_with('?') ||
         text.ends_with("？");
}

std::string with_file_hints(Language language, const Field& field, const FileUpload& upload) {
  if (upload.max_bytes == 0) return field.hint;
  const bool han = language == Language::zh_hant;
  const std::string_view stop = han ? "。" : ".";
  std::string hint = field.hint;
  if (!ends_a_sentence(hint)) hint += stop;
  if (!hint.empty() && !han) hint += " ";
  return hint + msg::file_at_most(language, size_text(upload.max_bytes)) + std::string(stop);
}

}  // namespace

void text_input(Writer& page, const Field& field, const TextInput& input) {
  const Described described(field);
  open_group(page, field);
  label(page, field, described);
  hint_and_error(page, field, described);
  const bool wrapped = !input.prefix.empty() || !input.suffix.empty();
  if (wrapped) page << "<div class=\"govuk-input__wrapper\">";
  if (!input.prefix.empty())
    page << "<div class=\"govuk-input__prefix\" aria-hidden=\"true\">" << input.prefix << "</div>";
  input_element(page, field, input, described);
  if (!input.suffix.empty())
    page << "<div class=\"govuk-input__suffix\" aria-hidden=\"true\">" << input.suffix << "</div>";
  if (wrapped) page << "</div>";
  close_group(page);
}

void textarea(Writer& page, Language language, const Field& field, const TextArea& area) {
  const Described described(field);
  const std::string count_id = area.max_characters > 0 ? described.id + "-info" : std::string();
  page << "<div class=\"govuk-form-group govuk-character-count"
       << when(!field.error.empty(), " govuk-form-group--error") << "\"";
  if (area.max_characters > 0)
    page << " data-island=\"count\" data-maxlength=\"" << area.max_characters << "\"";
  page << ">";
  label(page, field, described);
  hint_and_error(page, field, described);
  page << "<textarea class=\"govuk-textarea" << when(!field.error.empty(), " govuk-textarea--error")
       << "\" id=\"" << described.id << "\" name=\"" << field.name << "\" rows=\"" << area.rows
       << "\"";
  described_by(page, described, count_id);
  page << when(!field.error.empty(), " aria-invalid=\"true\"") << ">" << area.value
       << "</textarea>";
  if (area.max_characters > 0)
    page << "<div id=\"" << count_id << "\" class=\"govuk-hint govuk-character-count__message\">"
         << msg::characters_at_most(language, area.max_characters) << "</div>";
  close_group(page);
}

void date_input(Writer& page, Language language, const Field& field, const DateParts& parts) {
  const Described described(field);
  open_group(page, field);
  field_fieldset(page, field, described, true, [&](Writer& p) {
    p << "<div class=\"govuk-date-input\" id=\"" << described.id << "\">";
    date_part(p, field, "year", msg::date_year(language), parts.year, Width::w4, parts.birthday);
    date_part(p, field, "month", msg::date_month(language), parts.month, Width::w2, parts.birthday);
    date_part(p, field, "day", msg::date_day(language), parts.day, Width::w2, parts.birthday);
    p << "</div>";
  });
  close_group(page);
}

void file_upload(Writer& page, Language language, const Field& field, const FileUpload& upload) {
  Field shown = field;
  shown.hint = with_file_hints(language, field, upload);
  const Described described(shown);
  const std::string kept_id = upload.kept.empty() ? std::string() : described.id + "-kept";
  open_group(page, shown);
  label(page, shown, described);
  hint_and_error(page, shown, described);
  if (!upload.kept.empty())
    page << "<p class=\"govuk-body mb-kept\" id=\"" << kept_id << "\">"
         << msg::file_kept(language, upload.kept) << "</p>";
  page << "<input class=\"govuk-file-upload"
       << when(!field.error.empty(), " govuk-file-upload--error") << "\" id=\"" << described.id
       << "\" name=\"" << field.name << "\" type=\"file\"";
  if (!upload.accept.empty()) page << " accept=\"" << upload.accept << "\"";
  if (upload.max_bytes > 0) page << " data-max-bytes=\"" << upload.max_bytes << "\"";
  described_by(page, described, kept_id);
  page << when(!field.error.empty(), " aria-invalid=\"true\"") << ">";
  close_group(page);
}

void hidden(Writer& page, std::string_view name, std::string_view value) {
  page << "<input type=\"hidden\" name=\"" << name << "\" value=\"" << value << "\">";
}

}  // namespace minben::page
