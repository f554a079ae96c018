#pragma once
// The rooms of open data, wired: the catalogue, its index on this node, and what belongs to
// datasets: their rows, live streams, the areas of maps.
#include <memory>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "config.hpp"
#include "datastore/datastore.hpp"
#include "harvest/harvest.hpp"
#include "geography/geography.hpp"
#include "net/outside.hpp"
#include "platform.hpp"
#include "quality/quality.hpp"
#include "streams/live.hpp"
#include "uploads/uploads.hpp"
#include "voices/use.hpp"
#include "voices/voices.hpp"

namespace minben::app {

/// Where the rows of published tables are, and files on their way to them.
std::filesystem::path tables_directory(const Config& config);
/// Of `minben serve` and of `minben harvest`.
Result<harvest::Config> harvest_settings(const Config& config);
/// Of `minben serve` and of `minben quality`.
quality::Config quality_settings(const Config& config);

class OpenData {
 public:
  /// All outlive it. The index is in config.state and belongs to this process; the tables are
  /// shared by all.
  static Result<std::unique_ptr<OpenData>> open(const Config& config, Platform& platform,
                                                const Clock& clock, Random& random);

  const catalogue::Catalogue& catalogue() const { return catalogue_; }
  catalogue::Index& index() { return *index_; }
  datastore::Datastore& tables() { return *tables_; }
  const geography::Atlas& atlas() const { return atlas_; }
  streams::Live& live() { return *live_; }
  harvest::Harvester& harvester() { return *harvester_; }
  uploads::Uploads& uploads() { return *uploads_; }
  voices::Voices& voices() { return *voices_; }
  voices::UseCounter& uses() { return uses_; }
  quality::Quality& quality() { return *quality_; }

  /// Registers the jobs of its rooms; before workers.start(). Mails go out as the platform's do.
  void work_in(store::Workers& workers);
  /// From now on the index follows the database, news are taken from the outbox, streams are
  /// followed, uploads read, sources harvested, and what is published is checked.
  Result<void> start();

 private:
  OpenData(const Config& config, Platform& platform, const Clock& clock, Random& random);
  void open_live(const Config& config, const Clock& clock, Random& random);
  Result<void> tell_of_disabled_hook(store::Transaction& tx, const store::Job& job) const;
  Result<int> ask_link(const std::string& url) const;

  Platform& platform_;
  const std::string origin_;
  catalogue::Catalogue catalogue_;
  std::unique_ptr<catalogue::Index> index_;
  geography::Atlas atlas_;
  std::unique_ptr<catalogue::Follower> follower_;
  net::OutsideClient links_;  ///< of what others made
  std::unique_ptr<datastore::Datastore> tables_;
  std::unique_ptr<streams::Live> live_;
  std::unique_ptr<uploads::Uploads> uploads_;
  std::unique_ptr<voices::Voices> voices_;
  voices::UseCounter uses_;
  std::unique_ptr<harvest::Harvester> harvester_;
  std::unique_ptr<quality::Quality> quality_;
};

}  // namespace minben::app
