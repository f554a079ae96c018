// Do the decisions take what forms give, and give what texts and agencies know?
#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

std::string_view local_name(const char* name) {
  const std::string_view full(name);
  const auto colon = full.find(':');
  return colon == full.npos ? full : full.substr(colon + 1);
}

int line_of(const std::string& xml, const pugi::xml_node& node) {
  const auto offset =
      std::clamp<std::ptrdiff_t>(node.offset_debug(), 0, static_cast<std::ptrdiff_t>(xml.size()));
  return 1 + static_cast<int>(std::count(xml.begin(), xml.begin() + offset, '\n'));
}

/// One string literal that a decision's table can give, with its line.
struct Literal {
  std::string text;
  int line = 0;
};

/// `"a"` or a list of such: `["a", "b"]`. Anything else gives nothing: it is computed.
std::vector<std::string> string_literals(std::string_view entry) {
  std::vector<std::string> found;
  for (std::size_t at = entry.find('"'); at != entry.npos; at = entry.find('"', at)) {
    const auto end = entry.find('"', at + 1);
    if (end == entry.npos) break;
    found.emplace_back(entry.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return found;
}

pugi::xml_node find_by(const pugi::xml_document& document, std::string_view element,
                       std::string_view name) {
  return document.find_node([&](const pugi::xml_node& node) {
    return local_name(node.name()) == element && name == node.attribute("name").value();
  });
}

std::vector<Literal> table_outputs(const std::string& xml, std::string_view decision) {
  pugi::xml_document document;
  std::vector<Literal> found;
  if (!document.load_buffer(xml.data(), xml.size())) return found;
  const auto node = find_by(document, "decision", decision);
  struct Walker : pugi::xml_tree_walker {
    const std::string* xml = nullptr;
    std::vector<Literal>* found = nullptr;
    bool for_each(pugi::xml_node& inner) override {
      if (local_name(inner.name()) != "outputEntry") return true;
      for (auto& text : string_literals(inner.first_child().child_value())) {
        found->push_back({std::move(text), line_of(*xml, inner)});
      }
      return true;
    }
  } walker;
  walker.xml = &xml;
  walker.found = &found;
  auto start = node;
  start.traverse(walker);
  return found;
}

const rules::Model* need_decision(Building& building, const Reference& wanted) {
  if (wanted.empty()) return nullptr;
  const auto found = building.compiled.decisions.find(wanted.name);
  if (found != building.compiled.decisions.end()) return &building.compiled.models[found->second];
  const bool whole =
      building.compiled.models.size() == files_in(building.files, "rules/", ".dmn").size();
  if (whole) {  // otherwise it may stand in the file that is broken
    building.fault("service.toml", wanted.line, "unknown_decision",
                   fmt::format("no decision \"{}\" in rules/", wanted.name));
  }
  return nullptr;
}

std::set<std::string> properties(const std::optional<forms::Form>& form) {
  std::set<std::string> names;
  if (!form) return names;
  for (const auto& page : form->pages()) {
    for (const auto& field : page.fields) names.insert(field.name);
  }
  return names;
}

void check_inputs(Building& building, const rules::Model& model, std::string_view decision,
                  std::set<std::string> known) {
  known.insert("today");
  const auto& xml = building.files.at(model.file_name());
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size());
  for (const auto& input : inputs_of(model, decision)) {
    if (known.contains(input)) continue;
    building.fault(model.file_name(), line_of(xml, find_by(document, "inputData", input)),
                   "unknown_property", fmt::format("no form gives the input \"{}\"", input));
  }
}

void check_reasons(Building& building, const rules::Model& model) {
  for (const auto& reason :
       table_outputs(building.files.at(model.file_name()), building.eligibility.name)) {
    if (building.package.texts.contains("eligibility." + reason.text)) continue;
    building.fault(model.file_name(), reason.line, "missing_text",
                   fmt::format("texts/*.toml has no eligibility.{}", reason.text));
  }
}

void check_ministries(Building& building, const rules::Model& model) {
  for (const auto& ministry :
       table_outputs(building.files.at(model.file_name()), building.routing.name)) {
    const auto code = AgencyCode::parse(ministry.text);
    if (code) building.check_agency(model.file_name(), ministry.line, *code);
    else
      building.fault(model.file_name(), ministry.line, "not_a_code",
                     fmt::format("\"{}\"", ministry.text));
  }
}

/// What find_grounds gives: answers, registers, opinions and the deadline of a supplement.
void check_grounds(Building& building, const rules::Model& model, std::set<std::string> known) {
  const auto& file = model.file_name();
  for (const DataItem& item : building.package.items) {
    if (known.insert(item.name).second) continue;
    building.fault("data.toml", building.item_lines[item.name], "name_taken",
                   fmt::format("the form asks for \"{}\" already: rules could not tell them apart",
                               item.name));
  }
  known.insert({"opinions", "supplement_due"});
  check_inputs(building, model, building.grounds.name, std::move(known));
  for (const auto& ground : table_outputs(building.files.at(file), building.grounds.name)) {
    if (building.package.ground(ground.text)) continue;
    building.fault(file, ground.line, "unknown_ground",
                   fmt::format("service.toml has no [refusal.{}]", ground.text));
  }
}

void check_tables(Building& building) {
  for (const auto& model : building.compiled.models) {
    for (const auto& finding : rules::check(model)) {
      if (finding.severity != rules::Finding::Severity::error) continue;
      building.fault(finding.file.empty() ? model.file_name() : finding.file, finding.line,
                     finding.code, finding.detail);
    }
  }
}

}  // namespace

void check_rules(Building& building) {
  const auto application = properties(building.package.application_form);
  if (const auto* model = need_decision(building, building.eligibility)) {
    if (building.package.eligibility_form) {
      check_inputs(building, *model, building.eligibility.name,
                   properties(building.package.eligibility_form));
    }
    check_reasons(building, *model);
  }
  if (const auto* model = need_decision(building, building.routing)) {
    if (!application.empty()) check_inputs(building, *model, building.routing.name, application);
    check_ministries(building, *model);
  }
  if (const auto* model = need_decision(building, building.fee)) {
    if (!application.empty()) check_inputs(building, *model, building.fee.name, application);
  }
  if (const auto* model = need_decision(building, building.grounds)) {
    if (!application.empty()) check_grounds(building, *model, application);
  }
  check_tables(building);
}

}  // namespace minben::casework
