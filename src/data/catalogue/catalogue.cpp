// One dataset at a time: drafts, publishing, withdrawing; and reading.
#include "catalogue.hpp"

#include <fmt/format.h>

#include "rows.hpp"

namespace minben::catalogue {

namespace {

constexpr Query insert_draft{"catalogue_insert_draft", R"(
  insert into catalogue.dataset (dataset_id, name, publisher, national_id, source, source_identifier,
    status, version, draft, created_at, changed_at, revision, position)
  values ($1, $2, $3, $4, '', '', 'draft', 0, $5, $6, $6, 1, nextval('catalogue.position')))"};
constexpr Query lock_dataset{"catalogue_lock_dataset",
                             "select " MINBEN_ENTRY_COLUMNS
                             " from catalogue.dataset where dataset_id = $1 for update"};
constexpr Query write_draft{"catalogue_write_draft", R"(
  update catalogue.dataset set draft = $2, revision = revision + 1,
    name = case when version = 0 then $3 else name end,
    publisher = case when version = 0 then $4 else publisher end
  where dataset_id = $1)"};
constexpr Query clear_draft{"catalogue_clear_draft", R"(
  update catalogue.dataset set draft = null, revision = revision + 1 where dataset_id = $1)"};
constexpr Query release{"catalogue_release", R"(
  update catalogue.dataset set status = 'published', version = version + 1, revision = revision + 1,
    document = draft, draft = null, changed_at = $2, name = $3, publisher = $4, national_id = $5,
    position = nextval('catalogue.position')
  where dataset_id = $1)"};
constexpr Query keep_version{"catalogue_keep_version", R"(
  insert into catalogue.version (dataset_id, number, document, published_at, published_by, note)
  select dataset_id, version, document, $2, $3, $4 from catalogue.dataset where dataset_id = $1)"};
constexpr Query end_dataset{"catalogue_withdraw", R"(
  update catalogue.dataset set status = 'withdrawn', withdrawn_at = $2, withdrawn_reason = $3,
    withdrawn_by = $4, draft = null, changed_at = $2, revision = revision + 1,
    position = nextval('catalogue.position')
  where dataset_id = $1)"};
constexpr Query delete_draft{"catalogue_discard",
                             "with gone as (delete from catalogue.dataset where dataset_id = $1 "
                             "and version = 0 returning dataset_id) "
                             "delete from catalogue.distribution d using gone "
                             "where d.dataset_id = gone.dataset_id"};

constexpr Query find_by_id{"catalogue_find", "select " MINBEN_ENTRY_COLUMNS
                                             " from catalogue.dataset where dataset_id = $1"};
constexpr Query find_by_name{"catalogue_find_name", "select " MINBEN_ENTRY_COLUMNS
                                                    " from catalogue.dataset where name = $1"};
constexpr Query find_by_distribution{
    "catalogue_find_distribution",
    "select " MINBEN_ENTRY_COLUMNS
    " from catalogue.dataset where dataset_id = "
    "(select dataset_id from catalogue.distribution where distribution_id = $1)"};
constexpr Query find_by_national{"catalogue_find_national",
                                 "select " MINBEN_ENTRY_COLUMNS
                                 " from catalogue.dataset where national_id = $1 and $1 <> '' "
                                 "order by status = 'withdrawn', created_at limit 1"};
constexpr Query find_draft{"catalogue_find_draft",
                           "select coalesce(draft, document) as document "
                           "from catalogue.dataset where dataset_id = $1"};
constexpr Query find_many{"catalogue_find_many",
                          "select " MINBEN_ENTRY_COLUMNS
                          " from unnest($1::uuid[]) with ordinality as wanted (id, place) "
                          "join catalogue.dataset on dataset_id = wanted.id order by wanted.place"};
constexpr Query find_versions{"catalogue_versions", R"(
  select number, document, published_at, published_by, note from catalogue.version
  where dataset_id = $1 order by number desc limit $2)"};
constexpr Query find_version{"catalogue_version", R"(
  select number, document, published_at, published_by, note from catalogue.version
  where dataset_id = $1 and number = $2)"};
constexpr Query find_changes{
    "catalogue_changes", "select " MINBEN_ENTRY_COLUMNS
                         " from catalogue.dataset where position > $1 order by position limit $2"};
constexpr Query find_of_publisher{"catalogue_of_publisher",
                                  "select " MINBEN_ENTRY_COLUMNS
                                  " from catalogue.dataset where publisher = $1 "
                                  "order by changed_at desc, dataset_id limit $2 offset $3"};
constexpr Query find_held{"catalogue_held_from", R"(
  select source_identifier, dataset_id, status = 'withdrawn' as withdrawn
  from catalogue.dataset where source = $1)"};

Error no_such_dataset() { return fail(Kind::not_found, "no_such_dataset").error(); }

Result<Entry> only(Result<store::Rows> rows) {
  if (!rows) return fail(std::move(rows).error());
  if (rows->empty()) return fail(no_such_dataset());
  return entry_of(rows->front());
}

Result<Entry> locked(store::Transaction& tx, DatasetId id, int revision) {
  MINBEN_CHECK(take_turn(tx));
  MINBEN_TRY(entry, only(tx.run(lock_dataset, id)));
  if (entry.status == Status::withdrawn)
    return fail(Kind::conflict, "withdrawn", "a withdrawn dataset does not change any more");
  if (entry.revision != revision)
    return fail(Kind::conflict, "changed_meanwhile", "somebody else has changed the dataset");
  return entry;
}

Result<void> checked(const Dataset& dataset) {
  if (Errors faults = check(dataset); !faults.empty()) return fail(std::move(faults.front()));
  return {};
}

/// What the database says of names and publishers, in words of the catalogue.
Error in_words(Error error) {
  if (error.code == "duplicate")
    return fail(Kind::conflict, "name_taken", "another dataset has this name", "/name").error();
  if (error.kind == Kind::invalid)
    return fail(Kind::invalid, "unknown_publisher", "no such publisher", "/publisher").error();
  return error;
}

Version version_row(const store::Row& row, Dataset dataset) {
  return {static_cast<int>(row.integer("number")), std::move(dataset), row.instant("published_at"),
          row.text("published_by"), row.text("note")};
}

}  // namespace

std::string to_string(const Actor& actor) {
  switch (actor.kind) {
    case Actor::Kind::officer:
      return "officer:" + actor.id;
    case Actor::Kind::client:
      return "client:" + actor.id;
    case Actor::Kind::harvest:
      return "harvest:" + actor.id;
    case Actor::Kind::platform:
      return "platform";
  }
  return {};
}

std::optional<Instant> due(const Entry& entry) {
  if (entry.status != Status::published) return std::nullopt;
  return due(entry.dataset.frequency, data_changed_at(entry.dataset).value_or(entry.changed_at));
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::draft:
      return "draft";
    case Status::published:
      return "published";
    case Status::withdrawn:
      return "withdrawn";
  }
  return {};
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::created:
      return "created";
    case Outcome::changed:
      return "changed";
    case Outcome::unchanged:
      return "unchanged";
  }
  return {};
}

// ------------------------------------------------------------------------------------ writing

Result<Entry> Catalogue::create(store::Transaction& tx, Dataset dataset, const Actor&) const {
  complete(dataset, nullptr, clock_, random_);
  MINBEN_CHECK(checked(dataset));
  MINBEN_CHECK(take_turn(tx));
  const auto inserted = tx.run(insert_draft, dataset.id, dataset.name, dataset.publisher,
                               dataset.national_id, write_json(to_json(dataset)), tx.now());
  if (!inserted) return fail(in_words(inserted.error()));
  const Dataset* const noted[]{&dataset};
  note_distributions(tx, noted);
  return find(tx, dataset.id);
}

Result<Entry> Catalogue::save_draft(store::Transaction& tx, Dataset dataset, int revision) const {
  MINBEN_TRY(entry, locked(tx, dataset.id, revision));
  if (entry.version > 0) dataset.name = entry.dataset.name;  // addresses stay
  complete(dataset, &entry.dataset, clock_, random_);
  MINBEN_CHECK(checked(dataset));
  const auto written = tx.run(write_draft, dataset.id, write_json(to_json(dataset)), dataset.name,
                              dataset.publisher);
  if (!written) return fail(in_words(written.error()));
  const Dataset* const noted[]{&dataset};
  note_distributions(tx, noted);
  return find(tx, dataset.id);
}

Result<void> Catalogue::drop_draft(store::Transaction& tx, DatasetId id, int revision) const {
  MINBEN_TRY(entry, locked(tx, id, revision));
  if (entry.version == 0)
    return fail(Kind::conflict, "never_published", "a dataset that is only a draft is discarded");
  MINBEN_CHECK(tx.run(clear_draft, id));
  return {};
}

Result<Entry> Catalogue::publish(store::Transaction& tx, DatasetId id, int revision,
                                 std::string_view note, const Actor& by) const {
  MINBEN_TRY(entry, locked(tx, id, revision));
  if (!entry.has_draft)
    return fail(Kind::conflict, "nothing_to_publish", "nothing has changed since it was published");
  MINBEN_TRY(dataset, draft(tx, id));
  if (Errors faults = check_for_release(dataset); !faults.empty())
    return fail(std::move(faults.front()));
  const auto released =
      tx.run(release, id, tx.now(), dataset.name, dataset.publisher, dataset.national_id);
  if (!released) return fail(in_words(released.error()));
  MINBEN_CHECK(tx.run(keep_version, id, tx.now(), to_string(by), note));
  const std::array<const Dataset*, 1> released_now{&dataset};
  note_series(tx, released_now);
  MINBEN_CHECK(announce(tx, id, "published", entry.version + 1, dataset.publisher));
  return find(tx, id);
}

Result<Entry> Catalogue::withdraw(store::Transaction& tx, DatasetId id, int revision,
                                  std::string_view reason, const Actor& by) const {
  MINBEN_TRY(entry, locked(tx, id, revision));
  if (entry.version == 0)
    return fail(Kind::conflict, "never_published", "a dataset that is only a draft is discarded");
  if (trim(reason).empty()) return fail(Kind::invalid, "missing", "people are told why", "reason");
  if (reason.size() > 2000) return fail(Kind::invalid, "too_long", "at most 2000 bytes", "reason");
  MINBEN_CHECK(tx.run(end_dataset, id, tx.now(), reason, to_string(by)));
  MINBEN_CHECK(announce(tx, id, "withdrawn", entry.version, entry.dataset.publisher));
  return find(tx, id);
}

Result<void> Catalogue::discard(store::Transaction& tx, DatasetId id) const {
  MINBEN_CHECK(take_turn(tx));
  MINBEN_TRY(entry, only(tx.run(lock_dataset, id)));
  if (entry.version > 0)
    return fail(Kind::conflict, "was_published", "what was published is withdrawn, not deleted");
  MINBEN_CHECK(tx.run(delete_draft, id));
  return {};
}

// ------------------------------------------------------------------------------------ reading

Result<Entry> Catalogue::find(store::Transaction& tx, DatasetId id) const {
  return only(tx.run(find_by_id, id));
}
Result<Entry> Catalogue::find(store::Transaction& tx, std::string_view name) const {
  return only(tx.run(find_by_name, name));
}
Result<Entry> Catalogue::find(store::Transaction& tx, DistributionId id) const {
  return only(tx.run(find_by_distribution, id));
}
Result<Entry> Catalogue::find_national(store::Transaction& tx, std::string_view national_id) const {
  return only(tx.run(find_by_national, national_id));
}

Result<Dataset> Catalogue::draft(store::Transaction& tx, DatasetId id) const {
  MINBEN_TRY(rows, tx.run(find_draft, id));
  if (rows.empty()) return fail(no_such_dataset());
  return document_of(rows.front().text("document"));
}

Result<std::vector<Entry>> Catalogue::entries(store::Transaction& tx,
                                              std::span<const DatasetId> ids) const {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const DatasetId& id : ids) texts.push_back(to_string(id));
  MINBEN_TRY(rows, tx.run(find_many, texts));
  return entries_of(rows);
}

Result<std::vector<Version>> Catalogue::versions(store::Transaction& tx, DatasetId id,
                                                 int limit) const {
  MINBEN_TRY(rows, tx.run(find_versions, id, limit));
  std::vector<Version> versions;
  for (const store::Row row : rows) {
    MINBEN_TRY(dataset, document_of(row.text("document")));
    versions.push_back(version_row(row, std::move(dataset)));
  }
  return versions;
}

Result<Version> Catalogue::version(store::Transaction& tx, DatasetId id, int number) const {
  MINBEN_TRY(rows, tx.run(find_version, id, number));
  if (rows.empty()) return fail(Kind::not_found, "no_such_version");
  MINBEN_TRY(dataset, document_of(rows.front().text("document")));
  return version_row(rows.front(), std::move(dataset));
}

Result<std::vector<Entry>> Catalogue::changes(store::Transaction& tx, std::int64_t after,
                                              int limit) const {
  MINBEN_TRY(rows, tx.run(find_changes, after, limit));
  return entries_of(rows);
}

Result<std::vector<Entry>> Catalogue::of_publisher(store::Transaction& tx,
                                                   const PublisherCode& code, int limit,
                                                   int offset) const {
  MINBEN_TRY(rows, tx.run(find_of_publisher, code, limit, offset));
  return entries_of(rows);
}

Result<std::vector<Catalogue::Held>> Catalogue::held_from(store::Transaction& tx,
                                                          std::string_view source) const {
  MINBEN_TRY(rows, tx.run(find_held, source));
  std::vector<Held> held;
  held.reserve(static_cast<std::size_t>(rows.size()));
  for (const store::Row row : rows)
    held.push_back(
        {row.text("source_identifier"), row.id<DatasetId>("dataset_id"), row.boolean("withdrawn")});
  return held;
}

}  // namespace minben::catalogue
