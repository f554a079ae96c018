#include "checked_sql.hpp"

#include <algorithm>
#include <map>

#include "output_names.hpp"
#include "sql_lists.hpp"

namespace minben::columnar {

namespace {

constexpr milliseconds parse_time{2000};
constexpr double cell_bytes = 64;  ///< a constant of so many bytes counts as one cell

/// Empty when there is no such text.
std::string_view text_of(const JsonObject& object, std::string_view name) {
  const Json* found = object.if_contains(name);
  if (found == nullptr || !found->is_string()) return {};
  return found->get_string();
}

bool is_empty(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_bool()) return !value.get_bool();
  if (value.is_string()) return value.get_string().empty();
  if (value.is_array()) return value.get_array().empty();
  return value.is_object() && value.get_object().empty();
}

/// Names of common table expressions are plain, so that one that is out of its scope cannot be
/// taken for a file.
bool is_plain_name(std::string_view name) {
  if (name.empty() || name.size() > 63) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  });
}

std::unexpected<Error> refuse(std::string_view what, std::string_view which = {}) {
  return fail(Kind::invalid, "not_allowed",
              fmt::format("{}{}{} is not allowed here", what, which.empty() ? "" : " ", which));
}

std::unexpected<Error> too_much(std::string_view bound, std::size_t most) {
  return fail(Kind::too_large, "query_too_large", fmt::format("at most {} {}", most, bound));
}

/// Walks the tree. What each part returns is its growth: how many times longer than a cell of a
/// table its text may be.
class Walk {
 public:
  Walk(const std::function<bool(std::string_view)>& is_table, const SqlLimits& limits)
      : is_table_(is_table), limits_(limits) {}

  Result<double> query(const Json& value) {
    const JsonObject* object = value.if_object();
    if (object == nullptr || object->size() != 2) return refuse("this query");
    const Json* parameters = object->if_contains("named_param_map");
    if (parameters == nullptr || !is_empty(*parameters)) return refuse("a parameter");
    const Json* inner = object->if_contains("node");
    if (inner == nullptr) return refuse("this query");
    return node(*inner);
  }
  [[nodiscard]] std::vector<std::string> tables() const { return tables_; }

 private:
  using Scope = std::map<std::string, double>;  ///< common table expressions and their growths

  Result<double> node(const Json& value);
  Result<double> table(const Json& value);
  Result<double> base_table(const JsonObject& object);
  Result<double> expression(const Json& value);
  Result<void> named_parts(const JsonObject& object, std::string_view sort);
  Result<double> growth_of(const JsonObject& object, std::string_view sort, double most,
                           double sum) const;
  Result<void> ctes(const Json& value);
  Result<void> modifiers(const Json& value);
  Result<double> orders(const Json& value);
  Result<double> cases(const Json& value);
  Result<double> member(const Json& value, Is is);
  Result<double> list(const Json& value, Result<double> (Walk::*one)(const Json&));
  Result<void> count();

  struct Sizes {
    double most = 0;
    double sum = 0;
    double selected = 0;  ///< of the select list
  };
  /// Looks at all members; one that is not known is refused, so is one that is missing.
  Result<Sizes> members(const JsonObject& object, std::span<const Member> known,
                        std::span<const std::string_view> besides);

  const std::function<bool(std::string_view)>& is_table_;
  const SqlLimits& limits_;
  Scope scope_;
  double source_ = 1;  ///< growth of the tables that columns may come from
  double last_list_ = 0;
  std::size_t nodes_ = 0;
  std::size_t joined_ = 0;
  std::vector<std::string> tables_;
};

Result<void> Walk::count() {
  if (++nodes_ > limits_.max_nodes) return too_much("parts of a query", limits_.max_nodes);
  return {};
}

Result<Walk::Sizes> Walk::members(const JsonObject& object, std::span<const Member> known,
                                  std::span<const std::string_view> besides) {
  MINBEN_CHECK(count());
  for (const auto& one : object) {
    const std::string_view name = one.key();
    if (std::ranges::find(besides, name) == besides.end() &&
        std::ranges::find(known, name, &Member::name) == known.end())
      return refuse("this form of query: it has", name);
  }
  Sizes sizes;
  for (const Member& one : known) {
    const Json* value = object.if_contains(one.name);
    if (value == nullptr) return refuse("this form of query: it lacks", one.name);
    MINBEN_TRY(growth, member(*value, one.is));
    if (one.is == Is::table) source_ = std::max(source_, growth);
    if (one.name == "select_list") sizes.selected = growth;
    sizes.most = std::max(sizes.most, growth);
    sizes.sum += one.is == Is::expressions ? last_list_ : growth;
  }
  return sizes;
}

Result<double> Walk::member(const Json& value, Is is) {
  switch (is) {
    case Is::fine:
      return 0;
    case Is::empty:
      if (!is_empty(value)) return refuse("this form of query");
      return 0;
    case Is::expression:
      if (value.is_null()) return 0;
      return expression(value);
    case Is::expressions:
      return list(value, &Walk::expression);
    case Is::table:
      return table(value);
    case Is::node:
      return node(value);
    case Is::query:
      return query(value);
    case Is::orders:
      return orders(value);
    case Is::cases:
      return cases(value);
    case Is::ctes:
      MINBEN_CHECK(ctes(value));
      return 0;
    case Is::modifiers:
      MINBEN_CHECK(modifiers(value));
      return 0;
    case Is::group_sets:
      if (!value.is_array()) return refuse("this grouping");
      if (value.get_array().size() > limits_.max_group_sets)
        return too_much("grouping sets", limits_.max_group_sets);
      return 0;
    case Is::schema:
      if (!is_empty(value) && value != "main") return refuse("the name of a schema");
      return 0;
    case Is::order_modifier: {
      const JsonObject* object = value.if_object();
      const Json* inner = object == nullptr ? nullptr : object->if_contains("orders");
      if (inner == nullptr || object->size() != 2 || !is_empty(*inner))
        return refuse("an order within a function");
      return 0;
    }
    case Is::cast_type: {
      const JsonObject* object = value.if_object();
      if (object == nullptr || object->size() != 2 || !allowed_type(text_of(*object, "id")))
        return refuse("a cast to this type");
      return 0;
    }
  }
  return refuse("this form of query");
}

Result<double> Walk::list(const Json& value, Result<double> (Walk::*one)(const Json&)) {
  if (!value.is_array()) return refuse("this form of query");
  double most = 0;
  double sum = 0;
  for (const Json& item : value.get_array()) {
    MINBEN_TRY(growth, (this->*one)(item));
    most = std::max(most, growth);
    sum += growth;
  }
  last_list_ = sum;
  return most;
}

Result<double> Walk::node(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr) return refuse("this query");
  const std::string_view type = text_of(*object, "type");
  const auto known = members_of_node(type);
  if (known.empty()) return refuse("this kind of query:", type);
  // What a node names is known to it and to what is inside it.
  const Scope outer = scope_;
  const double outer_source = source_;
  static constexpr std::array<std::string_view, 1> besides{"type"};
  const auto sizes = members(*object, known, besides);
  scope_ = outer;
  source_ = outer_source;
  if (!sizes) return std::unexpected(sizes.error());
  return std::max(1.0, type == "SELECT_NODE" ? sizes->selected : sizes->most);
}

Result<double> Walk::table(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr) return refuse("this table");
  const std::string_view type = text_of(*object, "type");
  const auto known = members_of_table(type);
  if (known.empty()) return refuse("a table of the kind", type);
  if (type != "EMPTY" && type != "JOIN" && ++joined_ > limits_.max_tables)
    return too_much("tables in one query", limits_.max_tables);
  const Json* sample = object->if_contains("sample");
  if (sample == nullptr || !is_empty(*sample)) return refuse("a sample");
  static constexpr std::array<std::string_view, 4> besides{"type", "alias", "sample",
                                                           "query_location"};
  MINBEN_TRY(sizes, members(*object, known, besides));
  if (type == "BASE_TABLE") return base_table(*object);
  return std::max(1.0, sizes.most);
}

Result<double> Walk::base_table(const JsonObject& object) {
  const std::string name(text_of(object, "table_name"));
  if (const auto found = scope_.find(to_lower_ascii(name)); found != scope_.end())
    return found->second;
  if (!is_table_(name))
    return fail(Kind::not_found, "no_such_table", "there is no such table", name);
  if (std::ranges::find(tables_, name) == tables_.end()) tables_.push_back(name);
  return 1;
}

Result<double> Walk::expression(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr) return refuse("this expression");
  const std::string_view sort = text_of(*object, "class");
  const auto known = members_of_expression(sort);
  if (known.empty()) return refuse("an expression of the kind", sort);
  MINBEN_CHECK(named_parts(*object, sort));
  static constexpr std::array<std::string_view, 4> besides{"class", "type", "alias",
                                                           "query_location"};
  MINBEN_TRY(sizes, members(*object, known, besides));
  MINBEN_TRY(growth, growth_of(*object, sort, sizes.most, sizes.sum));
  if (growth > limits_.max_growth)
    return fail(Kind::too_large, "query_too_large", "the texts that it joins become too long");
  return growth;
}

Result<void> Walk::named_parts(const JsonObject& object, std::string_view sort) {
  if (sort == "FUNCTION" || sort == "WINDOW") {
    const std::string_view name = text_of(object, "function_name");
    if (!allowed_function(name)) return refuse("the function", name);
  }
  if (sort == "OPERATOR") {
    const std::string_view type = text_of(object, "type");
    if (!allowed_operator(type)) return refuse("the operator", type);
  }
  return {};
}

Result<double> Walk::growth_of(const JsonObject& object, std::string_view sort, double most,
                               double sum) const {
  if (sort == "COLUMN_REF" || sort == "STAR") return source_;
  if (sort == "CONSTANT") {
    const Json* value = object.if_contains("value");
    const Json* inner = value->is_object() ? value->get_object().if_contains("value") : nullptr;
    return inner != nullptr && inner->is_string()
               ? static_cast<double>(inner->get_string().size()) / cell_bytes
               : 0;
  }
  if (sort != "FUNCTION") return most;
  const std::string_view name = text_of(object, "function_name");
  if (!joins_texts(name)) return most;
  // Each character may become a whole replacement, or a whole name of a day.
  if (name == "replace" || name == "strftime") return most * (1 + sum * cell_bytes);
  return sum;
}

Result<void> Walk::ctes(const Json& value) {
  const JsonObject* object = value.if_object();
  const Json* map = object == nullptr ? nullptr : object->if_contains("map");
  if (map == nullptr || object->size() != 1 || !map->is_array()) return refuse("this WITH");
  for (const Json& one : map->get_array()) {
    const JsonObject* pair = one.if_object();
    const Json* inner = pair == nullptr ? nullptr : pair->if_contains("value");
    if (inner == nullptr || pair->size() != 2 || !inner->is_object()) return refuse("this WITH");
    const std::string_view name = text_of(*pair, "key");
    if (!is_plain_name(name) || is_table_(name))
      return refuse("a name in WITH that is not plain:", name);
    static constexpr std::array known{Member{"query", Is::query}, Member{"aliases", Is::fine},
                                      Member{"key_targets", Is::empty}};
    static constexpr std::array<std::string_view, 1> besides{"materialized"};
    MINBEN_TRY(sizes, members(inner->get_object(), known, besides));
    scope_[to_lower_ascii(name)] = std::max(1.0, sizes.most);
  }
  return {};
}

Result<void> Walk::modifiers(const Json& value) {
  if (!value.is_array()) return refuse("this form of query");
  for (const Json& one : value.get_array()) {
    const JsonObject* object = one.if_object();
    if (object == nullptr) return refuse("this form of query");
    const std::string_view type = text_of(*object, "type");
    const auto known = members_of_modifier(type);
    if (known.empty()) return refuse("the modifier", type);
    static constexpr std::array<std::string_view, 1> besides{"type"};
    MINBEN_CHECK(members(*object, known, besides));
  }
  return {};
}

Result<double> Walk::orders(const Json& value) {
  if (!value.is_array()) return refuse("this order");
  double most = 0;
  for (const Json& one : value.get_array()) {
    if (!one.is_object()) return refuse("this order");
    static constexpr std::array known{Member{"expression", Is::expression}};
    static constexpr std::array<std::string_view, 2> besides{"type", "null_order"};
    MINBEN_TRY(sizes, members(one.get_object(), known, besides));
    most = std::max(most, sizes.most);
  }
  return most;
}

Result<double> Walk::cases(const Json& value) {
  if (!value.is_array()) return refuse("this CASE");
  double most = 0;
  for (const Json& one : value.get_array()) {
    if (!one.is_object()) return refuse("this CASE");
    static constexpr std::array known{Member{"when_expr", Is::expression},
                                      Member{"then_expr", Is::expression}};
    MINBEN_TRY(sizes, members(one.get_object(), known, {}));
    most = std::max(most, sizes.most);
  }
  return most;
}

/// What has to be known before the engine's parser may see it.
Result<void> check_text(std::string_view sql, const SqlLimits& limits) {
  if (sql.size() > limits.max_bytes) return too_much("bytes of SQL", limits.max_bytes);
  if (!is_utf8(sql)) return fail(Kind::invalid, "bad_query", "the text is not UTF-8");
  if (sql.find('\0') != sql.npos) return fail(Kind::invalid, "bad_query", "a NUL character");
  std::size_t depth = 0;
  for (const char c : sql) {
    if (c == '(' || c == '[' || c == '{') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth > 0) --depth;
    if (depth > limits.max_nesting) return too_much("nested parentheses", limits.max_nesting);
  }
  // The engine's tree has such a query several times, and those inside it again.
  if (to_lower_ascii(sql).find("materialized") != std::string::npos) return refuse("MATERIALIZED");
  return {};
}

/// The tree of the only statement.
Result<Json> parse(Connection& connection, std::string_view sql, const SqlLimits& limits) {
  const std::array<Value, 1> params{std::string(sql)};
  MINBEN_TRY(rows, connection.query("select json_serialize_sql($1::varchar)", params, parse_time));
  MINBEN_TRY(chunk, rows.next());
  if (chunk == nullptr || chunk->rows != 1) return refuse("this query");
  const std::string_view text = chunk->columns[0].text(0);
  auto tree = parse_json(text, {limits.max_nodes * 4096, 600});
  // To its end: now and then the engine keeps some memory of a stream that is given up.
  MINBEN_CHECK(rows.next());
  if (!tree || !tree->is_object()) return too_much("parts of a query", limits.max_nodes);
  const JsonObject& answer = tree->get_object();
  if (const Json* error = answer.if_contains("error");
      error == nullptr || error->is_bool() == false)
    return refuse("this query");
  if (answer.at("error").get_bool())
    return fail(Kind::invalid, "bad_query", text_of(answer, "error_message"));
  const Json* statements = answer.if_contains("statements");
  if (statements == nullptr || !statements->is_array() || statements->get_array().size() != 1)
    return refuse("anything but one SELECT");
  return statements->get_array().front();
}

}  // namespace

Result<CheckedSql> check_sql(Connection& connection, std::string_view sql,
                             const std::function<bool(std::string_view)>& is_table,
                             const SqlLimits& limits) {
  MINBEN_CHECK(check_text(sql, limits));
  MINBEN_TRY(statement, parse(connection, sql, limits));
  Walk walk(is_table, limits);
  MINBEN_CHECK(walk.query(statement));
  return CheckedSql{std::string(sql), walk.tables(), output_names(statement)};
}

}  // namespace minben::columnar
