// Turtle and N-Triples. serd's writer is told what to nest statement by statement; knowing that is
// the larger half of the work (Layout), so the rest is here too.
#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
          out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        else out += c;
    }
  }
  return out + '"';
}

// Labels from outside may hold what other parsers do not read; letters, digits and _ are safe.
std::string blank_label(std::string_view label) {
  std::string out = "_:b";
  for (const char c : label) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) out += c;
    else out += fmt::format("_{:02x}", static_cast<unsigned char>(c));
  }
  return out;
}

class TurtleWriter {
 public:
  explicit TurtleWriter(const Graph& graph) : graph_(graph), layout_(graph) {}

  std::string write() {
    for (const TermId subject : layout_.subjects()) {
      body_ += resource(subject);
      statements(subject, 1);
      body_ += " .\n\n";
    }
    std::string out;
    for (const ns::Prefix& prefix : ns::prefixes)
      if (used_.contains(std::string(prefix.name)))
        out += fmt::format("@prefix {}: <{}> .\n", prefix.name, prefix.iri);
    return out + "\n" + body_;
  }

 private:
  std::string resource(TermId id) {
    const Term& term = graph_.term(id);
    if (term.kind == Term::Kind::blank) return blank_label(term.value);
    return iri(term.value);
  }
  std::string iri(const std::string& value) {
    std::string name = prefixed(value);
    if (name.empty()) return "<" + value + ">";
    used_.insert(name.substr(0, name.find(':')));
    return name;
  }
  std::string literal(const Term& term) {
    std::string out = in_quotes(term.value);
    if (!term.language.empty()) return out + "@" + term.language;
    return term.datatype.empty() ? out : out + "^^" + iri(term.datatype);
  }

  void object(TermId id, std::size_t depth) {
    const Term& term = graph_.term(id);
    if (const auto items = layout_.list(id)) {
      body_ += "(";
      for (const TermId item : *items) {
        body_ += " ";
        object(item, depth + 1);
      }
      body_ += " )";
    } else if (term.kind == Term::Kind::literal) {
      body_ += literal(term);
    } else if (layout_.nested(id)) {
      body_ += "[";
      statements(id, depth + 1);
      body_ += " ]";
    } else {
      body_ += resource(id);
    }
  }

  void statements(TermId subject, std::size_t depth) {
    std::vector<TermId> predicates;
    std::unordered_map<TermId, std::vector<TermId>> objects;
    for (const Triple& triple : graph_.of_subject(subject)) {
      auto& of = objects[triple.predicate];
      if (of.empty()) predicates.push_back(triple.predicate);
      of.push_back(triple.object);
    }
    for (const TermId predicate : predicates) {
      body_ += predicate == predicates.front() ? " " : " ;\n" + std::string(depth * 2, ' ');
      const std::string& name = graph_.term(predicate).value;
      body_ += name == ns::rdf_type ? "a" : resource(predicate);
      bool first = true;
      for (const TermId value : objects[predicate]) {
        body_ += first ? " " : ", ";
        first = false;
        object(value, depth);
      }
    }
  }

  const Graph& graph_;
  Layout layout_;
  std::string body_;
  std::set<std::string> used_;
};

}  // namespace

std::string term_ntriples(const Term& term) {
  switch (term.kind) {
    case Term::Kind::iri:
      return "<" + term.value + ">";
    case Term::Kind::blank:
      return blank_label(term.value);
    case Term::Kind::literal:
      break;
  }
  std::string out = in_quotes(term.value);
  if (!term.language.empty()) return out + "@" + term.language;
  return term.datatype.empty() ? out : out + "^^<" + term.datatype + ">";
}

std::string write_ntriples(const Graph& graph) {
  std::string out;
  for (const Triple& triple : graph.triples())
    out += term_ntriples(graph.term(triple.subject)) + " " +
           term_ntriples(graph.term(triple.predicate)) + " " +
           term_ntriples(graph.term(triple.object)) + " .\n";
  return out;
}

std::string write_turtle(const Graph& graph) { return TurtleWriter(graph).write(); }

}  // namespace minben::interchange
