#include "open_data.hpp"

namespace minben::app {

Result<std::unique_ptr<OpenData>> OpenData::open(const Config& config, store::Database& database,
                                                 const Clock& clock, Random& random) {
  std::unique_ptr<OpenData> made(new OpenData(database, clock, random));
  MINBEN_TRY(index, catalogue::Index::open(config.state / "catalogue-index"));
  made->index_ = std::move(index);
  return made;
}

void OpenData::start() {
  follower_ = std::make_unique<catalogue::Follower>(database_, catalogue_, *index_);
}

}  // namespace minben::app
