#pragma once
// RDF 1.1 graphs and the syntaxes in which catalogues travel: Turtle, N-Triples, RDF/XML and
// JSON-LD 1.1. Values without I/O; nothing is ever fetched. Graphs are not thread-safe, functions
// are.
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/core.hpp"

namespace minben::interchange {

struct Term {
  enum class Kind : std::uint8_t { iri, blank, literal };
  Kind kind = Kind::iri;
  std::string value;     ///< IRI, label of the blank node, or lexical form
  std::string datatype;  ///< of literals; "" = xsd:string, or rdf:langString with a language
  std::string language;  ///< of literals, BCP 47 as written
  friend bool operator==(const Term&, const Term&) = default;
};

/// Of one graph only.
enum class TermId : std::uint32_t {};

struct Triple {
  TermId subject{}, predicate{}, object{};
  friend bool operator==(const Triple&, const Triple&) = default;
};

/// A set of triples that remembers in which order they came. Every IRI in it can be written: what
/// RFC 3987 forbids in one is percent-encoded when it enters.
class Graph {
 public:
  TermId iri(std::string_view value);
  TermId blank(std::string_view label);
  TermId new_blank();
  /// A language that is no BCP 47 tag is dropped; U+0000 becomes U+FFFD.
  TermId literal(std::string_view value, std::string_view language = {},
                 std::string_view datatype = {});

  /// False when it was there already.
  bool add(TermId subject, TermId predicate, TermId object);
  /// All of the other graph, but for triples of `without`; its blank nodes become new ones here.
  void merge(const Graph& other, std::span<const Triple> without = {});

  [[nodiscard]] const Term& term(TermId id) const { return terms_[index(id)]; }
  [[nodiscard]] std::optional<TermId> find_iri(std::string_view value) const;
  [[nodiscard]] std::span<const Triple> triples() const { return triples_; }
  [[nodiscard]] std::size_t size() const { return triples_.size(); }
  [[nodiscard]] bool contains(const Triple& triple) const { return set_.contains(triple); }
  /// In the order in which they were added.
  [[nodiscard]] std::vector<Triple> of_subject(TermId subject) const;
  [[nodiscard]] std::vector<Triple> of_object(TermId object) const;
  [[nodiscard]] std::vector<TermId> objects(TermId subject, std::string_view predicate) const;
  [[nodiscard]] std::vector<TermId> instances(std::string_view type) const;  ///< rdf:type

 private:
  static std::size_t index(TermId id) { return static_cast<std::size_t>(id); }
  TermId intern(Term term);
  struct TripleHash {
    std::size_t operator()(const Triple& triple) const noexcept;
  };
  std::vector<Term> terms_;
  std::unordered_map<std::string, TermId> ids_;
  std::vector<Triple> triples_;
  std::unordered_set<Triple, TripleHash> set_;
  std::vector<std::vector<std::uint32_t>> by_subject_, by_object_;  ///< by term
  std::uint64_t next_blank_ = 0;
};

/// The same triples, where blank nodes count by what is said about them and not by label (a sound
/// comparison for graphs in which blank nodes form trees, as metadata does; blank nodes in a
/// circle compare as equal when their surroundings are).
bool same(const Graph& a, const Graph& b);
/// Triples of `a`, as N-Triples, that are not in `b` in that sense; for messages.
std::vector<std::string> missing_in(const Graph& a, const Graph& b);

struct RdfLimits {
  std::size_t max_bytes = 64u << 20;
  std::size_t max_triples = 2'000'000;
  std::size_t max_depth = 64;  ///< of nested nodes, lists and contexts
};

/// Errors of all readers: too_large "rdf_too_large"; invalid "not_turtle" (with line and column),
/// "not_rdf_xml", "not_json_ld" (the field is a JSON pointer), "relative_iri", "too_deep",
/// "remote_context". `base` is the address that the document came from.
Result<Graph> read_turtle(std::string_view text, std::string_view base, RdfLimits limits = {});
Result<Graph> read_ntriples(std::string_view text, RdfLimits limits = {});
/// W3C RDF/XML. Entities of a document type are refused ("entities").
Result<Graph> read_rdf_xml(std::string_view text, std::string_view base, RdfLimits limits = {});
/// The part of JSON-LD 1.1 (https://www.w3.org/TR/json-ld11-api/) that catalogues use: terms,
/// prefixes, @vocab, @base, coercion, @language, @list/@set/@language/@index/@id containers, @graph
/// (merged), @reverse, @included, @nest, contexts of terms and types. Remote contexts are not
/// fetched: `contexts` has the known ones by address; schema.org is always known.
Result<Graph> read_json_ld(std::string_view text, std::string_view base, RdfLimits limits = {},
                           const std::map<std::string, Json>& contexts = {});

/// Readable: prefixes that are used, one block a subject, blank nodes and lists inside.
std::string write_turtle(const Graph& graph);
std::string write_ntriples(const Graph& graph);
/// Characters that XML 1.0 cannot hold become U+FFFD. A predicate that is no XML name after any of
/// its characters cannot be written: invalid "not_xml_name".
Result<std::string> write_rdf_xml(const Graph& graph);
/// Compacted with a context of prefixes; nodes nested as in Turtle.
std::string write_json_ld(const Graph& graph);

/// RFC 3986 §5 resolution. The reference itself when it is absolute or there is no base.
std::string resolve_iri(std::string_view base, std::string_view reference);
/// Starts with a scheme.
bool is_absolute_iri(std::string_view iri);

}  // namespace minben::interchange
