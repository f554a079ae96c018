#pragma once
// The rooms of open data, wired: the catalogue, its index on this node, and what belongs to
// datasets.
#include <memory>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "config.hpp"
#include "harvest/harvest.hpp"

namespace minben::app {

/// Of `minben serve` and of `minben harvest`.
harvest::Config harvest_settings(const Config& config);

class OpenData {
 public:
  /// All outlive it. The index is in config.state and belongs to this process.
  static Result<std::unique_ptr<OpenData>> open(const Config& config, store::Database& database,
                                                const Clock& clock, Random& random);

  const catalogue::Catalogue& catalogue() const { return catalogue_; }
  catalogue::Index& index() { return *index_; }
  const harvest::Harvester& harvester() const { return *harvester_; }
  /// Before workers.start().
  void work_in(store::Workers& workers) { harvester_->work_in(workers); }
  /// From now on the index follows the database, and sources are harvested.
  void start();

 private:
  OpenData(store::Database& database, const Clock& clock, Random& random)
      : database_(database), catalogue_(clock, random) {}

  store::Database& database_;
  catalogue::Catalogue catalogue_;
  std::unique_ptr<catalogue::Index> index_;
  std::unique_ptr<catalogue::Follower> follower_;
  std::unique_ptr<harvest::Harvester> harvester_;
};

}  // namespace minben::app
