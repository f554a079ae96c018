// What the files of a package say about each other.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

constexpr std::string_view manifest = "service.toml";

const forms::Field* application_field(const Building& building, std::string_view property) {
  const auto& form = building.package.application_form;
  return form ? form->field(fmt::format("/{}", property)) : nullptr;
}

void need_text(Building& building, const std::string& key, int line) {
  if (!building.package.texts.contains(key)) {
    building.fault(manifest, line, "missing_text", fmt::format("texts/*.toml has no {}", key));
  }
}

std::optional<forms::Form> need_form(Building& building, const Reference& wanted) {
  if (wanted.empty()) return std::nullopt;
  const auto found = building.forms.find(wanted.name);
  if (found != building.forms.end()) return found->second;
  // A form that is there but broken has been reported already.
  if (!building.files.contains(fmt::format("forms/{}.json", wanted.name))) {
    building.fault(manifest, wanted.line, "unknown_form",
                   fmt::format("no forms/{}.json", wanted.name));
  }
  return std::nullopt;
}

void need_property(Building& building, const Reference& wanted, std::string_view what) {
  if (wanted.empty() || !building.package.application_form) return;
  if (!application_field(building, wanted.name)) {
    building.fault(
        manifest, wanted.line, "unknown_property",
        fmt::format("{}: the application form has no property \"{}\"", what, wanted.name));
  }
}

/// What stands readable beside the case and is offered as a list: short, and nobody's own data.
void check_filter(Building& building, const Reference& wanted) {
  using forms::FieldKind;
  if (!building.package.application_form) return;
  const auto* field = building.package.application_form->field(wanted.name);
  if (!field) {
    building.fault(manifest, wanted.line, "unknown_pointer",
                   fmt::format("queue.filters: the application form has no \"{}\"; expected a "
                               "JSON pointer such as \"/field\"",
                               wanted.name));
    return;
  }
  const bool listed = wanted.name.find("/-") != wanted.name.npos;
  const bool texts =
      std::ranges::all_of(field->choices, [](const auto& each) { return each.value.is_string(); });
  if (field->kind != FieldKind::choice || listed || !texts) {
    building.fault(
        manifest, wanted.line, "filter_not_choice",
        fmt::format("\"{}\" must be a single choice of texts, outside of lists", wanted.name));
  }
  if (!field->autocomplete.empty() || !field->prefill.empty()) {
    building.fault(manifest, wanted.line, "personal_filter",
                   fmt::format("\"{}\" says something about the person; the value by which "
                               "officers filter is kept readable",
                               wanted.name));
  }
}

void check_filters(Building& building) {
  constexpr std::size_t most = 5;
  for (const auto& wanted : building.queue_filters) check_filter(building, wanted);
  if (building.queue_filters.size() > most) {
    building.fault(manifest, building.queue_filters.front().line, "out_of_range",
                   fmt::format("queue.filters: at most {}", most));
  }
}

void check_properties(Building& building) {
  using forms::FieldKind;
  for (const auto& wanted : building.exclusive) {
    need_property(building, wanted, "exclusive");
    const auto* field = application_field(building, wanted.name);
    if (field && (field->kind != FieldKind::choice || !field->required)) {
      building.fault(manifest, wanted.line, "exclusive_not_choice",
                     fmt::format("\"{}\" must be a required single choice", wanted.name));
    }
  }
  for (const auto& wanted : building.process_answers) {
    need_property(building, wanted, "process.answers");
    const auto* field = application_field(building, wanted.name);
    const auto fits = [&] {
      return field->kind == FieldKind::choice || field->kind == FieldKind::boolean ||
             field->kind == FieldKind::integer || field->kind == FieldKind::number;
    };
    if (field && !fits()) {
      building.fault(
          manifest, wanted.line, "personal_variable",
          fmt::format("\"{}\" may hold free text; a process keeps its variables in clear",
                      wanted.name));
    }
  }
  need_property(building, building.name_property, "application.name");
}

void check_texts(Building& building) {
  for (const auto& code : building.life_events)
    need_text(building, "life_event." + code.name, code.line);
  for (const auto& code : building.reasons)
    need_text(building, "supplement." + code.name, code.line);
  for (const auto& ground : building.package.grounds) {
    need_text(building, "refusal." + ground.code, building.ground_lines[ground.code]);
  }
  need_text(building, "apply.declaration", building.application_form.line);
  if (!building.lapse_ground.empty() && !building.package.ground(building.lapse_ground.name)) {
    building.fault(manifest, building.lapse_ground.line, "unknown_ground",
                   fmt::format("no [refusal.{}]", building.lapse_ground.name));
  }
}

void check_items(Building& building) {
  std::set<std::string, std::less<>> used;
  for (const auto& step : building.package.steps) {
    for (const auto& name : step.items) {
      used.insert(name);
      if (!building.package.item(name)) {
        building.fault(manifest, step.line, "unknown_item",
                       fmt::format("data.toml has no item \"{}\"", name));
      }
    }
  }
  for (const auto& item : building.package.items) {
    if (!used.contains(item.name)) {
      building.fault("data.toml", building.item_lines[item.name], "item_unused",
                     fmt::format("no step fetches \"{}\": data without a use", item.name));
    }
  }
  for (const auto& [property, item] : building.query_properties) {
    const bool profile = property.name == "@national_id";
    if (!profile && building.package.application_form &&
        !application_field(building, property.name)) {
      building.fault(
          "data.toml", property.line, "unknown_property",
          fmt::format("items.{}.query: the application form has no \"{}\"", item, property.name));
    }
  }
}

std::vector<std::string> feel_names(const Building& building) {
  std::vector<std::string> names{"decided_on", "today", "ministry", "fee_twd"};
  if (building.package.application_form) {
    for (const auto& page : building.package.application_form->pages()) {
      for (const auto& field : page.fields) names.push_back(field.name);
    }
  }
  return names;
}

void check_output(Building& building, OutputDocument& output) {
  const auto path = fmt::format("documents/{}.toml", output.name);
  if (!building.files.contains(path)) {
    building.fault(manifest, building.output_lines[output.name], "missing_file",
                   fmt::format("no {}", path));
  }
  if (!building.package.application_form) return;  // its properties are not known
  if (!output.valid_until_text.empty()) {
    const auto names = feel_names(building);
    auto expression = rules::Expression::parse(output.valid_until_text, names);
    if (expression) output.valid_until = std::move(*expression);
    else building.fault(manifest, output.line, expression.error().code, expression.error().detail);
  }
  auto known = document_names();
  known.push_back("grounds");
  for (const auto& name : feel_names(building)) known.push_back(name);
  for (const auto& name : output.form.used()) {
    if (std::ranges::find(known, name) == known.end()) {
      building.fault(path, 1, "unknown_placeholder", fmt::format("nothing fills \"{}\"", name));
    }
  }
}

void check_endings(Building& building) {
  for (const auto& ending : building.package.endings) {
    for (const auto& name : ending.documents) {
      const bool known = std::ranges::any_of(
          building.package.outputs, [&](const auto& output) { return output.name == name; });
      if (!known) {
        building.fault(manifest, building.ending_lines[ending.id], "unknown_document",
                       fmt::format("endings.{}: no [outputs.{}]", ending.id, name));
      }
    }
  }
}

}  // namespace

std::vector<std::string> document_names() {
  return {"application_number", "service",       "decided_on",   "valid_until",
          "ministry",           "decision_text", "appeal_until", "issuing_agency"};
}

void check_together(Building& building) {
  auto& package = building.package;
  package.application_form = need_form(building, building.application_form);
  package.eligibility_form = need_form(building, building.eligibility_form);
  check_properties(building);
  check_filters(building);
  check_texts(building);
  check_items(building);
  for (auto& output : package.outputs) check_output(building, output);
  check_endings(building);
}

}  // namespace minben::casework
