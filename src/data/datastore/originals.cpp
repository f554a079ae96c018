// Files as they were uploaded, by their digests: a file that comes twice is there once.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "impl.hpp"

namespace minben::datastore {

namespace {

constexpr Query find_kept{
    "datastore_find_originals",
    "select number, source from datastore.version where table_id = $1 and source -> 'original' is "
    "not null order by number desc"};
constexpr Query set_source{"datastore_set_source",
                           "update datastore.version set source = $3 where table_id = $1 and "
                           "number = $2"};

std::string digest_in(const Json& source) {
  const Json* original = find(source, "original");
  return original ? string_or(*original, "sha256") : std::string();
}

}  // namespace

Result<void> Datastore::Impl::keep_original(Transaction& tx, TableId table,
                                            const Original& original) const {
  const fs::path folder = originals_of(table);
  std::error_code error;
  fs::create_directories(folder, error);
  MINBEN_CHECK(link_file(original.file, folder / original.sha256));
  MINBEN_CHECK(sync_path(folder));
  MINBEN_TRY(rows, tx.run(find_kept, table));
  std::set<std::string> kept, old;
  for (const store::Row row : rows) {
    Json source = row.json("source");
    if (std::ssize(kept) < config.originals_kept || kept.contains(digest_in(source))) {
      kept.insert(digest_in(source));
      continue;
    }
    old.insert(digest_in(source));
    source.get_object().erase("original");
    MINBEN_CHECK(tx.run(set_source, table, row.integer("number"), source));
  }
  for (const std::string& digest : old)
    if (!kept.contains(digest))
      tx.after_commit([file = folder / digest] {
        std::error_code ignored;
        fs::remove(file, ignored);
      });
  return {};
}

Result<int> Datastore::Impl::sweep_originals(Transaction& tx, TableId table) const {
  MINBEN_TRY(rows, tx.run(find_kept, table));
  std::set<std::string> kept;
  for (const store::Row row : rows) kept.insert(digest_in(row.json("source")));
  int removed = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(originals_of(table), error))
    if (!kept.contains(entry.path().filename().string()))
      removed += fs::remove(entry.path(), error) ? 1 : 0;
  return removed;
}

Result<Original> Datastore::original(TableId table, std::optional<int> version) {
  MINBEN_TRY(found, impl_->state(table, version));
  const Json& source = found.table.version.source;
  const std::string digest = digest_in(source);
  if (digest.empty())
    return fail(Kind::not_found, "no_original", "the file that was uploaded is not kept");
  const Json* bytes = find(*find(source, "original"), "bytes");
  return Original{
      impl_->originals_of(table) / digest, digest,
      string_or(source, "name"),           string_or(source, "format"),
      string_or(source, "encoding"),       bytes && bytes->is_int64() ? bytes->get_int64() : 0};
}

/// As loads use it: a file that is locked, and gets its name in one step.
Result<void> check_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  const fs::path probe = directory / fmt::format(".probe-{}", ::getpid());
  const int file = ::open(probe.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0)
    return fail(Kind::internal, "cannot_write", "no file can be made there", directory.string());
  const bool locked = ::flock(file, LOCK_EX | LOCK_NB) == 0;
  ::close(file);
  const fs::path renamed = fs::path(probe).concat(".renamed");
  fs::rename(probe, renamed, error);
  const bool moved = !error;
  fs::remove(probe, error);
  fs::remove(renamed, error);
  if (!locked)
    return fail(Kind::internal, "no_locks", "the file system has no locks (flock)",
                directory.string());
  if (!moved)
    return fail(Kind::internal, "cannot_write", "files cannot be renamed there",
                directory.string());
  return {};
}

}  // namespace minben::datastore
