#pragma once
// Private: what Uploads consists of.
#include "core/crew.hpp"
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
  Crew crew = {};

  [[nodiscard]] fs::path file_of(UploadId id) const { return config.directory / to_string(id); }
  /// File and rows, once nobody needs them.
  void clear(UploadId id) const;
};

using Lease = Id<struct LeaseTag>;

/// Loads one, which this process holds the lease of, to its end.
Result<void> load(Uploads::Impl& house, const Upload& upload, Lease lease);

}  // namespace minben::uploads
