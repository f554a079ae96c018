// What agencies know from elsewhere: registers under consent, opinions, supplements.
#include "case_view.hpp"

namespace minben::desk {

using casework::FetchedData;
using casework::SupplementView;

namespace {

std::string value_text(Language language, const Json& value) {
  if (value.is_null()) return std::string(msg::not_given(language));
  if (value.is_bool())
    return std::string(value.get_bool() ? msg::yes(language) : msg::no(language));
  if (!value.is_string()) return write_json(value);
  const std::string text(value.get_string());
  if (text.empty()) return std::string(msg::not_given(language));
  const auto date = parse_date(text);
  return date ? long_date(*date, language) : text;
}

void values_of(Writer& page, const Visit& visit, const casework::DataItem* item,
               const FetchedData& data) {
  if (!data.values.is_object()) return;
  const Language language = visit.language;
  page::summary_list(page, [&](Writer& list) {
    for (const auto& [name, value] : data.values.get_object()) {
      const std::string key(name);
      const bool known = item && item->fields.contains(key);
      page::summary_row(list, known ? item->fields.at(key).in(language) : key,
                        value_text(language, value));
    }
  });
}

void one_item(Writer& page, const Visit& visit, const Opened& opened, const FetchedData& data) {
  const Language language = visit.language;
  const auto* item = opened.package->item(data.item);
  page::heading(page, 3, item ? item->title.in(language) : data.item, Size::s);
  page << "<p class=\"govuk-hint\">" << msg::desk_source(language, visit.agency(data.from));
  if (data.at) page << " · " << long_time(*data.at, language);
  if (item) page << "<br>" << item->purpose.in(language) << " " << item->legal_basis.in(language);
  page << "</p>";
  switch (data.status) {
    case FetchedData::Status::fetched:
      return values_of(page, visit, item, data);
    case FetchedData::Status::no_consent:
      return page::paragraph(page, msg::desk_no_consent(language));
    case FetchedData::Status::unavailable:
      return page::paragraph(page, msg::desk_unavailable(language));
  }
}

}  // namespace

void data_part(Writer& page, const Visit& visit, const Opened& opened) {
  page::heading(page, 2, msg::desk_data(visit.language));
  if (opened.seen.data.empty()) page::paragraph(page, msg::desk_data_none(visit.language));
  page << "<div class=\"mb-records\">";
  for (const FetchedData& data : opened.seen.data) {
    page << "<div class=\"mb-record\">";
    one_item(page, visit, opened, data);
    page << "</div>";
  }
  page << "</div>";
}

void opinions_part(Writer& page, const Visit& visit, const Opened& opened) {
  if (opened.seen.opinions.empty()) return;
  const Language language = visit.language;
  page::heading(page, 2, msg::desk_opinions(language));
  for (const casework::Opinion& opinion : opened.seen.opinions) {
    const casework::Step* step = opened.package->step(opinion.step);
    std::string outcome = opinion.outcome;
    if (step)
      for (const auto& known : step->outcomes)
        if (known.code == opinion.outcome) outcome = known.title.in(language);
    page::inset_text(page, [&](Writer& p) {
      p << "<p class=\"govuk-body\"><strong>" << visit.agency(opinion.agency) << "</strong> · "
        << outcome;
      if (opinion.deemed) p << " (" << msg::desk_opinion_deemed(language) << ")";
      p << "<br><span class=\"govuk-hint\">" << long_time(opinion.at, language) << "</span></p>";
      if (opinion.text.empty()) return;
      p << "<p class=\"govuk-body\">";
      p.lines(opinion.text);
      p << "</p>";
    });
  }
}

namespace {

std::string_view status_text(Language language, SupplementView::Status status) {
  switch (status) {
    case SupplementView::Status::open:
      return msg::desk_supplement_open(language);
    case SupplementView::Status::answered:
      return msg::desk_supplement_answered(language);
    case SupplementView::Status::lapsed:
      return msg::desk_supplement_lapsed(language);
    case SupplementView::Status::cancelled:
      return msg::desk_supplement_cancelled(language);
  }
  return {};
}

void cancel_form(Writer& page, const Visit& visit, const Opened& opened,
                 const SupplementView& one) {
  const TaskRow* task = held_task(visit, opened);
  if (!task || one.status != SupplementView::Status::open || one.agency != visit.officer().agency)
    return;
  page::form(page, visit, case_url(visit, opened.id(), {"supplement", "cancel"}), [&](Writer& p) {
    page::hidden(p, "task", picked(*task));
    page::hidden(p, "supplement", to_string(one.id));
    page::button(p, {.text = std::string(msg::desk_supplement_cancel(visit.language)),
                     .style = page::ButtonStyle::secondary});
  });
}

std::string before(const SupplementView& one, std::string_view field, Language language) {
  const Json* old = find(one.old_values, field);
  return old ? value_text(language, *old) : std::string();
}

void one_supplement(Writer& page, const Visit& visit, const Opened& opened,
                    const SupplementView& one) {
  const Language language = visit.language;
  page << "<p class=\"govuk-body\"><strong>"
       << opened.package->text("supplement." + one.reason, language) << "</strong> "
       << status_text(language, one.status) << " · " << visit.agency(one.agency) << " · "
       << msg::desk_due_on(language, one.due) << "</p>";
  if (!one.text.empty()) page::paragraph(page, one.text);
  page << "<ul class=\"govuk-list govuk-list--bullet\">";
  for (const auto& field : one.fields) {
    page << "<li>" << field_title(opened, field.field, language);
    if (!field.note.empty()) page << " – " << field.note;
    const std::string old = before(one, field.field, language);
    const auto* known = opened.package->application_form->field(field.field);
    const bool shown = !old.empty() && known && known->kind != forms::FieldKind::file;
    if (shown)
      page << "<br><span class=\"govuk-hint\">" << msg::desk_before(language, old) << "</span>";
    page << "</li>";
  }
  page << "</ul>";
  cancel_form(page, visit, opened, one);
}

}  // namespace

void supplements_part(Writer& page, const Visit& visit, const Opened& opened) {
  if (opened.seen.supplements.empty()) return;
  page::heading(page, 2, msg::desk_supplements(visit.language));
  for (const SupplementView& one : opened.seen.supplements)
    page::inset_text(page, [&](Writer& p) { one_supplement(p, visit, opened, one); });
}

}  // namespace minben::desk
