#pragma once
// Datasets as CKAN's action API (v3, as of 2.10 and 2.11) has them, both ways. Times are UTC
// without a zone, with microseconds, as CKAN writes them. Thread-safe.
#include <functional>
#include <string>
#include <string_view>

#include "catalogue/catalogue.hpp"
#include "catalogue/vocabulary.hpp"

namespace minben::interchange {

/// What the catalogue knows about a dataset beyond the dataset.
struct CkanFacts {
  Instant created_at{};
  Instant changed_at{};
  catalogue::Status status = catalogue::Status::published;
  /// Resources whose rows can be asked for (datastore_active); never null when given.
  const std::function<bool(catalogue::DistributionId)>* has_rows = nullptr;
  /// Members that CKAN has no place for go into extras ("minben:…", JSON), computed as a
  /// difference, so that another Minben reads the dataset whole. Costs about as much again.
  bool complete = true;
};

/// A result of package_show. What was kept of the package it came from comes back, but for what a
/// platform says of itself (ids, states, counts, organization).
JsonObject write_ckan_package(const catalogue::Dataset& dataset,
                              const catalogue::Publisher& publisher, const CkanFacts& facts);
/// The same as JSON text: much faster for lists, which are not `complete`.
void append_ckan_package(std::string& out, const catalogue::Dataset& dataset,
                         const catalogue::Publisher& publisher, const CkanFacts& facts);
/// A result of resource_show: the index-th of its resources.
JsonObject write_ckan_resource(const catalogue::Dataset& dataset, std::size_t index,
                               const CkanFacts& facts);
JsonObject write_ckan_organization(const catalogue::Publisher& publisher, std::int64_t packages);
/// A 服務分類 as a group.
JsonObject write_ckan_group(const catalogue::vocabulary::Term& category, std::int64_t packages,
                            const CkanFacts& facts);
JsonObject write_ckan_tag(std::string_view name);
JsonObject write_ckan_licence(const catalogue::vocabulary::Licence& licence);

struct FoundCkan {
  /// Without id (of others); distributions likewise.
  catalogue::Dataset dataset;
  std::string id;  ///< there
  catalogue::Publisher publisher;
  bool active = true;  ///< state "active" and not private
};
/// Of any CKAN, also with the extras of ckanext-dcat. Lenient about what portals do (numbers as
/// texts, extras flattened into the package); faults are wrong types of the members that matter.
/// With `own` ids are taken over.
std::expected<FoundCkan, Errors> read_ckan_package(const Json& package, bool own = false);

/// "2026-11-23T04:05:06.000007"
std::string ckan_time(Instant instant);
/// Ids that CKAN wants for things that have none here: always the same.
std::string ckan_organization_id(const catalogue::PublisherCode& code);

}  // namespace minben::interchange
