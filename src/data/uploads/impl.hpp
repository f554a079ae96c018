#pragma once
// Private: what Uploads consists of.
#include <condition_variable>
#include <mutex>
#include <thread>

#include "uploads.hpp"

namespace minben::uploads {

using store::Query;
namespace fs = std::filesystem;

#define MINBEN_UPLOAD_COLUMNS                                                          \
  "upload_id, dataset_id, table_id, is_new, agency, asked_by, file_name, file_bytes, " \
  "sha256, title, note, state, stage, share, row_count, column_count, version, code, " \
  "detail, field, line, stopping, attempt, asked_at, started_at, ended_at"
Upload upload_of(const store::Row& row);

struct Uploads::Impl {
  Config config;
  store::Database& database;
  datastore::Datastore& tables;
  const Clock& clock;
  Random& random;
  std::atomic<bool> stopping = false;
  std::mutex mutex = {};
  std::condition_variable woken = {};
  bool came = false;  ///< a file, since the last look
  std::vector<std::thread> threads = {};

  [[nodiscard]] fs::path file_of(UploadId id) const { return config.directory / to_string(id); }
  /// File and rows, once nobody needs them.
  void clear(UploadId id) const;
  /// Until something came here, or everything is to stop; what came on other nodes is found when
  /// the time is over.
  void wait(milliseconds time) {
    std::unique_lock lock(mutex);
    woken.wait_for(lock, time, [this] { return stopping || came; });
    came = false;
  }
  void wake() {
    {
      const std::lock_guard lock(mutex);
      came = true;
    }
    woken.notify_all();
  }
};

using Lease = Id<struct LeaseTag>;

/// Loads one, which this process holds the lease of, to its end.
Result<void> load(Uploads::Impl& house, const Upload& upload, Lease lease);

}  // namespace minben::uploads
