#pragma once
// Datasets as DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) in the profile DCAT-AP 3.0.1
// (https://semiceu.github.io/DCAT-AP/releases/3.0.1/) with its annex for high-value datasets, both
// ways without loss. docs/interchange.md has the table of members and properties. Thread-safe.
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "interchange/rdf.hpp"

namespace minben::interchange {

/// Where things of ours have their addresses; `base` is "https://data.example.tw", without a slash
/// at the end.
struct Addresses {
  std::string base;
  [[nodiscard]] std::string catalogue() const { return base + "/catalog"; }
  [[nodiscard]] std::string dataset(catalogue::DatasetId id) const;
  [[nodiscard]] std::string distribution(catalogue::DatasetId dataset,
                                         catalogue::DistributionId id) const;
  [[nodiscard]] std::string series(catalogue::SeriesId id) const;
  [[nodiscard]] std::string publisher(const catalogue::PublisherCode& code) const;
  [[nodiscard]] std::string record(catalogue::DatasetId id) const;
};

/// nullptr when there is none; the code then stands for the name.
using PublisherOf =
    std::function<const catalogue::Publisher*(const catalogue::PublisherCode& code)>;

/// Adds the dataset with its distributions, publisher and all that was kept of the graph it came
/// from. What was kept takes the place of what would be written, where it reads the same. A dataset
/// that came from elsewhere keeps its own IRI. Not written: `origin`, and what was kept of other
/// forms.
void write_dcat(Graph& graph, const catalogue::Dataset& dataset, const Addresses& addresses,
                const PublisherOf& publisher_of);

/// What is said about a catalogue as a whole.
struct CatalogueDescription {
  catalogue::Text title;
  catalogue::Text description;
  catalogue::PublisherCode publisher;
  std::string homepage;
  std::string licence;  ///< as Dataset::licence
  std::vector<std::string> languages;
  std::optional<Instant> issued;
  std::optional<Instant> modified;
  friend bool operator==(const CatalogueDescription&, const CatalogueDescription&) = default;
};

/// A page of a catalogue; addresses are "" when there is no such page.
struct Paging {
  std::string address, first, previous, next, last;
  std::int64_t total = 0;
  std::int64_t per_page = 100;
};

/// dcat:CatalogRecord: when our catalogue first and last had something to say about the dataset.
struct Record {
  const catalogue::Dataset* dataset;  ///< never null
  Instant created_at;
  Instant changed_at;
};

/// The catalogue with the datasets, series and data services of one page (Hydra paging: both
/// hydra:PartialCollectionView and the older hydra:PagedCollection).
Graph write_dcat_page(const CatalogueDescription& description, std::span<const Record> records,
                      std::span<const catalogue::Series> series, const Paging& paging,
                      const Addresses& addresses, const PublisherOf& publisher_of);

struct ReadOptions {
  /// Addresses under this base are ours: ids, names, publishers and series are taken from them, and
  /// nothing is inferred. "" for graphs of others, where ids are made from IRIs, always the same,
  /// and a licence that all distributions share is taken for the dataset's.
  std::string own_base;
};

struct FoundDataset {
  std::string iri;  ///< "" of a blank node
  catalogue::Dataset dataset;
  std::optional<catalogue::Publisher> publisher;  ///< code, title, url; the rest is empty
  std::string series_iri;
};

struct FoundPage {
  std::optional<CatalogueDescription> description;
  std::vector<FoundDataset> datasets;
  std::vector<catalogue::Series> series;
  std::string next;  ///< address of the next page; "" on the last
  std::optional<std::int64_t> total;
};

/// All datasets of a graph, in its order. Never fails: what no member holds is kept
/// (Dataset::kept.rdf), and check() says what is missing. Two members say less than their forms:
/// an access address that equals the download address is left out, and a distribution's licence
/// that equals the dataset's. Repeated values are one value.
FoundPage read_dcat(const Graph& graph, const ReadOptions& options = {});

/// The same for the same name always: letters and digits of it when they are ASCII, else a hash.
catalogue::PublisherCode publisher_code(std::string_view name);

}  // namespace minben::interchange
