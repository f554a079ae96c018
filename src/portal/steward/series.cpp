// The agency's series of datasets: which there are, and what they are called. A dataset says itself
// that it belongs to one.
#include <algorithm>

#include <fmt/format.h>

#include "publishing.hpp"

namespace minben::steward {

namespace {

using catalogue::Series;
using Errors = std::vector<page::ErrorLine>;

Url series_url(const Visit& visit, std::initializer_list<std::string_view> parts = {}) {
  return desk_url(visit, {"series"}).below(parts);
}

Result<net::Response> list(const Parts& parts, Visit& visit) {
  const Language language = visit.language;
  MINBEN_TRY(own, own_lists(parts, visit));
  Frame made = frame(visit, msg::steward_series_list(language), Section::datasets);
  made.back =
      page::Link{std::string(msg::steward_datasets(language)), desk_url(visit, {"datasets"})};
  return html_page(visit, made, [&](Writer& page) {
    page::heading(page, 1, msg::steward_series_list(language), Size::l);
    page::paragraph(page, msg::steward_series_text(language));
    page::link_button(page, msg::steward_series_new(language), series_url(visit, {"new"}));
    if (own.series.empty()) return page::paragraph(page, msg::steward_series_none(language));
    page << "<ul class=\"govuk-list\">";
    for (const Series& each : own.series) {
      page << "<li>";
      page::link(page, each.title.in(language), series_url(visit, {to_string(each.id)}));
      page << " · ";
      page::link(page, msg::steward_public_page(language), visit.url({"series", each.name}));
      page << "</li>";
    }
    page << "</ul>";
  });
}

struct Line {
  std::string_view name;
  catalogue::Text Series::* text;
  std::string catalogue::Text::* language;
};
constexpr std::array<Line, 4> lines{
    {{"title_zh", &Series::title, &catalogue::Text::zh_hant},
     {"title_en", &Series::title, &catalogue::Text::en},
     {"description_zh", &Series::description, &catalogue::Text::zh_hant},
     {"description_en", &Series::description, &catalogue::Text::en}}};

void fields(Writer& page, Language language, const Own& own, const Series& series,
            const Errors& errors) {
  const auto field = [&](std::string_view name) {
    const auto text = msg::find_in_steward(language, fmt::format("steward_{}", name));
    const auto found = std::ranges::find(errors, name, &page::ErrorLine::field);
    return page::Field{.name = std::string(name),
                       .label = std::string(text ? *text : name),
                       .hint = {},
                       .error = found == errors.end() ? std::string() : found->text};
  };
  if (own.publishers.size() > 1 && series.id.is_nil()) {
    std::vector<page::Choice> choices;
    for (const auto& each : own.publishers)
      choices.push_back(
          {each.code.value, each.title.in(language), {}, each.code == series.publisher});
    page::select(page, field("publisher"), choices);
  }
  for (const Line& line : lines) {
    const std::string& value = series.*line.text.*line.language;
    if (line.text == &Series::title) page::text_input(page, field(line.name), {.value = value});
    else page::textarea(page, language, field(line.name), {.value = value, .rows = 3});
  }
}

net::Response form_page(const Visit& visit, const Own& own, const Series& series,
                        const Errors& errors) {
  const Language language = visit.language;
  const bool is_new = series.id.is_nil();
  const std::string title(is_new ? msg::steward_series_new(language)
                                 : msg::steward_series_edit(language));
  Frame made = frame(visit, title, Section::datasets);
  made.back = page::Link{std::string(msg::steward_series_list(language)), series_url(visit)};
  made.errors = errors;
  const Url action = series_url(visit, {is_new ? std::string("new") : to_string(series.id)});
  return html_page(
      visit, made,
      [&](Writer& page) {
        page::heading(page, 1, title, Size::l);
        page::form(page, visit, action, [&](Writer& form) {
          fields(form, language, own, series, errors);
          page::button(form, msg::steward_series_save(language));
        });
      },
      errors.empty() ? 200 : 422);
}

Result<Series> own_series(const Own& own, const Visit& visit) {
  MINBEN_TRY(id, visit.id<catalogue::SeriesId>("series"));
  const auto found = std::ranges::find(own.series, id, &Series::id);
  if (found == own.series.end()) return fail(Kind::not_found, "no_such_series");
  return *found;
}

Result<net::Response> save(const Parts& parts, const Visit& visit, const Own& own, Series series) {
  const net::Form& form = visit.request.form;
  for (const Line& line : lines) series.*line.text.*line.language = trim(form.get(line.name));
  if (series.id.is_nil() && form.has("publisher"))
    series.publisher = catalogue::PublisherCode{std::string(form.get("publisher"))};
  if (!own.has(series.publisher)) return fail(Kind::forbidden, "not_your_publisher");
  const auto saved = parts.database.transact(
      [&](store::Transaction& tx) { return parts.catalogue.save(tx, series); });
  if (saved)
    return page::redirect_with(visit, series_url(visit), page::Notice::success,
                               msg::steward_series_saved(visit.language));
  if (saved.error().kind != Kind::invalid && saved.error().kind != Kind::conflict)
    return fail(saved.error());
  return form_page(visit, own, series, {line_of(visit, saved.error())});
}

Result<net::Response> ask_new(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  if (own.publishers.empty())
    return fail(Kind::forbidden, "no_publisher", "the agency publishes nothing yet");
  Series series;
  series.publisher = own.publishers.front().code;
  return form_page(visit, own, series, {});
}

Result<net::Response> add(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  if (own.publishers.empty())
    return fail(Kind::forbidden, "no_publisher", "the agency publishes nothing yet");
  Series series;
  series.publisher = own.publishers.front().code;
  return save(parts, visit, own, std::move(series));
}

Result<net::Response> ask_edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  MINBEN_TRY(series, own_series(own, visit));
  return form_page(visit, own, series, {});
}

Result<net::Response> edit(const Parts& parts, Visit& visit) {
  MINBEN_TRY(own, own_lists(parts, visit));
  MINBEN_TRY(series, own_series(own, visit));
  return save(parts, visit, own, std::move(series));
}

}  // namespace

void add_series(Pages& pages) {
  using page::access::data_steward;
  pages.get("/desk/data/series", data_steward, list);
  pages.get("/desk/data/series/new", data_steward, ask_new);
  pages.post("/desk/data/series/new", data_steward, add);
  pages.get("/desk/data/series/{series}", data_steward, ask_edit);
  pages.post("/desk/data/series/{series}", data_steward, edit);
}

}  // namespace minben::steward
