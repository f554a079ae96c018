#pragma once
// Files that data stewards uploaded, on their way to become versions of tables. A file is taken
// over at once and read in the background into a table of its own, which nobody else sees; the
// steward looks at what was read and repaired, and then it becomes the next version of its table.
// A process may be killed at any moment: another one begins to read anew when the lease is over.
//
// Everything here is thread-safe, and several nodes may share directory and database. Who may do
// what is the caller's business. docs/datastore.md tells stewards and operators.
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "datastore/datastore.hpp"
#include "store/store.hpp"

namespace minben::uploads {

/// Of this room.
std::span<const store::Migration> migrations();

using UploadId = Id<struct UploadTag>;

enum class State {
  waiting,  ///< for its turn
  loading,
  ready,  ///< read, and not public: a steward decides
  taken,  ///< it is a version of its table
  failed,
  cancelled
};
std::string_view to_string(State state);

struct Upload {
  UploadId id{};
  catalogue::DatasetId dataset{};
  datastore::TableId table{};  ///< of the distribution
  bool is_new = false;         ///< the dataset has no such distribution yet
  AgencyCode agency;
  std::string asked_by;   ///< as an Actor is written
  std::string file_name;  ///< as the browser said: to be shown, never a path
  std::int64_t bytes = 0;
  std::string sha256;
  std::string title;  ///< of the distribution; "" = as it is
  std::string note;   ///< what the version changes
  State state = State::waiting;
  std::string stage;            ///< of loading: "inspecting", "reading", "indexing"
  std::optional<double> share;  ///< of the stage, 0 … 1
  std::optional<std::int64_t> rows;
  int columns = 0;
  int version = 0;  ///< of the table, once it is taken
  /// Of what failed: intake's codes, "interrupted" when processes died over it, "expired" when
  /// nobody decided in time (then it is cancelled).
  std::string code, detail;
  std::string field;      ///< which column; "" = none
  std::int64_t line = 0;  ///< 1-based; 0 = none
  bool stopping = false;
  Instant asked_at{};
  std::optional<Instant> started_at, ended_at;
  [[nodiscard]] bool under_way() const {
    return state == State::waiting || state == State::loading;
  }
  /// Where its rows are until it is taken; to be looked at by its stewards alone.
  [[nodiscard]] datastore::TableId aside() const { return datastore::TableId{id.value}; }
};

struct NewUpload {
  catalogue::DatasetId dataset{};
  datastore::TableId table{};
  bool is_new = false;
  AgencyCode agency;
  std::string asked_by;
  std::string file_name;
  std::string sha256;
  std::string title;
  std::string note;
};

struct Config {
  /// Of the files, on the disk of the tables (then the original is kept by a link); made when
  /// missing.
  std::filesystem::path directory;
  int threads = 1;  ///< loads at once on this node
  milliseconds lease_ms{30'000};
  milliseconds heartbeat_ms{500};  ///< between looks at progress and the cancel button
  int attempts = 3;                ///< processes that may die over one file
  int most_open = 20;              ///< of an agency: that wait, are loaded, or are not decided on
  days ready_for{7};               ///< then what nobody decided on is cancelled
  days kept{30};                   ///< those that are over
};

class Uploads {
 public:
  /// All outlive it. Makes the directory.
  static Result<std::unique_ptr<Uploads>> open(Config config, store::Database& database,
                                               datastore::Datastore& tables, const Clock& clock,
                                               Random& random);
  ~Uploads();  ///< stops

  /// Takes the file over: it is moved, or copied when it is on another disk; on the disk when this
  /// returns. too_many "too_many_uploads".
  Result<Upload> begin(const NewUpload& upload, const std::filesystem::path& file) const;
  /// not_found "no_such_upload".
  Result<Upload> find(store::Transaction& tx, UploadId id) const;
  /// Newest first.
  Result<std::vector<Upload>> of_dataset(store::Transaction& tx, catalogue::DatasetId dataset,
                                         int limit) const;
  /// What waits or is ready is cancelled at once; a load stops within a second or so, but for what
  /// the engine reads in one go (some seconds for 200 MB). conflict "is_over".
  Result<Upload> cancel(store::Transaction& tx, UploadId id) const;
  /// Makes it the next version of its table, in the caller's transaction; `keep_original`: the file
  /// itself becomes public, too. conflict "not_ready". Errors of Datastore::adopt.
  Result<datastore::Version> take(store::Transaction& tx, UploadId id, bool keep_original) const;

  /// Loads one that waits, or whose process died; false when there is none.
  Result<bool> work_once() const;
  /// Ends what nobody decided on, forgets old ones, removes files that belong to none. The job
  /// "uploads.tick" does that each hour.
  Result<void> tick(store::Transaction& tx) const;
  void work_in(store::Workers& workers) const;  ///< before workers.start()
  void start();
  void stop();

  struct Impl;

 private:
  explicit Uploads(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What is told of a table's version with its distribution: rows, fields, where to download it. The
/// file that it was read from is a distribution of its own, made, changed or removed likewise.
/// Ids of new ones come from `random`.
void describe(catalogue::Dataset& dataset, catalogue::DistributionId distribution,
              const datastore::Version& version, std::string_view origin, const Clock& clock,
              Random& random);
/// Where the file is that a table was read from: "<origin>/datastore/original/<table>".
std::string original_address(std::string_view origin, datastore::TableId table);
/// Whether a distribution is the file that another one was read from.
bool is_original(const catalogue::Distribution& distribution, std::string_view origin);
/// IANA, with the character set of texts; application/octet-stream when it is not known. Looks at
/// the first bytes: a table may have come in an archive.
std::string media_type(const datastore::Original& original);

}  // namespace minben::uploads
