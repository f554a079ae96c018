// DMN XML: whatever loads, also with faults in it, must evaluate and be analysed without a crash.
#include "rules/rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  const std::string_view xml(reinterpret_cast<const char*>(data), size);
  const auto model = rules::Model::load(xml, "fuzz.dmn", {.keep_going = true, .imports = {}});
  if (!model) return 0;
  rules::Options options;
  options.limits = {.max_steps = 20'000, .max_elements = 20'000, .max_depth = 300};
  rules::Context inputs;
  for (const auto& input : model->inputs()) inputs.set(input.name, rules::Value::number(7));
  for (const auto& decision : model->decisions())
    if (const auto result = model->evaluate(decision.name, inputs, options))
      rules::explain(*result);
  for (const auto& service : model->services())
    static_cast<void>(model->evaluate_service(service, inputs, options));
  for (const auto& finding : rules::check(*model)) rules::to_json(finding);
  return 0;
}
