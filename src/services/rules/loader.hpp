#pragma once
// DMN XML → ModelData. One Loader reads a model and the files it imports.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model.hpp"
#include "parser.hpp"
#include "xml.hpp"

namespace minben::rules {

class Loader {
 public:
  Loader(const LoadOptions& options, ModelData& out) : options_(options), out_(out) {}
  void load(std::string_view xml, std::string_view file_name);

 private:
  struct File {
    std::string name, name_space;
    pugi::xml_document document;
    std::vector<std::size_t> lines;  ///< byte offset where each line begins
    struct Import {
      std::string prefix;           ///< "" puts its names among this file's own
      std::size_t file = unopened;  ///< index in files_
    };
    static constexpr std::size_t unopened = static_cast<std::size_t>(-1);
    std::map<std::string, Import> imports;  ///< by namespace
    std::vector<std::string> path;          ///< prefixes from the main file to this one
    TypeNames types;
    std::map<std::string, Xml> definitions;       ///< item definitions not yet read
    std::set<std::string> reading;                ///< to notice circles
    std::set<std::string> properties;             ///< names of item components and context entries
    std::map<std::string, std::size_t> elements;  ///< by id
  };

  // loader.cpp: files and the requirements graph
  File* open(std::string_view xml, std::string_view file_name);
  void open_imports(std::size_t file, std::vector<std::string> ancestors);
  void declare(std::size_t file);
  void declare_element(std::size_t file, Xml node, ElementKind kind);
  void compile(std::size_t element, Xml node);
  void require(std::size_t element, Xml reference, const char* inner);
  std::optional<std::size_t> find(const std::string& href, Xml at);
  [[nodiscard]] std::size_t file_for(const std::string& name_space) const;
  [[nodiscard]] std::string prefix_of(std::size_t file) const;  ///< as the current file writes it
  void compile_decision(Element& element, Xml node);
  void compile_knowledge(Element& element, Xml node);
  void compile_service(Element& element, Xml node);
  void refuse_circles();

  // loader_types.cpp: item definitions
  TypePtr type_named(const std::string& text, Xml at);
  TypePtr read_definition(const std::string& name);
  TypePtr item_type(Xml definition, const std::string& name);
  TypePtr function_item(Xml item, const std::string& name);
  void constrain(Type& type, Xml tests);
  void collect_properties(Xml node);
  void import_types();

  // loader_boxed.cpp: boxed expressions
  NodePtr boxed(Xml node, Scope& scope);
  NodePtr logic_of(Xml parent, Scope& scope);  ///< the one expression among the children
  NodePtr untyped(Xml node, Scope& scope);
  NodePtr literal(Xml node, Scope& scope);
  NodePtr text_node(Xml node, Scope& scope, const std::string& text, bool tests = false);
  NodePtr context(Xml node, Scope& scope);
  NodePtr list(Xml node, Scope& scope);
  NodePtr relation(Xml node, Scope& scope);
  NodePtr invocation(Xml node, Scope& scope);
  NodePtr function(Xml node, Scope& scope, const std::string& own_name, TypePtr result);
  NodePtr conditional(Xml node, Scope& scope);
  NodePtr filter(Xml node, Scope& scope);
  NodePtr iteration(Xml node, Scope& scope);
  NodePtr quantifier(Xml node, Scope& scope, bool is_every);

  // loader_table.cpp
  NodePtr table(Xml node, Scope& scope);
  void table_policy(Xml node, Table& table);
  void table_inputs(Xml node, Scope& scope, Table& table);
  void table_outputs(Xml node, Scope& scope, Table& table);
  void table_rules(Xml node, Scope& scope, Table& table);
  std::vector<NodePtr> listed_values(Xml tests, Scope& scope);

  void fault(Xml at, std::string_view code, std::string detail);
  void fault(Xml text_node, Error error);
  [[nodiscard]] std::pair<int, int> position(
      Xml node) const;  ///< line and column in the current file
  File& file() { return *files_[current_]; }
  [[nodiscard]] static std::string identify(Xml node);

  const LoadOptions& options_;
  ModelData& out_;
  /// The main file, then a file for each way to reach it: a model that two imports lead to is two
  /// models with input data of their own.
  std::vector<std::unique_ptr<File>> files_;
  std::map<std::string, const Source*> sources_;  ///< by namespace
  std::size_t current_ = 0;
  std::vector<std::pair<std::size_t, Xml>> to_compile_;
  std::size_t compiling_ = 0;  ///< index of the element whose logic is read
  int depth_ = 0;
};

/// Makes a value conform to the type of its boxed expression or variable.
struct Typed final : Node {
  Typed(NodePtr n, TypePtr t, std::string w)
      : inner(std::move(n)), type(std::move(t)), what(std::move(w)) {}
  [[nodiscard]] Value eval(Machine& machine) const override {
    return coerce_or_null(machine, inner->run(machine), type.get(), what);
  }
  NodePtr inner;
  TypePtr type;
  std::string what;
};

}  // namespace minben::rules
