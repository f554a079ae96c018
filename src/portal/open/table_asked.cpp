#include "table_asked.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "page/slices.hpp"

namespace minben::open {

namespace {

using datastore::Field;

constexpr std::size_t most_conditions = 20;
constexpr std::size_t longest_value = 500;
constexpr std::size_t first_columns = 12;

bool is_range(const ColumnCondition& condition) {
  return !condition.from.empty() || !condition.to.empty();
}

bool known(std::span<const Field> fields, std::string_view name) {
  return std::ranges::find(fields, name, &Field::name) != fields.end();
}

std::string asked_value(const net::Form& query, std::string_view kind, const Field& field) {
  const std::string_view value = trim(query.get(fmt::format("{}.{}", kind, field.name)));
  return std::string(value.size() <= longest_value && is_utf8(value) ? value : std::string_view());
}

/// The name as sort orders have it.
std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += c;
    text += c;
  }
  return text + '"';
}

}  // namespace

const ColumnCondition* TableAsked::on(std::string_view column) const {
  const auto found = std::ranges::find(conditions, column, &ColumnCondition::column);
  return found == conditions.end() ? nullptr : &*found;
}

TableAsked read_table_asked(const net::Form& query, std::span<const Field> fields) {
  TableAsked asked;
  for (const Field& field : fields) {
    ColumnCondition condition{.column = field.name,
                              .is = asked_value(query, "is", field),
                              .has = asked_value(query, "has", field),
                              .from = asked_value(query, "from", field),
                              .to = asked_value(query, "to", field)};
    if (condition.is.empty() && condition.has.empty() && !is_range(condition)) continue;
    if (asked.conditions.size() < most_conditions) asked.conditions.push_back(std::move(condition));
  }
  for (const std::string_view column : query.all("column"))
    if (known(fields, column)) asked.columns.emplace_back(column);
  if (const auto sort = query.get("sort"); known(fields, sort)) asked.sort = sort;
  asked.down = query.get("down") == "1";
  if (const auto version = parse_integer(query.get("version"), 1, INT32_MAX))
    asked.version = static_cast<int>(*version);
  asked.page = page::asked_page(query, 10'000'000);
  return asked;
}

bool has_empty_controls(const net::Form& query) {
  return std::ranges::any_of(query.fields(),
                             [](const auto& field) { return field.second.empty(); });
}

Url with_asked(Url url, const TableAsked& asked) {
  const auto add = [&](std::string_view kind, const std::string& column, const std::string& value) {
    if (!value.empty()) url = url.with(fmt::format("{}.{}", kind, column), value);
  };
  for (const ColumnCondition& condition : asked.conditions) {
    add("is", condition.column, condition.is);
    add("has", condition.column, condition.has);
    add("from", condition.column, condition.from);
    add("to", condition.column, condition.to);
  }
  for (const std::string& column : asked.columns) url = url.with("column", column);
  if (!asked.sort.empty()) url = url.with("sort", asked.sort);
  if (asked.down) url = url.with("down", "1");
  if (asked.version) url = url.with("version", std::to_string(*asked.version));
  return url;
}

Json filters_of(const TableAsked& asked) {
  JsonObject filters;
  JsonArray more;  // a second condition on a column that has one
  for (const ColumnCondition& condition : asked.conditions) {
    if (!condition.is.empty()) filters[condition.column] = condition.is;
    if (!is_range(condition)) continue;
    JsonObject range;
    if (!condition.from.empty()) range["gte"] = condition.from;
    if (!condition.to.empty()) range["lte"] = condition.to;
    if (condition.is.empty()) filters[condition.column] = std::move(range);
    else more.push_back(JsonObject{{condition.column, std::move(range)}});
  }
  if (!more.empty()) filters["$and"] = std::move(more);
  return filters;
}

Json words_of(const TableAsked& asked) {
  JsonObject words;
  for (const ColumnCondition& condition : asked.conditions)
    if (!condition.has.empty()) words[condition.column] = condition.has;
  return words.empty() ? Json(nullptr) : Json(std::move(words));
}

std::string sort_of(const TableAsked& asked) {
  return asked.sort.empty() ? "" : in_quotes(asked.sort) + (asked.down ? " desc" : " asc");
}

std::vector<const Field*> shown_columns(const TableAsked& asked, std::span<const Field> fields) {
  std::vector<const Field*> shown;
  for (const Field& field : fields) {
    const bool chosen = asked.columns.empty()
                            ? shown.size() < first_columns && field.type != intake::Type::geometry
                            : std::ranges::find(asked.columns, field.name) != asked.columns.end();
    if (chosen) shown.push_back(&field);
  }
  return shown;
}

namespace {

/// What CKAN's calls have in common.
Url with_question(Url url, const TableAsked& asked) {
  if (const Json filters = filters_of(asked); !filters.get_object().empty())
    url = url.with("filters", write_json(filters));
  if (const Json words = words_of(asked); !words.is_null()) url = url.with("q", write_json(words));
  if (!asked.columns.empty())
    url = url.with("fields", fmt::format("{}", fmt::join(asked.columns, ",")));
  if (!asked.sort.empty()) url = url.with("sort", sort_of(asked));
  if (asked.version) url = url.with("version", std::to_string(*asked.version));
  return url;
}

}  // namespace

Url api_url(const TableAsked& asked, std::string_view resource) {
  return with_question(
      Url::path({"api", "3", "action", "datastore_search"}).with("resource_id", resource), asked);
}

Url dump_url(const TableAsked& asked, std::string_view resource, std::string_view format) {
  return with_question(Url::path({"datastore", "dump", resource}).with("format", format), asked);
}

}  // namespace minben::open
