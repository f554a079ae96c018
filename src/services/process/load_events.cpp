// Event definitions, timers, loops.
#include "formula.hpp"
#include "iso8601.hpp"
#include "load.hpp"

namespace minben::process {

namespace {

const std::map<std::string_view, EventKind> event_elements{
    {"messageEventDefinition", EventKind::message},
    {"timerEventDefinition", EventKind::timer},
    {"signalEventDefinition", EventKind::signal},
    {"errorEventDefinition", EventKind::error},
    {"escalationEventDefinition", EventKind::escalation},
    {"conditionalEventDefinition", EventKind::conditional},
    {"compensateEventDefinition", EventKind::compensation},
    {"linkEventDefinition", EventKind::link},
    {"cancelEventDefinition", EventKind::cancel},
    {"terminateEventDefinition", EventKind::terminate},
};

struct TimerElement {
  std::string_view element;
  TimerKind kind;
};
constexpr std::array<TimerElement, 3> timer_elements{{{"timeDate", TimerKind::date},
                                                      {"timeDuration", TimerKind::duration},
                                                      {"timeCycle", TimerKind::cycle}}};

Result<void> check_timer_text(TimerKind kind, std::string_view text) {
  if (kind == TimerKind::date) MINBEN_CHECK(parse_instant(text));
  if (kind == TimerKind::duration) MINBEN_CHECK(parse_duration(text));
  if (kind == TimerKind::cycle) MINBEN_CHECK(parse_cycle(text));
  return {};
}

}  // namespace

void Loader::read_events(pugi::xml_node xml, Node& node) {
  node.parallel_multiple = attribute(xml, "parallelMultiple") == "true";
  if (node.kind == NodeKind::boundary_event)
    node.interrupting = attribute(xml, "cancelActivity") != "false";
  if (node.kind == NodeKind::start_event)
    node.interrupting = attribute(xml, "isInterrupting") != "false";
  for (const auto part : xml.children()) {
    pugi::xml_node event = part;
    if (bpmn_name(part) == "eventDefinitionRef") {
      event = declaration(part, text_of(part), "EventDefinition");
      if (!event) continue;
    }
    if (auto read = read_event_definition(event)) node.events.push_back(std::move(*read));
  }
}

std::optional<EventDefinition> Loader::read_event_definition(pugi::xml_node xml) {
  const auto found = event_elements.find(bpmn_name(xml));
  if (found == event_elements.end()) return std::nullopt;
  EventDefinition event;
  event.kind = found->second;
  const auto named = [&](const char* reference, std::string_view kind, const char* name) {
    const auto text = attribute(xml, reference);
    if (text.empty()) return;
    if (const auto target = declaration(xml, text, kind)) {
      event.name = attribute(target, name);
      if (event.name.empty()) event.name = attribute(target, "id");
    }
  };
  if (event.kind == EventKind::message) read_message(xml, attribute(xml, "messageRef"), event);
  if (event.kind == EventKind::signal) named("signalRef", "signal", "name");
  if (event.kind == EventKind::error) named("errorRef", "error", "errorCode");
  if (event.kind == EventKind::escalation) named("escalationRef", "escalation", "escalationCode");
  if (event.kind == EventKind::link) event.name = attribute(xml, "name");
  if (event.kind == EventKind::timer) read_timer(xml, event.timer);
  if (event.kind == EventKind::conditional) {
    event.condition = expression(xml, child(xml, "condition"), "condition_not_feel");
    if (event.condition.empty())
      fault(xml, "condition_missing", "a conditional event needs a condition");
  }
  if (event.kind == EventKind::compensation) {
    event.name = local_part(attribute(xml, "activityRef"));  // resolved by link_activity_references
    event.wait_for_completion = attribute(xml, "waitForCompletion") != "false";
  }
  return event;
}

pugi::xml_node Loader::declaration(pugi::xml_node at, std::string_view reference,
                                   std::string_view kind) {
  const auto found = declarations_.find(local_part(reference));
  if (found != declarations_.end() && bpmn_name(found->second).ends_with(kind))
    return found->second;
  fault(at, "dangling_reference", fmt::format("there is no {} '{}'", kind, reference));
  return {};
}

void Loader::read_message(pugi::xml_node at, std::string_view reference, EventDefinition& event) {
  event.kind = EventKind::message;
  if (reference.empty()) return;
  const auto message = declaration(at, reference, "message");
  if (!message) return;
  event.name = attribute(message, "name");
  if (event.name.empty()) event.name = attribute(message, "id");
  event.key = extension(message, "key");
}

void Loader::read_timer(pugi::xml_node xml, TimerSpec& timer) {
  int found = 0;
  for (const auto& [element, kind] : timer_elements) {
    const auto holder = child(xml, element);
    if (!holder) continue;
    ++found;
    timer.kind = kind;
    timer.literal = text_of(holder);
    if (timer.literal.starts_with('=')) {
      timer.expression = expression(xml, holder, "timer_not_feel");
      timer.literal.clear();
    } else if (const auto good = check_timer_text(kind, timer.literal); !good) {
      fault(holder, "timer_text", good.error().detail);
    }
  }
  if (const auto text = minben_attribute(xml, "workingDays"); !text.empty()) {
    ++found;
    timer.kind = TimerKind::working_days;
    const auto value = parse_integer(text, 1, 3650);
    if (!value) fault(xml, "timer_text", "minben:workingDays must be 1 … 3650");
    timer.working_days = static_cast<int>(value.value_or(1));
  }
  if (found == 1) return;
  fault(xml, "timer_kind",
        "a timer has exactly one of timeDate, timeDuration, timeCycle, minben:workingDays "
        "(table 10.101)");
}

void Loader::read_loop(pugi::xml_node xml, Node& node) {
  const auto standard = child(xml, "standardLoopCharacteristics");
  const auto multiple = child(xml, "multiInstanceLoopCharacteristics");
  if (standard && multiple)
    fault(xml, "two_loops", "an activity has one kind of loop (clause 10.3.8)");
  if (multiple) {
    node.loop.emplace();
    read_multi_instance(xml, multiple, *node.loop);
  } else if (standard) {
    Loop& loop = node.loop.emplace();
    loop.test_before = attribute(standard, "testBefore") == "true";
    loop.condition = expression(xml, child(standard, "loopCondition"), "condition_not_feel");
    if (const auto text = attribute(standard, "loopMaximum"); !text.empty()) {
      const auto value = parse_integer(text, 1, 1'000'000);
      if (!value) fault(xml, "loop_maximum", "loopMaximum must be 1 or more (table 10.28)");
      loop.maximum = value.value_or(1);
    }
  }
}

void Loader::read_multi_instance(pugi::xml_node owner, pugi::xml_node xml, Loop& loop) {
  loop.multi_instance = true;
  loop.sequential = attribute(xml, "isSequential") == "true";
  loop.cardinality = expression(owner, child(xml, "loopCardinality"), "cardinality_not_feel");
  loop.condition = expression(owner, child(xml, "completionCondition"), "condition_not_feel");
  loop.collection = extension(xml, "collection");
  loop.element = minben_attribute(xml, "element");
  loop.output_element = extension(xml, "outputElement");
  loop.output = minben_attribute(xml, "output");
  if (loop.cardinality.empty() == loop.collection.empty()) {
    fault(owner, "cardinality",
          "multi-instance needs loopCardinality or minben:collection, not both");
  }
  if (loop.output_element.empty() != loop.output.empty()) {
    fault(owner, "multi_instance_output", "minben:output and minben:outputElement belong together");
  }
  if (const auto fixed = parse_integer(loop.cardinality.text); fixed && *fixed < 0) {
    fault(owner, "cardinality", "loopCardinality must not be negative");
  }
  const auto behavior = attribute(xml, "behavior");
  if (behavior == "None") loop.behavior = MultiBehavior::none;
  if (behavior == "One") loop.behavior = MultiBehavior::one;
  if (behavior == "Complex") loop.behavior = MultiBehavior::complex;
  loop.none_event = behavior_event(xml, attribute(xml, "noneBehaviorEventRef"));
  loop.one_event = behavior_event(xml, attribute(xml, "oneBehaviorEventRef"));
  for (const auto part : xml.children()) {
    if (bpmn_name(part) != "complexBehaviorDefinition") continue;
    Loop::Complex complex;
    complex.condition = expression(owner, child(part, "condition"), "condition_not_feel");
    for (const auto event : child(part, "event").children()) {
      if (auto read = read_event_definition(event)) {
        complex.event = static_cast<int>(def_.throws.size());
        def_.throws.push_back(std::move(*read));
      }
    }
    loop.complex.push_back(std::move(complex));
  }
}

int Loader::behavior_event(pugi::xml_node at, std::string_view reference) {
  if (reference.empty()) return -1;
  const auto event = declaration(at, reference, "EventDefinition");
  if (!event) return -1;
  auto read = read_event_definition(event);
  if (!read) return -1;
  def_.throws.push_back(std::move(*read));
  return static_cast<int>(def_.throws.size()) - 1;
}

}  // namespace minben::process
