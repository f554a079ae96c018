// One load: its file becomes a table aside, while a second thread keeps the lease, tells how far it
// is, and looks at the cancel button.
#include <spdlog/spdlog.h>

#include "impl.hpp"

namespace minben::uploads {

namespace {

using datastore::LoadStage;

constexpr Query write_progress{"uploads_progress", R"(
  update uploads.upload set lease_until = $3, stage = $4, share = $5
  where upload_id = $1 and lease = $2 and state = 'loading' returning stopping)"};
constexpr Query write_ready{"uploads_ready", R"(
  update uploads.upload set state = 'ready', lease = null, stage = '', share = null,
    row_count = $3, column_count = $4, ended_at = $5
  where upload_id = $1 and lease = $2 and state = 'loading' and not stopping)"};
constexpr Query write_failed{"uploads_failed", R"(
  update uploads.upload set state = $3, lease = null, stage = '', share = null, code = $4,
    detail = $5, field = $6, line = $7, ended_at = $8
  where upload_id = $1 and lease = $2 and state = 'loading')"};
constexpr Query give_back{"uploads_give_back", R"(
  update uploads.upload set state = 'waiting', lease = null, stage = '', share = null,
    attempt = attempt - 1
  where upload_id = $1 and lease = $2 and state = 'loading')"};

constexpr std::size_t longest_detail = 2000;

std::string_view name_of(LoadStage stage) {
  switch (stage) {
    case LoadStage::inspecting:
      return "inspecting";
    case LoadStage::reading:
      return "reading";
    case LoadStage::indexing:
      return "indexing";
  }
  return {};
}

std::string suffix_of(const std::string& name) {
  const auto dot = name.rfind('.');
  return dot == name.npos ? std::string() : name.substr(dot + 1);
}

/// What both threads know.
class Watched {
 public:
  enum class Halt { none, leave, lost, stop };

  Watched(Uploads::Impl& house, const Upload& upload, Lease lease)
      : house_(house), upload_(upload), lease_(lease), beating_([this] { beat(); }) {}
  ~Watched() { end(); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  void at_stage(LoadStage stage, const columnar::Connection* reading) {
    const std::lock_guard lock(mutex_);
    stage_ = stage;
    reading_ = reading;
  }
  [[nodiscard]] Halt halt() const { return halt_; }
  void end() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    woken_.notify_all();
    if (beating_.joinable()) beating_.join();
  }

 private:
  void beat() {
    std::unique_lock lock(mutex_);
    while (!woken_.wait_for(lock, house_.config.heartbeat_ms, [this] { return over_; })) {
      const LoadStage stage = stage_;
      // Under the lock: the connection goes away with the next stage.
      const auto share = reading_ ? reading_->progress() : std::nullopt;
      lock.unlock();
      tell(stage, share);
      lock.lock();
    }
  }
  void tell(LoadStage stage, const std::optional<double>& share) {
    if (house_.crew.stopping()) halt_ = Halt::leave;
    const auto held =
        house_.database.run(write_progress, upload_.id, lease_,
                            house_.clock.now() + house_.config.lease_ms, name_of(stage), share);
    if (held && held->empty()) halt_ = Halt::lost;
    else if (held && held->front().boolean("stopping")) halt_ = Halt::stop;
  }

  Uploads::Impl& house_;
  const Upload& upload_;
  const Lease lease_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool over_ = false;
  LoadStage stage_ = LoadStage::inspecting;
  const columnar::Connection* reading_ = nullptr;
  std::atomic<Halt> halt_ = Halt::none;
  std::thread beating_;  ///< last: it uses the others
};

Result<datastore::Version> read_aside(Uploads::Impl& house, const Upload& upload,
                                      Watched& watched) {
  datastore::Datastore::LoadOptions options;
  options.source = JsonObject{{"name", upload.file_name}};
  options.cancelled = [&] { return watched.halt() != Watched::Halt::none; };
  options.at_stage = [&](LoadStage stage, const columnar::Connection* reading) {
    watched.at_stage(stage, reading);
  };
  intake::Hints hints;
  hints.file_name = upload.file_name;
  hints.format = suffix_of(upload.file_name);
  return house.tables.load(upload.aside(), house.file_of(upload.id), hints, options);
}

Result<void> note_ready(Uploads::Impl& house, const Upload& upload, Lease lease,
                        const datastore::Version& version) {
  MINBEN_TRY(done, house.database.run(write_ready, upload.id, lease, version.rows,
                                      static_cast<std::int64_t>(version.fields.size()),
                                      house.clock.now()));
  // The button was pressed in the last moment, or another process has it.
  if (done.affected() == 0)
    MINBEN_CHECK(house.database.run(write_failed, upload.id, lease, "cancelled", "", "", "", 0,
                                    house.clock.now()));
  return {};
}

/// Not where files lie on the server, and nothing of its own troubles.
std::string for_stewards(const Uploads::Impl& house, const Error& error, const std::string& text) {
  if (error.kind == Kind::internal) return {};
  if (text.find(house.config.directory.parent_path().string()) != text.npos) return {};
  return text.substr(0, longest_detail);
}

Result<void> note_failed(Uploads::Impl& house, const Upload& upload, Lease lease,
                         const Error& error, bool cancelled) {
  if (cancelled)
    MINBEN_CHECK(house.database.run(write_failed, upload.id, lease, "cancelled", "", "", "", 0,
                                    house.clock.now()));
  else
    MINBEN_CHECK(house.database.run(write_failed, upload.id, lease, "failed", error.code,
                                    for_stewards(house, error, error.detail),
                                    for_stewards(house, error, error.field), error.line,
                                    house.clock.now()));
  house.clear(upload.id);
  return {};
}

}  // namespace

Result<void> load(Uploads::Impl& house, const Upload& upload, Lease lease) {
  // Rows of a process that died between its load and its note.
  MINBEN_CHECK(house.tables.drop(upload.aside()));
  Watched watched(house, upload, lease);
  const auto version = read_aside(house, upload, watched);
  watched.end();
  if (version) return note_ready(house, upload, lease, *version);
  switch (watched.halt()) {
    case Watched::Halt::lost:
      return {};
    case Watched::Halt::leave:
      MINBEN_CHECK(house.database.run(give_back, upload.id, lease));
      return {};
    case Watched::Halt::stop:
      return note_failed(house, upload, lease, version.error(), true);
    case Watched::Halt::none:
      break;
  }
  if (version.error().kind == Kind::internal)
    spdlog::error("upload {}: {}", to_string(upload.id), minben::describe(version.error()));
  return note_failed(house, upload, lease, version.error(), false);
}

}  // namespace minben::uploads
