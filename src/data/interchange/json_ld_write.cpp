#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

class JsonLdWriter {
 public:
  explicit JsonLdWriter(const Graph& graph) : graph_(graph), layout_(graph) {}

  std::string write() {
    JsonArray nodes;
    for (const TermId subject : layout_.subjects()) nodes.push_back(node(subject));
    JsonObject context;
    for (const ns::Prefix& prefix : ns::prefixes)
      if (used_.contains(std::string(prefix.name))) context.emplace(prefix.name, prefix.iri);
    return write_json(JsonObject{{"@context", std::move(context)}, {"@graph", std::move(nodes)}});
  }

 private:
  std::string name(const std::string& iri) {
    std::string known = prefixed(iri);
    if (known.empty()) return iri;
    used_.insert(known.substr(0, known.find(':')));
    return known;
  }
  std::string id(TermId id) const {
    const Term& term = graph_.term(id);
    return term.kind == Term::Kind::blank ? term_ntriples(term) : term.value;
  }

  Json value(TermId term_id) {
    if (const auto items = layout_.list(term_id)) {
      JsonArray list;
      for (const TermId item : *items) list.push_back(value(item));
      return JsonObject{{"@list", std::move(list)}};
    }
    const Term& term = graph_.term(term_id);
    if (term.kind != Term::Kind::literal)
      return layout_.nested(term_id) ? Json(node(term_id)) : Json(JsonObject{{"@id", id(term_id)}});
    if (!term.language.empty())
      return JsonObject{{"@value", term.value}, {"@language", term.language}};
    if (term.datatype.empty()) return Json(term.value);
    return JsonObject{{"@value", term.value}, {"@type", name(term.datatype)}};
  }

  JsonObject node(TermId subject) {
    JsonObject out;
    if (!layout_.nested(subject)) out["@id"] = id(subject);
    for (const Triple& triple : graph_.of_subject(subject)) {
      const std::string& predicate = graph_.term(triple.predicate).value;
      const Term& object = graph_.term(triple.object);
      const bool is_type = predicate == ns::rdf_type && object.kind != Term::Kind::literal &&
                           !layout_.nested(triple.object);
      add(out, is_type ? "@type" : name(predicate),
          is_type ? Json(object.kind == Term::Kind::iri ? name(object.value) : id(triple.object))
                  : value(triple.object));
    }
    return out;
  }

  static void add(JsonObject& object, const std::string& key, Json value) {
    Json* there = object.if_contains(key);
    if (there == nullptr) {
      object.emplace(key, std::move(value));
      return;
    }
    if (!there->is_array()) *there = JsonArray{std::move(*there)};
    there->get_array().push_back(std::move(value));
  }

  const Graph& graph_;
  Layout layout_;
  std::set<std::string> used_;
};

}  // namespace

std::string write_json_ld(const Graph& graph) { return JsonLdWriter(graph).write(); }

}  // namespace minben::interchange
