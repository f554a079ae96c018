// Values that come from outside, as JSON, and suites of cases: read by the types of a model, then
// evaluated.
#include "rules/cases.hpp"

namespace {

constexpr std::string_view xml = R"(
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="urn:m">
  <itemDefinition name="tPerson">
    <itemComponent name="born"><typeRef>date</typeRef></itemComponent>
    <itemComponent name="wakes"><typeRef>time</typeRef></itemComponent>
    <itemComponent name="seen" isCollection="true"><typeRef>date and time</typeRef></itemComponent>
    <itemComponent name="term"><typeRef>years and months duration</typeRef></itemComponent>
    <itemComponent name="rest"><typeRef>days and time duration</typeRef></itemComponent>
  </itemDefinition>
  <inputData id="i1" name="Person"><variable name="Person" typeRef="tPerson"/></inputData>
  <inputData id="i2" name="Any"><variable name="Any"/></inputData>
  <decision id="d" name="D"><variable name="D"/>
    <informationRequirement><requiredInput href="#i1"/></informationRequirement>
    <informationRequirement><requiredInput href="#i2"/></informationRequirement>
    <literalExpression><text>{a: Person.born + Person.term, b: Person.wakes + Person.rest, c: max(Person.seen),
      d: string(Any), e: matches(Any, Any), f: replace(Any, Any, Any), g: Any.x[1], h: sort(Any, function(p, q) p &lt; q),
      i: number(Any), j: split(Any, "[a-z-[aeiou]]"), k: date(Any), l: duration(Any), m: range(Any), n: Any = Person}</text>
    </literalExpression>
  </decision>
</definitions>)";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace minben;
  static const rules::Model model = *rules::Model::load(xml, "fuzz.dmn");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  rules::Options options;
  options.limits = {.max_steps = 20'000, .max_elements = 20'000, .max_depth = 300};
  if (const auto json = parse_json(text))
    if (const auto inputs = model.inputs_from_json(*json))
      if (const auto result = model.evaluate("D", *inputs, options)) rules::explain(*result);
  if (const auto suite = rules::read_test_suite(text, "fuzz.cases.json", model))
    rules::run_test_suite(model, *suite);
  return 0;
}
