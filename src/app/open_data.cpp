#include "open_data.hpp"

namespace minben::app {

harvest::Config harvest_settings(const Config& config) {
  harvest::Config made;
  made.fetcher.user_agent = "minben-harvest (+" + config.origin + ")";
  return made;
}

Result<std::unique_ptr<OpenData>> OpenData::open(const Config& config, store::Database& database,
                                                 const Clock& clock, Random& random) {
  std::unique_ptr<OpenData> made(new OpenData(database, clock, random));
  MINBEN_TRY(index, catalogue::Index::open(config.state / "catalogue-index"));
  made->index_ = std::move(index);
  made->harvester_ = std::make_unique<harvest::Harvester>(database, made->catalogue_, clock, random,
                                                          harvest_settings(config));
  return made;
}

void OpenData::start() {
  follower_ = std::make_unique<catalogue::Follower>(database_, catalogue_, *index_);
  harvester_->start();
}

}  // namespace minben::app
