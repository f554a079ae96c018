// The form in which a dataset is described.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "catalogue/vocabulary.hpp"
#include "publishing.hpp"

namespace minben::steward {

namespace {

namespace vocabulary = catalogue::vocabulary;

struct Line {
  std::string_view name;
  std::string Dataset::* member = nullptr;
  catalogue::Text Dataset::* text = nullptr;
  std::string catalogue::Text::* language = nullptr;
  bool long_text = false;
};
constexpr std::array<Line, 7> lines{
    {{"title_zh", nullptr, &Dataset::title, &catalogue::Text::zh_hant},
     {"title_en", nullptr, &Dataset::title, &catalogue::Text::en},
     {"description_zh", nullptr, &Dataset::description, &catalogue::Text::zh_hant, true},
     {"description_en", nullptr, &Dataset::description, &catalogue::Text::en, true},
     {"notes_zh", nullptr, &Dataset::notes, &catalogue::Text::zh_hant, true},
     {"landing_page", &Dataset::landing_page},
     {"national_id", &Dataset::national_id}}};

std::string& value_in(Dataset& dataset, const Line& line) {
  return line.member ? dataset.*line.member : dataset.*line.text.*line.language;
}
const std::string& value_in(const Dataset& dataset, const Line& line) {
  return line.member ? dataset.*line.member : dataset.*line.text.*line.language;
}

std::string label(Language language, std::string_view name) {
  const auto text = msg::find_in_steward(language, fmt::format("steward_{}", name));
  return std::string(text ? *text : name);
}
std::string hint_of(Language language, std::string_view name) {
  const auto text = msg::find_in_steward(language, fmt::format("steward_{}_hint", name));
  return std::string(text ? *text : std::string_view());
}

std::string error_at(const std::vector<page::ErrorLine>& errors, std::string_view name) {
  const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
  return found == errors.end() ? std::string() : found->text;
}

page::Field field(Language language, std::string_view name,
                  const std::vector<page::ErrorLine>& errors) {
  return {.name = std::string(name),
          .label = label(language, name),
          .hint = hint_of(language, name),
          .error = error_at(errors, name)};
}

std::string joined(const std::vector<std::string>& values) {
  return fmt::format("{}", fmt::join(values, "、"));
}

std::vector<std::string> parted(std::string_view text) {
  std::vector<std::string> out;
  std::string current;
  const auto finish = [&] {
    if (const auto plain = trim(current);
        !plain.empty() && std::ranges::find(out, plain) == out.end())
      out.emplace_back(plain);
    current.clear();
  };
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with("、") || text.substr(i).starts_with("，")) {
      finish();
      i += 3;
    } else if (text[i] == ',' || text[i] == ';' || text[i] == '\n') {
      finish();
      ++i;
    } else {
      current += text[i++];
    }
  }
  finish();
  return out;
}

constexpr std::array<std::pair<std::string_view, catalogue::Frequency>, 10> frequencies{
    {{"", {}},
     {"continuous", {catalogue::Frequency::Kind::continuous}},
     {"hour", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::hour, 1}},
     {"day", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::day, 1}},
     {"week", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::week, 1}},
     {"month", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::month, 1}},
     {"quarter", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::month, 3}},
     {"year", {catalogue::Frequency::Kind::regular, catalogue::Frequency::Unit::year, 1}},
     {"irregular", {catalogue::Frequency::Kind::irregular}},
     {"once", {catalogue::Frequency::Kind::once}}}};

/// One that the list has not stays as it is, under "kept".
std::string frequency_code(const catalogue::Frequency& frequency) {
  const auto found = std::ranges::find(frequencies, frequency,
                                       &std::pair<std::string_view, catalogue::Frequency>::second);
  return found == frequencies.end() ? "kept" : std::string(found->first);
}

std::vector<page::Choice> frequency_choices(Language language, const catalogue::Frequency& now) {
  std::vector<page::Choice> choices;
  for (const auto& [code, frequency] : frequencies)
    choices.push_back(
        {std::string(code), vocabulary::frequency_text(frequency, language), {}, frequency == now});
  if (frequency_code(now) == "kept")
    choices.push_back({"kept", vocabulary::frequency_text(now, language), {}, true});
  return choices;
}

std::vector<page::Choice> choices_of(std::span<const vocabulary::Term> terms, Language language,
                                     std::string_view chosen) {
  std::vector<page::Choice> choices{{"", "—", {}, chosen.empty()}};
  for (const auto& term : terms)
    choices.push_back(
        {std::string(term.code), std::string(term.in(language)), {}, term.code == chosen});
  return choices;
}

std::vector<page::Choice> licence_choices(Language language, const std::string& chosen) {
  const auto* known = vocabulary::find_licence(chosen);
  std::vector<page::Choice> choices{{"", "—", {}, chosen.empty()}};
  for (const auto& each : vocabulary::licences())
    choices.push_back(
        {std::string(each.term.code), std::string(each.term.in(language)), {}, known == &each});
  if (!known && !chosen.empty()) choices.push_back({chosen, chosen, {}, true});
  return choices;
}

std::string day_text(const std::optional<Date>& day) {
  return day ? to_string(*day) : std::string();
}

std::optional<Date> read_day(const Visit& visit, std::string_view name,
                             std::vector<page::ErrorLine>& errors) {
  const std::string text = page::date_text(page::date_parts(visit.request.form, name));
  if (text.empty()) return std::nullopt;
  if (const auto day = parse_date(text)) return *day;
  errors.push_back({std::string(name), std::string(msg::steward_bad_date(visit.language))});
  return std::nullopt;
}

/// One that is not the agency's own stays as it is: it came with a call or a harvest.
std::vector<page::Choice> series_choices(Language language, const Own& own,
                                         const Dataset& dataset) {
  std::vector<page::Choice> choices{{"", "—", {}, !dataset.series}};
  for (const catalogue::Series& each : own.series)
    choices.push_back({to_string(each.id), each.title.in(language), {}, dataset.series == each.id});
  const bool known = !dataset.series || std::ranges::any_of(choices, &page::Choice::chosen);
  if (!known)
    choices.push_back({"kept", std::string(msg::steward_series_kept(language)), {}, true});
  return choices;
}

void read_series(std::string_view value, const Own& own, Dataset& dataset) {
  if (value.empty()) dataset.series.reset();
  for (const catalogue::Series& each : own.series)
    if (to_string(each.id) == value) dataset.series = each.id;
}

}  // namespace

page::ErrorLine line_of(const Visit& visit, const Error& fault) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 14> places{
      {{"/title/en", "title_en"},
       {"/title", "title_zh"},
       {"/description/en", "description_en"},
       {"/description", "description_zh"},
       {"/publisher", "publisher"},
       {"/contact/email", "contact_email"},
       {"/contact/phone", "contact_phone"},
       {"/contact", "contact_name"},
       {"/keywords_en", "keywords_en"},
       {"/keywords", "keywords"},
       {"/licence", "licence"},
       {"/temporal", "temporal_to"},
       {"/landing_page", "landing_page"},
       {"/notes", "notes_zh"}}};
  const auto text =
      msg::find_in_steward(visit.language, fmt::format("steward_fault_{}", fault.code));
  std::string words(text ? *text : page::error_text(visit.language, fault.code));
  for (const auto& [pointer, name] : places)
    if (fault.field.starts_with(pointer))
      return {std::string(name), fmt::format("{}: {}", label(visit.language, name), words)};
  if (fault.field.starts_with("/distributions"))
    return {"", fmt::format("{}: {}", msg::steward_files(visit.language), words)};
  return {"", std::move(words)};
}

std::vector<page::ErrorLine> read_form(const Visit& visit, const Own& own, Dataset& dataset) {
  std::vector<page::ErrorLine> errors;
  const net::Form& form = visit.request.form;
  for (const Line& line : lines) value_in(dataset, line) = trim(form.get(line.name));
  if (form.has("publisher"))
    dataset.publisher = catalogue::PublisherCode{std::string(form.get("publisher"))};
  if (form.has("series")) read_series(form.get("series"), own, dataset);
  dataset.contact = {std::string(trim(form.get("contact_name"))),
                     std::string(trim(form.get("contact_phone"))),
                     std::string(trim(form.get("contact_email"))), dataset.contact.url};
  dataset.keywords = parted(form.get("keywords"));
  dataset.keywords_en = parted(form.get("keywords_en"));
  dataset.spatial = parted(form.get("spatial"));
  dataset.service_category = form.get("service_category");
  dataset.licence = form.get("licence");
  for (const auto& [code, frequency] : frequencies)
    if (code == form.get("frequency")) dataset.frequency = frequency;
  dataset.temporal = {read_day(visit, "temporal_from", errors),
                      read_day(visit, "temporal_to", errors)};
  return errors;
}

void dataset_form(Writer& page, const Visit& visit, const Dataset& dataset, const Own& own,
                  const std::vector<page::ErrorLine>& errors) {
  const Language language = visit.language;
  const auto line = [&](std::string_view name) {
    const auto found = std::ranges::find(lines, name, &Line::name);
    if (found->long_text)
      page::textarea(page, language, field(language, name, errors),
                     {.value = value_in(dataset, *found), .rows = 4});
    else
      page::text_input(page, field(language, name, errors), {.value = value_in(dataset, *found)});
  };
  const auto words = [&](std::string_view name, const std::string& value) {
    page::text_input(page, field(language, name, errors), {.value = value});
  };
  if (own.publishers.size() > 1) {
    std::vector<page::Choice> choices;
    for (const auto& each : own.publishers)
      choices.push_back(
          {each.code.value, each.title.in(language), {}, each.code == dataset.publisher});
    page::select(page, field(language, "publisher", errors), choices);
  }
  for (const std::string_view name : {"title_zh", "title_en", "description_zh", "description_en"})
    line(name);
  page::select(page, field(language, "service_category", errors),
               choices_of(vocabulary::service_categories(), language, dataset.service_category));
  words("keywords", joined(dataset.keywords));
  words("keywords_en", fmt::format("{}", fmt::join(dataset.keywords_en, ", ")));
  page::select(page, field(language, "licence", errors),
               licence_choices(language, dataset.licence));
  page::select(page, field(language, "frequency", errors),
               frequency_choices(language, dataset.frequency));
  page::date_input(page, language, field(language, "temporal_from", errors),
                   page::split_date(day_text(dataset.temporal.from)));
  page::date_input(page, language, field(language, "temporal_to", errors),
                   page::split_date(day_text(dataset.temporal.to)));
  if (!own.series.empty())
    page::select(page, field(language, "series", errors), series_choices(language, own, dataset));
  words("spatial", joined(dataset.spatial));
  words("contact_name", dataset.contact.name);
  words("contact_phone", dataset.contact.phone);
  words("contact_email", dataset.contact.email);
  for (const std::string_view name : {"landing_page", "national_id", "notes_zh"}) line(name);
}

}  // namespace minben::steward
