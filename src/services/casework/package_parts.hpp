#pragma once
// A package while it is being read: what the files said, what is still to be compared.
#include "casework/package.hpp"
#include "process/process.hpp"
#include "toml_reader.hpp"

namespace minben::casework {

struct Package::Compiled {
  PackageFiles files;
  std::vector<rules::Model> models;
  std::map<std::string, std::size_t, std::less<>> decisions;  ///< name → index in models
  process::DefinitionPtr process;
  std::string eligibility;  ///< names of decisions; "" = none
  std::string routing;
  std::string fee;
  std::string grounds;
  Bilingual fee_title;
  std::vector<std::string> process_answers;
  std::string name_property;  ///< "" = no search by name
};

/// Something named in service.toml that another file has to supply.
struct Reference {
  std::string name;
  int line = 0;
  [[nodiscard]] bool empty() const { return name.empty(); }
};

struct Building {
  Building(const PackageFiles& all, const KnownAgencies& known) : files(all), agencies(known) {}

  const PackageFiles& files;
  const KnownAgencies& agencies;
  Package package;
  Package::Compiled compiled;
  Errors errors;

  std::map<std::string, forms::Form, std::less<>> forms;  ///< by name of the file
  Reference eligibility_form, application_form;
  Reference eligibility, routing, fee, grounds;
  std::vector<Reference> exclusive, queue_filters, process_answers, life_events, reasons;
  Reference name_property, lapse_ground;
  std::map<std::string, int, std::less<>> output_lines, ending_lines, ground_lines, item_lines;
  std::vector<std::pair<Reference, std::string>> query_properties;  ///< with the item's name
  bool has_fee = false;

  void fault(std::string_view file, int line, std::string_view code, std::string_view detail) {
    errors.push_back(
        {Kind::invalid, std::string(code), std::string(detail), std::string(file), line, 0});
  }
  /// "unknown_agency" unless the platform knows it, and the package lists it (when it has a list).
  void check_agency(std::string_view file, int line, const AgencyCode& agency);
};

void read_manifest(Building& building);                   ///< service.toml
void read_deadline(Building& building, TomlTable& root);  ///< its [deadline]
/// [steps.<id>.deadline]; the step's kind, days and outcomes are read already.
void read_step_deadline(Building& building, TomlTable& step_table, Step& step);
void read_data(Building& building);         ///< data.toml
void read_texts(Building& building);        ///< texts/*.toml
void read_rules(Building& building);        ///< rules/*.dmn
void read_forms(Building& building);        ///< forms/*.json
void read_process(Building& building);      ///< process.bpmn
void read_documents(Building& building);    ///< documents/*.toml
void check_together(Building& building);    ///< what the files say about each other
void check_process(Building& building);     ///< steps, endings, conditions, payment before review
void check_rules(Building& building);       ///< inputs and outputs of the decisions
void check_rule_cases(Building& building);  ///< rules/*.cases.json fit the models beside them
void check_examples(Building& building);    ///< examples/*.json can be read

/// Plays rules/*.cases.json of a sound package; titles say how many rules of each table fired.
std::vector<ExampleResult> play_rule_cases(const Package::Compiled& compiled);

/// Names that documents may use beside the answers' properties and the list `grounds`.
std::vector<std::string> document_names();
/// Input data that the decision needs, directly or through others; empty when there is no such one.
std::vector<std::string> inputs_of(const rules::Model& model, std::string_view decision);
/// The file's name without folder and ending: "rules/fee.dmn" → "fee".
std::string stem_of(std::string_view path);
/// Files of one folder with one ending.
std::vector<std::string> files_in(const PackageFiles& files, std::string_view folder,
                                  std::string_view ending);

}  // namespace minben::casework
