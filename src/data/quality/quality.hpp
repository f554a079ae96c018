#pragma once
// Checks of what is published: whether addresses answer, whether files are what is said of them,
// whether data comes as promised; from that the badge of each dataset (badge.hpp), its points
// (mqa.hpp), and the league of publishers (league.hpp). docs/quality.md tells operators and
// stewards.
//
// The room follows the catalogue. Each address is asked at once after a new version, and then again
// and again, politely: one request at a time to a host, with a pause. Who works on an address has a
// lease and no transaction, so a process may be killed at any moment and another one goes on.
// Everything here is thread-safe; transactions are the caller's where one is taken.
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "catalogue/catalogue.hpp"
#include "catalogue/search.hpp"
#include "datastore/datastore.hpp"
#include "identity/identity.hpp"
#include "net/fetch.hpp"
#include "quality/badge.hpp"
#include "quality/conformance.hpp"
#include "quality/mqa.hpp"
#include "store/store.hpp"

namespace minben::quality {

using minben::to_string;  // beside those of this room

/// Of this room; apply after catalogue::migrations().
std::span<const store::Migration> migrations();

/// What a check says about one thing.
struct Evidence {
  /// A criterion of the badge ("linkable" …), or what is told beside them: "media_type",
  /// "byte_size".
  std::string criterion;
  Finding finding = Finding::not_checked;
  std::string reason;  ///< stable code, "" when met; its text is the key "quality_reason_<code>"
  std::string expected;
  std::string found;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

enum class LinkKind { access, download };
std::string_view to_string(LinkKind kind);

enum class LinkState {
  waiting,  ///< never found to answer or to be broken
  ok,
  failing,  ///< did not answer lately; what was found before still stands
  broken    ///< did not answer several times over hours
};
std::string_view to_string(LinkState state);

/// An address as it is known.
struct Link {
  catalogue::DistributionId distribution;
  LinkKind kind = LinkKind::download;
  std::string url;
  LinkState state = LinkState::waiting;
  bool current = false;       ///< the findings are of the version that is published
  std::optional<int> status;  ///< HTTP, of the last finding; 0 = no answer
  int failures = 0;           ///< tries in a row without success
  Findings findings;
  std::vector<Evidence> evidence;  ///< of the last check that found something
  std::optional<Instant> checked_at, read_at;
  Instant next_at{};
};

/// One check of an address.
struct Check {
  catalogue::DistributionId distribution;
  LinkKind kind = LinkKind::download;
  Instant at{};
  enum class Outcome { passed, failed, postponed } outcome = Outcome::passed;
  std::optional<int> status;
  std::string reason;
  bool read = false;  ///< the file itself, not only its address
  std::int64_t bytes = 0;
  milliseconds took{0};
  std::vector<Evidence> evidence;
};
std::string_view to_string(Check::Outcome outcome);

/// A badge that came or went.
struct BadgeChange {
  Instant at{};
  int version = 0;
  std::optional<Badge> before;
  Badge badge = Badge::none;
  int mqa = 0;
  std::vector<std::string> unmet;  ///< criteria that kept it from the next one
};

/// All that is known of one dataset.
struct Report {
  catalogue::DatasetId dataset;
  int version = 0;
  bool checking = true;  ///< some address has not been looked at since the version came
  /// As given last; while `checking`, that of an earlier version. Nothing: never checked whole.
  std::optional<Badge> badge;
  std::optional<Instant> badge_since;
  BadgeResult judged;  ///< by what is known now
  MqaScore mqa;
  std::vector<ConformanceFault> conformance;  ///< of its DCAT; none = it conforms
  std::vector<Link> links;                    ///< by distribution, in their order
  std::vector<Findings> findings;             ///< of the distributions
  std::optional<Instant> asked_at;
  Instant assessed_at{};
  int broken = 0;
};
/// For programs; evidence and history in English codes.
Json to_json(const Report& report, std::span<const Check> checks,
             std::span<const BadgeChange> changes);

/// What lists show.
struct Mark {
  Badge badge = Badge::none;
  bool checked = false;
  int mqa = 0;
  int broken = 0;
};

/// The topic of the outbox: key = the dataset's id; payload = {"what": "badge", "badge", "before",
/// "rose", "version", "publisher"} or {"what": "link_broken" | "link_fixed", "distribution",
/// "kind", "publisher"}. The first badge has no "before" and no "rose"; {"what": "asked"} wakes
/// those who work.
inline constexpr std::string_view topic = "quality";

struct Config {
  std::string origin;  ///< addresses of this house begin so; also of links in mails
  net::FetcherConfig fetcher{};
  AgencyCode platform{"moda"};  ///< told about publishers without an agency or data steward
  int threads = 2;              ///< checks at once on this node
  milliseconds pause{1000};     ///< between two requests to a host
  milliseconds request_timeout{60'000};
  milliseconds stall_timeout{15'000};
  std::uint64_t most_bytes =
      256u << 20;             ///< of a file that is read; larger ones are only asked for
  seconds reading_time{120};  ///< for reading one file
  hours every{24};            ///< addresses that answer, and broken ones
  days read_every{7};         ///< files whose servers do not say whether they have changed
  minutes first_retry{15};
  int tries_until_broken = 3;  ///< and the last of them no sooner than broken_after the first
  hours broken_after{2};
  int patience = 5;  ///< times in a row that a host may ask for patience before it counts as a try
  milliseconds lease{120'000};
  minutes ask_every{10};  ///< "check again now", of one dataset
  int runs_kept = 10;     ///< of an address
  int changes_kept = 50;  ///< of a dataset
  minutes mail_after{10};
  hours mail_every{24};  ///< mails to the stewards of one agency
};

/// All outlive the room.
struct Parts {
  store::Database& database;
  const catalogue::Catalogue& catalogue;
  datastore::Datastore& tables;
  const Clock& clock;
  Random& random;
};

class Quality {
 public:
  Quality(const Parts& parts, Config config);
  ~Quality();  ///< stops

  [[nodiscard]] const Config& config() const;

  // ---- reading

  /// not_found "not_assessed" when the room has not seen the dataset yet.
  Result<Report> report(store::Transaction& tx, const catalogue::Entry& entry) const;
  /// Newest first.
  Result<std::vector<Check>> checks(store::Transaction& tx, catalogue::DatasetId id,
                                    int limit) const;
  Result<std::vector<BadgeChange>> changes(store::Transaction& tx, catalogue::DatasetId id,
                                           int limit) const;
  /// In the order of the ids; of those that are not known an empty one.
  Result<std::vector<Mark>> marks(store::Transaction& tx,
                                  std::span<const catalogue::DatasetId> ids) const;
  /// Of datasets, what Taiwan's quality interface tells; those that were never seen are empty.
  struct Summary {
    Badge badge = Badge::none;
    bool checking = true;  ///< or asked for
    bool changed = false;  ///< the last check changed the badge
    std::optional<Instant> checked_at;
    Findings worst;                  ///< of all distributions
    std::vector<Findings> findings;  ///< of each
  };
  Result<std::vector<Summary>> summaries(store::Transaction& tx,
                                         std::span<const catalogue::Entry> entries) const;
  /// Of a publisher, what could be raised: broken addresses first, then by badge and points.
  Result<std::vector<catalogue::DatasetId>> to_raise(store::Transaction& tx,
                                                     const catalogue::PublisherCode& publisher,
                                                     int limit) const;
  struct Standing {
    std::int64_t datasets = 0, checking = 0, links = 0, broken = 0, due = 0, late_minutes = 0;
  };
  /// For operators: what there is to do, and how far behind it is.
  Result<Standing> standing(store::Transaction& tx) const;

  // ---- asking

  /// Everything of the dataset is looked at again at once. not_found "not_assessed"; too_many
  /// "asked_already" within Config::ask_every.
  Result<void> ask(store::Transaction& tx, catalogue::DatasetId id) const;

  // ---- working

  /// Takes over what has changed in the catalogue; how many datasets.
  Result<int> follow() const;
  /// One address that is due; false when there is none. `leave` is asked often; true leaves it.
  Result<bool> work_once(const std::function<bool()>& leave = {}) const;
  /// What time alone changes: lateness, the day's figures. The job "quality.tick" does that.
  Result<void> tick(store::Transaction& tx) const;
  /// Registers the jobs, before workers.start(): "quality.tick", and "quality.mail" to stewards.
  void work_in(store::Workers& workers, const identity::Identity& identity,
               identity::Mailer mailer) const;
  /// Follows and works on threads of its own; with an index, keeps its marks.
  void start(catalogue::Index* index = nullptr);
  void stop();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::quality
