#pragma once
// FEEL and item definition types (DMN 1.5 §10.3.2.9.1, §7.3.2), conformance and coercion.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine.hpp"

namespace minben::rules {

struct Type;
using TypePtr = std::shared_ptr<const Type>;  ///< nullptr is Any

struct Type {
  enum class Base {
    null,
    boolean,
    number,
    string,
    date,
    time,
    date_time,
    months_duration,
    time_duration,
    list,
    context,
    range,
    function,
  };
  struct Field {
    std::string name;
    TypePtr type;
  };
  Base base = Base::null;
  std::string name;           ///< as written, for messages
  TypePtr element;            ///< of lists and ranges; the result of functions
  std::vector<Field> fields;  ///< of contexts; the parameters of functions
  NodePtr allowed;            ///< unary tests on slot 0, or none
  std::size_t allowed_slots = 0;
};

struct FunctionType {
  std::vector<TypePtr> parameters;
  TypePtr result;
};

using TypeNames = std::map<std::string, TypePtr, std::less<>>;
/// "number", "days and time duration", "Any" …; false when the name is not FEEL's own.
bool find_builtin_type(std::string_view name, TypePtr& out);

/// As `instance of` asks: null is an instance of Null only.
bool is_instance(Machine& machine, const Value& value, const Type* type);
/// Like is_instance, but null conforms to every type.
bool conforms(Machine& machine, const Value& value, const Type* type);
/// §10.3.2.9.4: the value, or its only item, or a list of it, or a date at midnight UTC; nullopt
/// when nothing makes it conform.
std::optional<Value> coerce(Machine& machine, Value value, const Type* type);
/// Like coerce with null and a warning.
Value coerce_or_null(Machine& machine, Value value, const Type* type, std::string_view what);

}  // namespace minben::rules
