// data.toml, texts, rules, forms, process, documents: each file read for itself.
#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

void read_item(Building& building, TomlTable table, const std::string& name) {
  DataItem item;
  item.name = name;
  building.item_lines[name] = table.line();
  item.title = table.bilingual("title");
  for (auto* agency : {&item.provider, &item.consumer}) {
    const auto* key = agency == &item.provider ? "provider" : "consumer";
    if (auto code = table.agency(key)) {
      building.check_agency("data.toml", table.line_of(key), *code);
      *agency = std::move(*code);
    }
  }
  item.subsystem = table.text("subsystem");
  item.service = table.text("service");
  item.consumer_subsystem = table.text_or("consumer_subsystem", "casework");
  item.purpose_code = table.text("purpose");
  item.purpose = table.bilingual("why");
  item.legal_basis = table.bilingual("legal_basis");
  item.retention_days = static_cast<int>(table.integer("retention_days", 0, 36500));
  item.required = table.boolean_or("required", true);
  item.max_fetches = static_cast<int>(table.integer_or("max_fetches", 3, 1, 1000));
  auto query = table.table("query");
  for (const auto& parameter : query.keys()) {
    const auto property = query.text(parameter);
    item.query[parameter] = property;
    building.query_properties.push_back({{property, query.line_of(parameter)}, name});
  }
  auto fields = table.table("fields");
  for (const auto& field : fields.keys()) item.fields[field] = fields.bilingual(field);
  if (item.query.empty())
    table.fault(table.line(), "missing", fmt::format("items.{}.query is empty", name));
  if (item.fields.empty())
    table.fault(table.line(), "missing", fmt::format("items.{}.fields is empty", name));
  building.package.items.push_back(std::move(item));
}

}  // namespace

void read_data(Building& building) {
  const auto file = building.files.find("data.toml");
  if (file == building.files.end()) return;  // a service may do without registers
  Faults faults("data.toml", building.errors);
  auto root = read_toml(file->second, faults);
  if (!root) return;
  auto items = root->table("items");
  for (const auto& name : items.keys()) {
    if (!is_code(name))
      faults.add(items.line_of(name), "not_a_code", fmt::format("item \"{}\"", name));
    read_item(building, items.table(name), name);
  }
  root->unknown_keys();
}

void read_texts(Building& building) {
  for (const auto& name : files_in(building.files, "texts/", ".toml")) {
    Faults faults(name, building.errors);
    auto root = read_toml(building.files.at(name), faults);
    if (!root) continue;
    root->each_bilingual([&](const std::string& key, const Bilingual& text, int line) {
      if (!building.package.texts.emplace(key, text).second) {
        faults.add(line, "duplicate_text", fmt::format("{} stands twice", key));
      }
    });
  }
}

void read_rules(Building& building) {
  const auto names = files_in(building.files, "rules/", ".dmn");
  for (const auto& name : names) {
    std::vector<rules::Source> others;
    for (const auto& other : names) {
      if (other != name) others.push_back({building.files.at(other), other});
    }
    rules::LoadOptions options;
    options.imports = others;
    auto model = rules::Model::load(building.files.at(name), name, options);
    if (!model) {
      building.errors.insert(building.errors.end(), model.error().begin(), model.error().end());
      continue;
    }
    auto& compiled = building.compiled;
    for (const auto& decision : model->decisions()) {
      if (!compiled.decisions.emplace(decision.name, compiled.models.size()).second) {
        building.fault(name, 0, "duplicate_decision",
                       fmt::format("a decision \"{}\" stands in two files", decision.name));
      }
    }
    compiled.models.push_back(std::move(*model));
  }
}

void read_forms(Building& building) {
  for (const auto& name : files_in(building.files, "forms/", ".json")) {
    auto form = forms::Form::load(building.files.at(name), name);
    if (form) {
      building.forms.emplace(stem_of(name), std::move(*form));
    } else {
      building.errors.insert(building.errors.end(), form.error().begin(), form.error().end());
    }
  }
}

void read_process(Building& building) {
  const auto file = building.files.find("process.bpmn");
  if (file == building.files.end()) {
    building.fault("process.bpmn", 0, "missing_file", "every package has one");
    return;
  }
  auto definition = process::load_definition(file->second, "process.bpmn");
  if (!definition) {
    building.errors.insert(building.errors.end(), definition.error().begin(),
                           definition.error().end());
    return;
  }
  building.compiled.process = std::move(*definition);
  building.package.process_xml = file->second;
}

void read_documents(Building& building) {
  for (const auto& path : files_in(building.files, "documents/", ".toml")) {
    auto form = documents::Template::parse(building.files.at(path), path);
    if (!form) {
      building.errors.push_back(form.error());
      continue;
    }
    const auto name = stem_of(path);
    bool wanted = false;
    for (auto& output : building.package.outputs) {
      if (output.name != name) continue;
      output.form = std::move(*form);
      wanted = true;
    }
    if (!wanted) {
      building.fault(path, 1, "output_missing",
                     fmt::format("service.toml has no [outputs.{}]", name));
    }
  }
}

}  // namespace minben::casework
