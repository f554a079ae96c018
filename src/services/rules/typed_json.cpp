#include "typed_json.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model.hpp"
#include "temporal.hpp"

namespace minben::rules {

namespace {

bool is_temporal(Type::Base base) {
  using enum Type::Base;
  return base == date || base == time || base == date_time || base == months_duration ||
         base == time_duration;
}

template <class T>
Value value_or_null(const std::optional<T>& found) {
  return found ? Value(*found) : Value();
}

Value temporal(std::string_view text, Type::Base base) {
  switch (base) {
    case Type::Base::date:
      return value_or_null(parse_calendar_date(text));
    case Type::Base::time:
      return value_or_null(parse_clock_time(text));
    case Type::Base::date_time:
      return value_or_null(parse_date_time(text));
    case Type::Base::months_duration:
      return value_or_null(parse_months_duration(text));
    default:
      return value_or_null(parse_time_duration(text));
  }
}

const Type* field_type(const Type& type, std::string_view name) {
  const auto found = std::ranges::find(type.fields, name, &Type::Field::name);
  return found == type.fields.end() ? nullptr : found->type.get();
}

Result<Value> list_from(const JsonArray& array, const Type* element, const std::string& pointer) {
  List items;
  for (std::size_t i = 0; i < array.size(); ++i) {
    MINBEN_TRY(item, typed_from_json(array[i], element, fmt::format("{}/{}", pointer, i)));
    items.push_back(std::move(item));
  }
  return items;
}

Result<Value> context_from(const JsonObject& object, const Type& type, const std::string& pointer) {
  Context context;
  for (const auto& [name, value] : object) {
    MINBEN_TRY(entry, typed_from_json(value, field_type(type, name),
                                      fmt::format("{}/{}", pointer, std::string_view(name))));
    context.set(name, std::move(entry));
  }
  return context;
}

}  // namespace

Result<Value> typed_from_json(const Json& json, const Type* type, const std::string& pointer) {
  if (type == nullptr) return from_json(json);
  if (is_temporal(type->base) && json.is_string()) {
    Value value = temporal(std::string_view(json.get_string()), type->base);
    if (!value.is_null()) return value;
    return fail(Kind::invalid, "wrong_type", fmt::format("not a {}", type->name), pointer);
  }
  if (type->base == Type::Base::list && json.is_array())
    return list_from(json.get_array(), type->element.get(), pointer);
  if (type->base == Type::Base::context && json.is_object())
    return context_from(json.get_object(), *type, pointer);
  return from_json(json);
}

namespace {

using Path = std::vector<std::string>;

const Element* input_at(const ModelData& model, const Path& path, std::string_view name) {
  const auto found = std::ranges::find_if(model.elements, [&](const Element& each) {
    const bool given = each.kind == ElementKind::input || each.kind == ElementKind::decision;
    return given && each.name == name && model.paths[each.file] == path;
  });
  return found == model.elements.end() ? nullptr : &*found;
}

bool leads_to_import(const ModelData& model, const Path& path) {
  return std::ranges::any_of(model.paths, [&](const Path& each) {
    return each.size() >= path.size() &&
           std::ranges::equal(path, std::span(each).first(path.size()));
  });
}

Result<Context> inputs_at(const ModelData& model, const Json& object, const Path& path,
                          const std::string& pointer) {
  if (!object.is_object()) return fail(Kind::invalid, "wrong_type", "expected an object", pointer);
  Context context;
  for (const auto& [key, value] : object.get_object()) {
    const std::string name(key);
    const std::string here = fmt::format("{}/{}", pointer, name);
    Path inner = path;
    inner.push_back(name);
    if (const Element* element = input_at(model, path, name)) {
      MINBEN_TRY(typed, typed_from_json(value, element->type.get(), here));
      context.set(name, std::move(typed));
    } else if (leads_to_import(model, inner)) {
      MINBEN_TRY(imported, inputs_at(model, value, inner, here));
      context.set(name, std::move(imported));
    } else {
      return fail(Kind::invalid, "unknown_input", "the model has no input data of this name", here);
    }
  }
  return context;
}

}  // namespace

Result<Context> Model::inputs_from_json(const Json& object) const {
  return inputs_at(*data_, object, {}, {});
}

}  // namespace minben::rules
