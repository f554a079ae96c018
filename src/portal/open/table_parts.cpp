// The controls, the rows, the ways to get them and the dictionary of a table's page.
#include <algorithm>

#include <fmt/format.h>

#include "core/shortened.hpp"
#include "datastore/search.hpp"
#include "messages/preview.hpp"
#include "page/numbers.hpp"
#include "table.hpp"

namespace minben::open {

namespace {

using datastore::Field;
using intake::Type;

constexpr std::size_t most_controls = 40;
constexpr std::int64_t most_choices = 30;
constexpr int most_lists = 6;  ///< of choices; each is a question to the datastore
constexpr std::size_t longest_cell = 300;

bool is_ordered(Type type) {
  return type == Type::integer || type == Type::number || type == Type::date ||
         type == Type::timestamp;
}

page::Field control(std::string_view kind, const Field& field, std::string_view words) {
  page::Field made;
  made.name = fmt::format("{}.{}", kind, field.name);
  made.label = words;
  return made;
}

page::TextInput input(const std::string& value, Type type) {
  page::TextInput made{.value = value};
  if (type == Type::integer || type == Type::number) made.inputmode = "decimal";
  made.spellcheck = false;
  return made;
}

/// The values of a column that has few.
std::vector<page::Choice> choices(const TablePage& table, const Field& field,
                                  const std::string& chosen) {
  datastore::Aggregate wanted;
  wanted.version = table.table.version.number;
  wanted.group = field.name;
  wanted.limit = static_cast<int>(most_choices) + 10;
  const auto found = table.parts.tables.aggregate(table.table.id, wanted);
  if (!found || found->others > 0) return {};
  std::vector<page::Choice> all{
      {.value = "", .label = std::string(msg::preview_any(table.visit.language))}};
  for (const datastore::Bar& bar : found->bars)
    if (bar.label && !bar.label->empty())
      all.push_back({.value = *bar.label, .label = *bar.label, .chosen = *bar.label == chosen});
  std::ranges::sort(all.begin() + 1, all.end(), {}, &page::Choice::value);
  return all;
}

void exact_control(Writer& page, const TablePage& table, const Field& field,
                   const ColumnCondition& now, int& lists) {
  const page::Field made = control("is", field, msg::preview_is(table.visit.language));
  const bool few = field.role == intake::Role::category || field.type == Type::boolean;
  if (few && field.distinct <= most_choices && lists < most_lists) {
    ++lists;
    if (const auto all = choices(table, field, now.is); !all.empty())
      return page::select(page, made, all);
  }
  page::text_input(page, made, input(now.is, field.type));
}

void column_controls(Writer& page, const TablePage& table, const Field& field, int& lists) {
  const Language language = table.visit.language;
  const ColumnCondition* known = table.asked.on(field.name);
  const ColumnCondition now = known ? *known : ColumnCondition{};
  page << "<fieldset class=\"govuk-fieldset mb-condition\"><legend class=\"mb-condition__name\">"
       << name_of(field, language) << "</legend><div class=\"mb-condition__controls\">";
  if (is_ordered(field.type)) {
    page::text_input(page, control("from", field, msg::preview_from(language)),
                     input(now.from, field.type));
    page::text_input(page, control("to", field, msg::preview_to(language)),
                     input(now.to, field.type));
  } else {
    exact_control(page, table, field, now, lists);
    if (field.type == Type::text)
      page::text_input(page, control("has", field, msg::preview_has(language)),
                       input(now.has, field.type));
  }
  page << "</div></fieldset>";
}

void sort_controls(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  std::vector<page::Choice> columns{
      {.value = "", .label = std::string(msg::preview_file_order(language))}};
  for (const Field& field : table.fields())
    if (field.type != Type::geometry)
      columns.push_back({.value = field.name,
                         .label = name_of(field, language),
                         .chosen = field.name == table.asked.sort});
  page::Field sort;
  sort.name = "sort";
  sort.label = msg::preview_sort(language);
  page::select(page, sort, columns);
  page::Field down;
  down.name = "down";
  const page::Choice choice{
      .value = "1", .label = std::string(msg::preview_down(language)), .chosen = table.asked.down};
  down.label = msg::preview_direction(language);
  page::checkboxes(page, down, {&choice, 1});
}

void column_choice(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  const auto shown = shown_columns(table.asked, table.fields());
  std::vector<page::Choice> all;
  for (const Field& field : table.fields())
    all.push_back({.value = field.name,
                   .label = name_of(field, language),
                   .chosen = std::ranges::find(shown, &field) != shown.end()});
  page::details(page, msg::preview_choose_columns(language), [&](Writer& inside) {
    page::Field field;
    field.name = "column";
    field.label = msg::preview_columns(language);
    page::checkboxes(inside, field, all);
  });
}

void version_control(Writer& page, const TablePage& table) {
  const auto versions = table.parts.tables.versions(table.table.id);
  if (!versions || versions->size() < 2) return;
  const Language language = table.visit.language;
  std::vector<page::Choice> all;
  constexpr std::size_t most_versions = 50;
  for (const datastore::Version& version : *versions) {
    if (all.size() == most_versions) break;
    const bool newest = all.empty();
    all.push_back({.value = newest ? "" : std::to_string(version.number),
                   .label = newest ? std::string(msg::preview_newest(language))
                                   : msg::preview_version(language, taiwan_date(version.made_at),
                                                          version.number),
                   .chosen = version.number == table.table.version.number});
  }
  page::Field field;
  field.name = "version";
  field.label = msg::preview_version_label(language);
  page::select(page, field, all);
}

// ------------------------------------------------------------------------------------- rows

void head(Writer& page, const TablePage& table, const Field& field) {
  const bool sorted = table.asked.sort == field.name;
  TableAsked other = table.asked;
  other.sort = field.name;
  other.down = sorted && !table.asked.down;
  const bool numeric = field.type == Type::integer || field.type == Type::number;
  page << "<th scope=\"col\" class=\"govuk-table__header"
       << when(numeric, " govuk-table__header--numeric") << "\"";
  page << when(sorted && !table.asked.down, " aria-sort=\"ascending\"")
       << when(sorted && table.asked.down, " aria-sort=\"descending\"")
       << "><a class=\"govuk-link mb-sort\" href=\"" << with_asked(table.url(), other) << "\">"
       << name_of(field, table.visit.language) << when(sorted && !table.asked.down, " ▲")
       << when(sorted && table.asked.down, " ▼") << "</a></th>";
}

/// As people write it: numbers in full, times with a space and without seconds that are none.
std::string cell_text(const Json& value, Type type) {
  if (value.is_null()) return "–";
  std::string text = page::value_text(value);
  if (type == Type::timestamp && text.size() >= 19 && text[10] == 'T') {
    text[10] = ' ';
    if (text.substr(16) == ":00") text.resize(16);
  }
  return shortened(std::move(text), longest_cell);
}

void row(Writer& page, const JsonArray& cells, const std::vector<const Field*>& columns) {
  page << "<tr class=\"govuk-table__row\">";
  for (std::size_t i = 0; i < columns.size() && i < cells.size(); ++i)
    page::cell(page, cell_text(cells[i], columns[i]->type),
               columns[i]->type == Type::integer || columns[i]->type == Type::number);
  page << "</tr>";
}

/// What GeoJSON needs.
bool has_places(const std::vector<Field>& fields) {
  const auto any = [&](auto&& is) { return std::ranges::any_of(fields, is); };
  return any([](const Field& field) { return field.type == Type::geometry; }) ||
         (any([](const Field& field) { return field.role == intake::Role::longitude; }) &&
          any([](const Field& field) { return field.role == intake::Role::latitude; }));
}

void code(Writer& page, std::string_view name, const std::string& text) {
  page << "<pre class=\"mb-code-block\" tabindex=\"0\" role=\"region\" aria-label=\"" << name
       << "\"><code>" << text << "</code></pre>";
}

}  // namespace

std::string name_of(const Field& field, Language language) {
  return column_name({.name = field.name, .label = field.label}, language);
}

namespace {

/// The file that the version on the page was read from, when it is kept.
void original_link(Writer& page, const TablePage& table) {
  const datastore::Version& version = table.table.version;
  if (!find(version.source, "original")) return;
  const Url url = Url::path({"datastore", "original", table.resource()})
                      .with("version", std::to_string(version.number));
  page << "<li><a class=\"govuk-link\" href=\"" << url << "\">"
       << msg::preview_original(table.visit.language, string_or(version.source, "name"))
       << "</a></li>";
}

}  // namespace

void condition_form(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  page << "<form method=\"get\" action=\"" << table.url()
       << "\" class=\"mb-conditions\"><details class=\"govuk-details\""
       << when(!table.asked.conditions.empty(), " open")
       << "><summary class=\"govuk-details__summary\"><span class=\"govuk-details__summary-text\">"
       << msg::preview_conditions(language)
       << "</span></summary><div class=\"govuk-details__text\">";
  int lists = 0;
  std::size_t written = 0;
  page << "<div class=\"mb-conditions__all\">";
  for (const Field& field : table.fields()) {
    const bool used = table.asked.on(field.name) != nullptr;
    if (field.type == Type::geometry || (written >= most_controls && !used)) continue;
    column_controls(page, table, field, lists);
    ++written;
  }
  page << "</div><div class=\"mb-conditions__more\">";
  sort_controls(page, table);
  version_control(page, table);
  page << "</div>";
  column_choice(page, table);
  page::button(page, {.text = std::string(msg::preview_apply(language)), .once = false});
  page << "</div></details></form>";
  if (table.asked.conditions.empty()) return;
  page << "<ul class=\"mb-chosen\">";
  for (std::size_t i = 0; i < table.asked.conditions.size(); ++i) {
    const ColumnCondition& one = table.asked.conditions[i];
    TableAsked without = table.asked;
    without.conditions.erase(without.conditions.begin() + static_cast<std::ptrdiff_t>(i));
    page << "<li><a class=\"mb-chosen__one\" href=\"" << with_asked(table.url(), without)
         << "\"><span>" << one.column << "</span> " << one.is << when(!one.has.empty(), " ~ ")
         << one.has << when(!one.from.empty() || !one.to.empty(), " ") << one.from
         << when(!one.from.empty() || !one.to.empty(), " – ") << one.to
         << "<span class=\"govuk-visually-hidden\">" << msg::open_remove(language)
         << "</span></a></li>";
  }
  page << "</ul>";
}

void rows_table(Writer& page, const TablePage& table, const datastore::Page& rows) {
  const Language language = table.visit.language;
  const auto columns = shown_columns(table.asked, table.fields());
  const auto records = parse_json(rows.records, {.max_bytes = 64u << 20, .max_depth = 4});
  if (columns.size() < table.fields().size())
    page::hint(page,
               msg::preview_some_columns(language, static_cast<std::int64_t>(table.fields().size()),
                                         static_cast<std::int64_t>(columns.size())));
  page << "<div class=\"mb-table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\""
       << msg::preview_table(language) << "\"><table class=\"govuk-table mb-rows\"><caption "
       << "class=\"govuk-visually-hidden\">" << table.title()
       << "</caption><thead class=\"govuk-table__head\"><tr class=\"govuk-table__row\">";
  for (const Field* field : columns) head(page, table, *field);
  page << "</tr></thead><tbody class=\"govuk-table__body\">";
  if (records && records->is_array())
    for (const Json& record : records->get_array())
      if (record.is_array()) row(page, record.get_array(), columns);
  page << "</tbody></table></div>";
  const std::int64_t pages = (rows.total.value_or(0) + rows_of_a_page - 1) / rows_of_a_page;
  page::pagination(page, language, {.current = table.asked.page, .count = static_cast<int>(pages)},
                   with_asked(table.url(), table.asked));
}

void ways_to_get(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  const std::string& origin = table.visit.site.config().origin;
  page::heading(page, 2, msg::preview_get(language));
  page::paragraph(page, msg::preview_get_text(language));
  page << "<ul class=\"mb-formats mb-formats--links\">";
  for (const auto& [format, words] : {std::pair{"csv", "CSV"},
                                      {"tsv", "TSV"},
                                      {"json", "JSON"},
                                      {"ndjson", "NDJSON"},
                                      {"xml", "XML"},
                                      {"geojson", "GeoJSON"},
                                      {"parquet", "Parquet"}}) {
    if (std::string_view(format) == "geojson" && !has_places(table.fields())) continue;
    page << "<li><a class=\"govuk-link\" href=\"" << dump_url(table.asked, table.resource(), format)
         << "\">" << std::string_view(words) << "</a></li>";
  }
  original_link(page, table);
  page << "</ul>";
  page::heading(page, 3, msg::preview_api(language), Size::s);
  page::paragraph(page, msg::preview_api_text(language));
  const std::string address = origin + std::string(api_url(table.asked, table.resource()).text());
  code(page, msg::preview_api_address(language), address);
  code(page, "curl", fmt::format("curl '{}'", address));
  page << "<ul class=\"govuk-list\"><li>";
  page::link(page, msg::preview_api_document(language),
             *Url::same_site(fmt::format("/datastore/openapi/{}.json", table.resource())));
  page << "</li><li>";
  page::link(page, msg::preview_api_all(language), table.visit.url({"developers", "open-data"}));
  page << "</li></ul>";
}

void dictionary(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  const std::vector<page::Column> columns{{std::string(msg::preview_field(language))},
                                          {std::string(msg::preview_about(language))},
                                          {std::string(msg::preview_type(language))},
                                          {std::string(msg::preview_least(language))},
                                          {std::string(msg::preview_most(language))},
                                          {std::string(msg::preview_empty(language)), true}};
  page::heading(page, 2, msg::preview_dictionary(language));
  const auto write = [&](Writer& into) {
    page::table(into, msg::preview_dictionary(language), columns,
                [&](Writer& rows) {
                  for (const Field& field : table.fields())
                    page::stacked_row(rows, columns, [&](page::Cells& cells) {
                      cells.head([&](Writer& cell) { cell << field.name; });
                      cells.add([&](Writer& cell) {
                        cell << field.label
                             << when(!field.label.empty() && !field.description.empty(), " · ")
                             << field.description;
                        if (!field.unit.empty()) cell << " (" << field.unit << ")";
                      });
                      cells.add(*msg::find_in_preview(
                          language, fmt::format("preview_type_{}", intake::to_string(field.type))));
                      cells.add(field.least);
                      cells.add(field.most);
                      cells.add(page::number_text(static_cast<double>(field.nulls)));
                    });
                },
                {.caption_hidden = true, .stacks = true});
  };
  constexpr std::size_t most_at_once = 15;
  if (table.fields().size() <= most_at_once) return write(page);
  page::details(page, msg::preview_fields(language, std::ssize(table.fields())), write);
}

}  // namespace minben::open
