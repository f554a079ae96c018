// Runs a tree of the DMN technology compatibility kit: `dmn DIR [--csv FILE] [--failures]`.
// Prints one line per directory and last `passed N of M`. External Java is reported as ignored.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <pugixml.hpp>
#include <re2/re2.h>

#include "rules/rules.hpp"

namespace {
namespace fs = std::filesystem;
using namespace minben;
using rules::Context;
using rules::List;
using rules::Value;

std::string_view local(pugi::xml_node node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1);
}
pugi::xml_node child(pugi::xml_node node, std::string_view name) {
  for (const auto each : node.children())
    if (local(each) == name) return each;
  return {};
}
std::string attribute(pugi::xml_node node, std::string_view name) {
  for (const auto each : node.attributes()) {
    const std::string_view full = each.name();
    if (full == name || full.ends_with(fmt::format(":{}", name))) return each.value();
  }
  return {};
}
std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A text of the test file as the value of its declared XML Schema type, by FEEL's own conversions.
Value typed(const std::string& type, const std::string& text) {
  const auto call = [&](std::string_view function) {
    const std::string names[] = {"x"};
    const auto expression = rules::Expression::parse(fmt::format("{}(x)", function), names);
    return expression ? expression->evaluate({{"x", Value(text)}}).value_or(Value()) : Value();
  };
  if (type == "string" || type.empty()) return text;
  if (type == "boolean") return text == "true";
  if (type == "decimal" || type == "double" || type == "integer" || type == "int")
    return call("number");
  if (type == "dateTime") return call("date and time");
  return call(type);
}

Value read_value(pugi::xml_node node) {
  if (const auto list = child(node, "list")) {
    if (attribute(list, "nil") == "true") return {};
    List items;
    for (const auto item : list.children())
      if (local(item) == "item") items.push_back(read_value(item));
    return items;
  }
  if (child(node, "component")) {
    Context context;
    for (const auto component : node.children())
      if (local(component) == "component")
        context.set(attribute(component, "name"), read_value(component));
    return context;
  }
  const auto value = child(node, "value");
  if (!value || attribute(value, "nil") == "true") return {};
  std::string type = attribute(value, "type");
  type = type.substr(type.find(':') == type.npos ? 0 : type.find(':') + 1);
  return typed(type, value.text().get());
}

/// Numbers within 1e-8, everything else exactly.
bool agree(const Value& expected, const Value& actual) {
  if (expected.number() && actual.number())
    return std::abs(expected.number()->to_double() - actual.number()->to_double()) <
           1e-8 * std::max(1.0, std::abs(expected.number()->to_double()));
  if (expected.list() && actual.list())
    return std::ranges::equal(*expected.list(), *actual.list(), agree);
  if (expected.context() && actual.context()) {
    const auto& entries = expected.context()->entries();
    return entries.size() == actual.context()->entries().size() &&
           std::ranges::all_of(entries, [&](const auto& entry) {
             const Value* other = actual.context()->find(entry.name);
             return other && agree(entry.value, *other);
           });
  }
  return rules::same(expected, actual);
}

/// Decisions that a function outside the model, such as a Java method, takes part in.
class Foreign {
 public:
  explicit Foreign(const std::string& xml) {
    document_.load_string(xml.c_str());
    for (const auto element : document_.document_element().children()) {
      const std::string id = attribute(element, "id");
      if (calls_out(element)) foreign_.insert(id);
      for (const auto& path :
           {".//*[local-name()='requiredDecision']", ".//*[local-name()='requiredKnowledge']"})
        for (const auto needed : element.select_nodes(path))
          needs_[id].insert(attribute(needed.node(), "href").substr(1));
      names_[attribute(element, "name")] = id;
    }
  }
  bool concerns(const std::string& decision) const {
    const auto id = names_.find(decision);
    std::set<std::string> seen;
    return id != names_.end() && reaches(id->second, seen);
  }

 private:
  static bool calls_out(pugi::xml_node element) {
    for (const auto function : element.select_nodes(".//*[local-name()='functionDefinition' or "
                                                    "local-name()='encapsulatedLogic']")) {
      const std::string kind = attribute(function.node(), "kind");
      if (!kind.empty() && kind != "FEEL") return true;
    }
    for (const auto text : element.select_nodes(".//*[local-name()='text']"))
      if (re2::RE2::PartialMatch(text.node().text().get(), R"(function\s*\([^)]*\)\s*external\b)"))
        return true;
    return false;
  }
  bool reaches(const std::string& id, std::set<std::string>& seen) const {
    if (foreign_.contains(id)) return true;
    const auto needed = needs_.find(id);
    if (!seen.insert(id).second || needed == needs_.end()) return false;
    return std::ranges::any_of(needed->second,
                               [&](const std::string& next) { return reaches(next, seen); });
  }

  pugi::xml_document document_;
  std::set<std::string> foreign_;
  std::map<std::string, std::set<std::string>> needs_;
  std::map<std::string, std::string> names_;
};

struct Totals {
  int passed = 0, failed = 0, ignored = 0;
};

class Runner {
 public:
  Runner(std::ostream* csv, bool show) : csv_(csv), show_(show) {}

  void directory(const fs::path& dir) {
    std::vector<fs::path> tests;
    for (const auto& entry : fs::directory_iterator(dir))
      if (entry.path().extension() == ".xml") tests.push_back(entry.path());
    std::ranges::sort(tests);
    if (tests.empty()) return;
    totals_ = {};
    for (const fs::path& test : tests) file(dir, test);
    std::cout << fmt::format("{:<60} passed {:>4} of {:>4}{}\n",
                             dir.parent_path().filename().string() + "/" + dir.filename().string(),
                             totals_.passed, totals_.passed + totals_.failed,
                             totals_.ignored ? fmt::format(", {} ignored", totals_.ignored) : "");
    all_.passed += totals_.passed;
    all_.failed += totals_.failed;
    all_.ignored += totals_.ignored;
  }

  int finish() const {
    if (all_.ignored)
      std::cout << fmt::format("ignored {} (external Java functions are refused by design)\n",
                               all_.ignored);
    std::cout << fmt::format("passed {} of {}\n", all_.passed, all_.passed + all_.failed);
    return all_.failed == 0 && all_.passed > 0 ? 0 : 1;
  }

 private:
  void file(const fs::path& dir, const fs::path& test) {
    pugi::xml_document document;
    document.load_file(test.c_str(), pugi::parse_default | pugi::parse_ws_pcdata_single);
    const auto root = document.document_element();
    const std::string model_name = child(root, "modelName").text().get();
    std::vector<rules::Source> others;
    for (const auto& entry : fs::directory_iterator(dir))
      if (entry.path().extension() == ".dmn" && entry.path().filename() != model_name)
        others.push_back({read_file(entry.path()), entry.path().filename().string()});
    const std::string xml = read_file(dir / model_name);
    const Foreign foreign(xml);
    const auto model = rules::Model::load(xml, model_name, {.keep_going = true, .imports = others});
    if (show_ && model)
      for (const Error& error : model->errors()) std::cout << "  note: " << describe(error) << '\n';
    if (show_ && !model)
      std::cout << "  " << model_name << ": " << describe(model.error().front()) << '\n';
    for (const auto test_case : root.children())
      if (local(test_case) == "testCase")
        one(dir, test, test_case, model ? &*model : nullptr, foreign);
  }

  void one(const fs::path& dir, const fs::path& file, pugi::xml_node test_case,
           const rules::Model* model, const Foreign& foreign) {
    Context inputs;
    for (const auto input : test_case.children())
      if (local(input) == "inputNode") inputs.set(attribute(input, "name"), read_value(input));
    std::string problem = model ? "" : "the model does not load";
    bool ignored = false;
    for (const auto node : test_case.children()) {
      if (local(node) != "resultNode") continue;
      ignored = ignored || foreign.concerns(attribute(node, "name"));
      if (model && problem.empty()) problem = judge(*model, test_case, node, inputs);
    }
    if (ignored) ++totals_.ignored;
    else ++(problem.empty() ? totals_.passed : totals_.failed);
    if (show_ && !problem.empty() && !ignored)
      std::cout << fmt::format("  {} {} {}\n", file.filename().string(), attribute(test_case, "id"),
                               problem);
    if (csv_)
      *csv_ << fmt::format("\"{}\",\"{}\",\"{}\",\"{}\",\"{}\"\n",
                           fs::relative(dir, dir.parent_path().parent_path()).string(),
                           file.stem().string(), attribute(test_case, "id"),
                           ignored           ? "IGNORED"
                           : problem.empty() ? "SUCCESS"
                                             : "ERROR",
                           ignored ? "external Java" : "");
  }

  static std::string judge(const rules::Model& model, pugi::xml_node test_case, pugi::xml_node node,
                           const Context& inputs) {
    const std::string type = attribute(test_case, "type"),
                      invocable = attribute(test_case, "invocableName");
    const std::string name = attribute(node, "name");
    rules::Options options;
    options.now = SystemClock().now();
    const auto result = type == "decisionService"
                            ? model.evaluate_service(invocable, inputs, options)
                        : type == "bkm" ? model.invoke(invocable, inputs, options)
                                        : model.evaluate(name, inputs, options);
    if (!result && attribute(node, "errorResult") == "true") return {};
    if (!result) return fmt::format("{}: {}", name, describe(result.error()));
    Value actual = result->value;
    if (type == "decisionService" && name != invocable)
      if (const Context* outputs = actual.context())
        if (const Value* output = outputs->find(name)) actual = *output;
    const Value expected = read_value(child(node, "expected"));
    if (agree(expected, actual)) return {};
    return fmt::format("{}: expected {} {}, got {} {}{}", name, rules::name_of(expected.kind()),
                       rules::to_text(expected), rules::name_of(actual.kind()),
                       rules::to_text(actual),
                       result->warnings.empty() ? "" : " (" + result->warnings.front() + ")");
  }

  std::ostream* csv_;
  bool show_;
  Totals totals_, all_;
};
}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  const auto csv_at = std::ranges::find(arguments, "--csv");
  std::ofstream csv;
  if (csv_at != arguments.end() && csv_at + 1 != arguments.end()) csv.open(*(csv_at + 1));
  const bool show = std::ranges::find(arguments, "--failures") != arguments.end();
  if (arguments.empty() || !fs::is_directory(arguments.front())) {
    std::cerr << "usage: dmn DIR [--csv FILE] [--failures]\n";
    return 2;
  }
  std::vector<fs::path> directories;
  for (const auto& entry : fs::recursive_directory_iterator(arguments.front()))
    if (entry.is_directory()) directories.push_back(entry.path());
  std::ranges::sort(directories);
  Runner runner(csv.is_open() ? &csv : nullptr, show);
  for (const fs::path& directory : directories) runner.directory(directory);
  return runner.finish();
}
