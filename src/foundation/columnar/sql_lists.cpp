#include "sql_lists.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "checked_sql.hpp"

namespace minben::columnar {

namespace {

using enum Is;
using Nodes = std::map<std::string_view, std::vector<Member>>;

std::span<const Member> look_up(const Nodes& nodes, std::string_view name) {
  const auto found = nodes.find(name);
  if (found == nodes.end()) return {};
  return found->second;
}

const Nodes& nodes() {
  static const Nodes list{
      {"SELECT_NODE",
       {{"cte_map", ctes},
        {"from_table", table},
        {"where_clause", expression},
        {"group_expressions", expressions},
        {"group_sets", group_sets},
        {"aggregate_handling", fine},
        {"having", expression},
        {"sample", empty},
        {"qualify", expression},
        {"select_list", expressions},
        {"modifiers", modifiers}}},
      {"SET_OPERATION_NODE",
       {{"cte_map", ctes},
        {"setop_type", fine},
        {"setop_all", fine},
        {"left", node},
        {"right", node},
        {"children", empty},
        {"modifiers", modifiers}}},
  };
  return list;
}

const Nodes& tables() {
  static const Nodes list{
      {"BASE_TABLE",
       {{"table_name", fine},
        {"schema_name", empty},
        {"catalog_name", empty},
        {"at_clause", empty},
        {"column_name_alias", fine}}},
      {"JOIN",
       {{"left", table},
        {"right", table},
        {"condition", expression},
        {"join_type", fine},
        {"ref_type", fine},
        {"using_columns", fine},
        {"delim_flipped", empty},
        {"duplicate_eliminated_columns", empty}}},
      {"SUBQUERY", {{"subquery", query}, {"column_name_alias", fine}}},
      {"EMPTY", {{"query_location", fine}}},
  };
  return list;
}

const Nodes& modifier_nodes() {
  static const Nodes list{
      {"LIMIT_MODIFIER", {{"limit", expression}, {"offset", expression}}},
      {"ORDER_MODIFIER", {{"orders", orders}}},
      {"DISTINCT_MODIFIER", {{"distinct_on_targets", expressions}}},
  };
  return list;
}

const Nodes& expression_nodes() {
  static const Nodes list{
      {"COLUMN_REF", {{"column_names", fine}}},
      {"CONSTANT", {{"value", fine}}},
      {"COMPARISON", {{"left", expression}, {"right", expression}}},
      {"CONJUNCTION", {{"children", expressions}}},
      {"OPERATOR", {{"children", expressions}}},
      {"BETWEEN", {{"input", expression}, {"lower", expression}, {"upper", expression}}},
      {"CASE", {{"case_checks", cases}, {"else_expr", expression}}},
      {"CAST", {{"child", expression}, {"cast_type", cast_type}, {"try_cast", fine}}},
      {"SUBQUERY",
       {{"subquery_type", fine},
        {"subquery", query},
        {"child", expression},
        {"comparison_type", fine}}},
      {"STAR",
       {{"relation_name", fine},
        {"exclude_list", fine},
        {"qualified_exclude_list", fine},
        {"replace_list", empty},
        {"rename_list", empty},
        {"columns", empty},
        {"expr", empty}}},
      {"FUNCTION",
       {{"function_name", fine},
        {"schema", schema},
        {"catalog", empty},
        {"children", expressions},
        {"filter", expression},
        {"order_bys", order_modifier},
        {"distinct", fine},
        {"is_operator", fine},
        {"export_state", empty}}},
      {"WINDOW",
       {{"function_name", fine},
        {"schema", schema},
        {"catalog", empty},
        {"children", expressions},
        {"partitions", expressions},
        {"orders", orders},
        {"start", fine},
        {"end", fine},
        {"start_expr", expression},
        {"end_expr", expression},
        {"offset_expr", expression},
        {"default_expr", expression},
        {"ignore_nulls", fine},
        {"filter_expr", expression},
        {"exclude_clause", fine},
        {"distinct", fine},
        {"arg_orders", empty}}},
  };
  return list;
}

/// Sorted. None reads anything but its arguments, and none makes a text of a length that a number
/// chooses (repeat, lpad, format) or that grows with the rows (string_agg, list).
constexpr std::array<std::string_view, 130> functions{"!~~",
                                                      "!~~*",
                                                      "%",
                                                      "*",
                                                      "**",
                                                      "+",
                                                      "-",
                                                      "/",
                                                      "//",
                                                      "^",
                                                      "abs",
                                                      "acos",
                                                      "approx_count_distinct",
                                                      "asin",
                                                      "atan",
                                                      "atan2",
                                                      "avg",
                                                      "bit_length",
                                                      "bool_and",
                                                      "bool_or",
                                                      "cbrt",
                                                      "ceil",
                                                      "ceiling",
                                                      "char_length",
                                                      "character_length",
                                                      "concat",
                                                      "contains",
                                                      "corr",
                                                      "cos",
                                                      "cot",
                                                      "count",
                                                      "count_star",
                                                      "covar_pop",
                                                      "covar_samp",
                                                      "cume_dist",
                                                      "date_diff",
                                                      "date_part",
                                                      "date_sub",
                                                      "date_trunc",
                                                      "datediff",
                                                      "datepart",
                                                      "datetrunc",
                                                      "day",
                                                      "dayofweek",
                                                      "dayofyear",
                                                      "degrees",
                                                      "dense_rank",
                                                      "ends_with",
                                                      "epoch",
                                                      "exp",
                                                      "first_value",
                                                      "floor",
                                                      "greatest",
                                                      "hour",
                                                      "ifnull",
                                                      "isfinite",
                                                      "isnan",
                                                      "isodow",
                                                      "isoyear",
                                                      "lag",
                                                      "last_day",
                                                      "last_value",
                                                      "lcase",
                                                      "lead",
                                                      "least",
                                                      "left",
                                                      "length",
                                                      "ln",
                                                      "log",
                                                      "log10",
                                                      "log2",
                                                      "lower",
                                                      "ltrim",
                                                      "make_date",
                                                      "max",
                                                      "mean",
                                                      "min",
                                                      "minute",
                                                      "mod",
                                                      "month",
                                                      "ntile",
                                                      "nullif",
                                                      "percent_rank",
                                                      "pi",
                                                      "position",
                                                      "pow",
                                                      "power",
                                                      "prefix",
                                                      "quarter",
                                                      "radians",
                                                      "rank",
                                                      "regexp_full_match",
                                                      "regexp_matches",
                                                      "replace",
                                                      "right",
                                                      "round",
                                                      "row_number",
                                                      "rtrim",
                                                      "second",
                                                      "sign",
                                                      "sin",
                                                      "sqrt",
                                                      "starts_with",
                                                      "stddev",
                                                      "stddev_pop",
                                                      "stddev_samp",
                                                      "strftime",
                                                      "strpos",
                                                      "substr",
                                                      "substring",
                                                      "suffix",
                                                      "sum",
                                                      "tan",
                                                      "to_days",
                                                      "to_months",
                                                      "to_seconds",
                                                      "to_years",
                                                      "trim",
                                                      "trunc",
                                                      "ucase",
                                                      "upper",
                                                      "var_pop",
                                                      "var_samp",
                                                      "variance",
                                                      "week",
                                                      "year",
                                                      "yearweek",
                                                      "||",
                                                      "~~",
                                                      "~~*"};

constexpr std::array<std::string_view, 7> operators{
    "COMPARE_IN",           "COMPARE_NOT_IN",   "GROUPING_FUNCTION", "OPERATOR_COALESCE",
    "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NULL", "OPERATOR_NOT"};

constexpr std::array<std::string_view, 18> types{"BIGINT",
                                                 "BOOLEAN",
                                                 "DATE",
                                                 "DECIMAL",
                                                 "DOUBLE",
                                                 "FLOAT",
                                                 "HUGEINT",
                                                 "INTEGER",
                                                 "INTERVAL",
                                                 "SMALLINT",
                                                 "TIME",
                                                 "TIMESTAMP",
                                                 "TIMESTAMP WITH TIME ZONE",
                                                 "TINYINT",
                                                 "UBIGINT",
                                                 "UINTEGER",
                                                 "USMALLINT",
                                                 "VARCHAR"};

bool in(auto& list, std::string_view name) { return std::ranges::find(list, name) != list.end(); }

}  // namespace

std::span<const Member> members_of_node(std::string_view type) { return look_up(nodes(), type); }
std::span<const Member> members_of_table(std::string_view type) { return look_up(tables(), type); }
std::span<const Member> members_of_modifier(std::string_view type) {
  return look_up(modifier_nodes(), type);
}
std::span<const Member> members_of_expression(std::string_view sort) {
  return look_up(expression_nodes(), sort);
}

bool allowed_function(std::string_view name) { return in(functions, name); }
bool allowed_operator(std::string_view type) { return in(operators, type); }
bool allowed_type(std::string_view id) { return in(types, id); }

bool joins_texts(std::string_view function) {
  return function == "||" || function == "concat" || function == "replace" ||
         function == "strftime";
}

std::vector<std::string_view> allowed_functions() { return {functions.begin(), functions.end()}; }

}  // namespace minben::columnar
