// Context functions (DMN 1.5 §10.3.4.9).
#include "builtin.hpp"

namespace minben::rules {

namespace {
Value get_value(Machine&, Arguments a) {
  const Context* context = item_of(argument(a, 0)).context();
  const std::string* key = string_at(a, 1);
  const Value* value = context && key ? context->find(*key) : nullptr;
  return value ? *value : Value();
}

Value get_entries(Machine& machine, Arguments a) {
  const Context* context = item_of(argument(a, 0)).context();
  if (!context || !machine.allow(context->entries().size())) return {};
  List out;
  for (const auto& [name, value] : context->entries())
    out.push_back(Context{{"key", name}, {"value", value}});
  return out;
}

Value context_(Machine& machine, Arguments a) {
  List room;
  const List* entries = list_at(a, 0, room);
  if (!entries || !machine.allow(entries->size())) return {};
  Context out;
  for (const Value& each : *entries) {
    const Context* entry = each.context();
    const Value* key = entry ? entry->find("key") : nullptr;
    const Value* value = entry ? entry->find("value") : nullptr;
    if (!key || !key->string() || !value || out.find(*key->string())) return {};
    out.set(*key->string(), *value);
  }
  return out;
}

Value put_path(Machine& machine, const Value& base, std::span<const Value> keys,
               const Value& value) {
  if (keys.empty()) return value;
  const Context* context = base.context();
  const std::string* key = keys.front().string();
  if (!context || !key || !machine.allow(context->entries().size() + 1)) return {};
  const Value* inner = context->find(*key);
  if (keys.size() > 1 && (!inner || !inner->context())) return {};
  Value changed = put_path(machine, inner ? *inner : Value(), keys.subspan(1), value);
  if (keys.size() > 1 && changed.is_null()) return {};
  Context out = *context;
  out.set(*key, std::move(changed));
  return out;
}
Value context_put(Machine& machine, Arguments a) {
  const Value& base = item_of(argument(a, 0));
  const Value& keys = argument(a, 1);
  constexpr std::size_t deepest = 100;
  if (const List* path = keys.list())
    return path->empty() || path->size() > deepest ? Value() : put_path(machine, base, *path, a[2]);
  return put_path(machine, base, std::span(&keys, 1), a[2]);
}

Value context_merge(Machine& machine, Arguments a) {
  List room;
  const List* contexts = list_at(a, 0, room);
  if (!contexts) return {};
  Context out;
  for (const Value& each : *contexts) {
    const Context* context = each.context();
    if (!context || !machine.allow(context->entries().size())) return {};
    for (const auto& [name, value] : context->entries()) out.set(name, value);
  }
  return out;
}

constexpr Builtin functions[] = {
    {"get value", "m, key|context, key", get_value},
    {"get entries", "m|context", get_entries},
    {"context", "entries", context_},
    {"context put", "context, key:one, value|context, keys:list, value", context_put},
    {"context merge", "contexts", context_merge},
};
}  // namespace

std::span<const Builtin> context_functions() { return functions; }

}  // namespace minben::rules
