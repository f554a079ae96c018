// Models that the standard forbids are refused, each with its rule, element and line.
#include "models.hpp"
#include "support/shared.hpp"

namespace minben::process::test {
namespace {

struct Broken {
  std::string code;
  std::string element;  ///< that the detail names
  std::string xml;
};

std::string task(std::string_view id) { return fmt::format(R"(<bpmn:userTask id="{}"/>)", id); }
std::string signal_event(std::string_view tag, std::string_view id,
                         std::string_view attributes = {}) {
  return fmt::format(R"(<bpmn:{} id="{}" {}><bpmn:signalEventDefinition signalRef="s"/></bpmn:{}>)",
                     tag, id, attributes, tag);
}
const std::string signal = R"(<bpmn:signal id="s" name="S"/>)";
const std::string message = R"(<bpmn:message id="m" name="M"/>)";

/// A whole process around a subprocess with this inside.
std::string with_subprocess(std::string_view inside, std::string_view attributes = {},
                            std::string_view tag = "subProcess", std::string_view more = {},
                            std::string_view before = {}) {
  return bpmn(in_row({"sub"}) + fmt::format(R"(<bpmn:{} id="sub" {}>{}</bpmn:{}>{})", tag,
                                            attributes, inside, tag, more),
              before);
}

const std::string inner =
    R"(<bpmn:startEvent id="i1"/><bpmn:endEvent id="i2"/><bpmn:sequenceFlow id="i3" sourceRef="i1" targetRef="i2"/>)";

std::string event_subprocess(std::string_view start, std::string_view attributes = {}) {
  return bpmn(
      in_row({"t"}) + task("t") +
          fmt::format(
              R"(<bpmn:subProcess id="es" triggeredByEvent="true" {}>{}<bpmn:endEvent id="ee"/>{}</bpmn:subProcess>)",
              attributes, start, flow("ef", "es1", "ee")),
      signal);
}

std::vector<Broken> broken_models() {
  return {
      {"not_bpmn", "", "<definitions/>"},
      {"not_xml", "", "<a><b></a>"},
      {"no_process", "d", definitions("")},
      {"process_empty", "p", bpmn("")},
      {"missing_id", "", bpmn(in_row({"t"}) + task("t") + "<bpmn:userTask name='x'/>")},
      {"duplicate_id", "t", bpmn(in_row({"t"}) + task("t") + task("t"))},
      {"dangling_reference", "row0", bpmn(in_row({"nowhere"}))},
      {"dangling_reference", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:userTask id='t'><bpmn:incoming>gone</bpmn:incoming></bpmn:userTask>")},
      {"dangling_reference", "", bpmn(in_row({"e"}) + signal_event("intermediateThrowEvent", "e"))},
      {"dangling_reference", "c",
       bpmn(in_row({"c"}) + "<bpmn:callActivity id='c' calledElement='other'/>")},
      {"start_event_incoming", "start",
       bpmn(in_row({"t"}) + task("t") + flow("back", "t", "start"))},
      {"start_event_outgoing", "lonely",
       bpmn(in_row({"t"}) + task("t") + signal_event("startEvent", "lonely"), signal)},
      {"end_event_outgoing", "end", bpmn(in_row({"t"}) + task("t") + flow("back", "end", "t"))},
      {"end_event_incoming", "lonely",
       bpmn(in_row({"t"}) + task("t") + "<bpmn:endEvent id='lonely'/>")},
      {"boundary_event_incoming", "b",
       bpmn(in_row({"t"}) + task("t") + signal_event("boundaryEvent", "b", "attachedToRef='t'") +
                flow("x", "b", "end") + flow("y", "t", "b"),
            signal)},
      {"boundary_event_outgoing", "b",
       bpmn(in_row({"t"}) + task("t") + signal_event("boundaryEvent", "b", "attachedToRef='t'"),
            signal)},
      {"boundary_event_trigger", "b",
       bpmn(in_row({"t"}) + task("t") + "<bpmn:boundaryEvent id='b' attachedToRef='t'/>" +
            flow("x", "b", "end"))},
      {"boundary_not_attached", "b",
       bpmn(in_row({"t"}) + task("t") +
                signal_event("boundaryEvent", "b", "attachedToRef='start'") + flow("x", "b", "end"),
            signal)},
      {"must_interrupt", "b",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:boundaryEvent id='b' attachedToRef='t' "
            "cancelActivity='false'><bpmn:errorEventDefinition/></bpmn:boundaryEvent>" +
            flow("x", "b", "end"))},
      {"cancel_outside_transaction", "b",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:boundaryEvent id='b' "
            "attachedToRef='t'><bpmn:cancelEventDefinition/></bpmn:boundaryEvent>" +
            flow("x", "b", "end"))},
      {"cancel_outside_transaction", "c",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:endEvent id='c'><bpmn:cancelEventDefinition/></bpmn:endEvent>" +
            flow("x", "t", "c"))},
      {"compensation_event_outgoing", "b",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:boundaryEvent id='b' "
            "attachedToRef='t'><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>" +
            flow("x", "b", "end"))},
      {"compensation_without_handler", "b",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:boundaryEvent id='b' "
            "attachedToRef='t'><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>")},
      {"handler_not_for_compensation", "h",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:boundaryEvent id='b' "
            "attachedToRef='t'><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>" +
            task("h") + "<bpmn:association id='as' sourceRef='b' targetRef='h'/>")},
      {"compensation_activity_flow", "h",
       bpmn(in_row({"h"}) + "<bpmn:userTask id='h' isForCompensation='true'/>")},
      {"event_kind", "start",
       bpmn("<bpmn:startEvent "
            "id='start'><bpmn:errorEventDefinition/></bpmn:startEvent><bpmn:endEvent id='end'/>" +
            flow("f", "start", "end"))},
      {"event_kind", "end",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent "
            "id='end'><bpmn:timerEventDefinition><bpmn:timeDuration>PT1S</bpmn:timeDuration></"
            "bpmn:timerEventDefinition></bpmn:endEvent>" +
            flow("f", "start", "end"))},
      {"event_kind", "e",
       bpmn(in_row({"e"}) + "<bpmn:intermediateCatchEvent "
                            "id='e'><bpmn:errorEventDefinition/></bpmn:intermediateCatchEvent>")},
      {"event_kind", "e",
       bpmn(in_row({"e"}) +
            "<bpmn:intermediateThrowEvent "
            "id='e'><bpmn:terminateEventDefinition/></bpmn:intermediateThrowEvent>")},
      {"catch_event_trigger", "e", bpmn(in_row({"e"}) + "<bpmn:intermediateCatchEvent id='e'/>")},
      {"intermediate_event_incoming", "e",
       bpmn(in_row({"t"}) + task("t") + signal_event("intermediateCatchEvent", "e") +
                flow("x", "e", "end"),
            signal)},
      {"intermediate_event_outgoing", "e",
       bpmn(in_row({"t"}) + task("t") + signal_event("intermediateCatchEvent", "e") +
                flow("x", "t", "e"),
            signal)},
      {"parallel_multiple", "e",
       bpmn(in_row({"e"}) + signal_event("intermediateCatchEvent", "e", "parallelMultiple='true'"),
            signal)},
      {"message_missing", "e",
       bpmn(in_row({"e"}) + "<bpmn:intermediateThrowEvent "
                            "id='e'><bpmn:messageEventDefinition/></bpmn:intermediateThrowEvent>")},
      {"signal_missing", "e",
       bpmn(in_row({"e"}) + "<bpmn:intermediateThrowEvent "
                            "id='e'><bpmn:signalEventDefinition/></bpmn:intermediateThrowEvent>")},
      {"message_missing", "r", bpmn(in_row({"r"}) + "<bpmn:receiveTask id='r'/>")},
      {"message_missing", "r", bpmn(in_row({"r"}) + "<bpmn:sendTask id='r'/>")},
      {"error_code", "end",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent "
            "id='end'><bpmn:errorEventDefinition/></bpmn:endEvent>" +
            flow("f", "start", "end"))},
      {"escalation_code", "end",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent "
            "id='end'><bpmn:escalationEventDefinition/></bpmn:endEvent>" +
            flow("f", "start", "end"))},
      {"link_without_target", "e",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent id='end'/><bpmn:userTask "
            "id='t'/><bpmn:intermediateThrowEvent id='e'><bpmn:linkEventDefinition "
            "name='x'/></bpmn:intermediateThrowEvent>" +
            flow("a", "start", "t") + flow("b", "t", "e") + flow("c", "t", "end"))},
      {"link_name", "e",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent id='end'/><bpmn:userTask "
            "id='t'/><bpmn:intermediateThrowEvent "
            "id='e'><bpmn:linkEventDefinition/></bpmn:intermediateThrowEvent>" +
            flow("a", "start", "t") + flow("b", "t", "e") + flow("c", "t", "end"))},
      {"condition_missing", "",
       bpmn(in_row({"e"}) +
            "<bpmn:intermediateCatchEvent "
            "id='e'><bpmn:conditionalEventDefinition/></bpmn:intermediateCatchEvent>")},
      {"condition_not_feel", "f",
       bpmn(in_row({"t"}) + task("t") + flow("f", "t", "end", "amount &gt;"))},
      {"expression_language", "",
       bpmn(in_row({"t"}) + task("t") +
            "<bpmn:sequenceFlow id='f' sourceRef='t' targetRef='end'><bpmn:conditionExpression "
            "language='javascript'>a</bpmn:conditionExpression></bpmn:sequenceFlow>")},
      {"timer_kind", "",
       bpmn(in_row({"e"}) + "<bpmn:intermediateCatchEvent "
                            "id='e'><bpmn:timerEventDefinition/></bpmn:intermediateCatchEvent>")},
      {"timer_text", "",
       bpmn(in_row({"e"}) +
            "<bpmn:intermediateCatchEvent id='e'><bpmn:timerEventDefinition><bpmn:timeDuration>5 "
            "days</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>")},
      {"gateway_without_branches", "g", bpmn(in_row({"g"}) + "<bpmn:exclusiveGateway id='g'/>")},
      {"gateway_direction", "g",
       bpmn(in_row({"g"}) + "<bpmn:parallelGateway id='g' gatewayDirection='Converging'/>" +
            flow("x", "g", "end"))},
      {"flow_without_condition", "x",
       bpmn(in_row({"g"}) + "<bpmn:exclusiveGateway id='g' default='row1'/>" +
            flow("x", "g", "end"))},
      {"default_flow", "g",
       bpmn(in_row({"g"}) + "<bpmn:exclusiveGateway id='g' default='row0'/>" +
            flow("x", "g", "end", "true"))},
      {"default_with_condition", "x",
       bpmn(in_row({"g"}) + "<bpmn:exclusiveGateway id='g' default='x'/>" +
            flow("x", "g", "end", "true"))},
      {"default_not_allowed", "g",
       bpmn(in_row({"g"}) + "<bpmn:parallelGateway id='g' default='row1'/>" +
            flow("x", "g", "end"))},
      {"condition_not_allowed", "f",
       bpmn("<bpmn:startEvent id='start'/><bpmn:endEvent id='end'/>" +
            flow("f", "start", "end", "true"))},
      {"event_gateway_branches", "g",
       bpmn(in_row({"g", "r"}) +
                "<bpmn:eventBasedGateway id='g'/><bpmn:receiveTask id='r' messageRef='m'/>",
            message)},
      {"event_gateway_target", "g",
       bpmn(in_row({"g", "t"}) + "<bpmn:eventBasedGateway id='g'/>" + task("t") +
            flow("x", "g", "end"))},
      {"event_gateway_mixed", "g",
       bpmn(in_row({"g", "r"}) +
                "<bpmn:eventBasedGateway id='g'/><bpmn:receiveTask id='r' "
                "messageRef='m'/><bpmn:intermediateCatchEvent id='e'><bpmn:messageEventDefinition "
                "messageRef='m'/></bpmn:intermediateCatchEvent>" +
                flow("x", "g", "e") + flow("y", "e", "end"),
            message)},
      {"event_gateway_condition", "x",
       bpmn(in_row({"g", "r"}) +
                "<bpmn:eventBasedGateway id='g'/><bpmn:receiveTask id='r' "
                "messageRef='m'/><bpmn:receiveTask id='q' messageRef='m'/>" +
                flow("x", "g", "q", "true") + flow("y", "q", "end"),
            message)},
      {"event_gateway_target_incoming", "r",
       bpmn(in_row({"t", "g", "r"}) + task("t") +
                "<bpmn:eventBasedGateway id='g'/><bpmn:receiveTask id='r' "
                "messageRef='m'/><bpmn:receiveTask id='q' messageRef='m'/>" +
                flow("x", "g", "q") + flow("y", "q", "end") + flow("z", "t", "r"),
            message)},
      {"flow_across_subprocess", "x",
       with_subprocess(inner, "", "subProcess", flow("x", "sub", "i2"))},
      {"flow_across_pools", "x",
       definitions("<bpmn:process id='p' isExecutable='true'>" + in_row({"t"}) + task("t") +
                   flow("x", "t", "o") +
                   "</bpmn:process><bpmn:process id='q'><bpmn:userTask id='o'/></bpmn:process>")},
      {"message_flow_inside_pool", "mf",
       definitions("<bpmn:process id='p' isExecutable='true'>" + in_row({"t", "u"}) + task("t") +
                   task("u") +
                   "</bpmn:process><bpmn:collaboration id='c'><bpmn:participant id='a' "
                   "processRef='p'/><bpmn:messageFlow id='mf' sourceRef='t' "
                   "targetRef='u'/></bpmn:collaboration>")},
      {"dangling_reference", "a",
       definitions("<bpmn:process id='p' isExecutable='true'>" + in_row({"t"}) + task("t") +
                   "</bpmn:process><bpmn:collaboration id='c'><bpmn:participant id='a' "
                   "processRef='other'/></bpmn:collaboration>")},
      {"no_lane", "u",
       bpmn("<bpmn:laneSet id='ls'><bpmn:lane "
            "id='nia'><bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>t</"
            "bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>" +
            in_row({"t", "u"}) + task("t") + task("u"))},
      {"dangling_reference", "nia",
       bpmn("<bpmn:laneSet id='ls'><bpmn:lane "
            "id='nia'><bpmn:flowNodeRef>gone</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>" +
            in_row({"t"}) + task("t"))},
      {"subprocess_trigger", "i1",
       with_subprocess(
           signal_event("startEvent", "i1") + "<bpmn:endEvent id='i2'/>" + flow("i3", "i1", "i2"),
           "", "subProcess", "", signal)},
      {"event_subprocess_trigger", "es1", event_subprocess("<bpmn:startEvent id='es1'/>")},
      {"event_subprocess_start", "es",
       event_subprocess(signal_event("startEvent", "es1") + signal_event("startEvent", "es2") +
                        flow("e2", "es2", "ee"))},
      {"event_subprocess_flow", "es",
       bpmn(in_row({"es"}) + "<bpmn:subProcess id='es' triggeredByEvent='true'>" +
                signal_event("startEvent", "es1") + "<bpmn:endEvent id='ee'/>" +
                flow("ef", "es1", "ee") + "</bpmn:subProcess>",
            signal)},
      {"must_interrupt", "es1",
       event_subprocess("<bpmn:startEvent id='es1' "
                        "isInterrupting='false'><bpmn:errorEventDefinition/></bpmn:startEvent>")},
      {"ad_hoc_event", "sub", with_subprocess(inner + task("t"), "", "adHocSubProcess")},
      {"ad_hoc_empty", "sub", with_subprocess("", "", "adHocSubProcess")},
      {"start_without_end", "p",
       bpmn("<bpmn:startEvent id='start'/>" + task("t") + flow("f", "start", "t"))},
      {"end_without_start", "p",
       bpmn("<bpmn:endEvent id='end'/>" + task("t") + flow("f", "t", "end"))},
      {"several_starts", "p",
       bpmn(in_row({"t"}) + task("t") + "<bpmn:startEvent id='again'/>" + flow("x", "again", "t"))},
      {"no_incoming", "u", bpmn(in_row({"t"}) + task("t") + task("u") + flow("x", "u", "end"))},
      {"no_outgoing", "u", bpmn(in_row({"t"}) + task("t") + task("u") + flow("x", "t", "u"))},
      {"nothing_starts", "p",
       bpmn(task("t") + task("u") + flow("x", "t", "u") + flow("y", "u", "t"))},
      {"quantity_out_of_range", "t",
       bpmn(in_row({"t"}) + "<bpmn:userTask id='t' startQuantity='0'/>")},
      {"loop_maximum", "t",
       bpmn(in_row({"t"}) + "<bpmn:userTask id='t'><bpmn:standardLoopCharacteristics "
                            "loopMaximum='-1'/></bpmn:userTask>")},
      {"loop_without_end", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:userTask id='t'><bpmn:standardLoopCharacteristics/></bpmn:userTask>")},
      {"cardinality", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:userTask id='t'><bpmn:multiInstanceLoopCharacteristics/></bpmn:userTask>")},
      {"cardinality", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:userTask "
            "id='t'><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>-1</"
            "bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>")},
      {"service_topic", "t", bpmn(in_row({"t"}) + "<bpmn:serviceTask id='t'/>")},
      {"decision_missing", "t", bpmn(in_row({"t"}) + "<bpmn:businessRuleTask id='t'/>")},
      {"script_missing", "t", bpmn(in_row({"t"}) + "<bpmn:scriptTask id='t'/>")},
      {"script_not_feel", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:scriptTask id='t'><bpmn:script>if (</bpmn:script></bpmn:scriptTask>")},
      {"expression_language", "t",
       bpmn(in_row({"t"}) +
            "<bpmn:scriptTask id='t' "
            "scriptFormat='groovy'><bpmn:script>1</bpmn:script></bpmn:scriptTask>")},
      {"deadline_out_of_range", "t",
       bpmn(in_row({"t"}) + "<bpmn:userTask id='t' minben:deadlineDays='soon'/>")},
      {"not_executable", "t", bpmn(in_row({"x"}) + task("x") + "<bpmn:choreographyTask id='t'/>")},
  };
}

TEST(LoadTest, EveryForbiddenShapeIsRefusedWithItsRuleElementAndLine) {
  const auto models = broken_models();
  EXPECT_GE(models.size(), 40u);
  std::set<std::string> rules;
  for (const auto& broken : models) {
    SCOPED_TRACE(broken.code + " " + broken.element);
    const auto loaded = load_definition(broken.xml, "broken.bpmn");
    ASSERT_FALSE(loaded.has_value());
    const auto fault =
        std::find_if(loaded.error().begin(), loaded.error().end(), [&](const Error& error) {
          return error.code == broken.code &&
                 (broken.element.empty() || error.detail.starts_with(broken.element + ": "));
        });
    ASSERT_NE(fault, loaded.error().end()) << describe(loaded.error().front());
    EXPECT_EQ(fault->field, "broken.bpmn");
    EXPECT_GT(fault->line, 0);
    rules.insert(broken.code);
  }
  EXPECT_GE(rules.size(), 40u);
}

TEST(LoadTest, LinesAreThoseOfTheFile) {
  const auto loaded =
      load_definition(bpmn(in_row({"t"}) + "\n\n<bpmn:serviceTask id='t'/>\n"), "x.bpmn");
  ASSERT_FALSE(loaded.has_value());
  ASSERT_EQ(loaded.error().size(), 1u);
  EXPECT_EQ(loaded.error()[0].line, 7);
}

TEST(LoadTest, AllFaultsAreListedInOrder) {
  const auto loaded = load_definition(
      bpmn(in_row({"a", "b"}) + "\n<bpmn:serviceTask id='a'/>\n<bpmn:businessRuleTask id='b'/>"),
      "x.bpmn");
  ASSERT_FALSE(loaded.has_value());
  ASSERT_EQ(loaded.error().size(), 2u);
  EXPECT_EQ(loaded.error()[0].code, "service_topic");
  EXPECT_EQ(loaded.error()[1].code, "decision_missing");
}

TEST(LoadTest, UnreachableElementsAreAWarning) {
  const auto model = load(bpmn(in_row({"t"}) + task("t") + task("island") + task("reef") +
                               flow("a", "island", "reef") + flow("b", "reef", "island")));
  ASSERT_EQ(model->warnings.size(), 2u);
  EXPECT_EQ(model->warnings[0].code, "unreachable");
}

TEST(LoadTest, ExtensionsAreRead) {
  const auto model = load(bpmn(
      R"(<bpmn:laneSet id="ls"><bpmn:lane id="Lane_1" name="移民署" minben:nameEn="Immigration" minben:agency="nia">
<bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>t</bpmn:flowNodeRef><bpmn:flowNodeRef>end</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>)" +
      in_row({"t"}) +
      R"(<bpmn:userTask id="t" name="審查" minben:nameEn="Review" minben:form="review" minben:role="officer" minben:deadlineDays="10" minben:fourEyes="true"/>)"));
  const Node& node = model->node(model->find("t"));
  EXPECT_EQ(node.name, (Bilingual{"審查", "Review"}));
  EXPECT_EQ(node.form, "review");
  EXPECT_EQ(node.role, "officer");
  EXPECT_EQ(node.deadline_days, 10);
  EXPECT_TRUE(node.four_eyes);
  EXPECT_EQ(node.agency.value, "nia");
  const Needs needs = needs_of(*model);
  ASSERT_EQ(needs.agencies.size(), 1u);
  EXPECT_EQ(needs.agencies[0].name, "nia");
  EXPECT_EQ(needs.forms[0].name, "review");
}

TEST(LoadTest, AnotherPrefixOrTheDefaultNamespaceMeansTheSame) {
  std::string xml = bpmn(in_row({"t"}) + task("t"));
  for (std::size_t at = 0; (at = xml.find("bpmn:", at)) != std::string::npos;) xml.erase(at, 5);
  const std::string declared = "xmlns:bpmn=";
  xml.replace(xml.find("xmlns:bpmn="), declared.size(), "xmlns=");
  EXPECT_EQ(load(xml)->nodes.size(), 3u);
}

TEST(LoadTest, BoundsHold) {
  std::string nested;
  for (int i = 0; i < 40; ++i) nested += fmt::format("<bpmn:subProcess id='s{}'>", i);
  for (int i = 0; i < 40; ++i) nested += "</bpmn:subProcess>";
  const auto deep = load_definition(bpmn(nested), "deep.bpmn");
  ASSERT_FALSE(deep.has_value());
  EXPECT_TRUE(std::any_of(deep.error().begin(), deep.error().end(),
                          [](const Error& error) { return error.code == "too_deep"; }));
  EXPECT_EQ(load_definition(std::string(100, ' '), "x", {.max_bytes = 10}).error()[0].code,
            "too_large");
  EXPECT_EQ(load_definition("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "x").error()[0].code,
            "not_bpmn");
  EXPECT_EQ(load_definition("\xff<a/>", "x").error()[0].code, "not_utf8");
}

}  // namespace
}  // namespace minben::process::test
