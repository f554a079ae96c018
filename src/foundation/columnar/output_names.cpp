#include "output_names.hpp"

namespace minben::columnar {

namespace {

std::string_view text_of(const JsonObject& object, std::string_view name) {
  const Json* found = object.if_contains(name);
  return found != nullptr && found->is_string() ? std::string_view(found->get_string())
                                                : std::string_view{};
}

const JsonObject* object_of(const JsonObject& object, std::string_view name) {
  const Json* found = object.if_contains(name);
  return found == nullptr ? nullptr : found->if_object();
}

std::string name_of(const JsonObject& expression) {
  const std::string_view sort = text_of(expression, "class");
  if (sort == "CASE") return "case";
  if (sort == "OPERATOR" && text_of(expression, "type") == "OPERATOR_COALESCE") return "coalesce";
  if (sort == "CAST") {
    const JsonObject* child = object_of(expression, "child");
    if (child == nullptr) return {};
    if (text_of(*child, "class") != "COLUMN_REF") return name_of(*child);
    const Json* steps = child->if_contains("column_names");
    if (steps == nullptr || !steps->is_array() || steps->get_array().empty()) return {};
    const Json& last = steps->get_array().back();
    return last.is_string() ? std::string(last.get_string()) : std::string{};
  }
  if (sort != "FUNCTION" && sort != "WINDOW") return {};
  if (const Json* sign = expression.if_contains("is_operator");
      sign != nullptr && sign->is_bool() && sign->get_bool())
    return {};
  const std::string_view function = text_of(expression, "function_name");
  return std::string(function == "count_star" ? "count" : function);
}

/// The one whose select list names the columns: of a union, the first.
const JsonObject* naming_node(const JsonObject* node) {
  while (node != nullptr && text_of(*node, "type") == "SET_OPERATION_NODE")
    node = object_of(*node, "left");
  return node;
}

}  // namespace

std::vector<std::string> output_names(const Json& query) {
  const JsonObject* object = query.if_object();
  const JsonObject* node = object == nullptr ? nullptr : naming_node(object_of(*object, "node"));
  const Json* list = node == nullptr ? nullptr : node->if_contains("select_list");
  if (list == nullptr || !list->is_array()) return {};
  std::vector<std::string> names;
  for (const Json& item : list->get_array()) {
    const JsonObject* expression = item.if_object();
    if (expression == nullptr || text_of(*expression, "class") == "STAR") return {};
    names.push_back(text_of(*expression, "alias").empty() ? name_of(*expression) : std::string{});
  }
  return names;
}

}  // namespace minben::columnar
