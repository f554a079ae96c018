// What a graph said beyond the members, computed as a difference so that nothing can be forgotten,
// and how it comes back into what is written.
#include <algorithm>
#include <array>
#include <map>

#include "dcat_read.hpp"
#include "dcat_words.hpp"
#include "dcat_write.hpp"
#include "names.hpp"
#include "syntax.hpp"
#include "terms.hpp"

namespace minben::interchange {

using catalogue::Dataset;

namespace {

constexpr std::string_view dataset_urn{"urn:minben:dataset:"};
constexpr std::string_view distribution_urn{"urn:minben:distribution:"};
constexpr std::string_view foreign_base{"urn:minben:own"};  // no graph of others uses it

/// Other things of a catalogue are not part of this dataset.
bool stands_alone(const Look& look, TermId node) {
  static constexpr std::array types{dcat::Dataset,          dcat::DatasetSeries,
                                    dcat::Catalog,          dcat::CatalogRecord,
                                    words::PagedCollection, words::PartialCollectionView};
  return std::ranges::any_of(types, [&](std::string_view type) { return look.is(node, type); });
}

/// Everything said about the node, its distributions and what they refer to; of a service that
/// serves many datasets, only that it serves this one; of a series, what it is and is called.
std::vector<Triple> belonging(const Graph& graph, TermId node, const Members& members,
                              const ReadOptions& options) {
  const Look look(graph);
  const auto serves = graph.find_iri(dcat::serves_dataset);
  std::vector<TermId> waiting{node};
  std::unordered_set<TermId> seen{node};
  const auto visit = [&](TermId id) {
    if (graph.term(id).kind != Term::Kind::literal && seen.insert(id).second) waiting.push_back(id);
  };
  for (const TermId distribution : members.distributions) visit(distribution);
  for (const Triple& triple : graph.of_object(node))
    if (serves && triple.predicate == *serves) visit(triple.subject);
  std::vector<Triple> out;
  std::set<TermId> series;
  while (!waiting.empty()) {
    const TermId at = waiting.back();
    waiting.pop_back();
    for (const Triple& triple : graph.of_subject(at)) {
      if (serves && triple.predicate == *serves && triple.object != node &&
          stands_alone(look, triple.object))
        continue;
      out.push_back(triple);
      if (seen.contains(triple.object)) continue;
      if (!stands_alone(look, triple.object)) visit(triple.object);
      else if (options.own_base.empty() && look.is(triple.object, dcat::DatasetSeries))
        series.insert(triple.object);
    }
  }
  for (const TermId id : series)
    for (const Triple& triple : graph.of_subject(id))
      if (graph.term(triple.object).kind == Term::Kind::literal ||
          graph.term(triple.predicate).value == ns::rdf_type)
        out.push_back(triple);
  return out;
}

using Group = std::pair<std::string, std::string>;  ///< subject (an IRI) and predicate

/// Triples of IRIs by subject and predicate.
std::map<Group, std::vector<Triple>> groups_of(const Graph& graph) {
  std::map<Group, std::vector<Triple>> out;
  for (const Triple& triple : graph.triples())
    if (graph.term(triple.subject).kind == Term::Kind::iri)
      out[{graph.term(triple.subject).value, graph.term(triple.predicate).value}].push_back(triple);
  return out;
}

/// Triples that no path leads to from the roots.
std::vector<Triple> unreachable(const Graph& graph, const std::vector<TermId>& roots) {
  std::vector<TermId> waiting;
  std::unordered_set<TermId> seen;
  const auto visit = [&](TermId id) {
    if (seen.insert(id).second) waiting.push_back(id);
  };
  for (const TermId root : roots) visit(root);
  while (!waiting.empty()) {
    const TermId at = waiting.back();
    waiting.pop_back();
    for (const Triple& triple : graph.of_subject(at)) visit(triple.object);
  }
  std::vector<Triple> out;
  for (const Triple& triple : graph.triples())
    if (!seen.contains(triple.subject)) out.push_back(triple);
  return out;
}

/// The same graph under other names for some nodes; an empty name drops the triple.
template <class Name>
Graph renamed(const Graph& graph, std::span<const Triple> triples, Name&& name) {
  Graph out;
  std::unordered_map<TermId, std::optional<TermId>> known;
  const auto own = [&](TermId id) {
    const auto [it, fresh] = known.try_emplace(id);
    if (!fresh) return it->second;
    const Term& term = graph.term(id);
    if (const std::optional<std::string> other = name(id, term)) {
      if (!other->empty()) it->second = out.iri(*other);
    } else if (term.kind == Term::Kind::blank) {
      it->second = out.new_blank();
    } else if (term.kind == Term::Kind::iri) {
      it->second = out.iri(term.value);
    } else {
      it->second = out.literal(term.value, term.language, term.datatype);
    }
    return it->second;
  };
  for (const Triple& triple : triples) {
    const auto s = own(triple.subject), p = own(triple.predicate), o = own(triple.object);
    if (s && p && o) out.add(*s, *p, *o);
  }
  return out;
}

DatasetNodes urns_of(const Dataset& dataset) {
  DatasetNodes nodes{std::string(dataset_urn) + to_string(dataset.id), {}};
  for (const catalogue::Distribution& distribution : dataset.distributions)
    nodes.distributions.push_back(std::string(distribution_urn) + to_string(distribution.id));
  return nodes;
}

}  // namespace

std::string kept_of(const Graph& graph, TermId node, const Members& members,
                    const ReadOptions& options) {
  const DatasetNodes urns = urns_of(members.dataset);
  std::unordered_map<TermId, std::string> names{{node, urns.dataset}};
  for (std::size_t i = 0; i < members.distributions.size(); ++i)
    names.emplace(members.distributions[i], urns.distributions[i]);
  const Addresses addresses{options.own_base.empty() ? std::string(foreign_base)
                                                     : options.own_base};
  const auto triples = belonging(graph, node, members, options);
  const Graph said =
      renamed(graph, triples, [&](TermId id, const Term& term) -> std::optional<std::string> {
        if (const auto it = names.find(id); it != names.end()) return it->second;
        // The service of a distribution of ours is named after it.
        for (std::size_t i = 0; i < members.distributions.size(); ++i)
          if (const Term& place = graph.term(members.distributions[i]);
              term.kind == Term::Kind::iri && place.kind == Term::Kind::iri &&
              term.value == place.value + "#service")
            return urns.distributions[i] + "#service";
        return std::nullopt;
      });
  Graph written;
  write_members(
      written, members.dataset, urns, addresses, [&](const catalogue::PublisherCode& code) {
        // Of others nothing but the code is known when this is written again.
        const bool known =
            !options.own_base.empty() && members.publisher && members.publisher->code == code;
        return known ? &*members.publisher : nullptr;
      });

  Signatures of_said(said), of_written(written);
  std::unordered_set<std::string> there;
  for (const Triple& triple : written.triples()) there.insert(of_written.of(triple));
  std::vector<Triple> represented;
  for (const auto& [group, triples_of] : groups_of(said))
    if (std::ranges::all_of(
            triples_of, [&](const Triple& triple) { return there.contains(of_said.of(triple)); }))
      represented.insert(represented.end(), triples_of.begin(), triples_of.end());
  // Blank nodes of what is represented are left without anybody who refers to them.
  Graph rest, kept;
  rest.merge(said, represented);
  std::vector<TermId> roots;
  for (const Triple& triple : rest.triples())
    if (rest.term(triple.subject).kind == Term::Kind::iri ||
        rest.term(triple.predicate).value == dcat::serves_dataset)
      roots.push_back(triple.subject);
  kept.merge(rest, unreachable(rest, roots));

  const auto remember = [&](TermId original, const std::string& urn, const std::string& ours) {
    const Term& term = graph.term(original);
    if (term.kind == Term::Kind::iri && term.value != ours)
      kept.add(kept.iri(urn), kept.iri(words::own_iri), kept.iri(term.value));
  };
  remember(node, urns.dataset, addresses.dataset(members.dataset.id));
  for (std::size_t i = 0; i < members.distributions.size(); ++i)
    remember(members.distributions[i], urns.distributions[i],
             addresses.distribution(members.dataset.id, members.dataset.distributions[i].id));
  return write_ntriples(kept);
}

namespace {

/// Puts together what is written from the members and what was kept.
class Joining {
 public:
  Joining(const Dataset& dataset, const Graph& ours, const Graph& kept, std::string iri)
      : dataset_(dataset),
        ours_(ours),
        kept_(kept),
        iri_(std::move(iri)),
        our_groups_(groups_of(ours)),
        kept_groups_(groups_of(kept)) {}

  Graph join() {
    for (const auto& [group, triples] : kept_groups_) use_kept_[group] = true;
    Graph all = joined();
    if (reads_the_same(all)) return all;
    // Something was changed since: what was kept of that is out of date. What says nothing of ours
    // is seldom to blame, so it goes in first.
    for (auto& [group, kept] : use_kept_) kept = !our_groups_.contains(group);
    const bool others_agree = reads_the_same(joined());
    std::size_t tries = 0;
    for (auto& [group, kept] : use_kept_) {
      const bool conflict = our_groups_.contains(group);
      if (!conflict && others_agree) continue;
      kept = ++tries <= max_tries;
      kept = kept && reads_the_same(joined());
    }
    return joined();
  }

 private:
  static constexpr std::size_t max_tries = 100;

  Graph joined() const {
    std::vector<Triple> not_ours, not_kept;
    for (const auto& [group, kept] : use_kept_) {
      const auto ours = our_groups_.find(group);
      const auto& theirs = kept_groups_.at(group);
      if (!kept) not_kept.insert(not_kept.end(), theirs.begin(), theirs.end());
      else if (ours != our_groups_.end())
        not_ours.insert(not_ours.end(), ours->second.begin(), ours->second.end());
    }
    Graph both;
    both.merge(ours_, not_ours);
    both.merge(kept_, not_kept);
    std::vector<TermId> roots{both.iri(iri_)};
    for (const auto& [group, kept] : use_kept_)
      if (kept) roots.push_back(both.iri(group.first));
    for (const Triple& triple : both.triples())  // services that are blank nodes
      if (both.term(triple.subject).kind == Term::Kind::blank &&
          both.term(triple.predicate).value == dcat::serves_dataset)
        roots.push_back(triple.subject);
    Graph out;
    out.merge(both, unreachable(both, roots));
    return out;
  }

  bool reads_the_same(const Graph& graph) const {
    const auto node = graph.find_iri(iri_);
    if (!node) return false;
    for (const std::string& base : {std::string(), std::string(foreign_base)}) {
      Dataset read = read_members(graph, *node, {base}).dataset;
      if (read.distributions.size() != dataset_.distributions.size()) return false;
      read.id = dataset_.id;
      read.name = dataset_.name;
      read.series = dataset_.series;
      read.origin = dataset_.origin;
      read.kept = dataset_.kept;
      for (std::size_t i = 0; i < read.distributions.size(); ++i)
        read.distributions[i].id = dataset_.distributions[i].id;
      if (base.empty()) read.kind = dataset_.kind;
      if (!base.empty() && dataset_.licence.empty()) read.licence.clear();
      if (read != dataset_) return false;
    }
    return true;
  }

  const Dataset& dataset_;
  const Graph& ours_;
  const Graph& kept_;
  std::string iri_;
  std::map<Group, std::vector<Triple>> our_groups_, kept_groups_;
  std::map<Group, bool> use_kept_;
};

}  // namespace

void write_dcat(Graph& graph, const Dataset& dataset, const Addresses& addresses,
                const PublisherOf& publisher_of) {
  DatasetNodes nodes{addresses.dataset(dataset.id), {}};
  for (const catalogue::Distribution& distribution : dataset.distributions)
    nodes.distributions.push_back(addresses.distribution(dataset.id, distribution.id));
  const auto kept = dataset.kept.rdf.empty() ? Graph() : read_ntriples(dataset.kept.rdf);
  if (!kept || kept->size() == 0) {
    write_members(graph, dataset, nodes, addresses, publisher_of);
    return;
  }
  // The dataset is whatever <urn:minben:dataset:…> is: its id may have changed since.
  const auto iri_of = kept->find_iri(words::own_iri);
  for (const Triple& triple : kept->triples()) {
    if (!iri_of || triple.predicate != *iri_of) continue;
    const std::string& urn = kept->term(triple.subject).value;
    const std::string& iri = kept->term(triple.object).value;
    if (iri.starts_with(addresses.base + "/")) continue;  // nobody else names things of ours
    if (urn.starts_with(dataset_urn)) nodes.dataset = iri;
    for (std::size_t i = 0; i < nodes.distributions.size(); ++i)
      if (urn == std::string(distribution_urn) + to_string(dataset.distributions[i].id))
        nodes.distributions[i] = iri;
  }
  std::vector<Triple> statements;
  for (const Triple& triple : kept->triples())  // nor says what they are
    if ((!iri_of || triple.predicate != *iri_of) &&
        !kept->term(triple.subject).value.starts_with(addresses.base + "/"))
      statements.push_back(triple);
  const Graph named =
      renamed(*kept, statements, [&](TermId, const Term& term) -> std::optional<std::string> {
        if (term.kind != Term::Kind::iri) return std::nullopt;
        if (term.value.starts_with(dataset_urn)) return nodes.dataset;
        if (!term.value.starts_with(distribution_urn)) return std::nullopt;
        const std::string_view id = std::string_view(term.value).substr(distribution_urn.size());
        for (std::size_t i = 0; i < nodes.distributions.size(); ++i)
          if (id.starts_with(to_string(dataset.distributions[i].id)))
            return nodes.distributions[i] + std::string(id.substr(36));
        return "";  // a distribution that is gone
      });
  Graph ours;
  write_members(ours, dataset, nodes, addresses, publisher_of);
  graph.merge(Joining(dataset, ours, named, nodes.dataset).join());
}

}  // namespace minben::interchange
