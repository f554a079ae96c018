#include <algorithm>

#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\r':
        out += "&#13;";
        break;  // else a parser makes it a line feed
      case '\n':
        out += "&#10;";
        break;  // in attributes it would become a space
      case '\t':
        out += "&#9;";
        break;
      default:
        if (byte < 0x20) out += "\xef\xbf\xbd";
        else if (byte == 0xef &&
                 (text.substr(i, 3) == "\xef\xbf\xbe" || text.substr(i, 3) == "\xef\xbf\xbf")) {
          out += "\xef\xbf\xbd";
          i += 2;
        } else out += c;
    }
  }
  return out;
}

class XmlGraphWriter {
 public:
  explicit XmlGraphWriter(const Graph& graph) : graph_(graph), layout_(graph) {}

  Result<std::string> write() {
    for (const TermId subject : layout_.subjects()) MINBEN_CHECK(node(subject, 1));
    for (std::size_t i = 0; i < later_.size(); ++i) MINBEN_CHECK(node(later_[i], 1));
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rdf:RDF";
    used_.insert("rdf");
    for (const ns::Prefix& prefix : ns::prefixes)
      if (used_.contains(std::string(prefix.name)))
        out += fmt::format("\n    xmlns:{}=\"{}\"", prefix.name, prefix.iri);
    for (const auto& [iri, name] : others_)
      out += fmt::format("\n    xmlns:{}=\"{}\"", name, escaped(iri));
    return out + ">\n" + body_ + "</rdf:RDF>\n";
  }

 private:
  std::string indent(std::size_t depth) const { return std::string(depth * 2, ' '); }

  Result<std::string> name(const std::string& iri) {
    std::string known = prefixed(iri, true);
    if (!known.empty()) {
      used_.insert(known.substr(0, known.find(':')));
      return known;
    }
    const auto [space, local] = split_xml_name(iri);
    if (space.empty() || local.empty())
      return fail(Kind::invalid, "not_xml_name", fmt::format("no XML name ends <{}>", iri));
    const auto it =
        others_.try_emplace(std::string(space), fmt::format("ns{}", others_.size() + 1)).first;
    return it->second + ":" + std::string(local);
  }

  std::string reference(TermId id, std::string_view iri_attribute) const {
    const Term& term = graph_.term(id);
    if (term.kind == Term::Kind::iri)
      return fmt::format(" rdf:{}=\"{}\"", iri_attribute, escaped(term.value));
    return fmt::format(" rdf:nodeID=\"b{}\"", term_ntriples(term).substr(2));
  }

  Result<void> node(TermId subject, std::size_t depth) {
    const auto said = graph_.of_subject(subject);
    std::string element = "rdf:Description";
    std::optional<Triple> type;
    for (const Triple& triple : said)
      if (!type && graph_.term(triple.predicate).value == ns::rdf_type &&
          graph_.term(triple.object).kind == Term::Kind::iri)
        if (auto typed = name(graph_.term(triple.object).value)) {
          element = *typed;
          type = triple;
        }
    const bool inside = layout_.nested(subject) && depth > 1;
    body_ += indent(depth) + "<" + element + (inside ? "" : reference(subject, "about"));
    if (said.empty() || (type && said.size() == 1)) {
      body_ += "/>\n";
      return {};
    }
    body_ += ">\n";
    for (const Triple& triple : said)
      if (!type || !(triple == *type)) MINBEN_CHECK(property(triple, depth + 1));
    body_ += indent(depth) + "</" + element + ">\n";
    return {};
  }

  Result<void> property(const Triple& triple, std::size_t depth) {
    MINBEN_TRY(element, name(graph_.term(triple.predicate).value));
    const Term& object = graph_.term(triple.object);
    body_ += indent(depth) + "<" + element;
    if (object.kind == Term::Kind::literal) {
      if (!object.language.empty()) body_ += fmt::format(" xml:lang=\"{}\"", object.language);
      else if (!object.datatype.empty())
        body_ += fmt::format(" rdf:datatype=\"{}\"", escaped(object.datatype));
      body_ += ">" + escaped(object.value) + "</" + element + ">\n";
      return {};
    }
    if (cells_.contains(triple.object)) {
      body_ += reference(triple.object, "resource") + "/>\n";
      return {};
    }
    const auto items = layout_.list(triple.object);
    if (items && !items->empty() && !all_resources(*items)) {
      for (const TermId cell : layout_.cells(triple.object))
        if (cells_.insert(cell).second) later_.push_back(cell);
      body_ += reference(triple.object, "resource") + "/>\n";
      return {};
    }
    if (items && !items->empty()) {
      body_ += " rdf:parseType=\"Collection\">\n";
      for (const TermId item : *items) {
        if (layout_.nested(item)) MINBEN_CHECK(node(item, depth + 1));
        else body_ += indent(depth + 1) + "<rdf:Description" + reference(item, "about") + "/>\n";
      }
    } else if (layout_.nested(triple.object)) {
      body_ += ">\n";
      MINBEN_CHECK(node(triple.object, depth + 1));
    } else {
      body_ += reference(triple.object, "resource") + "/>\n";
      return {};
    }
    body_ += indent(depth) + "</" + element + ">\n";
    return {};
  }

  bool all_resources(const std::vector<TermId>& items) const {
    return std::ranges::none_of(
        items, [&](TermId id) { return graph_.term(id).kind == Term::Kind::literal; });
  }

  const Graph& graph_;
  Layout layout_;
  std::string body_;
  std::set<std::string> used_;
  std::unordered_set<TermId> cells_;           ///< of lists of literals: XML has no form for them
  std::vector<TermId> later_;                  ///< the same, in order
  std::map<std::string, std::string> others_;  ///< namespace → prefix
};

}  // namespace

Result<std::string> write_rdf_xml(const Graph& graph) { return XmlGraphWriter(graph).write(); }

}  // namespace minben::interchange
