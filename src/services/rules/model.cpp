#include "model.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compare.hpp"

namespace minben::rules {

const std::size_t* ModelData::find(ElementKind kind, std::string_view name_or_id) const {
  if (const auto found = by_id.find(name_or_id);
      found != by_id.end() && elements[found->second].kind == kind)
    return &found->second;
  const auto& names = by_name[static_cast<std::size_t>(kind)];
  const auto found = names.find(name_or_id);
  return found == names.end() ? nullptr : &found->second;
}

namespace {
class ServiceFunction final : public Function {
 public:
  ServiceFunction(const ModelData& model, std::size_t service)
      : model_(model.shared_from_this()), service_(service) {}
  [[nodiscard]] std::string_view name() const override { return element().name; }
  [[nodiscard]] std::span<const std::vector<std::string>> signatures() const override {
    return element().signatures;
  }
  [[nodiscard]] Value call(Machine& machine, std::span<const Value> arguments) const override {
    return call_service(machine, *model_, service_, arguments);
  }

 private:
  [[nodiscard]] const Element& element() const { return model_->elements[service_]; }
  std::shared_ptr<const ModelData> model_;
  std::size_t service_;
};
}  // namespace

Run::Run(const ModelData& model, Machine& machine, const Context& inputs)
    : model_(model), machine_(machine), inputs_(inputs), states_(model.elements.size()) {}

Value Run::given(const Element& element, const Value* value) {
  if (!value || !element.type) return value ? *value : Value();
  return coerce_or_null(machine_, *value, element.type.get(), element.name);
}

/// What the caller gave for an element. That of an imported model stands under the names of the
/// imports, {"Model B": {"Person name": "…"}}; input data may also be given by its bare name.
const Value* Run::input_of(const Element& element) const {
  const Context* at = &inputs_;
  for (const std::string& name : model_.paths[element.file]) {
    const Value* inner = at->find(name);
    at = inner ? inner->context() : nullptr;
    if (at == nullptr) break;
  }
  const Value* found = at ? at->find(element.name) : nullptr;
  return !found && element.kind == ElementKind::input ? inputs_.find(element.name) : found;
}

const Value& Run::value_of(std::size_t element) {
  State& state = states_[element];
  if (state.stage == State::done) return state.value;
  if (state.stage == State::busy) {
    machine_.null(fmt::format("'{}' requires itself", model_.elements[element].name));
    return state.value;
  }
  state.stage = State::busy;
  Value value = machine_.enter() ? compute(element) : Value();
  machine_.leave();
  state = {State::done, std::move(value)};
  if (model_.elements[element].kind == ElementKind::decision) order_.push_back(element);
  return state.value;
}

Value Run::compute(std::size_t index) {
  const Element& element = model_.elements[index];
  if (element.kind == ElementKind::service)
    return std::shared_ptr<const Function>(std::make_shared<ServiceFunction>(model_, index));
  const Value* own = element.kind == ElementKind::knowledge ? nullptr : input_of(element);
  if (own || element.kind == ElementKind::input) return given(element, own);
  if (!element.program) return {};
  std::string_view outer;
  Value value = run_in_frame(machine_, *element.program, element.slots, [&](Value* slots) {
    for (const std::size_t required : element.required) *slots++ = value_of(required);
    outer = std::exchange(machine_.place, element.name);
  });
  if (element.type)
    value = coerce_or_null(machine_, std::move(value), element.type.get(), "the result");
  machine_.place = outer;
  return value;
}

Context Run::decided() const {
  Context out;
  for (const std::size_t element : order_)
    out.set(model_.elements[element].name, states_[element].value);
  return out;
}

Value call_service(Machine& machine, const ModelData& model, std::size_t service,
                   std::span<const Value> arguments, Context* decided) {
  const Element& element = model.elements[service];
  const Context nothing;
  Run run(model, machine, nothing);
  for (std::size_t i = 0; i < element.service_inputs.size(); ++i) {
    const Element& input = model.elements[element.service_inputs[i]];
    auto fitted = i < arguments.size() ? coerce(machine, arguments[i], input.type.get())
                                       : std::optional(Value());
    if (!fitted)
      return machine.null(
          fmt::format("'{}' of service '{}' has the wrong type", input.name, element.name));
    run.preset(element.service_inputs[i], std::move(*fitted));
  }
  Context outputs;
  for (const std::size_t output : element.service_outputs)
    outputs.set(model.elements[output].name, run.value_of(output));
  if (decided) *decided = run.decided();
  Value value =
      element.service_outputs.size() == 1 ? outputs.entries().front().value : Value(outputs);
  return coerce_or_null(machine, std::move(value), element.type.get(), "the result of a service");
}

std::expected<Model, Errors> Model::load(std::string_view xml, std::string_view file_name,
                                         const LoadOptions& options) {
  auto data = std::make_shared<ModelData>();
  load_model(xml, file_name, options, *data);
  const bool fatal = !options.keep_going || data->elements.empty();
  if (!data->errors.empty() && fatal) return std::unexpected(std::move(data->errors));
  return Model(std::move(data));
}

namespace {
Result<Evaluation> finished(Machine& machine, Value value, Context decisions) {
  if (machine.stopped())
    return fail(Kind::too_large, "rules_limit",
                fmt::format("the evaluation reached {}", machine.stop_reason()));
  return Evaluation{std::move(value), std::move(machine.fired), std::move(decisions),
                    std::move(machine.warnings())};
}
std::unexpected<Error> none(std::string_view code, std::string_view name) {
  return fail(Kind::not_found, code, fmt::format("the model has no '{}'", name));
}
}  // namespace

Result<Evaluation> Model::evaluate(std::string_view decision, const Context& inputs,
                                   const Options& options) const {
  const std::size_t* element = data_->find(ElementKind::decision, decision);
  if (!element) return none("no_such_decision", decision);
  Machine machine(options);
  Run run(*data_, machine, inputs);
  Value value = run.value_of(*element);
  return finished(machine, std::move(value), options.explain ? run.decided() : Context());
}

Result<Evaluation> Model::evaluate_service(std::string_view service, const Context& inputs,
                                           const Options& options) const {
  const std::size_t* index = data_->find(ElementKind::service, service);
  if (!index) return none("no_such_service", service);
  List arguments;
  for (const std::size_t input : data_->elements[*index].service_inputs) {
    const Value* value = inputs.find(data_->elements[input].name);
    arguments.push_back(value ? *value : Value());
  }
  Machine machine(options);
  Context decided;
  Value value = call_service(machine, *data_, *index, arguments, &decided);
  return finished(machine, std::move(value), std::move(decided));
}

Result<Evaluation> Model::invoke(std::string_view knowledge_model, const Context& arguments,
                                 const Options& options) const {
  const std::size_t* index = data_->find(ElementKind::knowledge, knowledge_model);
  if (!index) return none("no_such_function", knowledge_model);
  Machine machine(options);
  const Context nothing;
  Run run(*data_, machine, nothing);
  const auto function = run.value_of(*index).shared_function();
  if (!function) return none("no_such_function", knowledge_model);
  std::vector<std::string> names;
  List values;
  for (const auto& [name, value] : arguments.entries()) {
    names.push_back(name);
    values.push_back(value);
  }
  machine.place = data_->elements[*index].name;
  Value value = call_named(machine, function, names, values);
  return finished(machine, std::move(value), run.decided());
}

const std::string& Model::name() const { return data_->name; }
const std::string& Model::file_name() const { return data_->file_name; }
const Errors& Model::errors() const { return data_->errors; }

namespace {
void collect_inputs(const ModelData& model, std::size_t index, std::set<std::size_t>& seen,
                    std::vector<std::string>& out) {
  if (!seen.insert(index).second) return;
  const Element& element = model.elements[index];
  if (element.kind == ElementKind::input) out.push_back(element.name);
  for (const std::size_t required : element.required) collect_inputs(model, required, seen, out);
}
}  // namespace

std::vector<DecisionInfo> Model::decisions() const {
  std::vector<DecisionInfo> out;
  for (std::size_t i = 0; i < data_->elements.size(); ++i) {
    const Element& element = data_->elements[i];
    if (element.kind != ElementKind::decision || element.file != 0) continue;
    DecisionInfo info{element.id, element.name,     element.type_text,  {},
                      {},         element.question, element.description};
    std::set<std::size_t> seen;
    collect_inputs(*data_, i, seen, info.inputs);
    for (const std::size_t required : element.required)
      if (data_->elements[required].kind == ElementKind::decision)
        info.decisions.push_back(data_->elements[required].name);
    out.push_back(std::move(info));
  }
  return out;
}
std::vector<Variable> Model::inputs() const {
  std::vector<Variable> out;
  for (const Element& element : data_->elements)
    if (element.kind == ElementKind::input && element.file == 0)
      out.push_back({element.name, element.type_text});
  return out;
}
std::vector<std::string> Model::services() const {
  std::vector<std::string> out;
  for (const Element& element : data_->elements)
    if (element.kind == ElementKind::service && element.file == 0) out.push_back(element.name);
  return out;
}

Json explain(const Evaluation& evaluation) {
  const auto cells = [](const std::vector<FiredRule::Cell>& list) {
    JsonArray out;
    for (const auto& cell : list) {
      JsonObject shown{{"label", cell.label}, {"test", cell.test}, {"value", to_json(cell.value)}};
      if (!cell.expression.empty()) shown["expression"] = cell.expression;
      out.emplace_back(std::move(shown));
    }
    return out;
  };
  JsonArray rules;
  for (const FiredRule& rule : evaluation.rules) {
    JsonObject annotations;
    for (const auto& [name, text] : rule.annotations) annotations[name] = text;
    rules.push_back({{"decision", rule.decision},
                     {"table", rule.table_id},
                     {"rule", rule.rule},
                     {"rule_id", rule.rule_id},
                     {"description", rule.description},
                     {"inputs", cells(rule.inputs)},
                     {"outputs", cells(rule.outputs)},
                     {"annotations", annotations}});
  }
  JsonArray warnings;
  for (const std::string& warning : evaluation.warnings) warnings.emplace_back(warning);
  return {{"value", to_json(evaluation.value)},
          {"decisions", to_json(Value(evaluation.decisions))},
          {"rules", rules},
          {"warnings", warnings}};
}

}  // namespace minben::rules
