#include "rdf.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "names.hpp"
#include "syntax.hpp"

namespace minben::interchange {

namespace {

// BCP 47 as far as Turtle's grammar checks it.
bool is_language_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > 50) return false;
  bool first = true;
  for (const std::string_view part : split(tag, '-')) {
    if (part.empty() || part.size() > 8) return false;
    for (const char c : part) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (!letter && (first || c < '0' || c > '9')) return false;
    }
    first = false;
  }
  return true;
}

std::string key_of(const Term& term) {
  std::string key;
  key.reserve(term.value.size() + term.datatype.size() + term.language.size() + 3);
  key += static_cast<char>('0' + static_cast<int>(term.kind));
  key += term.value;
  if (term.kind == Term::Kind::literal) {
    key += '\0';
    key += term.language.empty() ? term.datatype : "@" + to_lower_ascii(term.language);
  }
  return key;
}

}  // namespace

std::string writable_iri(std::string_view iri) {
  std::string out;
  for (const char c : iri) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte == 0x7f ||
        std::string_view("<>\"{}|\\^`").find(c) != std::string_view::npos)
      out += fmt::format("%{:02X}", byte);
    else out += c;
  }
  return out;
}

std::size_t Graph::TripleHash::operator()(const Triple& triple) const noexcept {
  std::uint64_t hash = static_cast<std::uint64_t>(triple.subject);
  hash = hash * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(triple.predicate);
  hash = hash * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(triple.object);
  return static_cast<std::size_t>(hash ^ (hash >> 29));
}

TermId Graph::intern(Term term) {
  const auto [it, fresh] = ids_.try_emplace(key_of(term), TermId(terms_.size()));
  if (fresh) {
    terms_.push_back(std::move(term));
    by_subject_.emplace_back();
    by_object_.emplace_back();
  }
  return it->second;
}

TermId Graph::iri(std::string_view value) {
  return intern({Term::Kind::iri, writable_iri(value), {}, {}});
}
TermId Graph::blank(std::string_view label) {
  return intern({Term::Kind::blank, std::string(label), {}, {}});
}
TermId Graph::new_blank() {
  for (;;) {
    std::string label = fmt::format("n{}", next_blank_++);
    if (!ids_.contains(key_of({Term::Kind::blank, label, {}, {}}))) return blank(label);
  }
}
TermId Graph::literal(std::string_view value, std::string_view language,
                      std::string_view datatype) {
  Term term{Term::Kind::literal, std::string(value), {}, {}};
  for (std::size_t at = 0; (at = term.value.find('\0', at)) != std::string::npos;)
    term.value.replace(at, 1, "\xef\xbf\xbd");
  if (is_language_tag(language)) term.language = language;
  else if (datatype != ns::xsd_string) term.datatype = writable_iri(datatype);
  return intern(std::move(term));
}

bool Graph::add(TermId subject, TermId predicate, TermId object) {
  const Triple triple{subject, predicate, object};
  if (!set_.insert(triple).second) return false;
  const auto at = static_cast<std::uint32_t>(triples_.size());
  triples_.push_back(triple);
  by_subject_[index(subject)].push_back(at);
  by_object_[index(object)].push_back(at);
  return true;
}

void Graph::merge(const Graph& other, std::span<const Triple> without) {
  std::unordered_set<Triple, TripleHash> left_out(without.begin(), without.end());
  std::unordered_map<std::uint32_t, TermId> ours;
  const auto own = [&](TermId id) {
    const auto [it, fresh] = ours.try_emplace(static_cast<std::uint32_t>(id));
    if (fresh)
      it->second = other.term(id).kind == Term::Kind::blank ? new_blank() : intern(other.term(id));
    return it->second;
  };
  for (const Triple& triple : other.triples())
    if (!left_out.contains(triple))
      add(own(triple.subject), own(triple.predicate), own(triple.object));
}

std::optional<TermId> Graph::find_iri(std::string_view value) const {
  const auto it = ids_.find(key_of({Term::Kind::iri, std::string(value), {}, {}}));
  return it == ids_.end() ? std::nullopt : std::optional(it->second);
}

std::vector<Triple> Graph::of_subject(TermId subject) const {
  std::vector<Triple> out;
  for (const std::uint32_t at : by_subject_[index(subject)]) out.push_back(triples_[at]);
  return out;
}
std::vector<Triple> Graph::of_object(TermId object) const {
  std::vector<Triple> out;
  for (const std::uint32_t at : by_object_[index(object)]) out.push_back(triples_[at]);
  return out;
}
std::vector<TermId> Graph::objects(TermId subject, std::string_view predicate) const {
  std::vector<TermId> out;
  const auto id = find_iri(predicate);
  if (!id) return out;
  for (const std::uint32_t at : by_subject_[index(subject)])
    if (triples_[at].predicate == *id) out.push_back(triples_[at].object);
  return out;
}
std::vector<TermId> Graph::instances(std::string_view type) const {
  std::vector<TermId> out;
  const auto class_id = find_iri(type), rdf_type = find_iri(ns::rdf_type);
  if (!class_id || !rdf_type) return out;
  for (const std::uint32_t at : by_object_[index(*class_id)])
    if (triples_[at].predicate == *rdf_type) out.push_back(triples_[at].subject);
  return out;
}

Signatures::Signatures(const Graph& graph) : graph_(graph) {}

// A blank node's signature is what is said about it, hashed. A node that is met again on the way
// counts as one mark, so that circles end; what depends on such a mark depends on where one came
// from and is not remembered. Both that and depth are bounded, for graphs made to be expensive.
std::string Signatures::of(TermId id) {
  const Term& term = graph_.term(id);
  if (term.kind == Term::Kind::literal && !term.language.empty()) {
    Term lower = term;  // tags compare without case, and other parsers change it
    lower.language = to_lower_ascii(term.language);
    return term_ntriples(lower);
  }
  if (term.kind != Term::Kind::blank) return term_ntriples(term);
  if (const auto it = known_.find(id); it != known_.end()) return it->second;
  if (open_.size() > 500 || budget_ == 0 || !open_.insert(id).second) {
    circle_ = true;
    return "_:circle";
  }
  --budget_;
  const bool outer = std::exchange(circle_, false);
  std::vector<std::string> lines;
  for (const Triple& triple : graph_.of_subject(id))
    lines.push_back(of(triple.predicate) + " " + of(triple.object));
  open_.erase(id);
  std::ranges::sort(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  std::string signature = "_:" + hex_encode(sha256(text)).substr(0, 40);
  if (!circle_) known_.emplace(id, signature);
  circle_ |= outer;
  return signature;
}

std::string Signatures::of(const Triple& triple) {
  return of(triple.subject) + " " + of(triple.predicate) + " " + of(triple.object);
}

bool same(const Graph& a, const Graph& b) {
  return a.size() == b.size() && missing_in(a, b).empty() && missing_in(b, a).empty();
}

std::vector<std::string> missing_in(const Graph& a, const Graph& b) {
  Signatures of_a(a), of_b(b);
  std::multiset<std::string> present;
  for (const Triple& triple : b.triples()) present.insert(of_b.of(triple));
  std::vector<std::string> out;
  for (const Triple& triple : a.triples()) {
    const auto it = present.find(of_a.of(triple));
    if (it != present.end()) present.erase(it);
    else
      out.push_back(term_ntriples(a.term(triple.subject)) + " " +
                    term_ntriples(a.term(triple.predicate)) + " " +
                    term_ntriples(a.term(triple.object)));
  }
  return out;
}

}  // namespace minben::interchange
