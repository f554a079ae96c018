#include <fmt/format.h>

#include "loader.hpp"

namespace minben::rules {

namespace {
/// "feel:number" and "feel.number" of older files are "number".
std::string without_prefix(std::string text) {
  for (const std::string_view prefix : {"feel:", "feel."})
    if (text.starts_with(prefix)) return text.substr(prefix.size());
  return text;
}
}  // namespace

void Loader::collect_properties(Xml root) {
  // Whatever may be reached by a path: item components, boxed context entries, outputs of tables.
  struct Walker final : pugi::xml_tree_walker {
    std::set<std::string>* out = nullptr;
    bool for_each(Xml& node) override {
      const std::string_view tag = local_name(node);
      const bool named =
          tag == "itemComponent" || tag == "output" || tag == "column" || tag == "outputDecision" ||
          (tag == "variable" && local_name(node.parent()) == "contextEntry") || tag == "decision";
      if (named && node.attribute("name")) out->insert(normal_name(attribute(node, "name")));
      return true;
    }
  };
  Walker walker;
  walker.out = &file().properties;
  root.traverse(walker);
}

TypePtr Loader::type_named(const std::string& text, Xml at) {
  const std::string name = without_prefix(text);
  if (const auto own = file().definitions.find(normal_name(name)); own != file().definitions.end())
    return read_definition(own->first);
  import_types();
  auto type = parse_type(name, &file().types);
  if (!type) {
    fault(at, "dmn_type", fmt::format("'{}' is not a type: {}", text, type.error().detail));
    return nullptr;
  }
  return *type;
}

/// Types of imported files are visible as prefix.name.
void Loader::import_types() {
  for (const auto& [name_space, import] : file().imports) {
    if (import.file == File::unopened) continue;
    for (const auto& [name, type] : files_[import.file]->types)
      file().types.emplace(import.prefix.empty() ? name : import.prefix + "." + name, type);
  }
}

TypePtr Loader::read_definition(const std::string& name) {
  const auto found = file().definitions.find(name);
  if (found == file().definitions.end()) return nullptr;
  if (auto& known = file().types[name]) return known;
  if (!file().reading.insert(name).second) {
    fault(found->second, "dmn_type", fmt::format("the type '{}' contains itself", name));
    return nullptr;
  }
  TypePtr type = item_type(found->second, name);
  file().reading.erase(name);
  return file().types[name] = std::move(type);
}

TypePtr Loader::item_type(Xml definition, const std::string& name) {
  Type type;
  type.name = name;
  const std::string reference = text_of(child(definition, "typeRef"));
  const auto components = children(definition, "itemComponent");
  if (!reference.empty()) {
    if (const TypePtr base = type_named(normal_name(reference), definition)) type = *base;
    else if (!child(definition, "allowedValues") && attribute(definition, "isCollection") != "true")
      return nullptr;
    else type.base = Type::Base::list;
    type.name = name;
  } else if (!components.empty()) {
    type.base = Type::Base::context;
    for (const Xml component : components) {
      const std::string field = normal_name(attribute(component, "name"));
      type.fields.push_back({field, item_type(component, fmt::format("{}.{}", name, field))});
    }
  } else if (const Xml item = child(definition, "functionItem")) {
    return function_item(item, name);
  } else {
    return nullptr;
  }
  constrain(type, child(definition, "allowedValues"));
  if (attribute(definition, "isCollection") == "true") {
    Type list;
    list.base = Type::Base::list;
    list.name = name;
    list.element = std::make_shared<const Type>(std::move(type));
    type = std::move(list);
  }
  constrain(type, child(definition, "typeConstraint"));
  return std::make_shared<const Type>(std::move(type));
}

TypePtr Loader::function_item(Xml item, const std::string& name) {
  Type type;
  type.base = Type::Base::function;
  type.name = name;
  if (const std::string result = attribute(item, "outputTypeRef"); !result.empty())
    type.element = type_named(result, item);
  for (const Xml parameter : children(item, "parameters"))
    type.fields.push_back(
        {attribute(parameter, "name"), type_named(attribute(parameter, "typeRef"), parameter)});
  return std::make_shared<const Type>(std::move(type));
}

void Loader::constrain(Type& type, Xml tests) {
  if (!tests) return;
  const std::string text = text_of(tests);
  const std::string names[] = {"?"};
  ParseInput input;
  input.text = text;
  input.names = names;
  input.types = &file().types;
  input.properties = &file().properties;
  auto program = parse_tests(input);
  if (!program) return fault(tests, std::move(program).error());
  if (type.allowed) {
    // The referenced type had its own constraint: both must hold.
    auto both = std::make_shared<Logic>();
    both->operands = {type.allowed, program->root};
    type.allowed = std::move(both);
    type.allowed_slots = std::max(type.allowed_slots, program->slots);
  } else {
    type.allowed = program->root;
    type.allowed_slots = program->slots;
  }
}

}  // namespace minben::rules
