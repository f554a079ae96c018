#include "datastore.hpp"

#include "impl.hpp"

namespace minben::datastore {

std::optional<std::int64_t> Totals::find(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = totals_.find(key);
  return found == totals_.end() ? std::nullopt : std::optional(found->second);
}

void Totals::keep(const std::string& key, std::int64_t total) {
  const std::lock_guard lock(mutex_);
  if (totals_.size() >= most) totals_.clear();
  totals_[key] = total;
}

Datastore::Datastore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Datastore::~Datastore() = default;

Result<std::unique_ptr<Datastore>> Datastore::open(const Config& config, store::Database& database,
                                                   const Clock& clock, Random& random) {
  // The engine would take these for a pattern.
  if (config.directory.string().find_first_of("*?[]{}") != std::string::npos)
    return fail(Kind::invalid, "bad_directory", "the directory's name must not have * ? [ ] { }",
                config.directory.string());
  std::error_code error;
  fs::create_directories(config.directory, error);
  if (error)
    return fail(Kind::internal, "cannot_write", error.message(), config.directory.string());
  auto impl = std::make_unique<Impl>(config, database, clock, random);
  columnar::EngineConfig engine;
  engine.directories = {config.directory};
  engine.temporary = config.directory / ".spill" / to_string(new_uuid(clock, random));
  engine.memory_bytes = config.read_memory_bytes;
  engine.temporary_bytes = config.spill_bytes;
  engine.threads = config.threads;
  engine.connections = config.queries;
  MINBEN_TRY(reading, columnar::Engine::open(engine, clock));
  impl->engine = std::move(reading);
  engine.temporary += "-sql";
  engine.memory_bytes = config.sql_memory_bytes;
  MINBEN_TRY(strangers, columnar::Engine::open(engine, clock));
  impl->sql_engine = std::move(strangers);
  auto opened = std::unique_ptr<Datastore>(new Datastore(std::move(impl)));
  MINBEN_CHECK(opened->sweep());
  return opened;
}

}  // namespace minben::datastore
