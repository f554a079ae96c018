#pragma once
// A service small enough to know by theory what must come out.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "simulation/report.hpp"
#include "simulation/simulation.hpp"

namespace minben::simulation {

inline const std::filesystem::path source{MINBEN_SOURCE_DIR};
inline const casework::KnownAgencies agencies{AgencyCode{"nia"},  AgencyCode{"wda"},
                                              AgencyCode{"moda"}, AgencyCode{"nstc"},
                                              AgencyCode{"boca"}, AgencyCode{"ris"}};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return std::move(text).str();
}

inline std::string all(const Errors& errors) {
  std::string text;
  for (const auto& error : errors) text += describe(error) + "\n";
  return text;
}

inline casework::PackagePtr build(const std::string& code, const casework::PackageFiles& files) {
  auto built = casework::build_package(ServiceCode{code}, files, agencies);
  if (!built) ADD_FAILURE() << all(built.error());
  return built ? *built : nullptr;
}

inline casework::PackagePtr package_in(const std::filesystem::path& folder) {
  const auto files = casework::read_package_files(folder);
  if (!files) ADD_FAILURE() << describe(files.error());
  return files ? build(folder.filename().string(), *files) : nullptr;
}

inline const casework::Calendar& calendar() {
  static const auto loaded = casework::Calendar::load(source / "packages" / "calendar");
  if (!loaded) ADD_FAILURE() << all(loaded.error());
  return *loaded;
}

inline std::string step_of(const std::string& id, int days) {
  return "[steps." + id + "]\nkind = \"review\"\ntitle = { zh-Hant = \"審<b>\", en = \"Step <b>" +
         id + "\" }\nagency = \"nia\"\nworking_days = " + std::to_string(days) +
         "\noutcomes = [\n{ code = \"pass\", title = { zh-Hant = \"過\", en = \"Pass\" } },\n"
         "{ code = \"refuse\", title = { zh-Hant = \"駁\", en = \"Refuse\" }, refuses = true "
         "},\n]\n";
}

/// `first`, then with `second_days` > 0 `second`; either may refuse.
inline casework::PackageFiles town_files(int first_days = 10, int second_days = 0) {
  const bool two = second_days > 0;
  casework::PackageFiles files;
  files["service.toml"] =
      "version = \"1\"\ntitle = { zh-Hant = \"鎮\", en = \"Town & <script>\" }\n"
      "summary = { zh-Hant = \"鎮\", en = \"Town\" }\nlife_events = [\"work\"]\nowner = \"nia\"\n"
      "agencies = [\"nia\"]\nassurance = \"low\"\nstatutory_working_days = 5\n"
      "[application]\nform = \"apply\"\nexclusive = []\n" +
      step_of("first", first_days) + (two ? step_of("second", second_days) : "") +
      "[endings.issued]\nstate = \"approved\"\ndocuments = []\n"
      "[endings.refused]\nstate = \"refused\"\ndocuments = []\n"
      "[supplement]\nworking_days = 10\nmax_working_days = 30\nreminder_working_days = 3\n"
      "on_lapse = \"closed\"\nreasons = [\"unclear\"]\n"
      "[refusal.unfit]\nlaw = { zh-Hant = \"法\", en = \"Act\" }\n";
  files["texts/texts.toml"] =
      "[life_event]\nwork = { zh-Hant = \"工\", en = \"Work\" }\n"
      "[apply]\ndeclaration = { zh-Hant = \"實\", en = \"True\" }\n"
      "[supplement]\nunclear = { zh-Hant = \"明\", en = \"Unclear\" }\n"
      "[refusal]\nunfit = { zh-Hant = \"否\", en = \"Unfit\" }\n";
  files["forms/apply.json"] =
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","x-title":{"zh-Hant":"請","en":"Apply"},
"type":"object","properties":{"kind":{"type":"string","enum":["a","b"],"x-title":{"zh-Hant":"類","en":"Kind"},
"x-labels":{"a":{"zh-Hant":"甲","en":"A"},"b":{"zh-Hant":"乙","en":"B"}}}},"required":["kind"],
"additionalProperties":false,"x-pages":[{"id":"all","x-title":{"zh-Hant":"請","en":"Apply"},"fields":["kind"]}]})";
  std::string process =
      R"(<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:minben="https://minben.tw/bpmn/1" id="d" targetNamespace="https://minben.tw/tests/town"><bpmn:process id="town" isExecutable="true">
<bpmn:startEvent id="start"/><bpmn:endEvent id="issued"/><bpmn:endEvent id="refused"/>)";
  const auto flow = [&](const std::string& id, const std::string& from, const std::string& to,
                        const std::string& condition = "") {
    process +=
        "<bpmn:sequenceFlow id=\"" + id + "\" sourceRef=\"" + from + "\" targetRef=\"" + to +
        "\">" +
        (condition.empty() ? ""
                           : "<bpmn:conditionExpression xsi:type=\"bpmn:tFormalExpression\">" +
                                 condition + "</bpmn:conditionExpression>") +
        "</bpmn:sequenceFlow>";
  };
  const auto step = [&](const std::string& id, const std::string& next) {
    process += "<bpmn:userTask id=\"" + id + "\"/><bpmn:exclusiveGateway id=\"after_" + id +
               "\" default=\"pass_" + id + "\"/>";
    flow("done_" + id, id, "after_" + id);
    flow("refuse_" + id, "after_" + id, "refused", id + "_outcome = \"refuse\"");
    flow("pass_" + id, "after_" + id, next);
  };
  flow("begin", "start", "first");
  step("first", two ? "second" : "issued");
  if (two) step("second", "issued");
  files["process.bpmn"] = process + "</bpmn:process></bpmn:definitions>";
  return files;
}
inline casework::PackagePtr town(int first_days = 10, int second_days = 0) {
  return build("town", town_files(first_days, second_days));
}

inline void replace_in(std::string& text, const std::string& part, const std::string& instead) {
  const auto at = text.find(part);
  EXPECT_NE(at, text.npos) << part << " in\n" << text;
  if (at != text.npos) text.replace(at, part.size(), instead);
}

/// The town with one part of its process replaced.
inline casework::PackagePtr town_with(const std::string& part, const std::string& instead) {
  auto files = town_files();
  replace_in(files["process.bpmn"], part, instead);
  return build("town", files);
}

/// Both steps at once.
inline casework::PackagePtr parallel_town() {
  auto files = town_files(10, 5);
  auto& process = files["process.bpmn"];
  replace_in(process, R"(sourceRef="start" targetRef="first">)",
             R"(sourceRef="start" targetRef="split">)");
  replace_in(process, R"(sourceRef="after_first" targetRef="second">)",
             R"(sourceRef="after_first" targetRef="join">)");
  replace_in(process, R"(sourceRef="after_second" targetRef="issued">)",
             R"(sourceRef="after_second" targetRef="join">)");
  replace_in(process, R"(<bpmn:endEvent id="issued"/>)",
             R"(<bpmn:endEvent id="issued"/><bpmn:parallelGateway id="split"/>
<bpmn:parallelGateway id="join"/><bpmn:sequenceFlow id="one" sourceRef="split" targetRef="first"/>
<bpmn:sequenceFlow id="two" sourceRef="split" targetRef="second"/>
<bpmn:sequenceFlow id="joined" sourceRef="join" targetRef="issued"/>)");
  return build("town", files);
}

inline Arrivals arrivals(const std::string& text) {
  auto read = read_arrivals(text, "arrivals.toml");
  if (!read) ADD_FAILURE() << all(read.error());
  return read.value_or(Arrivals{});
}

inline Staff staff(const std::string& text) {
  auto read = read_staff(text, "staff.toml");
  if (!read) ADD_FAILURE() << all(read.error());
  return read.value_or(Staff{});
}

/// One team at nia: `work` stands in [team.steps.first].
inline std::string team(int officers, const std::string& work) {
  return "[[team]]\nagency = \"nia\"\nrole = \"caseworker\"\nofficers = " +
         std::to_string(officers) + "\nhours = [\"09:00-17:00\"]\n[team.steps.first]\n" + work +
         "\n";
}
inline constexpr const char* approvers =
    "[[team]]\nagency = \"nia\"\nrole = \"approver\"\nofficers = 1\nhours = [\"09:00-17:00\"]\n"
    "confirm_minutes = { fixed = 30 }\n";

inline Report run(const Variant& variant, const Arrivals& input, int runs, std::uint64_t seed = 1) {
  const auto faults = check_inputs(variant, input);
  EXPECT_TRUE(faults.empty()) << all(faults);
  SeededRandom random(seed);
  auto report = simulate(variant, input, calendar(), run_keys(random, runs));
  if (!report) ADD_FAILURE() << describe(report.error());
  return report.value_or(Report{});
}

inline double mean(const Report& report, const std::string& name) {
  const auto found = report.figures.find(name);
  if (found == report.figures.end()) ADD_FAILURE() << "no figure " << name;
  return found == report.figures.end() ? -1 : found->second.mean;
}

}  // namespace minben::simulation
