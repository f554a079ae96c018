#pragma once
// Private: what the files of the room share.
#include "core/crew.hpp"
#include "quality.hpp"
#include "reading.hpp"

namespace minben::quality {

namespace fs = std::filesystem;
using catalogue::DatasetId;
using catalogue::DistributionId;
using catalogue::Entry;
using store::Query;
using store::Transaction;

/// An address together with what only those who work on it need.
struct LinkRow {
  Link link;
  DatasetId dataset;
  std::string host;
  int version = 0;  ///< for which the findings stand; 0 = none
  int wanted = 0;
  bool thorough = false;
  int begun = 0;
  std::optional<Instant> failing_since;
  int postponed = 0;
  std::string etag, last_modified;
};
LinkRow link_of(const store::Row& row);

/// What asking an address brought.
struct Outcome {
  Check::Outcome kind = Check::Outcome::passed;
  std::optional<int> status;
  std::string reason;   ///< code, when not passed
  bool sure = false;    ///< of this house: no need to try again
  seconds patience{0};  ///< when postponed
  bool read = false;    ///< findings are of the file itself
  Findings findings;    ///< when passed, or when something else came than the file
  std::vector<Evidence> evidence;
  std::string etag, last_modified;
  std::int64_t bytes = 0;
};

/// One address that this process has the lease of.
struct Task {
  LinkRow row;
  Entry entry;
  std::size_t place = 0;  ///< of the distribution
  [[nodiscard]] const catalogue::Distribution& distribution() const {
    return entry.dataset.distributions[place];
  }
};

struct Quality::Impl {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  datastore::Datastore& tables;
  const Clock& clock;
  Random& random;
  Config config;
  net::Fetcher fetcher{config.fetcher};
  Crew crew = {};
  std::unique_ptr<store::Listener> listener = nullptr;

  /// asking.cpp: over the network or in this house. Errors are of this machine: try again later.
  Result<Outcome> ask(const Task& task, const std::function<bool()>& cancelled);

  /// assessing.cpp: badge and points by what is known now, and whom to tell. `entry` is published.
  Result<void> assess(Transaction& tx, const Entry& entry) const;
  Result<Report> report(Transaction& tx, const Entry& entry) const;
  /// mails.cpp
  struct News {
    DatasetId dataset;
    catalogue::PublisherCode publisher;
    std::string subject;
    JsonObject content;  ///< {"what", …} as of the topic
  };
  Result<void> tell(Transaction& tx, const News& news) const;

  /// following.cpp
  Result<int> follow_some() const;
  /// marks.cpp: what changed since is told to the index; the snapshot to go on from.
  Result<std::string> mark(catalogue::Index& index, const std::string& since) const;
  /// league.cpp
  Result<void> write_day(Transaction& tx) const;
};

/// Taken before the rows of its addresses, by all who take both.
inline constexpr Query lock_dataset{"quality_lock", R"(
  select version from quality.dataset where dataset_id = $1 for update)"};

std::optional<Badge> read_badge(std::string_view text);
std::optional<Finding> read_finding(std::string_view text);
Json findings_json(const Findings& findings);
Json evidence_json(std::span<const Evidence> evidence);
std::vector<Evidence> evidence_of(const Json& json);
/// Lower case, with port, without credentials; "" of what is no address, and of this house.
std::string host_of(std::string_view url, std::string_view origin);
/// The table that an address of this house gives, and in which format; or the file that it was read
/// from, as it was.
struct OwnTable {
  datastore::TableId id;
  std::string format;
  bool original = false;
};
std::optional<OwnTable> own_table(std::string_view url, std::string_view origin);
/// False: the dataset has another address by now, and what was found is of the former one.
bool is_address_of(const Link& link, const catalogue::Dataset& dataset);
/// Of a distribution with these addresses.
Findings findings_of(const catalogue::Distribution& distribution, std::span<const Link> links);

#define MINBEN_LINK_COLUMNS                                                                   \
  "distribution_id, kind, dataset_id, url, host, state, version, wanted, thorough, next_at, " \
  "begun, "                                                                                   \
  "failures, failing_since, postponed, status, findings, evidence, etag, last_modified, "     \
  "checked_at, read_at "

}  // namespace minben::quality
