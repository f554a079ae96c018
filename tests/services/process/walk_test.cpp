// Random walks: invariants of the engine over rich models, and over the public ones when they are
// here.
#include "walk.hpp"
#include "models.hpp"
#include "support/shared.hpp"

namespace minben::process::test {
namespace {

std::string rich() {
  return bpmn(
      R"(
<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/><bpmn:endEvent id="stop"><bpmn:terminateEventDefinition/></bpmn:endEvent>
<bpmn:inclusiveGateway id="some" default="fa"/><bpmn:inclusiveGateway id="all"/>
<bpmn:userTask id="a"><bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>
<bpmn:subProcess id="b"><bpmn:startEvent id="b1"/><bpmn:userTask id="b2"/><bpmn:endEvent id="b3"><bpmn:escalationEventDefinition escalationRef="x"/></bpmn:endEvent>
<bpmn:sequenceFlow id="b4" sourceRef="b1" targetRef="b2"/><bpmn:sequenceFlow id="b5" sourceRef="b2" targetRef="b3"/>
<bpmn:subProcess id="b6" triggeredByEvent="true"><bpmn:startEvent id="b7" isInterrupting="false"><bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:startEvent>
<bpmn:userTask id="b8"/><bpmn:endEvent id="b9"/><bpmn:sequenceFlow id="b10" sourceRef="b7" targetRef="b8"/><bpmn:sequenceFlow id="b11" sourceRef="b8" targetRef="b9"/></bpmn:subProcess></bpmn:subProcess>
<bpmn:boundaryEvent id="be" attachedToRef="b"><bpmn:errorEventDefinition errorRef="e"/></bpmn:boundaryEvent>
<bpmn:boundaryEvent id="bx" attachedToRef="b" cancelActivity="false"><bpmn:escalationEventDefinition/></bpmn:boundaryEvent>
<bpmn:serviceTask id="c" minben:topic="t"/>
<bpmn:boundaryEvent id="bc" attachedToRef="c"><bpmn:compensateEventDefinition/></bpmn:boundaryEvent>
<bpmn:userTask id="undo" isForCompensation="true"/><bpmn:association id="as" sourceRef="bc" targetRef="undo"/>
<bpmn:eventBasedGateway id="which"/>
<bpmn:intermediateCatchEvent id="w1"><bpmn:messageEventDefinition messageRef="m"/></bpmn:intermediateCatchEvent>
<bpmn:intermediateCatchEvent id="w2"><bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
<bpmn:intermediateThrowEvent id="back"><bpmn:compensateEventDefinition/></bpmn:intermediateThrowEvent>
<bpmn:userTask id="noticed"/><bpmn:endEvent id="n"/>
<bpmn:subProcess id="es" triggeredByEvent="true"><bpmn:startEvent id="es1"><bpmn:conditionalEventDefinition><bpmn:condition>amount = 8</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent><bpmn:userTask id="es2"/><bpmn:endEvent id="es3"/>
<bpmn:sequenceFlow id="es4" sourceRef="es1" targetRef="es2"/><bpmn:sequenceFlow id="es5" sourceRef="es2" targetRef="es3"/></bpmn:subProcess>
)" + flow("f0", "start", "some") +
          flow("fa", "some", "a") + flow("fb", "some", "b", "test = \"ab\"") +
          flow("fc", "some", "c", "amount &gt; 2") + flow("f1", "a", "all") +
          flow("f2", "b", "all") + flow("f3", "c", "all") + flow("f4", "all", "which") +
          flow("f5", "which", "w1") + flow("f6", "which", "w2") + flow("f7", "w1", "end") +
          flow("f8", "w2", "back") + flow("f9", "back", "stop") + flow("f10", "be", "noticed") +
          flow("f11", "bx", "noticed") + flow("f12", "noticed", "n"),
      R"(<bpmn:error id="e" errorCode="E"/><bpmn:escalation id="x" escalationCode="E"/><bpmn:message id="m" name="M"/>)");
}

TEST(WalkTest, ARichModelKeepsItsInvariantsOnEveryPath) {
  const auto model = load(rich());
  std::map<std::string_view, int> ends;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SeededRandom random(seed);
    Walk walk(*model, random);
    ASSERT_EQ(walk.run(80), "") << "seed " << seed;
    ++ends[to_string(walk.state().status)];
  }
  EXPECT_GT(ends["completed"], 100);
  EXPECT_GT(ends["terminated"], 10);
}

TEST(WalkTest, PublicModelsKeepTheirInvariants) {
  MINBEN_SHARED_OR_SKIP(models, "conformance/bpmn-engine/models");
  int walked = 0;
  for (const auto& file : std::filesystem::directory_iterator(models)) {
    std::string xml = minben::test::read_file(file.path());
    for (std::size_t at = 0; (at = xml.find("test.contains(", at)) != std::string::npos;)
      xml.replace(at, 14, "contains(test, ");
    const auto model = load_definition(xml, file.path().filename().string());
    if (!model) continue;
    ++walked;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      SeededRandom random(seed);
      ASSERT_EQ(Walk(**model, random).run(40), "") << file.path() << " seed " << seed;
    }
  }
  EXPECT_GT(walked, 80);
}

}  // namespace
}  // namespace minben::process::test
