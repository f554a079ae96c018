// service.toml: what the service is, its steps, endings, deadlines and grounds.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "package_parts.hpp"

namespace minben::casework {

namespace {

constexpr std::string_view manifest = "service.toml";

std::vector<Reference> references(TomlTable& table, std::string_view key, bool required) {
  std::vector<Reference> found;
  const int line = table.line_of(key);
  for (auto& name : required ? table.texts(key) : table.texts_or_empty(key)) {
    found.push_back({std::move(name), line});
  }
  return found;
}

Reference reference(TomlTable& table, std::string_view key) {
  const int line = table.line_of(key);
  return {table.text(key), line};
}

std::vector<std::string> names_of(const std::vector<Reference>& list) {
  std::vector<std::string> names;
  for (const auto& item : list) names.push_back(item.name);
  return names;
}

void read_head(Building& building, TomlTable& root) {
  auto& package = building.package;
  package.version = root.text("version");
  package.title = root.bilingual("title");
  package.summary = root.bilingual("summary");
  building.life_events = references(root, "life_events", true);
  package.life_events = names_of(building.life_events);
  for (const auto& name : root.texts("agencies")) {
    const int line = root.line_of("agencies");
    if (auto code = AgencyCode::parse(name)) {
      if (!building.agencies.contains(*code)) {
        building.fault(manifest, line, "unknown_agency", fmt::format("no agency \"{}\"", name));
      }
      package.agencies.push_back(std::move(*code));
    } else {
      building.fault(manifest, line, "not_a_code", fmt::format("\"{}\" is not a code", name));
    }
  }
  if (auto owner = root.agency("owner")) {
    building.check_agency(manifest, root.line_of("owner"), *owner);
    package.owner = std::move(*owner);
  }
  package.for_companies = root.boolean_or("for_companies", false);
  const auto level = root.text("assurance");
  const auto assurance = identity::parse_assurance(level);
  if (assurance && *assurance != identity::Assurance::none) {
    package.assurance = *assurance;
  } else if (!level.empty()) {
    building.fault(manifest, root.line_of("assurance"), "unknown_assurance",
                   "expected low, substantial or high");
  }
}

void read_days(Package& package, TomlTable& root) {
  package.statutory_working_days =
      static_cast<int>(root.integer("statutory_working_days", 1, 1000));
  package.appeal_days = static_cast<int>(root.integer_or("appeal_days", 30, 1, 365));
  package.draft_days = static_cast<int>(root.integer_or("draft_days", 30, 1, 365));
}

void read_uses(Building& building, TomlTable& root) {
  auto application = root.table("application");
  building.application_form = reference(application, "form");
  building.exclusive = references(application, "exclusive", false);
  building.package.exclusive_fields = names_of(building.exclusive);
  if (application.has("name")) building.name_property = reference(application, "name");
  building.compiled.name_property = building.name_property.name;
  if (auto queue = root.table_or_none("queue"); queue.present()) {
    building.queue_filters = references(queue, "filters", true);
    building.package.queue_filters = names_of(building.queue_filters);
  }
  if (auto eligibility = root.table_or_none("eligibility"); eligibility.present()) {
    building.eligibility_form = reference(eligibility, "form");
    building.eligibility = reference(eligibility, "decision");
  }
  if (auto routing = root.table_or_none("routing"); routing.present()) {
    building.routing = reference(routing, "decision");
  }
  if (auto fee = root.table_or_none("fee"); fee.present()) {
    building.has_fee = true;
    building.fee = reference(fee, "decision");
    building.compiled.fee_title = fee.bilingual("title");
    building.package.payment_days = static_cast<int>(fee.integer_or("working_days", 10, 1, 365));
  }
  if (auto grounds = root.table_or_none("grounds"); grounds.present()) {
    building.grounds = reference(grounds, "decision");
  }
  if (auto process = root.table_or_none("process"); process.present()) {
    building.process_answers = references(process, "answers", true);
    building.compiled.process_answers = names_of(building.process_answers);
  }
}

std::optional<StepKind> parse_step_kind(std::string_view text) {
  if (text == "payment") return StepKind::payment;
  if (text == "fetch") return StepKind::fetch;
  if (text == "review") return StepKind::review;
  if (text == "opinion") return StepKind::opinion;
  return std::nullopt;
}

void read_outcomes(Building& building, TomlTable& table, Step& step) {
  for (auto& entry : table.tables("outcomes")) {
    Outcome outcome{entry.text("code"), entry.bilingual("title"),
                    entry.boolean_or("refuses", false)};
    if (!is_code(outcome.code)) {
      building.fault(manifest, entry.line(), "not_a_code",
                     fmt::format("outcome \"{}\"", outcome.code));
    }
    if (outcome.refuses && step.kind == StepKind::opinion) {
      building.fault(manifest, entry.line(), "opinion_refuses", "only a review may refuse");
    }
    step.outcomes.push_back(std::move(outcome));
  }
  if (step.outcomes.empty()) {
    building.fault(manifest, step.line, "missing",
                   fmt::format("steps.{}.outcomes is missing", step.id));
  }
}

void read_holder(Building& building, TomlTable& table, Step& step) {
  const auto who = table.text_or("agency", "");
  if (who == "@routing") {
    if (building.routing.empty()) {
      building.fault(manifest, table.line_of("agency"), "no_routing",
                     "\"@routing\" needs [routing]");
    }
  } else if (!who.empty()) {
    if (auto agency = table.agency("agency")) {
      building.check_agency(manifest, table.line_of("agency"), *agency);
      step.agency = std::move(*agency);
    }
  } else if (step.kind == StepKind::payment) {
    step.agency = building.package.owner;
  } else {
    table.text("agency");  // reports that it is missing
  }
}

void read_role(Building& building, TomlTable& table, Step& step) {
  using namespace identity::role;
  step.role = table.text_or("role", step.kind == StepKind::opinion ? consultant : caseworker);
  constexpr std::array known{caseworker, consultant, approver, team_lead};
  if (std::ranges::find(known, step.role) == known.end()) {
    building.fault(manifest, table.line_of("role"), "unknown_role",
                   fmt::format("no role \"{}\"", step.role));
  }
}

void read_step(Building& building, TomlTable table, const std::string& id) {
  Step step;
  step.id = id;
  step.line = table.line();
  const auto kind = parse_step_kind(table.text("kind"));
  if (!kind) {
    building.fault(manifest, table.line_of("kind"), "unknown_step_kind",
                   "expected review, opinion, fetch or payment");
  }
  step.kind = kind.value_or(StepKind::fetch);
  step.title = table.bilingual("title");
  step.working_days = static_cast<int>(table.integer("working_days", 1, 1000));
  read_holder(building, table, step);
  if (step.kind == StepKind::review || step.kind == StepKind::opinion) {
    read_role(building, table, step);
    read_outcomes(building, table, step);
  }
  if (step.kind == StepKind::fetch) step.items = table.texts("items");
  read_step_deadline(building, table, step);
  building.package.steps.push_back(std::move(step));
}

void read_endings(Building& building, TomlTable& root) {
  auto endings = root.table("endings");
  for (const auto& id : endings.keys()) {
    auto table = endings.table(id);
    const auto state = parse_state(table.text("state"));
    if (!state ||
        (*state != State::approved && *state != State::refused && *state != State::closed)) {
      building.fault(manifest, table.line_of("state"), "unknown_state",
                     "expected approved, refused or closed");
    }
    building.ending_lines[id] = table.line();
    building.package.endings.push_back(
        {id, state.value_or(State::closed), table.texts_or_empty("documents")});
  }
}

void read_outputs(Building& building, TomlTable& root) {
  auto outputs = root.table_or_none("outputs");
  for (const auto& name : outputs.keys()) {
    auto table = outputs.table(name);
    OutputDocument output;
    output.name = name;
    building.output_lines[name] = table.line();
    if (auto agency = table.agency("agency")) {
      building.check_agency(manifest, table.line_of("agency"), *agency);
      output.agency = std::move(*agency);
    }
    output.valid_until_text = table.text_or("valid_until", "");
    output.line = table.line_of("valid_until");
    building.package.outputs.push_back(std::move(output));
  }
}

void read_supplement(Building& building, TomlTable& root) {
  auto table = root.table("supplement");
  auto& rules = building.package.supplements;
  rules.working_days = static_cast<int>(table.integer("working_days", 1, 365));
  rules.max_working_days = static_cast<int>(table.integer("max_working_days", 1, 365));
  rules.reminder_working_days =
      static_cast<int>(table.integer_or("reminder_working_days", 3, 0, 364));
  building.reasons = references(table, "reasons", true);
  rules.reasons = names_of(building.reasons);
  const auto lapse = parse_state(table.text("on_lapse"));
  if (lapse != State::closed && lapse != State::refused) {
    building.fault(manifest, table.line_of("on_lapse"), "unknown_state",
                   "expected closed or refused");
  }
  rules.on_lapse = lapse.value_or(State::closed);
  if (rules.on_lapse == State::refused) building.lapse_ground = reference(table, "lapse_ground");
  rules.lapse_ground = building.lapse_ground.name;
  if (rules.working_days > rules.max_working_days) {
    building.fault(manifest, table.line_of("working_days"), "out_of_range",
                   "more than max_working_days");
  }
}

void read_grounds(Building& building, TomlTable& root) {
  auto grounds = root.table("refusal");
  for (const auto& code : grounds.keys()) {
    auto table = grounds.table(code);
    building.ground_lines[code] = table.line();
    building.package.grounds.push_back(
        {code, table.bilingual("law"), table.boolean_or("officer", true)});
  }
}

}  // namespace

void Building::check_agency(std::string_view file, int line, const AgencyCode& agency) {
  if (agency.value.empty()) return;
  if (!agencies.contains(agency)) {
    fault(file, line, "unknown_agency", fmt::format("no agency \"{}\"", agency.value));
  } else if (std::ranges::find(package.agencies, agency) == package.agencies.end()) {
    fault(file, line, "agency_not_listed",
          fmt::format("\"{}\" is not among `agencies` of service.toml", agency.value));
  }
}

void read_manifest(Building& building) {
  const auto file = building.files.find(std::string(manifest));
  if (file == building.files.end()) {
    building.fault(manifest, 0, "missing_file", "every package has one");
    return;
  }
  Faults faults(std::string(manifest), building.errors);
  auto root = read_toml(file->second, faults);
  if (!root) return;
  read_head(building, *root);
  read_days(building.package, *root);
  read_uses(building, *root);
  auto steps = root->table("steps");
  for (const auto& id : steps.keys()) read_step(building, steps.table(id), id);
  read_endings(building, *root);
  read_outputs(building, *root);
  read_supplement(building, *root);
  read_grounds(building, *root);
  read_deadline(building, *root);
  root->unknown_keys();
}

}  // namespace minben::casework
