#include <charconv>

#include <fcntl.h>
#include <unistd.h>

#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr Query find_version{
    "datastore_find_version",
    "select t.primary_key, t.withdrawn_at, v.number, v.row_count, v.file_bytes, v.sha256, "
    "v.made_at, "
    "v.source, v.fields, exists (select 1 from datastore.version where table_id = t.id) as "
    "has_rows "
    "from datastore.stored_table t left join datastore.version v on v.table_id = t.id and v.number "
    "= "
    "coalesce($2::integer, (select max(number) from datastore.version where table_id = t.id)) "
    "where t.id = $1"};
constexpr Query find_versions{
    "datastore_find_versions",
    "select v.number, v.row_count, v.file_bytes, v.sha256, v.made_at, v.source, v.fields from "
    "datastore.version v where v.table_id = $1 order by v.number desc"};
constexpr Query find_present{
    "datastore_find_present",
    "select id from datastore.stored_table t where id = any($1::uuid[]) and withdrawn_at "
    "is null and exists (select 1 from datastore.version where table_id = t.id)"};
constexpr Query check_withdrawn{"datastore_check_withdrawn",
                                "select withdrawn_at from datastore.stored_table where id = $1"};
constexpr Query make_table{
    "datastore_make_table",
    "insert into datastore.stored_table (id) values ($1) on conflict do nothing"};
/// Nothing of another table in it: while it waits for the lock, only this row is looked at again.
constexpr Query lock_table{
    "datastore_lock_table",
    "select last_version from datastore.stored_table where id = $1 for update"};
constexpr Query add_version{"datastore_add_version",
                            "insert into datastore.version (table_id, number, row_count, "
                            "file_bytes, sha256, made_at, source, "
                            "fields) values ($1, $2, $3, $4, $5, $6, $7, $8)"};
constexpr Query move_on{"datastore_move_on",
                        "update datastore.stored_table set last_version = $2, primary_key = "
                        "coalesce($3::text[], primary_key) where id = $1"};
constexpr Query set_withdrawn{"datastore_set_withdrawn",
                              "update datastore.stored_table set withdrawn_at = $2 where id = $1"};
constexpr Query drop_versions{"datastore_drop_versions",
                              "delete from datastore.version where table_id = $1"};
constexpr Query drop_older{
    "datastore_drop_older",
    "delete from datastore.version where table_id = $1 and number <= (select number from "
    "datastore.version where table_id = $1 order by number desc limit 1 offset $2)"};
/// So that what is made of a version that was dropped meanwhile does not become the next one.
constexpr Query skip_number{
    "datastore_skip_number",
    "update datastore.stored_table set last_version = last_version + 1 where "
    "id = $1"};
constexpr Query forget_table{
    "datastore_forget_table",
    "delete from datastore.stored_table where id = $1 and last_version = 0"};
constexpr Query forget_adopted{"datastore_forget_adopted",
                               "delete from datastore.stored_table where id = $1"};
constexpr Query newest_versions{
    "datastore_newest_versions",
    "select table_id, max(number) as number from datastore.version group by table_id "
    "order by max(made_at) desc limit $1"};
constexpr Query version_numbers{"datastore_version_numbers",
                                "select number from datastore.version where table_id = $1"};

Version version_of(const store::Row& row) {
  Version version;
  version.number = static_cast<int>(row.integer("number"));
  version.rows = row.integer("row_count");
  version.bytes = row.integer("file_bytes");
  version.sha256 = row.text("sha256");
  version.made_at = row.instant("made_at");
  version.source = row.json("source");
  version.fields = fields_from(row.json("fields"));
  return version;
}

std::unexpected<Error> no_table() {
  return fail(Kind::not_found, "no_such_table", "there are no rows of this table");
}
std::unexpected<Error> withdrawn() {
  return fail(Kind::not_found, "table_withdrawn", "the rows of this table were withdrawn");
}

std::optional<int> number_of(const fs::path& file) {
  const std::string stem = file.stem().string();
  int number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  if (error != std::errc{} || end != stem.data() + stem.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<void> move_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) return fail(Kind::internal, "cannot_write", error.message(), to.string());
  return {};
}

Result<void> sync_path(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool done = descriptor >= 0 && ::fsync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!done) return fail(Kind::internal, "cannot_write", "cannot be synced", path.string());
  return {};
}

Result<void> link_file(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::remove(to, error);
  fs::create_hard_link(from, to, error);
  if (error) fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
  if (error) return fail(Kind::internal, "cannot_write", error.message(), to.string());
  return sync_path(to);
}

fs::path Datastore::Impl::file_of(TableId table, int number) const {
  return folder_of(table) / fmt::format("{}.parquet", number);
}

Result<State> Datastore::Impl::state(TableId table, std::optional<int> version) const {
  MINBEN_TRY(rows, database.run(find_version, table, version));
  if (rows.empty() || !rows.front().boolean("has_rows")) return no_table();
  const store::Row row = rows.front();
  if (!row.is_null("withdrawn_at")) return withdrawn();
  if (row.is_null("number"))
    return fail(Kind::not_found, "no_such_version", "the table has no such version");
  State found;
  found.table = {table, row.texts("primary_key"), version_of(row)};
  found.file = file_of(table, found.table.version.number);
  return found;
}

Result<void> Datastore::Impl::check_open(TableId table) const {
  MINBEN_TRY(rows, database.run(check_withdrawn, table));
  if (rows.empty()) return no_table();
  if (!rows.front().is_null("withdrawn_at")) return withdrawn();
  return {};
}

Result<Version> Datastore::Impl::publish(TableId table, Draft draft) {
  Version version;
  version.fields = std::move(draft.fields);
  version.source = std::move(draft.source);
  version.rows = draft.rows;
  version.sha256 = std::move(draft.sha256);
  version.bytes = static_cast<std::int64_t>(fs::file_size(draft.parquet));
  // The transaction may be tried again, so the files are wherever they were moved to before.
  std::vector<fs::path> moved{draft.parquet};
  if (draft.indexed)
    for (const char* extension : {".index", ".rows"})
      moved.push_back(beside(draft.parquet, extension));
  for (const fs::path& file : moved) MINBEN_CHECK(sync_path(file));
  const fs::path folder = folder_of(table);
  std::error_code error;
  fs::create_directories(folder, error);
  return database.transact([&](Transaction& tx) -> Result<Version> {
    MINBEN_CHECK(tx.run(make_table, table));
    MINBEN_TRY(rows, tx.run(lock_table, table));
    if (draft.base && rows.front().integer("last_version") != *draft.base)
      return fail(Kind::conflict, "table_changed", "another version was made meanwhile");
    version.number = static_cast<int>(rows.front().integer("last_version")) + 1;
    version.made_at = tx.now();
    for (fs::path& file : moved) {
      const std::string extension = file.extension().string();
      const fs::path place = beside(file_of(table, version.number), extension);
      MINBEN_CHECK(move_file(file, place));
      file = place;
    }
    MINBEN_CHECK(sync_path(folder));
    MINBEN_CHECK(tx.run(add_version, table, version.number, version.rows, version.bytes,
                        version.sha256, version.made_at, version.source, to_json(version.fields)));
    MINBEN_CHECK(tx.run(move_on, table, version.number, draft.primary_key));
    return version;
  });
}

Result<void> Datastore::Impl::lock(Transaction& tx, TableId table) {
  MINBEN_CHECK(tx.run(lock_table, table));
  return {};
}

Result<bool> Datastore::Impl::has_version(Transaction& tx, TableId table, int number) {
  MINBEN_TRY(rows, tx.run(version_numbers, table));
  for (const auto row : rows)
    if (row.integer("number") == number) return true;
  return false;
}

/// The transaction may be tried again: links are made over those of the attempt before, and what a
/// roll-back leaves is swept.
Result<Version> Datastore::adopt(Transaction& tx, TableId from, TableId into,
                                 const std::optional<Original>& original) {
  MINBEN_CHECK(tx.run(make_table, into));
  MINBEN_CHECK(tx.run(lock_table, from));
  MINBEN_TRY(rows, tx.run(lock_table, into));
  MINBEN_TRY(target, tx.run(check_withdrawn, into));
  if (target.empty() || !target.front().is_null("withdrawn_at")) return withdrawn();
  MINBEN_TRY(found, tx.run(find_version, from, nullptr));
  if (found.empty() || found.front().is_null("number")) return no_table();
  Version version = version_of(found.front());
  const fs::path read = impl_->file_of(from, version.number);
  version.number = static_cast<int>(rows.front().integer("last_version")) + 1;
  version.made_at = tx.now();
  MINBEN_CHECK(impl_->link_version(read, into, version.number));
  if (original && version.source.is_object())
    version.source.get_object()["original"] =
        JsonObject{{"sha256", original->sha256}, {"bytes", original->bytes}};
  MINBEN_CHECK(tx.run(add_version, into, version.number, version.rows, version.bytes,
                      version.sha256, version.made_at, version.source, to_json(version.fields)));
  MINBEN_CHECK(tx.run(move_on, into, version.number, nullptr));
  if (original) MINBEN_CHECK(impl_->keep_original(tx, into, *original));
  MINBEN_CHECK(tx.run(forget_adopted, from));
  tx.after_commit([this, folder = impl_->folder_of(from), into, number = version.number] {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
    if (!fs::exists(beside(impl_->file_of(into, number), ".index"), ignored))
      impl_->besides.want({into, number});
  });
  return version;
}

/// Index and rows may still be in the making: then they are made for the new version.
Result<void> Datastore::Impl::link_version(const fs::path& read, TableId into, int number) const {
  const fs::path folder = folder_of(into);
  std::error_code error;
  fs::create_directories(folder, error);
  MINBEN_CHECK(link_file(read, file_of(into, number)));
  for (const char* extension : {".index", ".rows"})
    if (fs::exists(beside(read, extension), error))
      MINBEN_CHECK(link_file(beside(read, extension), beside(file_of(into, number), extension)));
  return sync_path(folder);
}

/// Under the table's lock, so that no load is between moving its files and its commit.
Result<int> Datastore::Impl::sweep_files(TableId table) const {
  return database.transact([&](Transaction& tx) -> Result<int> {
    MINBEN_CHECK(tx.run(make_table, table));
    MINBEN_CHECK(tx.run(lock_table, table));
    MINBEN_TRY(rows, tx.run(version_numbers, table));
    std::set<int> known;
    for (const auto row : rows) known.insert(static_cast<int>(row.integer("number")));
    int removed = 0;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder_of(table), error)) {
      const auto number = number_of(entry.path());
      if (!number || known.contains(*number)) continue;
      removed += fs::remove(entry.path(), error) ? 1 : 0;
    }
    MINBEN_TRY(originals, sweep_originals(tx, table));
    removed += originals;
    MINBEN_CHECK(tx.run(forget_table, table));
    return removed;
  });
}

Result<Table> Datastore::info(TableId table, std::optional<int> version) {
  MINBEN_TRY(found, impl_->state(table, version));
  return found.table;
}

Result<std::vector<TableId>> Datastore::present(std::span<const TableId> tables) {
  std::vector<std::string> asked;
  asked.reserve(tables.size());
  for (const TableId& each : tables) asked.push_back(to_string(each));
  MINBEN_TRY(rows, impl_->database.run(find_present, asked));
  std::vector<TableId> out;
  for (const auto row : rows) out.push_back(row.id<TableId>("id"));
  return out;
}

Result<std::vector<Version>> Datastore::versions(TableId table) {
  MINBEN_CHECK(impl_->check_open(table));
  MINBEN_TRY(rows, impl_->database.run(find_versions, table));
  if (rows.empty()) return no_table();
  std::vector<Version> out;
  for (const auto row : rows) out.push_back(version_of(row));
  return out;
}

Result<fs::path> Datastore::parquet(TableId table, std::optional<int> version) {
  MINBEN_TRY(found, impl_->state(table, version));
  return found.file;
}

Result<int> missing_tables(store::Database& database, const fs::path& directory) {
  constexpr int most = 1000;
  MINBEN_TRY(rows, database.run(newest_versions, most));
  int count = 0;
  std::error_code error;
  for (const auto row : rows)
    if (!fs::exists(directory / to_string(row.id<TableId>("table_id")) /
                        fmt::format("{}.parquet", row.integer("number")),
                    error))
      ++count;
  return count;
}

Result<void> Datastore::withdraw(TableId table) {
  MINBEN_TRY(rows, impl_->database.run(set_withdrawn, table, impl_->clock.now()));
  if (rows.affected() == 0) return no_table();
  return {};
}

Result<void> Datastore::reopen(TableId table) {
  MINBEN_TRY(rows, impl_->database.run(set_withdrawn, table, nullptr));
  if (rows.affected() == 0) return no_table();
  return {};
}

Result<void> Datastore::drop(TableId table) {
  MINBEN_CHECK(impl_->database.transact([&](Transaction& tx) -> Result<void> {
    MINBEN_TRY(known, tx.run(lock_table, table));
    if (known.empty()) return {};
    MINBEN_CHECK(tx.run(skip_number, table));
    MINBEN_CHECK(tx.run(drop_versions, table));
    return {};
  }));
  MINBEN_CHECK(impl_->sweep_files(table));
  return {};
}

Result<void> Datastore::keep_newest(TableId table, int versions) {
  MINBEN_ASSERT(versions >= 1);
  MINBEN_TRY(dropped, impl_->database.transact([&](Transaction& tx) -> Result<std::int64_t> {
    MINBEN_TRY(known, tx.run(lock_table, table));
    if (known.empty()) return 0;
    MINBEN_TRY(rows, tx.run(drop_older, table, versions));
    return rows.affected();
  }));
  if (dropped > 0) MINBEN_CHECK(impl_->sweep_files(table));
  return {};
}

Result<int> Datastore::sweep() {
  int removed = WorkFolder::sweep(impl_->config.directory);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(impl_->config.directory, error)) {
    const auto table = TableId::parse(entry.path().filename().string());
    if (!table) continue;
    MINBEN_TRY(files, impl_->sweep_files(*table));
    removed += files;
  }
  return removed;
}

}  // namespace minben::datastore
