#pragma once
// A loaded model: the elements of its decision requirements graph, each a program over the values
// of the elements it requires.
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "table.hpp"

namespace minben::rules {

enum class ElementKind : std::uint8_t { input, decision, knowledge, service };

struct Element {
  ElementKind kind = ElementKind::decision;
  std::size_t file = 0;
  std::string id, name, type_text, question, description;
  TypePtr type;
  int line = 0;

  /// What it requires: their values fill slots 0, 1, … of its program, under these names.
  std::vector<std::size_t> required;
  std::vector<std::string> names;
  NodePtr program;  ///< null: no logic, or not loadable
  std::size_t slots = 0;

  // Of services (§6.3.9)
  std::vector<std::size_t> service_inputs;  ///< input data, then input decisions
  std::vector<std::size_t> service_outputs;
  std::vector<std::vector<std::string>> signatures;
};

struct ModelData : std::enable_shared_from_this<ModelData> {
  std::string name, file_name;
  std::vector<std::string> files;
  std::vector<std::vector<std::string>>
      paths;  ///< of each file: names of the imports that lead to it
  std::vector<Element> elements;
  std::vector<std::pair<std::size_t, std::shared_ptr<const Table>>>
      tables;                                             ///< with the element's index
  std::map<std::string, std::size_t, std::less<>> by_id;  ///< of the main file
  /// Of the main file, by kind; of several with one name the first.
  std::array<std::map<std::string, std::size_t, std::less<>>, 4> by_name;
  Errors errors;

  [[nodiscard]] const std::size_t* find(ElementKind kind, std::string_view name_or_id) const;
};

/// One evaluation of a model: values of elements, computed when they are first needed.
class Run {
 public:
  Run(const ModelData& model, Machine& machine, const Context& inputs);
  const Value& value_of(std::size_t element);
  /// Values for some elements, as a service call gives them.
  void preset(std::size_t element, Value value) {
    states_[element] = {State::done, std::move(value)};
  }
  [[nodiscard]] Context decided() const;
  [[nodiscard]] const ModelData& model() const { return model_; }

 private:
  struct State {
    enum Stage : std::uint8_t { waiting, busy, done } stage = waiting;
    Value value;
  };
  Value compute(std::size_t element);
  Value given(const Element& element, const Value* value);
  [[nodiscard]] const Value* input_of(const Element& element) const;

  const ModelData& model_;
  Machine& machine_;
  const Context& inputs_;
  std::vector<State> states_;
  std::vector<std::size_t> order_;  ///< decisions as they were made
};

/// Calls a decision service with its inputs in order.
Value call_service(Machine& machine, const ModelData& model, std::size_t service,
                   std::span<const Value> arguments, Context* decided = nullptr);

/// Reads DMN XML into `out`; faults go to out.errors.
void load_model(std::string_view xml, std::string_view file_name, const LoadOptions& options,
                ModelData& out);

}  // namespace minben::rules
