#pragma once
// Private: what the checked subset of SQL is made of.
#include <span>
#include <string_view>

namespace minben::columnar {

/// What a member of a node of the engine's tree may be.
enum class Is {
  fine,         ///< anything: names, places, flags without effect on safety
  empty,        ///< null, false, or an empty text, list or object
  expression,   ///< or null
  expressions,  ///< a list
  table,        ///< of a FROM clause
  node,         ///< a query node
  query,        ///< {node, named_param_map}
  modifiers,    ///< ORDER BY, LIMIT, DISTINCT
  orders,       ///< a list of {type, null_order, expression}
  cases,        ///< a list of {when_expr, then_expr}
  ctes,         ///< WITH
  cast_type,
  group_sets,
  schema,  ///< empty, or "main", which the parser writes for functions that SQL spells in words
  order_modifier,  ///< {type, orders} without any
};
struct Member {
  std::string_view name;
  Is is;
};

/// The members of a node, in the order in which they have to be looked at; empty when such a node
/// is not allowed at all.
std::span<const Member> members_of_node(std::string_view type);
std::span<const Member> members_of_table(std::string_view type);
std::span<const Member> members_of_modifier(std::string_view type);
std::span<const Member> members_of_expression(std::string_view sort);

bool allowed_function(std::string_view name);
bool allowed_operator(std::string_view type);
bool allowed_type(std::string_view id);
/// Whether its result may be as long as its arguments together.
bool joins_texts(std::string_view function);

}  // namespace minben::columnar
