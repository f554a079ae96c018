#pragma once
// Models for the tests, written inline: bpmn() puts elements into a process, and load() insists.
#include <gtest/gtest.h>

#include "process/process.hpp"

namespace minben::process::test {

inline std::string definitions(std::string_view inside) {
  return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:minben="https://minben.tw/bpmn/1" id="d">
{}
</bpmn:definitions>)",
                     inside);
}

/// `before` holds messages, signals and the like; `inside` begins on line 5 when `before` is empty.
inline std::string bpmn(std::string_view inside, std::string_view before = {}) {
  return definitions(fmt::format(
      "{}<bpmn:process id=\"p\" isExecutable=\"true\">\n\n{}\n</bpmn:process>", before, inside));
}

inline std::string flow(std::string_view id, std::string_view source, std::string_view target,
                        std::string_view condition = {}) {
  if (condition.empty())
    return fmt::format(R"(<bpmn:sequenceFlow id="{}" sourceRef="{}" targetRef="{}"/>)", id, source,
                       target);
  return fmt::format(
      R"(<bpmn:sequenceFlow id="{}" sourceRef="{}" targetRef="{}"><bpmn:conditionExpression>{}</bpmn:conditionExpression></bpmn:sequenceFlow>)",
      id, source, target, condition);
}

/// start → the elements of `chain` → end, which are written in `inside`.
inline std::string in_row(std::vector<std::string> chain) {
  chain.insert(chain.begin(), "start");
  chain.emplace_back("end");
  std::string text = R"(<bpmn:startEvent id="start"/><bpmn:endEvent id="end"/>)";
  for (std::size_t i = 0; i + 1 < chain.size(); ++i)
    text += flow(fmt::format("row{}", i), chain[i], chain[i + 1]);
  return text;
}

inline DefinitionPtr load(const std::string& xml) {
  auto loaded = load_definition(xml, "test.bpmn");
  if (loaded) return *loaded;
  std::string faults;
  for (const auto& error : loaded.error()) faults += "\n" + describe(error);
  ADD_FAILURE() << "refused:" << faults << "\n" << xml;
  return std::make_shared<Definition>();
}

}  // namespace minben::process::test
