#include "loader.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace minben::rules {

void load_model(std::string_view xml, std::string_view file_name, const LoadOptions& options,
                ModelData& out) {
  Loader(options, out).load(xml, file_name);
}

std::string Loader::identify(Xml node) {
  for (Xml each = node; each; each = each.parent())
    if (const std::string id = attribute(each, "id"); !id.empty())
      return fmt::format(" ({} {})", local_name(each), id);
  return {};
}

std::pair<int, int> Loader::position(Xml node) const {
  const File& file = *files_[current_];
  const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
  const auto line = std::ranges::upper_bound(file.lines, offset) - file.lines.begin();
  return {static_cast<int>(line),
          static_cast<int>(offset - file.lines[static_cast<std::size_t>(line) - 1]) + 1};
}

void Loader::fault(Xml at, std::string_view code, std::string detail) {
  const auto [line, column] = position(at);
  out_.errors.push_back(
      {Kind::invalid, std::string(code), detail + identify(at), file().name, line, column});
}

/// An error inside a FEEL text: its place in the text becomes a place in the file.
void Loader::fault(Xml text_node, Error error) {
  const Xml inner = child(text_node, "text") ? child(text_node, "text") : text_node;
  const auto [line, column] = position(inner.first_child() ? inner.first_child() : inner);
  error.column += error.line == 1 ? column - 1 : 0;
  error.line += line - 1;
  error.field = file().name;
  error.detail += identify(text_node);
  out_.errors.push_back(std::move(error));
}

Loader::File* Loader::open(std::string_view xml, std::string_view file_name) {
  auto file = std::make_unique<File>();
  file->name = file_name;
  file->lines.push_back(0);
  for (std::size_t i = 0; i < xml.size(); ++i)
    if (xml[i] == '\n') file->lines.push_back(i + 1);
  const auto parsed =
      file->document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  current_ = files_.size();
  out_.files.emplace_back(file_name);
  files_.push_back(std::move(file));
  File& opened = *files_.back();
  const Xml root = opened.document.document_element();
  if (!parsed || local_name(root) != "definitions") {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0));
    const auto line = std::ranges::upper_bound(opened.lines, offset) - opened.lines.begin();
    out_.errors.push_back(
        {Kind::invalid, "dmn_xml",
         parsed ? "the root element is not DMN's <definitions>" : parsed.description(), opened.name,
         static_cast<int>(line), 1});
    return nullptr;
  }
  opened.name_space = attribute(root, "namespace");
  for (const Xml import : children(root, "import"))
    opened.imports.try_emplace(attribute(import, "namespace"),
                               File::Import{normal_name(attribute(import, "name"))});
  return &opened;
}

namespace {
std::string namespace_of(const Source& source) {
  pugi::xml_document document;
  document.load_buffer(source.xml.data(), source.xml.size(), pugi::parse_minimal,
                       pugi::encoding_utf8);
  return attribute(document.document_element(), "namespace");
}
}  // namespace

void Loader::open_imports(std::size_t index, std::vector<std::string> ancestors) {
  constexpr std::size_t most_files = 64;
  std::vector<std::pair<std::size_t, std::string>> opened;
  for (auto& [name_space, import] : files_[index]->imports) {
    current_ = index;
    const Xml root = file().document.document_element();
    if (std::ranges::find(ancestors, name_space) != ancestors.end())
      return fault(root, "dmn_structure", fmt::format("'{}' imports itself", name_space));
    const auto source = sources_.find(name_space);
    if (source == sources_.end()) continue;  // missed where an element of it is referred to
    if (files_.size() == most_files)
      return fault(root, "dmn_structure", fmt::format("more than {} imports", most_files));
    import.file = files_.size();
    if (!open(source->second->xml, source->second->file_name)) continue;
    file().path = files_[index]->path;
    if (!import.prefix.empty()) file().path.push_back(import.prefix);
    opened.emplace_back(import.file, name_space);
  }
  for (const auto& [file, name_space] : opened) {
    ancestors.push_back(name_space);
    open_imports(file, ancestors);
    ancestors.pop_back();
  }
}

void Loader::load(std::string_view xml, std::string_view file_name) {
  constexpr std::size_t most_bytes = 16 << 20;
  out_.file_name = file_name;
  if (xml.size() > most_bytes) {
    out_.errors.push_back(
        {Kind::too_large, "dmn_xml", "a model may have 16 MB", std::string(file_name), 0, 0});
    return;
  }
  const File* main = open(xml, file_name);
  if (!main) return;
  out_.name = attribute(main->document.document_element(), "name");
  for (const Source& source : options_.imports) sources_.try_emplace(namespace_of(source), &source);
  open_imports(0, {file().name_space});
  if (!out_.errors.empty()) return;
  for (const auto& file : files_) out_.paths.push_back(file->path);
  // Imported files first: types of the importing one may be made of theirs.
  for (std::size_t i = files_.size(); i-- > 0;) declare(i);
  for (const auto& [element, node] : to_compile_) {
    current_ = out_.elements[element].file;
    compiling_ = element;
    compile(element, node);
  }
  refuse_circles();
}

void Loader::declare(std::size_t index) {
  current_ = index;
  const Xml root = file().document.document_element();
  collect_properties(root);
  for (const Xml definition : children(root, "itemDefinition"))
    file().definitions.emplace(normal_name(attribute(definition, "name")), definition);
  // Names first, so that a type can refer to a later one.
  for (const auto& [name, node] : file().definitions) file().types.emplace(name, nullptr);
  for (const auto& [name, node] : file().definitions) read_definition(name);
  for (const Xml node : elements(root)) {
    const std::string_view tag = local_name(node);
    if (tag == "inputData") declare_element(index, node, ElementKind::input);
    if (tag == "decision") declare_element(index, node, ElementKind::decision);
    if (tag == "businessKnowledgeModel") declare_element(index, node, ElementKind::knowledge);
    if (tag == "decisionService") declare_element(index, node, ElementKind::service);
  }
}

void Loader::declare_element(std::size_t index, Xml node, ElementKind kind) {
  Element element;
  element.kind = kind;
  element.file = index;
  element.id = attribute(node, "id");
  element.name = normal_name(attribute(node, "name"));
  element.question = text_of(child(node, "question"));
  element.description = text_of(child(node, "description"));
  element.line = position(node).first;
  element.type_text = attribute(child(node, "variable"), "typeRef");
  if (element.name.empty()) return fault(node, "dmn_structure", "an element needs a name");
  if (element.id.empty()) element.id = element.name;
  const std::size_t number = out_.elements.size();
  if (!file().elements.emplace(element.id, number).second)
    return fault(node, "dmn_structure", "the id is used twice");
  if (index == 0) {
    out_.by_id.emplace(element.id, number);
    out_.by_name[static_cast<std::size_t>(element.kind)].emplace(element.name, number);
  }
  out_.elements.push_back(std::move(element));
  to_compile_.emplace_back(number, node);
}

/// Of the files with that namespace the nearest that the current one imports.
std::size_t Loader::file_for(const std::string& name_space) const {
  if (name_space.empty() || files_[current_]->name_space == name_space) return current_;
  std::vector<std::size_t> reached{current_};
  for (std::size_t next = 0; next < reached.size(); ++next) {
    const auto& imports = files_[reached[next]]->imports;
    const auto found = imports.find(name_space);
    if (found != imports.end() && found->second.file != File::unopened) return found->second.file;
    for (const auto& [name, import] : imports)
      if (import.file != File::unopened) reached.push_back(import.file);
  }
  return File::unopened;
}

std::optional<std::size_t> Loader::find(const std::string& href, Xml at) {
  const std::size_t hash = href.find('#');
  const std::size_t in = file_for(href.substr(0, hash == href.npos ? 0 : hash));
  const std::string id = hash == href.npos ? href : href.substr(hash + 1);
  if (in != File::unopened)
    if (const auto found = files_[in]->elements.find(id); found != files_[in]->elements.end())
      return found->second;
  fault(at, "dmn_reference", fmt::format("there is no element '{}'", href));
  return std::nullopt;
}

std::string Loader::prefix_of(std::size_t index) const {
  const auto& own = files_[current_]->path;
  const auto& path = files_[index]->path;
  std::string prefix;
  for (std::size_t i = own.size(); i < path.size(); ++i) prefix += path[i] + ".";
  return prefix;
}

void Loader::require(std::size_t index, Xml requirement, const char* inner) {
  const Xml reference = child(requirement, inner);
  if (!reference) return;
  const auto found = find(attribute(reference, "href"), reference);
  if (!found) return;
  Element& element = out_.elements[index];
  const Element& required = out_.elements[*found];
  element.required.push_back(*found);
  element.names.push_back(prefix_of(required.file) + required.name);
}

void Loader::compile(std::size_t index, Xml node) {
  Element& element = out_.elements[index];
  for (const Xml requirement : children(node, "informationRequirement")) {
    require(index, requirement, "requiredDecision");
    require(index, requirement, "requiredInput");
  }
  for (const Xml requirement : children(node, "knowledgeRequirement"))
    require(index, requirement, "requiredKnowledge");
  if (!element.type_text.empty() && element.kind != ElementKind::knowledge)
    element.type = type_named(element.type_text, child(node, "variable"));
  switch (element.kind) {
    case ElementKind::input:
      break;
    case ElementKind::decision:
      return compile_decision(element, node);
    case ElementKind::knowledge:
      return compile_knowledge(element, node);
    case ElementKind::service:
      return compile_service(element, node);
  }
}

void Loader::compile_decision(Element& element, Xml node) {
  Scope scope;
  for (const std::string& name : element.names) scope.declare(name);
  element.program = logic_of(node, scope);
  element.slots = scope.slots();
}

void Loader::compile_knowledge(Element& element, Xml node) {
  const Xml logic = child(node, "encapsulatedLogic");
  if (!logic) return;
  Scope scope;
  for (const std::string& name : element.names) scope.declare(name);
  TypePtr declared =
      element.type_text.empty() ? nullptr : type_named(element.type_text, child(node, "variable"));
  // The variable's type is that of the function, or, in older models, that of its result.
  if (declared && declared->base == Type::Base::function) declared = declared->element;
  element.program = function(logic, scope, element.name, declared);
  element.slots = scope.slots();
}

void Loader::compile_service(Element& element, Xml node) {
  const auto refer = [&](const char* tag, std::vector<std::size_t>& out) {
    for (const Xml reference : children(node, tag))
      if (const auto found = find(attribute(reference, "href"), reference)) out.push_back(*found);
  };
  refer("inputData", element.service_inputs);
  refer("inputDecision", element.service_inputs);
  refer("outputDecision", element.service_outputs);
  if (element.service_outputs.empty())
    fault(node, "dmn_structure", "a decision service needs an output decision");
  auto& parameters = element.signatures.emplace_back();
  for (const std::size_t input : element.service_inputs)
    parameters.push_back(out_.elements[input].name);
  if (element.type && element.type->base == Type::Base::function)
    element.type = element.type->element;
}

void Loader::refuse_circles() {
  enum Mark : std::uint8_t { fresh, on_path, closed };
  std::vector<Mark> marks(out_.elements.size(), fresh);
  std::vector<std::pair<std::size_t, std::size_t>> path;  // element, next requirement to look at
  for (std::size_t start = 0; start < marks.size(); ++start) {
    if (marks[start] == fresh) path.emplace_back(start, 0);
    while (!path.empty()) {
      const auto [index, next] = path.back();
      Element& element = out_.elements[index];
      marks[index] = on_path;
      if (next == element.required.size()) {
        marks[index] = closed;
        path.pop_back();
        continue;
      }
      ++path.back().second;
      const std::size_t required = element.required[next];
      if (marks[required] == fresh) path.emplace_back(required, 0);
      // A knowledge model may require itself: it recurses.
      if (marks[required] == on_path && required != index)
        out_.errors.push_back({Kind::invalid, "dmn_structure",
                               fmt::format("'{}' and '{}' require each other", element.name,
                                           out_.elements[required].name),
                               out_.files[element.file], element.line, 0});
    }
  }
}

}  // namespace minben::rules
