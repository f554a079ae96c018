// Taking files over, what stewards decide, and what ends by itself.
#include "uploads.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "impl.hpp"
#include "store/repeat.hpp"

namespace minben::uploads {

namespace {

constexpr milliseconds idle_pause{1000};
constexpr hours orphan_age{24};

constexpr Query insert_upload{"uploads_begin", R"(
  insert into uploads.upload (upload_id, dataset_id, table_id, is_new, agency, asked_by, file_name,
    file_bytes, sha256, title, note, state, asked_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'waiting', $12)
  returning )" MINBEN_UPLOAD_COLUMNS};
constexpr Query count_open{"uploads_open", R"(
  select count(*) as open from uploads.upload
  where agency = $1 and state in ('waiting', 'loading', 'ready'))"};
constexpr Query find_one{
    "uploads_find", "select " MINBEN_UPLOAD_COLUMNS " from uploads.upload where upload_id = $1"};
constexpr Query lock_one{"uploads_lock", "select " MINBEN_UPLOAD_COLUMNS
                                         " from uploads.upload where upload_id = $1 for update"};
constexpr Query find_of_dataset{"uploads_of_dataset",
                                "select " MINBEN_UPLOAD_COLUMNS
                                " from uploads.upload where dataset_id = $1 "
                                "order by asked_at desc, upload_id desc limit $2"};
constexpr Query ask_to_stop{"uploads_stop", R"(
  update uploads.upload set stopping = true,
    state = case when state = 'loading' then state else 'cancelled' end,
    ended_at = case when state = 'loading' then ended_at else $2::timestamptz end
  where upload_id = $1 and state in ('waiting', 'loading', 'ready')
  returning )" MINBEN_UPLOAD_COLUMNS};
constexpr Query set_taken{"uploads_take", R"(
  update uploads.upload set state = 'taken', version = $2, ended_at = $3 where upload_id = $1)"};
constexpr Query take_next{"uploads_take_next", R"(
  update uploads.upload set state = 'loading', lease = $2, lease_until = $3, stage = '',
    share = null, attempt = attempt + 1, started_at = coalesce(started_at, $1)
  where upload_id = (select upload_id from uploads.upload
    where state = 'waiting' or (state = 'loading' and lease_until < $1)
    order by asked_at limit 1 for update skip locked)
  returning )" MINBEN_UPLOAD_COLUMNS};
constexpr Query end_attempts{"uploads_interrupted", R"(
  update uploads.upload set state = case when stopping then 'cancelled' else 'failed' end,
    code = case when stopping then '' else 'interrupted' end, lease = null, ended_at = $1
  where state = 'loading' and lease_until < $1 and (attempt >= $2 or stopping)
  returning upload_id)"};
constexpr Query expire_ready{"uploads_expire", R"(
  update uploads.upload set state = 'cancelled', code = 'expired', ended_at = $1
  where state = 'ready' and ended_at < $2 returning upload_id)"};
constexpr Query forget_old{"uploads_forget", R"(
  delete from uploads.upload where state in ('taken', 'failed', 'cancelled') and ended_at < $1)"};
constexpr Query find_needed{"uploads_needed", R"(
  select upload_id from uploads.upload where state in ('waiting', 'loading', 'ready'))"};

Result<Upload> only(const Result<store::Rows>& rows) {
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Kind::not_found, "no_such_upload");
  return upload_of(rows->front());
}

Result<void> sync(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = file >= 0 && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!done) return fail(Kind::internal, "cannot_write", "cannot be synced", path.string());
  return {};
}

Result<void> move_over(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) {  // another disk
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error) return fail(Kind::internal, "cannot_write", error.message(), to.string());
    fs::remove(from, error);
  }
  MINBEN_CHECK(sync(to));
  return sync(to.parent_path());
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::waiting:
      return "waiting";
    case State::loading:
      return "loading";
    case State::ready:
      return "ready";
    case State::taken:
      return "taken";
    case State::failed:
      return "failed";
    case State::cancelled:
      return "cancelled";
  }
  return {};
}

Upload upload_of(const store::Row& row) {
  Upload made;
  made.id = row.id<UploadId>("upload_id");
  made.dataset = row.id<catalogue::DatasetId>("dataset_id");
  made.table = row.id<datastore::TableId>("table_id");
  made.is_new = row.boolean("is_new");
  made.agency = AgencyCode{row.text("agency")};
  made.asked_by = row.text("asked_by");
  made.file_name = row.text("file_name");
  made.bytes = row.integer("file_bytes");
  made.sha256 = row.text("sha256");
  made.title = row.text("title");
  made.note = row.text("note");
  for (const State each :
       {State::loading, State::ready, State::taken, State::failed, State::cancelled})
    if (to_string(each) == row.text("state")) made.state = each;
  made.stage = row.text("stage");
  if (!row.is_null("share")) made.share = row.number("share");
  if (!row.is_null("row_count")) made.rows = row.integer("row_count");
  if (!row.is_null("column_count")) made.columns = static_cast<int>(row.integer("column_count"));
  made.version = static_cast<int>(row.integer("version"));
  made.code = row.text("code");
  made.detail = row.text("detail");
  made.field = row.text("field");
  made.line = row.integer("line");
  made.stopping = row.boolean("stopping");
  made.asked_at = row.instant("asked_at");
  made.started_at = row.optional_instant("started_at");
  made.ended_at = row.optional_instant("ended_at");
  return made;
}

void Uploads::Impl::clear(UploadId id) const {
  std::error_code ignored;
  fs::remove(file_of(id), ignored);
  if (const auto dropped = tables.drop(datastore::TableId{id.value}); !dropped)
    spdlog::warn("rows of upload {} stay: {}", to_string(id), describe(dropped.error()));
}

Uploads::Uploads(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Uploads::~Uploads() { stop(); }

Result<std::unique_ptr<Uploads>> Uploads::open(Config config, store::Database& database,
                                               datastore::Datastore& tables, const Clock& clock,
                                               Random& random) {
  std::error_code error;
  fs::create_directories(config.directory, error);
  if (error)
    return fail(Kind::internal, "cannot_write", error.message(), config.directory.string());
  return std::unique_ptr<Uploads>(new Uploads(
      std::unique_ptr<Impl>(new Impl{std::move(config), database, tables, clock, random})));
}

/// The file first: a row without its file could never be loaded, a file without a row is swept.
Result<Upload> Uploads::begin(const NewUpload& upload, const fs::path& file) const {
  MINBEN_TRY(open, impl_->database.run(count_open, upload.agency));
  if (open.front().integer("open") >= impl_->config.most_open)
    return fail(Kind::too_many, "too_many_uploads",
                fmt::format("at most {} at once", impl_->config.most_open));
  const UploadId id = UploadId::make(impl_->clock, impl_->random);
  std::error_code error;
  const auto bytes = static_cast<std::int64_t>(fs::file_size(file, error));
  if (error) return fail(Kind::internal, "cannot_read", error.message(), file.string());
  MINBEN_CHECK(move_over(file, impl_->file_of(id)));
  auto begun = impl_->database.transact([&](store::Transaction& tx) -> Result<Upload> {
    return only(tx.run(insert_upload, id, upload.dataset, upload.table, upload.is_new,
                       upload.agency, upload.asked_by, upload.file_name, bytes, upload.sha256,
                       upload.title, upload.note, tx.now()));
  });
  if (!begun) fs::remove(impl_->file_of(id), error);
  impl_->crew.wake();
  return begun;
}

Result<Upload> Uploads::find(store::Transaction& tx, UploadId id) const {
  return only(tx.run(find_one, id));
}

Result<std::vector<Upload>> Uploads::of_dataset(store::Transaction& tx,
                                                catalogue::DatasetId dataset, int limit) const {
  MINBEN_TRY(rows, tx.run(find_of_dataset, dataset, limit));
  std::vector<Upload> all;
  for (const store::Row row : rows) all.push_back(upload_of(row));
  return all;
}

Result<Upload> Uploads::cancel(store::Transaction& tx, UploadId id) const {
  MINBEN_TRY(rows, tx.run(ask_to_stop, id, tx.now()));
  if (rows.empty()) {
    MINBEN_TRY(there, find(tx, id));
    return fail(Kind::conflict, "is_over", to_string(there.state));
  }
  const Upload upload = upload_of(rows.front());
  if (upload.state == State::cancelled)
    tx.after_commit([house = impl_.get(), id] { house->clear(id); });
  return upload;
}

Result<datastore::Version> Uploads::take(store::Transaction& tx, UploadId id,
                                         bool keep_original) const {
  MINBEN_TRY(upload, only(tx.run(lock_one, id)));
  if (upload.state != State::ready)
    return fail(Kind::conflict, "not_ready", to_string(upload.state));
  std::optional<datastore::Original> original;
  if (keep_original) {
    original.emplace();
    original->file = impl_->file_of(id);
    original->sha256 = upload.sha256;
    original->bytes = upload.bytes;
  }
  MINBEN_TRY(version, impl_->tables.adopt(tx, upload.aside(), upload.table, original));
  MINBEN_CHECK(tx.run(set_taken, id, version.number, tx.now()));
  tx.after_commit([file = impl_->file_of(id)] {
    std::error_code ignored;
    fs::remove(file, ignored);
  });
  return version;
}

// --------------------------------------------------------------------------------------- working

Result<bool> Uploads::work_once() const {
  const Lease lease = Lease::make(impl_->clock, impl_->random);
  std::vector<UploadId> ended;
  MINBEN_TRY(
      taken, impl_->database.transact([&](store::Transaction& tx) -> Result<std::optional<Upload>> {
        ended.clear();
        MINBEN_TRY(over, tx.run(end_attempts, tx.now(), impl_->config.attempts));
        for (const store::Row row : over) ended.push_back(row.id<UploadId>("upload_id"));
        MINBEN_TRY(rows, tx.run(take_next, tx.now(), lease, tx.now() + impl_->config.lease_ms));
        if (rows.empty()) return std::nullopt;
        return upload_of(rows.front());
      }));
  for (const UploadId id : ended) impl_->clear(id);
  if (!taken) return false;
  MINBEN_CHECK(load(*impl_, *taken, lease));
  return true;
}

Result<void> Uploads::tick(store::Transaction& tx) const {
  MINBEN_TRY(expired, tx.run(expire_ready, tx.now(), tx.now() - impl_->config.ready_for));
  for (const store::Row row : expired)
    tx.after_commit(
        [house = impl_.get(), id = row.id<UploadId>("upload_id")] { house->clear(id); });
  MINBEN_CHECK(tx.run(forget_old, tx.now() - impl_->config.kept));
  MINBEN_TRY(needed, tx.run(find_needed));
  std::set<std::string> names;
  for (const store::Row row : needed) names.insert(to_string(row.id<UploadId>("upload_id")));
  std::error_code error;
  const auto oldest = fs::file_time_type::clock::now() - orphan_age;
  for (const auto& entry : fs::directory_iterator(impl_->config.directory, error))
    if (!names.contains(entry.path().filename().string()) && entry.last_write_time(error) < oldest)
      fs::remove(entry.path(), error);
  return {};
}

void Uploads::work_in(store::Workers& workers) const {
  store::repeat(workers, impl_->database, "uploads.tick", hours{1},
                [this](store::Transaction& tx) { return tick(tx); });
}

void Uploads::start() {
  MINBEN_ASSERT(!impl_->crew.working());
  // What came at other nodes is found when the pause is over.
  impl_->crew.start(impl_->config.threads, idle_pause, [this] {
    const auto worked = work_once();
    if (!worked) spdlog::warn("uploads: {}", minben::describe(worked.error()));
    return worked && *worked;
  });
}

void Uploads::stop() { impl_->crew.stop(); }

}  // namespace minben::uploads
