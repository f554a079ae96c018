#include "output_names.hpp"

namespace minben::columnar {

namespace {

std::string name_of(const Json& expression) {
  const std::string sort = string_or(expression, "class");
  if (sort == "CASE") return "case";
  if (sort == "OPERATOR" && string_or(expression, "type") == "OPERATOR_COALESCE") return "coalesce";
  if (sort == "CAST") {
    const Json* child = find(expression, "child");
    if (child == nullptr) return {};
    if (string_or(*child, "class") != "COLUMN_REF") return name_of(*child);
    const Json* steps = find(*child, "column_names");
    if (steps == nullptr || !steps->is_array() || steps->get_array().empty()) return {};
    const Json& last = steps->get_array().back();
    return last.is_string() ? std::string(last.get_string()) : std::string{};
  }
  if (sort != "FUNCTION" && sort != "WINDOW") return {};
  if (const Json* sign = find(expression, "is_operator"); sign != nullptr && *sign == Json(true))
    return {};
  const std::string function = string_or(expression, "function_name");
  return function == "count_star" ? "count" : function;
}

/// The one whose select list names the columns: of a union, the first.
const Json* naming_node(const Json* node) {
  while (node != nullptr && string_or(*node, "type") == "SET_OPERATION_NODE")
    node = find(*node, "left");
  return node;
}

}  // namespace

std::vector<std::string> output_names(const Json& query) {
  const Json* node = naming_node(find(query, "node"));
  const Json* list = node == nullptr ? nullptr : find(*node, "select_list");
  if (list == nullptr || !list->is_array()) return {};
  std::vector<std::string> names;
  for (const Json& item : list->get_array()) {
    if (!item.is_object() || string_or(item, "class") == "STAR") return {};
    names.push_back(string_or(item, "alias").empty() ? name_of(item) : std::string{});
  }
  return names;
}

}  // namespace minben::columnar
