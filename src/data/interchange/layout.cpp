#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

constexpr int max_nesting = 40;

bool is_local_name(std::string_view name, bool xml) {
  if (name.empty()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool inner = (c >= '0' && c <= '9') || c == '-';
    if (!letter && !(inner && (i > 0 || (!xml && c != '-')))) return false;
  }
  return true;
}

}  // namespace

std::string prefixed(std::string_view iri, bool xml) {
  for (const ns::Prefix& prefix : ns::prefixes)
    if (iri.starts_with(prefix.iri) && is_local_name(iri.substr(prefix.iri.size()), xml))
      return std::string(prefix.name) + ":" + std::string(iri.substr(prefix.iri.size()));
  return {};
}

std::pair<std::string_view, std::string_view> split_xml_name(std::string_view iri) {
  std::size_t begin = iri.size();
  for (std::size_t i = iri.size();
       i-- > 0 && is_local_name("_" + std::string(iri.substr(i, 1)), true);)
    if (is_local_name(iri.substr(i, 1), true)) begin = i;
  return {iri.substr(0, begin), iri.substr(begin)};
}

namespace {

/// How deep blank nodes lie below what stands by itself; -1 when they lie in a circle.
std::unordered_map<TermId, int> depths(const std::unordered_map<TermId, Triple>& reference,
                                       std::optional<TermId> rest) {
  std::unordered_map<TermId, int> depth;
  constexpr int on_the_way = -2;
  for (const auto& [id, triple] : reference) {
    std::vector<TermId> way;
    TermId up = id;
    for (auto it = reference.find(up);
         it != reference.end() && depth.emplace(up, on_the_way).second; it = reference.find(up)) {
      way.push_back(up);
      up = it->second.subject;
    }
    const auto known = depth.find(up);
    int below = known == depth.end() ? 0 : known->second == on_the_way ? -1 : known->second;
    for (; !way.empty(); way.pop_back()) {
      const Triple& link = reference.at(way.back());
      if (below >= 0 && !(rest && link.predicate == *rest)) ++below;
      depth[way.back()] = below;
    }
  }
  return depth;
}

}  // namespace

Layout::Layout(const Graph& graph)
    : graph_(graph),
      first_(graph.find_iri(ns::rdf_first)),
      rest_(graph.find_iri(ns::rdf_rest)),
      nil_(graph.find_iri(ns::rdf_nil)) {
  std::unordered_map<TermId, Triple> reference;  // to blank nodes that have exactly one
  for (const Triple& triple : graph.triples()) {
    if (graph.term(triple.object).kind != Term::Kind::blank) continue;
    if (graph.of_object(triple.object).size() == 1) reference.emplace(triple.object, triple);
  }
  for (const auto& [id, depth] : depths(reference, rest_))
    if (depth >= 0 && depth <= max_nesting) nested_.insert(id);

  // Of lists, only those that end well: anything else would be written node inside node for ever.
  if (nil_ && rest_)
    for (const Triple& end : graph.of_object(*nil_)) {
      TermId at = end.subject;
      if (end.predicate != *rest_) continue;
      while (nested_.contains(at) && is_list_node(at) && list_nodes_.insert(at).second) {
        const Triple& link = reference.at(at);
        if (link.predicate != *rest_) break;
        at = link.subject;
      }
    }
  if (rest_)
    std::erase_if(nested_, [&](TermId id) {
      return reference.at(id).predicate == *rest_ && !list_nodes_.contains(id);
    });
  std::unordered_set<TermId> seen;
  for (const Triple& triple : graph.triples())
    if (!nested_.contains(triple.subject) && seen.insert(triple.subject).second)
      subjects_.push_back(triple.subject);
}

bool Layout::is_list_node(TermId id) const {
  const auto said = graph_.of_subject(id);
  return first_ && said.size() == 2 &&
         ((said[0].predicate == *first_ && said[1].predicate == *rest_) ||
          (said[0].predicate == *rest_ && said[1].predicate == *first_));
}

std::vector<TermId> Layout::cells(TermId head) const {
  std::vector<TermId> out;
  for (TermId at = head; list_nodes_.contains(at);) {
    out.push_back(at);
    for (const Triple& triple : graph_.of_subject(out.back()))
      if (triple.predicate == *rest_) at = triple.object;
  }
  return out;
}

std::optional<std::vector<TermId>> Layout::list(TermId head) const {
  std::vector<TermId> items;
  TermId at = head;
  while (list_nodes_.contains(at)) {
    TermId next = at;
    for (const Triple& triple : graph_.of_subject(at)) {
      if (triple.predicate == *first_) items.push_back(triple.object);
      else next = triple.object;
    }
    at = next;
  }
  if (nil_ && at == *nil_) return items;
  return std::nullopt;
}

}  // namespace minben::interchange
