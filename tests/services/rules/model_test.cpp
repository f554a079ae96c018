#include "support.hpp"

namespace minben::rules::test {
namespace {

Model load(const std::string& name) {
  auto model = Model::load(read_file(folder + "models/" + name + ".dmn"), name + ".dmn");
  if (!model) {
    ADD_FAILURE() << describe(model.error().front());
    std::abort();
  }
  return *model;
}
Context person(int salary, std::string_view expiry) {
  return {{"Person", Context{{"monthly salary", Value::number(salary)},
                             {"passport expiry", Value::date(*parse_date(expiry))}}},
          {"Situation", "abroad"},
          {"Years", Value::number(2)}};
}

TEST(Model, decides_and_says_why) {
  const Model model = load("permit");
  const auto refused = model.evaluate("Eligibility", person(200'000, "2027-03-01"), at_noon());
  ASSERT_TRUE(refused) << describe(refused.error());
  EXPECT_EQ(to_text(refused->value), "passport");
  ASSERT_EQ(refused->rules.size(), 1u);
  const FiredRule& rule = refused->rules.front();
  EXPECT_EQ(rule.decision, "Eligibility");
  EXPECT_EQ(rule.rule, 1);
  EXPECT_EQ(rule.rule_id, "u1");
  EXPECT_EQ(rule.inputs.at(1).label, "Passport months");
  EXPECT_EQ(rule.inputs.at(1).test, "< 6");
  EXPECT_EQ(to_text(rule.inputs.at(1).value), "3");
  EXPECT_EQ(rule.annotations.at(1).name, "zh-Hant");
  EXPECT_EQ(rule.annotations.at(1).text, "護照效期須六個月以上。");
  const Json json = explain(*refused);
  EXPECT_EQ(json.at("rules").at(0).at("annotations").at("en"),
            Json("The passport must be valid for 6 months."));
}

TEST(Model, decides_through_other_decisions) {
  const Model model = load("permit");
  const auto fee = model.evaluate("Fee", person(160'000, "2030-01-01"), at_noon());
  ASSERT_TRUE(fee);
  EXPECT_EQ(to_text(fee->value), "4700");
  EXPECT_EQ(to_text(*fee->decisions.find("Eligibility")), "eligible");
  ASSERT_EQ(fee->rules.size(), 2u);
  EXPECT_EQ(fee->rules[0].rule, 2);
  EXPECT_EQ(fee->rules[1].rule, 3);
  Context resident = person(160'000, "2030-01-01");
  resident.set("Situation", "resident");
  EXPECT_EQ(to_text(model.evaluate("d2", resident, at_noon())->value), "2500");
  EXPECT_EQ(model.evaluate("Nothing", resident).error().code, "no_such_decision");
}

TEST(Model, a_given_decision_is_not_computed) {
  Context inputs = person(1, "2020-01-01");
  inputs.set("Eligibility", "eligible");
  EXPECT_EQ(to_text(load("permit").evaluate("Fee", inputs, at_noon())->value), "4700");
}

TEST(Model, values_outside_their_type_are_null_with_a_warning) {
  Context inputs = person(160'000, "2030-01-01");
  inputs.set("Situation", "on the moon");
  const auto fee = load("permit").evaluate("Fee", inputs, at_noon());
  ASSERT_TRUE(fee);
  EXPECT_TRUE(fee->value.is_null());
  ASSERT_FALSE(fee->warnings.empty());
  EXPECT_NE(fee->warnings.front().find("Situation"), std::string::npos) << fee->warnings.front();
}

TEST(Model, services_take_decisions_as_inputs) {
  const auto fee = load("permit").evaluate_service(
      "Fee service",
      {{"Eligibility", "eligible"}, {"Situation", "resident"}, {"Years", Value::number(3)}});
  ASSERT_TRUE(fee) << describe(fee.error());
  EXPECT_EQ(to_text(fee->value), "3500");
}

TEST(Model, knowledge_models_are_callable) {
  const auto months = load("permit").invoke(
      "months left", {{"until", Value::date(*parse_date("2027-11-23"))}}, at_noon());
  ASSERT_TRUE(months);
  EXPECT_EQ(to_text(months->value), "12");
}

TEST(Model, lists_what_it_needs) {
  const Model model = load("permit");
  const auto decisions = model.decisions();
  ASSERT_EQ(decisions.size(), 2u);
  EXPECT_EQ(decisions[0].question, "May this person apply?");
  EXPECT_EQ(decisions[1].inputs, (std::vector<std::string>{"Situation", "Years", "Person"}));
  EXPECT_EQ(decisions[1].decisions, (std::vector<std::string>{"Eligibility"}));
  ASSERT_EQ(model.inputs().size(), 3u);
  EXPECT_EQ(model.inputs()[1].type, "tSituation");
}

TEST(Model, hit_policies_combine) {
  const auto value_of = [](const std::string& name, int age, const char* kind) {
    return to_json(load(name).evaluate("D", {{"Age", Value::number(age)}, {"Kind", kind}})->value);
  };
  EXPECT_EQ(value_of("collect", 11, "z"), Json(7));
  EXPECT_EQ(value_of("collect", 1, "y"), Json(nullptr));
  EXPECT_EQ(value_of("priority", 11, "y"), Json("high"));
  EXPECT_EQ(value_of("overlap", 65, "a"), Json(nullptr));
  EXPECT_EQ(value_of("overlap", 66, "a"), Json(3));
}

struct Fault {
  std::string code;
  int line;
  std::string word;  ///< in the detail
};
void expect_faults(const std::string& name, const std::vector<Fault>& expected) {
  const auto model = Model::load(read_file(folder + "models/" + name + ".dmn"), name + ".dmn");
  ASSERT_FALSE(model) << name;
  for (const Fault& fault : expected) {
    const bool found = std::ranges::any_of(model.error(), [&](const Error& error) {
      return error.code == fault.code && error.line == fault.line && error.field == name + ".dmn" &&
             error.detail.find(fault.word) != std::string::npos;
    });
    EXPECT_TRUE(found) << fault.code << " in line " << fault.line << " about " << fault.word;
  }
  EXPECT_EQ(model.error().size(), expected.size());
  for (const Error& error : model.error()) SCOPED_TRACE(describe(error));
}

TEST(Model, every_fault_is_named_with_its_line) {
  expect_faults("broken", {{"feel_syntax", 13, "expected a value at the end (rule u1)"},
                           {"feel_syntax", 14, "no end"},
                           {"feel_unknown_name", 14, "unknown name"}});
  expect_faults("structure", {{"dmn_type", 3, "contains itself"},
                              {"dmn_type", 4, "tMissing"},
                              {"dmn_reference", 9, "nowhere"},
                              {"dmn_structure", 12, "SOMETIMES"},
                              {"dmn_structure", 15, "1 input and 0 output"},
                              {"dmn_external_function", 18, "Java"},
                              {"dmn_structure", 7, "require each other"}});
}

TEST(Model, what_is_not_a_model_is_refused) {
  for (const char* xml : {"", "<definitions", "<a/>", "not xml", "<definitions/><definitions/>"}) {
    const auto model = Model::load(xml, "bad.dmn");
    if (std::string_view(xml) == "<definitions/><definitions/>") continue;
    ASSERT_FALSE(model) << xml;
    EXPECT_EQ(model.error().front().code, "dmn_xml");
    EXPECT_EQ(model.error().front().field, "bad.dmn");
  }
}

TEST(Model, imports_are_found_by_namespace) {
  const std::string main =
      R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="main" namespace="urn:main">
  <import name="fees" namespace="urn:fees" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>
  <decision id="d" name="Total"><variable name="Total" typeRef="fees.tMoney"/>
    <informationRequirement><requiredDecision href="urn:fees#base"/></informationRequirement>
    <knowledgeRequirement><requiredKnowledge href="urn:fees#twice"/></knowledgeRequirement>
    <literalExpression><text>fees.twice(fees.Base fee) + 1</text></literalExpression></decision></definitions>)";
  const std::string fees =
      R"(<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="fees" namespace="urn:fees">
  <itemDefinition name="tMoney"><typeRef>number</typeRef><allowedValues><text>&gt;= 0</text></allowedValues></itemDefinition>
  <decision id="base" name="Base fee"><variable name="Base fee"/><literalExpression><text>50</text></literalExpression></decision>
  <businessKnowledgeModel id="twice" name="twice"><variable name="twice"/><encapsulatedLogic><formalParameter name="x"/>
    <literalExpression><text>x * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel></definitions>)";
  const std::vector<Source> sources = {{fees, "fees.dmn"}};
  const auto model = Model::load(main, "main.dmn", {.imports = sources});
  ASSERT_TRUE(model) << describe(model.error().front());
  EXPECT_EQ(to_text(model->evaluate("Total", {})->value), "101");
}

std::string definitions(std::string_view name, std::string_view content) {
  return fmt::format(
      "<definitions xmlns='https://www.omg.org/spec/DMN/20230324/MODEL/' name='{0}' "
      "namespace='urn:{0}'>{1}</definitions>",
      name, content);
}

/// C imports B and B2, which both import A: A's input data exists once for each.
TEST(Model, an_imported_model_has_input_data_of_its_own_for_each_way_to_it) {
  const std::string a = definitions("a", R"(
    <itemDefinition name='tName'><typeRef>string</typeRef></itemDefinition>
    <inputData id='in' name='Person name'><variable name='Person name' typeRef='tName'/></inputData>
    <decision id='d' name='Greeting'><variable name='Greeting'/>
      <informationRequirement><requiredInput href='#in'/></informationRequirement>
      <literalExpression><text>"Hello, " + Person name</text></literalExpression></decision>)");
  const auto between = [](std::string_view name) {
    return definitions(name, fmt::format(R"(
      <import importType='dmn' name='model A' namespace='urn:a'/>
      <itemDefinition name='tText'><typeRef>model A.tName</typeRef></itemDefinition>
      <decision id='d' name='Report'><variable name='Report' typeRef='tText'/>
        <informationRequirement><requiredDecision href='urn:a#d'/></informationRequirement>
        <literalExpression><text>"{}: " + model A.Greeting</text></literalExpression></decision>)",
                                         name));
  };
  const std::string b = between("b"), b2 = between("b2");
  const std::string c = definitions("c", R"(
    <import importType='dmn' name='B' namespace='urn:b'/>
    <import importType='dmn' name='B two' namespace='urn:b2'/>
    <decision id='d' name='Both'><variable name='Both'/>
      <informationRequirement><requiredDecision href='urn:b#d'/></informationRequirement>
      <informationRequirement><requiredDecision href='urn:b2#d'/></informationRequirement>
      <literalExpression><text>B.Report + "; " + B two.Report</text></literalExpression></decision>)");
  const std::vector<Source> others{{a, "a.dmn"}, {b, "b.dmn"}, {b2, "b2.dmn"}};
  LoadOptions options;
  options.imports = others;
  const auto model = Model::load(c, "c.dmn", options);
  ASSERT_TRUE(model) << describe(model.error().front());
  const auto inputs = model->inputs_from_json(*parse_json(
      R"({"B": {"model A": {"Person name": "Ann"}}, "B two": {"model A": {"Person name": "Bo"}}})"));
  ASSERT_TRUE(inputs) << describe(inputs.error());
  EXPECT_EQ(to_text(model->evaluate("Both", *inputs)->value), "b: Hello, Ann; b2: Hello, Bo");
  EXPECT_EQ(to_text(model->evaluate("Both", {{"Person name", "Cy"}})->value),
            "b: Hello, Cy; b2: Hello, Cy");
  EXPECT_EQ(model->inputs_from_json(*parse_json(R"({"B": {"model B": {}}})")).error().field,
            "/B/model B");
}

TEST(Model, refuses_models_that_import_each_other) {
  const std::string a = definitions("a", "<import name='b' namespace='urn:b' importType='dmn'/>");
  const std::string b = definitions("b", "<import name='a' namespace='urn:a' importType='dmn'/>");
  const std::vector<Source> others{{b, "b.dmn"}};
  LoadOptions options;
  options.imports = others;
  const auto model = Model::load(a, "a.dmn", options);
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().front().code, "dmn_structure");
}

}  // namespace
}  // namespace minben::rules::test
