#pragma once
// The rooms of open data, wired: the catalogue, its index on this node, and what belongs to
// datasets: their rows, the areas of maps.
#include <memory>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "config.hpp"
#include "datastore/datastore.hpp"
#include "geography/geography.hpp"

namespace minben::app {

class OpenData {
 public:
  /// All outlive it. The index is in config.state and belongs to this process; the tables are
  /// beside it, and shared by all.
  static Result<std::unique_ptr<OpenData>> open(const Config& config, store::Database& database,
                                                const Clock& clock, Random& random);

  const catalogue::Catalogue& catalogue() const { return catalogue_; }
  catalogue::Index& index() { return *index_; }
  datastore::Datastore& tables() { return *tables_; }
  const geography::Atlas& atlas() const { return atlas_; }
  /// From now on the index follows the database.
  void start();

 private:
  OpenData(store::Database& database, const Clock& clock, Random& random);

  store::Database& database_;
  catalogue::Catalogue catalogue_;
  std::unique_ptr<catalogue::Index> index_;
  std::unique_ptr<datastore::Datastore> tables_;
  geography::Atlas atlas_;
  std::unique_ptr<catalogue::Follower> follower_;
};

}  // namespace minben::app
