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
constexpr std::size_t uuid_size = 36;
constexpr std::string_view foreign_base{"urn:minben:own"};  // no graph of others uses it

/// What of a graph belongs to one dataset.
class Belonging {
 public:
  Belonging(const Graph& graph, const ReadOptions& options)
      : graph_(graph), with_series_(options.own_base.empty()) {
    for (const std::string_view type :
         {dcat::Dataset, dcat::Catalog, dcat::CatalogRecord, words::PagedCollection,
          words::PartialCollectionView, dcat::DatasetSeries})
      alone_.push_back(graph.find_iri(type));
    type_ = graph.find_iri(ns::rdf_type);
    serves_ = graph.find_iri(dcat::serves_dataset);
    own_iri_ = graph.find_iri(words::own_iri);
  }

  /// Everything said about the node, its distributions and what they refer to; of a service that
  /// serves many datasets, only that it serves this one; of a series, what it is and is called.
  std::vector<Triple> of(TermId node, const Members& members) {
    visit(node);
    for (const TermId distribution : members.distributions) visit(distribution);
    for (const Triple& triple : graph_.of_object(node))
      if (triple.predicate == serves_) visit(triple.subject);
    std::set<TermId> series;
    while (!waiting_.empty()) {
      const TermId at = waiting_.back();
      waiting_.pop_back();
      for (const Triple& triple : graph_.of_subject(at)) {
        const bool alone = stands_alone(triple.object);
        const bool serves_another = triple.predicate == serves_ && triple.object != node && alone;
        if (serves_another || triple.predicate == own_iri_) continue;
        triples_.push_back(triple);
        if (!alone) visit(triple.object);
        else if (with_series_ && is(triple.object, alone_.back())) series.insert(triple.object);
      }
    }
    for (const TermId id : series)
      for (const Triple& triple : graph_.of_subject(id))
        if (graph_.term(triple.object).kind == Term::Kind::literal || triple.predicate == type_)
          triples_.push_back(triple);
    return std::move(triples_);
  }

 private:
  void visit(TermId id) {
    if (graph_.term(id).kind != Term::Kind::literal && seen_.insert(id).second)
      waiting_.push_back(id);
  }
  [[nodiscard]] bool is(TermId id, const std::optional<TermId>& type) const {
    return type && type_ && graph_.contains({id, *type_, *type});
  }
  /// Other things of a catalogue are not part of this dataset.
  [[nodiscard]] bool stands_alone(TermId id) const {
    return std::ranges::any_of(alone_, [&](const auto& type) { return is(id, type); });
  }

  const Graph& graph_;
  bool with_series_;
  std::vector<std::optional<TermId>> alone_;  ///< classes; the last is that of series
  std::optional<TermId> type_, serves_, own_iri_;
  std::vector<TermId> waiting_;
  std::unordered_set<TermId> seen_;
  std::vector<Triple> triples_;
};

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
  for (std::size_t i = 0; i < members.distributions.size(); ++i) {
    const TermId distribution = members.distributions[i];
    names.emplace(distribution, urns.distributions[i]);
    // The service of a distribution of ours is named after it.
    if (const auto service = graph.find_iri(graph.term(distribution).value + "#service"))
      names.emplace(*service, urns.distributions[i] + "#service");
  }
  const Addresses addresses{options.own_base.empty() ? std::string(foreign_base)
                                                     : options.own_base};
  const Graph said = renamed(graph, Belonging(graph, options).of(node, members),
                             [&](TermId id, const Term&) -> std::optional<std::string> {
                               const auto it = names.find(id);
                               return it == names.end() ? std::nullopt : std::optional(it->second);
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
  std::unordered_map<std::string, std::string*> places;
  for (std::size_t i = 0; i < nodes.distributions.size(); ++i)
    places.emplace(to_string(dataset.distributions[i].id), &nodes.distributions[i]);
  const auto place_of = [&](std::string_view iri) -> std::string* {
    if (iri.starts_with(dataset_urn)) return &nodes.dataset;
    if (!iri.starts_with(distribution_urn)) return nullptr;
    const auto it = places.find(std::string(iri.substr(distribution_urn.size(), uuid_size)));
    return it == places.end() ? nullptr : it->second;
  };
  const std::string own = addresses.base + "/";
  const auto iri_of = kept->find_iri(words::own_iri);
  std::vector<Triple> statements;
  for (const Triple& triple :
       kept->triples()) {  // nobody else names things of ours, or speaks of them
    const std::string& subject = kept->term(triple.subject).value;
    const Term& object = kept->term(triple.object);
    if (triple.predicate != iri_of) {
      if (!subject.starts_with(own)) statements.push_back(triple);
    } else if (std::string* place = place_of(subject);
               place && object.kind == Term::Kind::iri && !object.value.starts_with(own)) {
      *place = object.value;
    }
  }
  const Graph named =
      renamed(*kept, statements, [&](TermId, const Term& term) -> std::optional<std::string> {
        const bool ours =
            term.kind == Term::Kind::iri &&
            (term.value.starts_with(dataset_urn) || term.value.starts_with(distribution_urn));
        if (!ours) return std::nullopt;
        const std::string* place = place_of(term.value);
        if (place == nullptr) return "";  // a distribution that is gone
        const auto fragment = term.value.find('#');
        return fragment == std::string::npos ? *place : *place + term.value.substr(fragment);
      });
  Graph ours;
  write_members(ours, dataset, nodes, addresses, publisher_of);
  graph.merge(Joining(dataset, ours, named, nodes.dataset).join());
}

}  // namespace minben::interchange
