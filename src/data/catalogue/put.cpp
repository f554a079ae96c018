// Many datasets in one transaction, as programs and harvests bring them.
#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>

#include "catalogue.hpp"
#include "rows.hpp"

namespace minben::catalogue {

namespace {

/// A look-up for each: the planner takes the whole table for a list of ids or names.
constexpr Query find_before{
    "catalogue_put_before",
    "select " MINBEN_ENTRY_COLUMNS
    ", source, source_identifier from ("
    "  select wanted from unnest($1::uuid[]) as given (wanted) union"
    "  select found.dataset_id from unnest($2::text[], $3::text[]) as given (source, identifier)"
    "    cross join lateral (select dataset_id from catalogue.dataset where source <> ''"
    "      and source = given.source and source_identifier = given.identifier limit 1) as found"
    ") as given cross join lateral ("
    "  select * from catalogue.dataset where dataset_id = given.wanted limit 1) as dataset"};
constexpr Query find_names{"catalogue_put_names", R"(
  select name, dataset_id from catalogue.dataset where name = any($1))"};
constexpr Query find_publishers{"catalogue_put_publishers",
                                "select code from catalogue.publisher where code = any($1)"};
constexpr Query write_many{"catalogue_put", R"(
  insert into catalogue.dataset (dataset_id, name, publisher, national_id, source, source_identifier,
    status, version, document, created_at, changed_at, revision, position)
  select id, name, publisher, national_id, source, source_identifier, 'published', 1, document, $8, $8, 1,
    nextval('catalogue.position')
  from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
    as given (id, name, publisher, national_id, source, source_identifier, document)
  on conflict (dataset_id) do update set name = excluded.name, publisher = excluded.publisher,
    national_id = excluded.national_id, status = 'published', version = dataset.version + 1,
    document = excluded.document, draft = null, changed_at = excluded.changed_at,
    revision = dataset.revision + 1, withdrawn_at = null, withdrawn_reason = null,
    withdrawn_by = null, position = excluded.position)"};
constexpr Query keep_versions{"catalogue_put_versions", R"(
  insert into catalogue.version (dataset_id, number, document, published_at, published_by, note)
  select dataset_id, version, document, $2, $3, $4 from catalogue.dataset
  where dataset_id = any($1::uuid[]))"};

/// What the database had before, found by id or by origin.
class Before {
 public:
  static Result<Before> read(store::Transaction& tx, std::span<const Dataset> datasets) {
    std::vector<std::string> ids, sources, identifiers;
    for (const Dataset& each : datasets) {
      if (!each.id.is_nil()) ids.push_back(to_string(each.id));
      if (!each.origin) continue;
      sources.push_back(each.origin->source);
      identifiers.push_back(each.origin->identifier);
    }
    MINBEN_TRY(rows, tx.run(find_before, ids, sources, identifiers));
    Before before;
    for (const store::Row row : rows) {
      MINBEN_TRY(entry, entry_of(row));
      if (const std::string source = row.text("source"); !source.empty())
        before.by_origin_[{source, row.text("source_identifier")}] = entry.dataset.id;
      before.entries_.emplace(entry.dataset.id, std::move(entry));
    }
    return before;
  }
  [[nodiscard]] const Entry* of(const Dataset& dataset) const {
    DatasetId id = dataset.id;
    if (id.is_nil() && dataset.origin) {
      const auto known = by_origin_.find({dataset.origin->source, dataset.origin->identifier});
      if (known != by_origin_.end()) id = known->second;
    }
    const auto found = entries_.find(id);
    return found == entries_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<DatasetId, Entry> entries_;
  std::map<std::pair<std::string, std::string>, DatasetId> by_origin_;
};

/// The same content, whenever it was fetched.
bool same(const Dataset& before, Dataset& after) {
  if (before.origin && after.origin) {
    Dataset at_that_time = after;
    at_that_time.origin->fetched_at = before.origin->fetched_at;
    return before == at_that_time;
  }
  return before == after;
}

class Putting {
 public:
  Putting(store::Transaction& tx, std::span<const Dataset> datasets, const Actor& by,
          const Clock& clock, Random& random)
      : tx_(tx), given_(datasets), by_(by), clock_(clock), random_(random) {}

  Result<Puts> run(std::string_view note) {
    MINBEN_CHECK(take_turn(tx_));
    MINBEN_TRY(before, Before::read(tx_, given_));
    prepare(before);
    MINBEN_CHECK(settle_names());
    MINBEN_CHECK(settle_publishers());
    MINBEN_CHECK(write(note));
    return results();
  }

 private:
  struct Item {
    Dataset dataset;
    Put put;
    std::optional<Error> error = std::nullopt;
    [[nodiscard]] bool to_write() const { return !error && put.outcome != Outcome::unchanged; }
  };

  void prepare(const Before& before) {
    items_.reserve(given_.size());
    std::set<DatasetId> seen;
    for (const Dataset& each : given_) {
      Item& item = items_.emplace_back(Item{each, {}});
      const Entry* old = before.of(each);
      complete(item.dataset, old ? &old->dataset : nullptr, clock_, random_);
      item.put = {item.dataset.id, item.dataset.name, old ? Outcome::changed : Outcome::created,
                  old ? old->version + 1 : 1};
      if (!seen.insert(item.dataset.id).second)
        item.error = fail(Kind::conflict, "duplicate", "the dataset is given twice", "/id").error();
      else if (Errors faults = check(item.dataset); !faults.empty())
        item.error = std::move(faults.front());
      else if (old) compare(item, *old);
    }
  }

  void compare(Item& item, const Entry& old) {
    if (old.status == Status::withdrawn && !returns(old)) {
      item.error =
          fail(Kind::conflict, "withdrawn", "a withdrawn dataset does not change any more").error();
    } else if (old.status == Status::published && same(old.dataset, item.dataset)) {
      item.put.outcome = Outcome::unchanged;
      item.put.version = old.version;
    }
  }

  /// What a harvest withdrew because it was gone at its source, and is there again.
  [[nodiscard]] bool returns(const Entry& old) const {
    return by_.kind == Actor::Kind::harvest && old.withdrawal->by == to_string(by_);
  }

  /// A name that another dataset has is refused, here or in the database.
  Result<void> settle_names() {
    std::vector<std::string> names;
    std::map<std::string, DatasetId> owners;
    for (Item& item : items_) {
      if (!item.to_write()) continue;
      const auto [owner, fresh] = owners.emplace(item.dataset.name, item.dataset.id);
      if (!fresh) refuse_name(item);
      else names.push_back(item.dataset.name);
    }
    MINBEN_TRY(rows, tx_.run(find_names, names));
    std::map<std::string, DatasetId> taken;
    for (const store::Row row : rows) taken[row.text("name")] = row.id<DatasetId>("dataset_id");
    for (Item& item : items_) {
      const auto found = taken.find(item.dataset.name);
      if (item.to_write() && found != taken.end() && found->second != item.dataset.id)
        refuse_name(item);
    }
    return {};
  }
  static void refuse_name(Item& item) {
    item.error =
        fail(Kind::conflict, "name_taken", "another dataset has this name", "/name").error();
  }

  Result<void> settle_publishers() {
    std::set<std::string> asked;
    for (const Item& item : items_)
      if (item.to_write()) asked.insert(item.dataset.publisher.value);
    MINBEN_TRY(rows,
               tx_.run(find_publishers, std::vector<std::string>(asked.begin(), asked.end())));
    for (const store::Row row : rows) asked.erase(row.text("code"));
    for (Item& item : items_)
      if (item.to_write() && asked.contains(item.dataset.publisher.value))
        item.error =
            fail(Kind::invalid, "unknown_publisher", item.dataset.publisher.value, "/publisher")
                .error();
    return {};
  }

  Result<void> write(std::string_view note) {
    std::vector<std::string> ids, names, publishers, national, sources, identifiers, documents;
    std::vector<const Dataset*> written;
    for (const Item& item : items_) {
      if (!item.to_write()) continue;
      const Dataset& d = item.dataset;
      written.push_back(&d);
      ids.push_back(to_string(d.id));
      names.push_back(d.name);
      publishers.push_back(d.publisher.value);
      national.push_back(d.national_id);
      sources.push_back(d.origin ? d.origin->source : "");
      identifiers.push_back(d.origin ? d.origin->identifier : "");
      documents.push_back(write_json(to_json(d)));
    }
    if (written.empty()) return {};
    MINBEN_CHECK(tx_.run(write_many, ids, names, publishers, national, sources, identifiers,
                         documents, tx_.now()));
    tx_.queue(keep_versions, ids, tx_.now(), to_string(by_), note);
    note_distributions(tx_, written);
    note_series(tx_, written);
    for (const Item& item : items_)
      if (item.to_write())
        MINBEN_CHECK(
            announce(tx_, item.dataset.id, "published", item.put.version, item.dataset.publisher));
    return {};
  }

  Puts results() {
    Puts puts;
    puts.reserve(items_.size());
    for (Item& item : items_) {
      if (item.error) puts.push_back(std::unexpected(std::move(*item.error)));
      else puts.push_back(std::move(item.put));
    }
    return puts;
  }

  store::Transaction& tx_;
  std::span<const Dataset> given_;
  const Actor& by_;
  const Clock& clock_;
  Random& random_;
  std::vector<Item> items_;
};

}  // namespace

Result<Puts> Catalogue::put(store::Transaction& tx, std::span<const Dataset> datasets,
                            const Actor& by, std::string_view note) const {
  return Putting(tx, datasets, by, clock_, random_).run(note);
}

Result<Entry> Catalogue::change(store::Transaction& tx, DatasetId id, const Actor& by,
                                const Edit& edit) const {
  MINBEN_CHECK(take_turn(tx));
  MINBEN_TRY(now, find(tx, id));
  MINBEN_TRY(dataset, edit(now));
  dataset.id = id;
  MINBEN_TRY(puts, put(tx, {&dataset, 1}, by));
  MINBEN_CHECK(std::move(puts.front()));
  return find(tx, id);
}

}  // namespace minben::catalogue
