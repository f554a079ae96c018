#include "file_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace minben::gateway {

namespace {

namespace fs = std::filesystem;
constexpr std::size_t slot = file_chunk + trust::sealing_overhead;
constexpr std::size_t keep_every = 8u << 20;
constexpr std::uint64_t left_free = std::uint64_t{256} << 20;  ///< on the disk, for all else

// about, rest: sealed; rest is what is behind the whole chunks of files/<id>. sha256: hex.
constexpr const char* tables = R"(
create table if not exists file (
  id blob primary key, side integer not null, remote blob not null, owner blob not null,
  service blob not null, length integer not null, offset integer not null, sha256 blob not null,
  about blob not null, state integer not null, expires integer not null, rest blob not null
  ) strict, without rowid;
create index if not exists file_remote on file (owner, remote);
)";

std::unexpected<Error> io_failed(std::string_view what) {
  return fail(Kind::unavailable, "file_io", fmt::format("{}: {}", what, std::strerror(errno)));
}

std::unexpected<Error> unknown() { return fail(Kind::not_found, "unknown_file", "no such file"); }

Result<void> write_all(int descriptor, std::span<const std::uint8_t> bytes, std::uint64_t at) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_failed("write");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    at += static_cast<std::uint64_t>(written);
  }
  return {};
}

/// Closes when it goes.
class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags) : number_(::open(path.c_str(), flags, 0600)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  int take() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// So that a new file's name is durable too.
Result<void> sync_directory(const fs::path& directory) {
  const Descriptor descriptor(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor.get() < 0 || ::fsync(descriptor.get()) != 0) return io_failed("sync");
  return {};
}

}  // namespace

struct FileStore::Statements {
  Statement create, find, find_arrived, rest, keep, state, restart, remove, with_state, due, sums;

  static Result<std::unique_ptr<Statements>> prepare(Sqlite& database) {
    constexpr std::string_view columns =
        "select id, side, remote, owner, service, length, offset, sha256, about, state, expires "
        "from file ";
    const auto make = [&](std::string_view sql) { return database.prepare(sql); };
    const auto select = [&](std::string_view rest) {
      return database.prepare(std::string(columns).append(rest));
    };
    MINBEN_TRY(create, make("insert into file values (?, ?, ?, ?, ?, ?, 0, ?, ?, 0, ?, x'')"));
    MINBEN_TRY(find, select("where id = ?"));
    MINBEN_TRY(find_arrived, select("where owner = ? and remote = ? and side = 1"));
    MINBEN_TRY(rest, make("select rest from file where id = ?"));
    MINBEN_TRY(keep, make("update file set offset = ?, rest = ? where id = ?"));
    MINBEN_TRY(state, make("update file set state = ?, sha256 = ?, expires = ? "
                           "where id = ?"));
    MINBEN_TRY(restart, make("update file set offset = 0, rest = x'' where id = ?"));
    MINBEN_TRY(remove, make("delete from file where id = ?"));
    MINBEN_TRY(with_state, select("where side = ? and state = ? order by id"));
    MINBEN_TRY(due, select("where expires <= ?"));
    MINBEN_TRY(sums, make("select coalesce(sum(length), 0), coalesce(sum(length - offset), 0), "
                          "count(*) filter (where side = 0), count(*) from file"));
    return std::unique_ptr<Statements>(
        new Statements{std::move(create), std::move(find), std::move(find_arrived), std::move(rest),
                       std::move(keep), std::move(state), std::move(restart), std::move(remove),
                       std::move(with_state), std::move(due), std::move(sums)});
  }
};

FileStore::FileStore(fs::path directory, Sqlite database, MessageKey key,
                     const GatewayConfig& config, const Clock& clock)
    : directory_(std::move(directory)),
      database_(std::move(database)),
      key_(std::move(key)),
      max_file_(config.max_stream),
      max_all_(config.messages.max_file_bytes),
      max_count_(config.messages.max_events),
      clock_(clock) {}

FileStore::~FileStore() = default;

Result<std::unique_ptr<FileStore>> FileStore::open(const fs::path& directory,
                                                   const GatewayConfig& config, const Clock& clock,
                                                   Random& random) {
  MINBEN_TRY(key, MessageKey::load_or_create(directory, random));
  MINBEN_TRY(database, Sqlite::open((directory / "files.db").string()));
  MINBEN_CHECK(database.run(tables));
  std::error_code error;
  fs::create_directories(directory / "files", error);
  std::unique_ptr<FileStore> store(
      new FileStore(directory / "files", std::move(database), std::move(key), config, clock));
  MINBEN_TRY(statements, Statements::prepare(store->database_));
  store->statements_ = std::move(statements);
  return store;
}

fs::path FileStore::path_of(std::string_view id) const { return directory_ / id; }

MessageKey FileStore::key_of(std::string_view id, std::uint64_t chunk) const {
  return key_.in(fmt::format("gateway.file/{}/{}", id, chunk));
}

Result<void> FileStore::create(const StoredFile& file) {
  if (file.length > max_file_)
    return fail(Kind::too_large, "file_too_large", fmt::format("{} bytes at most", max_file_));
  MINBEN_TRY(about, key_.in("gateway.file.about/" + file.id).seal(file.about));
  const std::lock_guard lock(mutex_);
  Statement& sums = statements_->sums;
  sums.reset();
  MINBEN_CHECK(sums.step());
  const auto all = static_cast<std::uint64_t>(sums.integer(0));
  const auto to_come = static_cast<std::uint64_t>(sums.integer(1));
  const auto count = static_cast<std::size_t>(sums.integer(3));
  sums.reset();
  std::error_code error;
  const auto space = fs::space(directory_, error);
  if (all + file.length > max_all_ || count >= max_count_)
    return fail(Kind::unavailable, "no_space", "max_file_bytes or max_events is taken by others");
  if (error || space.available < to_come + file.length + left_free)
    return fail(Kind::unavailable, "no_space", "the disk is nearly full");
  return statements_->create
      .bind_all(file.id, std::int64_t{file.side == FileSide::arrived}, file.remote, file.owner,
                file.service, static_cast<std::int64_t>(file.length), file.sha256, as_text(about),
                file.expires_at)
      .run();
}

Result<std::vector<StoredFile>> FileStore::read_files(Statement& from) {
  std::vector<StoredFile> out;
  while (true) {
    MINBEN_TRY(row, from.step());
    if (!row) break;
    StoredFile file;
    file.id = from.blob(0);
    file.side = from.integer(1) != 0 ? FileSide::arrived : FileSide::sent;
    file.remote = from.blob(2);
    file.owner = from.blob(3);
    file.service = from.blob(4);
    file.length = static_cast<std::uint64_t>(from.integer(5));
    file.offset = static_cast<std::uint64_t>(from.integer(6));
    file.sha256 = from.blob(7);
    MINBEN_TRY(about, key_.in("gateway.file.about/" + file.id).open(as_bytes(from.blob(8))));
    file.about = std::move(about);
    file.state = static_cast<FileState>(from.integer(9));
    file.expires_at = from.instant(10);
    out.push_back(std::move(file));
  }
  from.reset();
  return out;
}

Result<StoredFile> FileStore::find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(files, read_files(statements_->find.bind_all(id)));
  if (files.empty()) return unknown();
  return std::move(files.front());
}

Result<StoredFile> FileStore::find_arrived(std::string_view owner, std::string_view remote) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(files, read_files(statements_->find_arrived.bind_all(owner, remote)));
  if (files.empty()) return unknown();
  return std::move(files.front());
}

Result<std::vector<StoredFile>> FileStore::with_state(FileSide side, FileState state) {
  const std::lock_guard lock(mutex_);
  return read_files(statements_->with_state.bind_all(std::int64_t{side == FileSide::arrived},
                                                     static_cast<std::int64_t>(state)));
}

Result<std::string> FileStore::read_rest(std::string_view id, std::uint64_t chunk) {
  std::string sealed;
  {
    const std::lock_guard lock(mutex_);
    Statement& rest = statements_->rest.bind_all(id);
    MINBEN_TRY(row, rest.step());
    if (!row) return unknown();
    sealed = rest.blob(0);
    rest.reset();
  }
  if (sealed.empty()) return std::string();
  return key_of(id, chunk).open(as_bytes(sealed));
}

Result<std::unique_ptr<FileAppend>> FileStore::append(std::string_view id) {
  {
    const std::lock_guard lock(mutex_);
    if (!in_use_.emplace(id).second)
      return fail(Kind::conflict, "file_in_use", "somebody else is writing it");
  }
  auto opened = [&]() -> Result<std::unique_ptr<FileAppend>> {
    MINBEN_TRY(file, find(id));
    if (file.state != FileState::growing)
      return fail(Kind::conflict, "file_is_whole", "all of it is here");
    MINBEN_TRY(rest, read_rest(id, file.offset / file_chunk));
    Descriptor descriptor(path_of(id), O_WRONLY | O_CREAT | O_CLOEXEC);
    if (descriptor.get() < 0) return io_failed("open");
    if (file.offset == 0) MINBEN_CHECK(sync_directory(directory_));
    return std::unique_ptr<FileAppend>(
        new FileAppend(*this, file, descriptor.take(), std::move(rest)));
  }();
  if (!opened) release(std::string(id));
  return opened;
}

void FileStore::release(const std::string& id) {
  const std::lock_guard lock(mutex_);
  in_use_.erase(id);
}

Result<void> FileStore::keep(std::string_view id, std::uint64_t offset, std::string_view rest) {
  Bytes sealed;
  if (!rest.empty()) {
    MINBEN_TRY(bytes, key_of(id, offset / file_chunk).seal(rest));
    sealed = std::move(bytes);
  }
  const std::lock_guard lock(mutex_);
  return statements_->keep.bind_all(static_cast<std::int64_t>(offset), as_text(sealed), id).run();
}

Result<std::string> FileStore::read(const StoredFile& file, std::uint64_t offset) {
  if (offset >= file.offset) return std::string();
  const std::uint64_t chunk = offset / file_chunk;
  std::string text;
  if (chunk == file.offset / file_chunk) {
    MINBEN_TRY(rest, read_rest(file.id, chunk));
    text = std::move(rest);
  } else {
    const Descriptor descriptor(path_of(file.id), O_RDONLY | O_CLOEXEC);
    if (descriptor.get() < 0) return io_failed("open");
    Bytes sealed(slot);
    const ssize_t got =
        ::pread(descriptor.get(), sealed.data(), slot, static_cast<off_t>(chunk * slot));
    if (got != static_cast<ssize_t>(slot)) return io_failed("read");
    MINBEN_TRY(opened, key_of(file.id, chunk).open(sealed));
    text = std::move(opened);
  }
  const std::size_t within = offset % file_chunk;
  if (within >= text.size()) return fail(Kind::unavailable, "open_failed", "shorter than it was");
  text.erase(0, within);
  return text;
}

Result<std::string> FileStore::digest(const StoredFile& file) {
  Sha256Stream hash;
  for (std::uint64_t at = 0; at < file.offset;) {
    MINBEN_TRY(bytes, read(file, at));
    hash.add(as_bytes(bytes));
    at += bytes.size();
  }
  return hex_encode(hash.finish());
}

Result<void> FileStore::set_state(std::string_view id, FileState state, std::string_view sha256,
                                  Instant expires_at) {
  const std::lock_guard lock(mutex_);
  return statements_->state.bind_all(static_cast<std::int64_t>(state), sha256, expires_at, id)
      .run();
}

Result<void> FileStore::restart(std::string_view id) {
  const std::lock_guard lock(mutex_);
  return statements_->restart.bind_all(id).run();
}

// The row goes first: a file without one is never looked at, a row without its file would be.
Result<void> FileStore::remove(std::string_view id) {
  const std::lock_guard lock(mutex_);
  if (in_use_.contains(id)) return fail(Kind::conflict, "file_in_use", "somebody is writing it");
  MINBEN_CHECK(statements_->remove.bind_all(id).run());
  std::error_code error;
  fs::remove(path_of(id), error);
  return {};
}

Result<std::size_t> FileStore::expire() {
  std::vector<StoredFile> due;
  {
    const std::lock_guard lock(mutex_);
    MINBEN_TRY(files, read_files(statements_->due.bind_all(clock_.now())));
    due = std::move(files);
  }
  std::size_t gone = 0;
  for (const StoredFile& file : due) gone += remove(file.id) ? 1 : 0;
  return gone;
}

Result<FileFigures> FileStore::figures() {
  const std::lock_guard lock(mutex_);
  Statement& sums = statements_->sums;
  sums.reset();
  MINBEN_CHECK(sums.step());
  const auto sent = static_cast<std::size_t>(sums.integer(2));
  const FileFigures out{sent, static_cast<std::size_t>(sums.integer(3)) - sent,
                        static_cast<std::uint64_t>(sums.integer(0))};
  sums.reset();
  return out;
}

// -------------------------------------------------------------------------------------- append

FileAppend::FileAppend(FileStore& store, const StoredFile& file, int descriptor, std::string rest)
    : store_(store),
      id_(file.id),
      length_(file.length),
      descriptor_(descriptor),
      whole_(file.offset / file_chunk),
      rest_(std::move(rest)) {}

FileAppend::~FileAppend() {
  ::close(descriptor_);
  store_.release(id_);
}

Result<void> FileAppend::write(std::string_view bytes) {
  if (bytes.size() > length_ - offset())
    return fail(Kind::too_large, "beyond_the_end", "more than was announced");
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), file_chunk - rest_.size());
    rest_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    not_kept_ += taken;
    if (rest_.size() < file_chunk) break;
    MINBEN_TRY(sealed, store_.key_of(id_, whole_).seal(rest_));
    MINBEN_CHECK(write_all(descriptor_, sealed, whole_ * slot));
    ++whole_;
    rest_.clear();
  }
  return not_kept_ >= keep_every && !held_ ? keep() : Result<void>{};
}

Result<void> FileAppend::keep() {
  if (::fdatasync(descriptor_) != 0) return io_failed("sync");
  MINBEN_CHECK(store_.keep(id_, offset(), rest_));
  not_kept_ = 0;
  return {};
}

}  // namespace minben::gateway
