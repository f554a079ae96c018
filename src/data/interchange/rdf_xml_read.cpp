// RDF/XML (https://www.w3.org/TR/rdf-syntax-grammar/) over pugixml, which knows neither namespaces
// nor entities: the first are resolved here, the second refused.
#include <pugixml.hpp>

#include <map>

#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

using Namespaces = std::map<std::string, std::string, std::less<>>;

struct Scope {
  Namespaces namespaces;
  std::string base;
  std::string language;
};

struct XmlWriter final : pugi::xml_writer {
  std::string text;
  void write(const void* data, std::size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
};

class Reader {
 public:
  Reader(RdfLimits limits) : limits_(limits) {}

  Result<Graph> read(const pugi::xml_document& document, std::string_view base) {
    const pugi::xml_node root = document.document_element();
    if (!root) return fault("there is no element");
    Scope scope =
        inside(root, {{{"xml", "http://www.w3.org/XML/1998/namespace"}}, std::string(base), {}});
    MINBEN_TRY(name, full(root.name(), scope, false));
    if (name == std::string(ns::rdf_iri) + "RDF") {
      for (const pugi::xml_node child : root.children())
        if (child.type() == pugi::node_element) MINBEN_CHECK(node(child, scope, 0));
    } else {
      MINBEN_CHECK(node(root, scope, 0));
    }
    return std::move(graph_);
  }

 private:
  static std::unexpected<Error> fault(std::string detail) {
    return fail(Kind::invalid, "not_rdf_xml", detail);
  }

  static Scope inside(const pugi::xml_node& element, Scope scope) {
    for (const pugi::xml_attribute& attribute : element.attributes()) {
      const std::string_view name = attribute.name();
      if (name == "xmlns") scope.namespaces[""] = attribute.value();
      else if (name.starts_with("xmlns:"))
        scope.namespaces[std::string(name.substr(6))] = attribute.value();
      else if (name == "xml:base") scope.base = resolve_iri(scope.base, attribute.value());
      else if (name == "xml:lang") scope.language = attribute.value();
    }
    return scope;
  }

  static Result<std::string> full(std::string_view name, const Scope& scope, bool attribute) {
    const auto colon = name.find(':');
    const std::string_view prefix = colon == std::string_view::npos ? "" : name.substr(0, colon);
    const std::string_view local = colon == std::string_view::npos ? name : name.substr(colon + 1);
    if (attribute && prefix.empty()) return std::string(name);  // about, resource: old documents
    const auto it = scope.namespaces.find(prefix);
    if (it == scope.namespaces.end() || it->second.empty())
      return fault(fmt::format("no namespace for {}", name));
    return it->second + std::string(local);
  }

  static bool is_syntax(std::string_view name) {
    return name.starts_with("xml:") || name == "xmlns" || name.starts_with("xmlns:");
  }

  Result<TermId> resolved(std::string_view reference, const Scope& scope) {
    const std::string iri = resolve_iri(scope.base, reference);
    if (!is_absolute_iri(iri))
      return fail(Kind::invalid, "relative_iri", fmt::format("no base for <{}>", iri));
    return graph_.iri(iri);
  }

  /// The attributes of RDF's own, and all others as properties.
  struct Attributes {
    std::map<std::string, std::string> rdf;
    std::vector<std::pair<std::string, std::string>> properties;
  };
  static Result<Attributes> attributes(const pugi::xml_node& element, const Scope& scope) {
    Attributes out;
    for (const pugi::xml_attribute& attribute : element.attributes()) {
      if (is_syntax(attribute.name())) continue;
      MINBEN_TRY(name, full(attribute.name(), scope, true));
      const std::string_view bare =
          name.starts_with(ns::rdf_iri) ? std::string_view(name).substr(ns::rdf_iri.size()) : name;
      const bool known = bare == "about" || bare == "ID" || bare == "nodeID" ||
                         bare == "resource" || bare == "datatype" || bare == "parseType";
      if (known) out.rdf[std::string(bare)] = attribute.value();
      else if (name.find(':') != std::string::npos)
        out.properties.emplace_back(name, attribute.value());
    }
    return out;
  }

  Result<void> add(TermId subject, TermId predicate, TermId object) {
    return add_within(graph_, limits_, subject, predicate, object);
  }

  Result<TermId> literal(std::string_view text, std::string_view language,
                         std::string_view datatype) {
    if (!is_utf8(text)) return fault("a character reference is no character");
    return graph_.literal(text, language, datatype);
  }

  Result<void> properties(TermId subject, const Attributes& given, const Scope& scope) {
    for (const auto& [name, value] : given.properties) {
      if (name == ns::rdf_type) {
        MINBEN_TRY(type, resolved(value, scope));
        MINBEN_CHECK(add(subject, graph_.iri(name), type));
      } else {
        MINBEN_TRY(object, literal(value, scope.language, {}));
        MINBEN_CHECK(add(subject, graph_.iri(name), object));
      }
    }
    return {};
  }

  // §7.2.11 nodeElement
  Result<TermId> node(const pugi::xml_node& element, const Scope& outer, std::size_t depth) {
    if (depth > limits_.max_depth)
      return fail(Kind::invalid, "too_deep",
                  fmt::format("nodes are nested more than {} deep", limits_.max_depth));
    const Scope scope = inside(element, outer);
    MINBEN_TRY(type, full(element.name(), scope, false));
    MINBEN_TRY(given, attributes(element, scope));
    TermId subject{};
    if (const auto about = given.rdf.find("about"); about != given.rdf.end()) {
      MINBEN_TRY(iri, resolved(about->second, scope));
      subject = iri;
    } else if (const auto id = given.rdf.find("ID"); id != given.rdf.end()) {
      MINBEN_TRY(iri, resolved("#" + id->second, scope));
      subject = iri;
    } else if (const auto label = given.rdf.find("nodeID"); label != given.rdf.end()) {
      subject = graph_.blank("l" + label->second);
    } else {
      subject = graph_.new_blank();
    }
    if (type != std::string(ns::rdf_iri) + "Description")
      MINBEN_CHECK(add(subject, graph_.iri(ns::rdf_type), graph_.iri(type)));
    MINBEN_CHECK(properties(subject, given, scope));
    int item = 0;
    for (const pugi::xml_node child : element.children())
      if (child.type() == pugi::node_element)
        MINBEN_CHECK(property(subject, child, scope, item, depth));
    return subject;
  }

  // §7.2.14 propertyElt
  Result<void> property(TermId subject, const pugi::xml_node& element, const Scope& outer,
                        int& item, std::size_t depth) {
    const Scope scope = inside(element, outer);
    MINBEN_TRY(name, full(element.name(), scope, false));
    if (name == std::string(ns::rdf_iri) + "li") name = fmt::format("{}_{}", ns::rdf_iri, ++item);
    MINBEN_TRY(given, attributes(element, scope));
    const TermId predicate = graph_.iri(name);
    if (const auto type = given.rdf.find("parseType"); type != given.rdf.end()) {
      MINBEN_TRY(value, parsed(element, type->second, scope, depth));
      return add(subject, predicate, value);
    }
    MINBEN_TRY(value, object(element, given, scope, depth));
    return add(subject, predicate, value);
  }

  Result<TermId> object(const pugi::xml_node& element, const Attributes& given, const Scope& scope,
                        std::size_t depth) {
    std::string text;
    pugi::xml_node inner;
    for (const pugi::xml_node child : element.children()) {
      if (child.type() == pugi::node_element) {
        if (inner) return fault(fmt::format("two nodes in one {}", element.name()));
        inner = child;
      } else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) {
        text += child.value();
      }
    }
    if (inner) return node(inner, scope, depth + 1);
    const auto resource = given.rdf.find("resource"), label = given.rdf.find("nodeID");
    const auto datatype = given.rdf.find("datatype");
    if (resource == given.rdf.end() && label == given.rdf.end() &&
        (given.properties.empty() || datatype != given.rdf.end()))
      return datatype == given.rdf.end()
                 ? literal(text, scope.language, {})
                 : literal(text, {}, resolve_iri(scope.base, datatype->second));
    TermId value = graph_.new_blank();
    if (label != given.rdf.end()) value = graph_.blank("l" + label->second);
    if (resource != given.rdf.end()) {
      MINBEN_TRY(iri, resolved(resource->second, scope));
      value = iri;
    }
    MINBEN_CHECK(properties(value, given, scope));
    return value;
  }

  Result<TermId> parsed(const pugi::xml_node& element, std::string_view type, const Scope& scope,
                        std::size_t depth) {
    if (type == "Resource") {
      const TermId value = graph_.new_blank();
      int item = 0;
      if (depth > limits_.max_depth) return fail(Kind::invalid, "too_deep");
      for (const pugi::xml_node child : element.children())
        if (child.type() == pugi::node_element)
          MINBEN_CHECK(property(value, child, scope, item, depth + 1));
      return value;
    }
    if (type == "Collection") {
      std::vector<TermId> items;
      for (const pugi::xml_node child : element.children())
        if (child.type() == pugi::node_element) {
          MINBEN_TRY(value, node(child, scope, depth + 1));
          items.push_back(value);
        }
      return add_list_within(graph_, limits_, items);
    }
    XmlWriter xml;  // "Literal", and what is not known (§7.2.20)
    for (const pugi::xml_node child : element.children())
      child.print(xml, "", pugi::format_raw, pugi::encoding_utf8);
    return literal(xml.text, {}, std::string(ns::rdf_iri) + "XMLLiteral");
  }

  RdfLimits limits_;
  Graph graph_;
};

// pugixml builds any depth, but printing an XML literal recurses.
bool deeper_than(const pugi::xml_node& root, std::size_t limit) {
  std::size_t depth = 0;
  for (pugi::xml_node at = root; at;) {
    if (at.first_child()) {
      if (++depth > limit) return true;
      at = at.first_child();
      continue;
    }
    while (at && at != root && !at.next_sibling()) {
      at = at.parent();
      --depth;
    }
    at = at == root ? pugi::xml_node() : at.next_sibling();
  }
  return false;
}

}  // namespace

Result<Graph> read_rdf_xml(std::string_view text, std::string_view base, RdfLimits limits) {
  if (text.size() > limits.max_bytes)
    return fail(Kind::too_large, "rdf_too_large",
                fmt::format("more than {} bytes", limits.max_bytes));
  if (!is_utf8(text)) return fail(Kind::invalid, "not_rdf_xml", "it is not UTF-8");
  pugi::xml_document document;
  constexpr unsigned options = pugi::parse_cdata | pugi::parse_escapes | pugi::parse_eol |
                               pugi::parse_ws_pcdata | pugi::parse_doctype;
  const pugi::xml_parse_result parsed =
      document.load_buffer(text.data(), text.size(), options, pugi::encoding_utf8);
  if (!parsed) {
    Error error{Kind::invalid, "not_rdf_xml", parsed.description(), {}, 1, 1};
    for (const char c :
         text.substr(0, static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)))) {
      error.column = c == '\n' ? 1 : error.column + 1;
      error.line += c == '\n';
    }
    return fail(std::move(error));
  }
  for (const pugi::xml_node child : document.children())
    if (child.type() == pugi::node_doctype &&
        std::string_view(child.value()).find("ENTITY") != std::string_view::npos)
      return fail(Kind::invalid, "entities", "entities of a document type are not read");
  if (deeper_than(document, limits.max_depth * 4))
    return fail(Kind::invalid, "too_deep", "elements are nested too deep");
  return Reader(limits).read(document, base);
}

}  // namespace minben::interchange
