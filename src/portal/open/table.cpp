// The page of one table: which rows, charts and maps of them, the rows, and how to get just these.
#include "table.hpp"

#include <fmt/format.h>

#include "live.hpp"
#include "messages/preview.hpp"
#include "page/numbers.hpp"

namespace minben::open {

namespace {

using catalogue::Status;
using datastore::Search;

constexpr std::size_t drawn_at_once = 2;

Result<datastore::Page> search_rows(const TablePage& table) {
  Search search;
  search.version = table.table.version.number;
  search.filters = filters_of(table.asked);
  search.q = words_of(table.asked);
  for (const auto* field : shown_columns(table.asked, table.fields()))
    search.fields.push_back(field->name);
  search.sort = sort_of(table.asked);
  search.limit = rows_of_a_page;
  search.offset = static_cast<std::int64_t>(table.asked.page - 1) * rows_of_a_page;
  search.format = datastore::RecordsFormat::lists;
  return table.parts.tables.search(table.table.id, search);
}

void facts(Writer& page, const TablePage& table, std::int64_t total) {
  const Language language = table.visit.language;
  const auto all = table.table.version.rows;
  page << "<p class=\"mb-count\" role=\"status\">"
       << (total == all
               ? msg::preview_all_rows(language, page::number_text(static_cast<double>(all)))
               : msg::preview_some_rows(language, page::number_text(static_cast<double>(all)),
                                        page::number_text(static_cast<double>(total))))
       << "</p>";
}

void embed_code(Writer& page, const TablePage& table, std::size_t number, const View& view) {
  const Language language = table.visit.language;
  const Url url = with_asked(table.visit.url({"embed", table.entry.dataset.name, table.resource()})
                                 .with("view", std::to_string(number)),
                             table.asked);
  page::details(page, msg::preview_embed(language), [&](Writer& inside) {
    page::paragraph(inside, msg::preview_embed_text(language));
    inside << "<pre class=\"mb-code-block\" tabindex=\"0\" role=\"region\" aria-label=\""
           << msg::preview_embed(language) << ": " << view.title.in(language) << "\"><code>"
           << fmt::format(
                  "<iframe src=\"{}{}\" title=\"{}\" width=\"100%\" height=\"640\" "
                  "loading=\"lazy\"></iframe>",
                  table.visit.site.config().origin, url.text(), view.title.in(language))
           << "</code></pre>";
  });
}

/// What cannot be drawn now is left out; the rows are what counts.
void drawings(Writer& page, const TablePage& table) {
  const Language language = table.visit.language;
  const std::vector<View> views = views_of(table.table.version);
  const RowsOf rows = table.rows();
  std::size_t drawn = 0;
  const auto write = [&](Writer& into, std::size_t i, const Drawing& drawing) {
    into << "<div class=\"mb-drawing\">";
    write_drawing(into, language, fmt::format("view{}", i), views[i], drawing);
    embed_code(into, table, i, views[i]);
    into << "</div>";
  };
  std::vector<std::pair<std::size_t, Drawing>> more;
  for (std::size_t i = 0; i < views.size(); ++i) {
    auto drawing = draw_view(rows, views[i], language);
    if (!drawing || !*drawing) continue;
    if (drawn == 0) {
      page::heading(page, 2, msg::preview_drawings(language));
      page << "<div class=\"mb-drawings\">";
    }
    if (drawn < drawn_at_once) write(page, i, **drawing);
    else more.emplace_back(i, std::move(**drawing));
    ++drawn;
  }
  if (drawn > 0) page << "</div>";
  if (more.empty()) return;
  page::details(page, msg::preview_more_drawings(language, static_cast<std::int64_t>(more.size())),
                [&](Writer& inside) {
                  inside << "<div class=\"mb-drawings\">";
                  for (const auto& [i, drawing] : more) write(inside, i, drawing);
                  inside << "</div>";
                });
}

/// The fault of a condition beside its control; others are the page's.
std::optional<page::ErrorLine> fault_of(const TablePage& table, const Error& error) {
  if (error.kind != Kind::invalid) return std::nullopt;
  const ColumnCondition* condition = table.asked.on(error.field);
  const std::string_view kind = condition == nullptr       ? "is"
                                : !condition->is.empty()   ? "is"
                                : !condition->from.empty() ? "from"
                                : !condition->to.empty()   ? "to"
                                                           : "has";
  return page::ErrorLine{
      .field = condition == nullptr ? std::string() : fmt::format("{}.{}", kind, error.field),
      .text = msg::preview_bad_value(table.visit.language, error.field)};
}

/// What has come since the last hour is on a page of its own.
void live_link(Writer& page, const TablePage& table) {
  const catalogue::DistributionId id = table.distribution().id;
  if (!is_live(table.parts, table.entry, id)) return;
  page << "<p class=\"govuk-body\">";
  live_mark(page, table.visit);
  page << " <a class=\"govuk-link\" href=\""
       << live_url(table.visit, table.entry.dataset.name, {id.value}) << "\">"
       << msg::live_more(table.visit.language) << "</a></p>";
}

Result<net::Response> show(const Parts& parts, Visit& visit) {
  MINBEN_TRY(table, table_page(parts, visit));
  const Language language = visit.language;
  // Forms send controls that were left empty: the address that people copy has none of them.
  if (has_empty_controls(visit.request.query))
    return page::redirect(with_asked(table.url(), table.asked));
  const auto rows = search_rows(table);
  const auto& dataset = table.entry.dataset;
  Frame made = frame(visit, table.title(), Section::datasets);
  made.wide = true;
  made.trail = {{std::string(msg::open_title(language)), search_url(visit)},
                {dataset.title.in(language), dataset_url(visit, dataset.name)},
                {table.distribution().title.empty() ? std::string(msg::preview_table(language))
                                                    : table.title(),
                 table.url()}};
  if (!rows) {
    const auto fault = fault_of(table, rows.error());
    if (!fault) return fail(rows.error());
    made.errors = {*fault};
  }
  return html_page(
      visit, made,
      [&](Writer& page) {
        page << "<h1 class=\"govuk-heading-l\">" << table.title() << "</h1>";
        live_link(page, table);
        condition_form(page, table);
        if (!rows) return;
        facts(page, table, rows->total.value_or(0));
        if (rows->total.value_or(0) > 0) drawings(page, table);
        page::heading(page, 2, msg::preview_table(language));
        rows_table(page, table, *rows);
        ways_to_get(page, table);
        dictionary(page, table);
      },
      rows ? 200 : 422);
}

Result<net::Response> embed(const Parts& parts, Visit& visit) {
  MINBEN_TRY(table, table_page(parts, visit));
  const Language language = visit.language;
  const std::vector<View> views = views_of(table.table.version);
  const auto number = parse_integer(visit.request.query.get("view"), 0, 99).value_or(0);
  if (number >= std::ssize(views)) return fail(Kind::not_found, "no_such_page");
  const View& view = views[static_cast<std::size_t>(number)];
  MINBEN_TRY(drawing, draw_view(table.rows(), view, language));
  const auto& dataset = table.entry.dataset;
  return page::embedded_page(visit, view.title.in(language), [&](Writer& page) {
    if (drawing) write_drawing(page, language, "view", view, *drawing);
    else page::paragraph(page, msg::preview_nothing(language));
    page << "<p class=\"mb-source\">" << msg::preview_source(language)
         << "<a class=\"govuk-link\" target=\"_blank\" rel=\"noopener\" href=\""
         << with_asked(table.url(), table.asked) << "\">" << dataset.title.in(language) << "</a>, "
         << publisher_name(parts, visit, dataset.publisher) << " · "
         << licence_name(dataset.licence, language) << "</p>";
  });
}

}  // namespace

std::string TablePage::title() const {
  const std::string& own = distribution().title.in(visit.language);
  return own.empty() ? entry.dataset.title.in(visit.language) : own;
}

RowsOf TablePage::rows() const {
  return {.store = parts.tables,
          .atlas = parts.atlas,
          .table = table.id,
          .version = table.version.number,
          .fields = table.version.fields,
          .filters = filters_of(asked),
          .q = words_of(asked)};
}

Result<TablePage> table_page(const Parts& parts, Visit& visit) {
  MINBEN_TRY(entry, entry_of(parts, visit));
  if (entry.status != Status::published) return fail(Kind::not_found, "no_such_table");
  MINBEN_TRY(id, visit.id<catalogue::DistributionId>("distribution"));
  const auto& all = entry.dataset.distributions;
  const auto found = std::ranges::find(all, id, &catalogue::Distribution::id);
  if (found == all.end()) return fail(Kind::not_found, "no_such_table");
  const auto index = static_cast<std::size_t>(found - all.begin());
  MINBEN_TRY(table_id, visit.id<datastore::TableId>("distribution"));
  std::optional<int> version;
  if (const auto asked = parse_integer(visit.request.query.get("version"), 1, INT32_MAX))
    version = static_cast<int>(*asked);
  MINBEN_TRY(table, parts.tables.info(table_id, version));
  TableAsked asked = read_table_asked(visit.request.query, table.version.fields);
  return TablePage{.parts = parts,
                   .visit = visit,
                   .entry = std::move(entry),
                   .index = index,
                   .table = std::move(table),
                   .asked = std::move(asked)};
}

void add_table(Pages& pages) {
  pages.get("/datasets/{name}/tables/{distribution}", page::access::anyone, show);
}
void add_embedded(Pages& pages) {
  pages.get("/embed/{name}/{distribution}", page::access::anyone, embed);
}

}  // namespace minben::open
