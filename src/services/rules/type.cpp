#include "type.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "temporal.hpp"

namespace minben::rules {

namespace {
using Base = Type::Base;

TypePtr simple(Base base, std::string_view name) {
  Type type;
  type.base = base;
  type.name = name;
  return std::make_shared<const Type>(std::move(type));
}

std::optional<Base> base_of(ValueKind kind) {
  switch (kind) {
    case ValueKind::null:
      return Base::null;
    case ValueKind::boolean:
      return Base::boolean;
    case ValueKind::number:
      return Base::number;
    case ValueKind::string:
      return Base::string;
    case ValueKind::date:
      return Base::date;
    case ValueKind::time:
      return Base::time;
    case ValueKind::date_time:
      return Base::date_time;
    case ValueKind::months_duration:
      return Base::months_duration;
    case ValueKind::time_duration:
      return Base::time_duration;
    case ValueKind::list:
      return Base::list;
    case ValueKind::context:
      return Base::context;
    case ValueKind::range:
      return Base::range;
    case ValueKind::function:
      return Base::function;
  }
  return std::nullopt;
}

/// Is every value of type `a` also one of type `b`? (§10.3.2.9.2; nullptr is Any)
bool type_conforms(const Type* a, const Type* b) {
  if (!b) return true;
  if (!a || a->base != b->base) return false;
  switch (b->base) {
    case Base::list:
    case Base::range:
      return type_conforms(a->element.get(), b->element.get());
    case Base::context:
      return std::ranges::all_of(b->fields, [&](const Type::Field& field) {
        const auto own = std::ranges::find(a->fields, field.name, &Type::Field::name);
        return own != a->fields.end() && type_conforms(own->type.get(), field.type.get());
      });
    case Base::function:
      if (a->fields.size() != b->fields.size()) return false;
      for (std::size_t i = 0; i < a->fields.size(); ++i)
        if (!type_conforms(b->fields[i].type.get(), a->fields[i].type.get())) return false;
      return type_conforms(a->element.get(), b->element.get());
    default:
      return true;
  }
}

/// A function conforms when it takes at least what the type says and gives nothing else.
bool function_conforms(const Function& function, const Type& type) {
  const bool any_function = !type.element && type.fields.empty();
  if (any_function) return true;
  const FunctionType* own = function.type();
  if (!own || own->parameters.size() != type.fields.size()) return false;
  for (std::size_t i = 0; i < type.fields.size(); ++i)
    if (!type_conforms(type.fields[i].type.get(), own->parameters[i].get())) return false;
  return type_conforms(own->result.get(), type.element.get());
}

template <bool (*check)(Machine&, const Value&, const Type*)>
bool structure_fits(Machine& machine, const Value& value, const Type& type) {
  switch (type.base) {
    case Base::list:
      return std::ranges::all_of(*value.list(), [&](const Value& item) {
        return check(machine, item, type.element.get());
      });
    case Base::context:
      return std::ranges::all_of(type.fields, [&](const Type::Field& field) {
        const Value* member = value.context()->find(field.name);
        return member && check(machine, *member, field.type.get());
      });
    case Base::range: {
      const Range& range = *value.range();
      const auto end_fits = [&](const Value& end) {
        return end.is_null() || check(machine, end, type.element.get());
      };
      return end_fits(range.low) && end_fits(range.high);
    }
    case Base::function:
      return function_conforms(*value.function(), type);
    default:
      return true;
  }
}

bool is_allowed(Machine& machine, const Value& value, const Type& type) {
  return !type.allowed ||
         run_in_frame(machine, *type.allowed, type.allowed_slots, std::array{value}).is_true();
}
}  // namespace

bool find_builtin_type(std::string_view name, TypePtr& out) {
  static const std::map<std::string_view, TypePtr> types = [] {
    std::map<std::string_view, TypePtr> all{{"Any", nullptr}};
    for (const auto& [text, base] : std::initializer_list<std::pair<std::string_view, Base>>{
             {"Null", Base::null},
             {"boolean", Base::boolean},
             {"number", Base::number},
             {"string", Base::string},
             {"date", Base::date},
             {"time", Base::time},
             {"date and time", Base::date_time},
             {"dateTime", Base::date_time},
             {"years and months duration", Base::months_duration},
             {"yearMonthDuration", Base::months_duration},
             {"days and time duration", Base::time_duration},
             {"dayTimeDuration", Base::time_duration},
             {"list", Base::list},
             {"context", Base::context},
             {"range", Base::range},
             {"function", Base::function}})
      all.emplace(text, simple(base, text));
    return all;
  }();
  const auto found = types.find(name);
  if (found == types.end()) return false;
  out = found->second;
  return true;
}

bool is_instance(Machine& machine, const Value& value, const Type* type) {
  if (!type) return !value.is_null();
  if (base_of(value.kind()) != type->base || !machine.step()) return false;
  return structure_fits<is_instance>(machine, value, *type) && is_allowed(machine, value, *type);
}

bool conforms(Machine& machine, const Value& value, const Type* type) {
  if (!type || value.is_null()) return true;
  if (base_of(value.kind()) != type->base || !machine.step()) return false;
  return structure_fits<conforms>(machine, value, *type) && is_allowed(machine, value, *type);
}

std::optional<Value> coerce(Machine& machine, Value value, const Type* type) {
  if (conforms(machine, value, type)) return value;
  const List* list = value.list();
  if (type->base == Base::list && !list && conforms(machine, value, type->element.get())) {
    List wrapped{std::move(value)};
    if (Value out(std::move(wrapped)); is_allowed(machine, out, *type)) return out;
    return std::nullopt;
  }
  if (list && list->size() == 1 && type->base != Base::list && conforms(machine, (*list)[0], type))
    return Value((*list)[0]);
  if (type->base == Base::date_time && value.date())
    return Value(DateTime{*value.date(), ClockTime{0, 0, *fixed_zone(0)}});
  return std::nullopt;
}

Value coerce_or_null(Machine& machine, Value value, const Type* type, std::string_view what) {
  const ValueKind kind = value.kind();
  if (auto out = coerce(machine, std::move(value), type)) return std::move(*out);
  return machine.null(
      fmt::format("{} is a {} that does not conform to type {}", what, name_of(kind), type->name));
}

}  // namespace minben::rules
