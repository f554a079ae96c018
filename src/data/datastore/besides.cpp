#include "besides.hpp"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::datastore {

Besides::Besides(Make make) : make_(std::move(make)), thread_([this] { run(); }) {}

Besides::~Besides() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Besides::want(const Wanted& wanted) {
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || waiting_.size() >= most || failed_.contains(wanted)) return;
    if (std::ranges::find(waiting_, wanted) != waiting_.end()) return;
    waiting_.push_back(wanted);
  }
  changed_.notify_all();
}

void Besides::settle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop_ || (waiting_.empty() && !busy_); });
}

void Besides::run() {
  const auto stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stop_;
  };
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    const Wanted wanted = waiting_.front();
    busy_ = true;
    lock.unlock();
    const auto made = make_(wanted, stopping);
    if (!made && made.error().kind != Kind::not_found && made.error().kind != Kind::unavailable)
      spdlog::warn("datastore: table {} version {} stays slow to read: {}", to_string(wanted.table),
                   wanted.version, describe(made.error()));
    lock.lock();
    // It waits as long as it is made, so that nobody asks for it twice.
    std::erase(waiting_, wanted);
    if (!made && made.error().kind == Kind::internal && failed_.size() < most)
      failed_.insert(wanted);
    busy_ = false;
    changed_.notify_all();
  }
}

// ------------------------------------------------------------------------------- of one version

/// Rows are written while the index is built.
Result<void> Datastore::Impl::make_beside(columnar::Engine& by, const fs::path& parquet,
                                          const std::vector<Field>& fields, std::int64_t rows,
                                          const std::function<bool()>& stop) const {
  Result<void> written{};
  std::thread writer([&] {
    auto own = by.connect();
    written = own ? write_rows(*own, parquet, fields, rows, beside(parquet, ".rows"),
                               {config.load_time, stop})
                  : std::unexpected(own.error());
  });
  auto connection = by.connect();
  Result<void> indexed = connection
                             ? build_index(*connection, parquet, fields, rows,
                                           beside(parquet, ".index"), {config.load_time, stop})
                             : std::unexpected(connection.error());
  writer.join();
  MINBEN_CHECK(std::move(indexed));
  return written;
}

Result<void> Datastore::Impl::make_missing(const Besides::Wanted& wanted,
                                           const std::function<bool()>& stop) {
  MINBEN_TRY(found, state(wanted.table, wanted.version));
  MINBEN_TRY(work, WorkFolder::make(config.directory, clock, random));
  // A name of its own beside which things are made; the rows stay where they are.
  const fs::path link = work.path() / "table.parquet";
  std::error_code error;
  fs::create_hard_link(found.file, link, error);
  if (error) fs::copy_file(found.file, link, error);
  if (error) return fail(Kind::internal, "cannot_write", error.message(), link.string());
  MINBEN_CHECK(make_beside(*engine, link, found.fields(), found.table.version.rows, stop));
  for (const char* extension : {".index", ".rows"})
    MINBEN_CHECK(sync_path(beside(link, extension)));
  // Under the table's lock: a table that is dropped meanwhile keeps nothing.
  return database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_CHECK(lock(tx, wanted.table));
    MINBEN_TRY(known, has_version(tx, wanted.table, wanted.version));
    if (!known) return fail(Kind::not_found, "no_such_version", "it was dropped meanwhile");
    for (const char* extension : {".index", ".rows"})
      MINBEN_CHECK(move_file(beside(link, extension), beside(found.file, extension)));
    return sync_path(folder_of(wanted.table));
  });
}

void Datastore::settle() { impl_->besides.settle(); }

}  // namespace minben::datastore
