#include "open_data.hpp"

#include "files.hpp"

namespace minben::app {

OpenData::OpenData(store::Database& database, const Clock& clock, Random& random)
    : database_(database),
      catalogue_(clock, random),
      atlas_(program_directory() / "share" / "boundaries") {}

Result<std::unique_ptr<OpenData>> OpenData::open(const Config& config, store::Database& database,
                                                 const Clock& clock, Random& random) {
  std::unique_ptr<OpenData> made(new OpenData(database, clock, random));
  MINBEN_TRY(index, catalogue::Index::open(config.state / "catalogue-index"));
  made->index_ = std::move(index);
  datastore::Config tables;
  tables.directory = config.state / "tables";
  MINBEN_TRY(opened, datastore::Datastore::open(tables, database, clock, random));
  made->tables_ = std::move(opened);
  return made;
}

void OpenData::start() {
  follower_ = std::make_unique<catalogue::Follower>(database_, catalogue_, *index_);
}

}  // namespace minben::app
