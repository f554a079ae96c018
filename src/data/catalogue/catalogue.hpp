#pragma once
// The catalogue: datasets, who publishes them, and their versions. How they are found is in
// search.hpp.
//
// Writes of the catalogue happen one after another, on all nodes together, so that each change has
// a position and no reader of changes misses one. Everything is thread-safe; transactions are the
// caller's.
#include <functional>
#include <span>

#include "catalogue/dataset.hpp"
#include "store/store.hpp"

namespace minben::catalogue {

/// Of this room; apply after store::migrations().
std::span<const store::Migration> migrations();

// ------------------------------------------------------------------------------- publishers

/// An organisation that publishes (foaf:Agent, CKAN organization, 提供機關).
struct Publisher {
  PublisherCode code;
  Text title;
  Text description;
  std::string oid;       ///< 機關 OID; does not change once it is set
  std::string org_code;  ///< 機關代碼
  std::string agency;  ///< AgencyCode of the exchange whose officers may publish for it; "" = none
  std::string parent;  ///< another publisher's code; "" = none
  std::string url;
  std::string image_url;
  Instant created_at{};
  Instant changed_at{};
  std::int64_t position = 0;
  friend bool operator==(const Publisher&, const Publisher&) = default;
};

// ----------------------------------------------------------------------------------- entries

/// Who does something: an officer, a program with a key, the harvester or the platform itself.
/// Names no person outside
/// ("officer:0190…").
struct Actor {
  enum class Kind { officer, client, harvest, platform };
  Kind kind = Kind::platform;
  std::string id;
};
std::string to_string(const Actor& actor);

enum class Status { draft, published, withdrawn };
std::string_view to_string(Status status);

struct Withdrawal {
  Instant at{};
  std::string reason;  ///< shown to everybody
  std::string by;      ///< as an Actor is written
};

/// A dataset as the catalogue has it.
struct Entry {
  Dataset dataset;  ///< as published last; the draft when it never was
  Status status = Status::draft;
  int version = 0;  ///< 0 = never published
  int revision =
      1;  ///< counts writes of all kinds; what a change must name, so that of two at once one wins
  bool has_draft = false;
  Instant created_at{};
  Instant changed_at{};  ///< of what is published (metadata_modified)
  std::optional<Withdrawal> withdrawal;
  std::int64_t position = 0;
};

/// When new data is due of what is published: by the date of the data or, where nobody says so, of
/// the entry. Nothing when nothing is promised.
std::optional<Instant> due(const Entry& entry);

struct Version {
  int number = 0;
  Dataset dataset;
  Instant published_at{};
  std::string published_by;
  std::string note;
};

/// What put() did.
enum class Outcome { created, changed, unchanged };
std::string_view to_string(Outcome outcome);

struct Put {
  DatasetId id;
  std::string name;
  Outcome outcome = Outcome::unchanged;
  int version = 0;
};

/// Of a put of many: each has its result, in order.
using Puts = std::vector<Result<Put>>;

/// A dataset series (dcat:DatasetSeries).
struct Series {
  SeriesId id{};
  std::string name;
  PublisherCode publisher;
  Text title;
  Text description;
  Frequency frequency;
  Instant created_at{};
  Instant changed_at{};
};

/// Distributions that contain each of the terms, in any case.
struct DistributionQuery {
  enum class Member {
    id,
    title,
    description,
    url,  ///< download or access
    format,
    media_type,
    encoding,
    checksum,
    dataset  ///< DatasetId
  };
  std::vector<std::pair<Member, std::string>> parts;  ///< at most 20
  std::optional<Member> order{};  ///< nothing: by the last change of their datasets
  std::int64_t limit = 100;
  std::int64_t offset = 0;
};
struct DistributionHits {
  std::int64_t total = 0;
  struct Hit {
    DatasetId dataset;
    DistributionId distribution;
  };
  std::vector<Hit> found;
};

class Catalogue {
 public:
  /// Both outlive it.
  Catalogue(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // ---- publishers

  /// New or changed. invalid: faults of members; conflict "oid_changes".
  Result<void> save(store::Transaction& tx, const Publisher& publisher) const;
  Result<Publisher> publisher(store::Transaction& tx, const PublisherCode& code) const;
  /// All, by code; those whose position is after `after`.
  Result<std::vector<Publisher>> publishers(store::Transaction& tx, std::int64_t after = 0) const;

  // ---- one dataset

  /// A draft, seen by its publisher only. Without an id or a name it gets them: the name from the
  /// English title, or from the id. Distributions without ids get some. invalid with the first
  /// fault of check(); conflict "name_taken".
  Result<Entry> create(store::Transaction& tx, Dataset dataset, const Actor& by) const;
  /// conflict "changed_meanwhile" when `revision` is not that of now, "withdrawn".
  Result<Entry> save_draft(store::Transaction& tx, Dataset dataset, int revision) const;
  Result<void> drop_draft(store::Transaction& tx, DatasetId id, int revision) const;
  /// Publishes the draft as the next version, or says "nothing_to_publish". Checks also what only
  /// published datasets must have: a description, a licence, at least one distribution with an
  /// address.
  Result<Entry> publish(store::Transaction& tx, DatasetId id, int revision, std::string_view note,
                        const Actor& by) const;
  /// For ever, with a reason that everybody sees: the page stays, the data is closed. A draft is
  /// deleted instead.
  Result<Entry> withdraw(store::Transaction& tx, DatasetId id, int revision,
                         std::string_view reason, const Actor& by) const;
  /// Before anything was published. conflict "was_published".
  Result<void> discard(store::Transaction& tx, DatasetId id) const;

  // ---- many

  /// Creates or replaces and publishes at once: for programs and harvests. A dataset is known by
  /// its id, else by its origin. The same content again is `unchanged` and makes no version. What
  /// is withdrawn stays so (conflict "withdrawn"), unless the harvest itself had withdrawn it. Each
  /// dataset is whole or not at all; a faulty one does not keep the others back.
  Result<Puts> put(store::Transaction& tx, std::span<const Dataset> datasets, const Actor& by,
                   std::string_view note = {}) const;

  /// Publishes, as put() does, what `edit` makes of a dataset as it is now; nobody writes in
  /// between, so of two at once neither is lost. Errors: not_found, those of `edit`, and put()'s.
  using Edit = std::function<Result<Dataset>(const Entry& now)>;
  Result<Entry> change(store::Transaction& tx, DatasetId id, const Actor& by,
                       const Edit& edit) const;

  /// The platform's own addresses begin with this from now on ("https://data.example.tw"): those
  /// that began with the former one are changed in datasets, drafts and kept versions. It is the
  /// same data, so it is no new version, but readers of changes see the datasets again. How many
  /// datasets there were; 0 when nothing moves. invalid "bad_origin".
  Result<std::int64_t> move_to(store::Transaction& tx, std::string_view origin) const;

  // ---- reading

  /// not_found "no_such_dataset". Drafts and withdrawn ones too: whoever shows them asks for the
  /// status.
  Result<Entry> find(store::Transaction& tx, DatasetId id) const;
  Result<Entry> find(store::Transaction& tx, std::string_view name) const;
  /// By the id of one of its distributions, published or in a draft.
  Result<Entry> find(store::Transaction& tx, DistributionId id) const;
  Result<Entry> find_national(store::Transaction& tx, std::string_view national_id) const;
  /// The draft when there is one, else what is published.
  Result<Dataset> draft(store::Transaction& tx, DatasetId id) const;
  /// In the order of the ids; what does not exist is left out.
  Result<std::vector<Entry>> entries(store::Transaction& tx, std::span<const DatasetId> ids) const;
  /// Newest first.
  Result<std::vector<Version>> versions(store::Transaction& tx, DatasetId id,
                                        int limit = 100) const;
  Result<Version> version(store::Transaction& tx, DatasetId id, int number) const;
  /// After a position, in their order: for copies and indexes.
  Result<std::vector<Entry>> changes(store::Transaction& tx, std::int64_t after, int limit) const;
  /// Of a publisher, drafts and withdrawn ones too, by last change.
  Result<std::vector<Entry>> of_publisher(store::Transaction& tx, const PublisherCode& code,
                                          int limit, int offset = 0) const;
  /// Of published datasets. Looks through all documents (some seconds for 100,000 datasets): for
  /// programs that ask now and then. invalid "too_many_terms".
  Result<DistributionHits> distributions(store::Transaction& tx,
                                         const DistributionQuery& query) const;
  /// What a harvest source has here: identifier there → id, and whether it is withdrawn.
  struct Held {
    std::string identifier;
    DatasetId id;
    bool withdrawn = false;
  };
  Result<std::vector<Held>> held_from(store::Transaction& tx, std::string_view source) const;

  // ---- series

  Result<Series> save(store::Transaction& tx, Series series) const;
  Result<Series> series(store::Transaction& tx, SeriesId id) const;
  Result<std::vector<Series>> all_series(store::Transaction& tx) const;

 private:
  const Clock& clock_;
  Random& random_;
};

/// The topic of the outbox on which each change of a published dataset is told: key = the dataset's
/// id, payload =
/// {"what": "published" | "withdrawn", "version", "publisher"}.
inline constexpr std::string_view topic = "catalogue";

}  // namespace minben::catalogue
