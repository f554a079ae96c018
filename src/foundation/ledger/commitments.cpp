#include "ledger/commitments.hpp"

#include "ledger/series.hpp"

namespace minben::ledger {

namespace {

using store::Query;

constexpr int max_page = 1000;

constexpr Query insert_entry{"ledger_insert_entry", R"(
  insert into ledger.entry (subject_id, id, about_person, type, at, salt, digest, number, after)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9))"};
constexpr Query find_entry{"ledger_find_entry", R"(
  select subject_id, id, about_person, type, at, salt, digest, log_index, log_number, number, after
  from ledger.entry where id = $1)"};
// All of the person's: two transactions that commit two types in different orders would otherwise
// wait for each other.
constexpr Query lock_series{"ledger_lock_series", R"(
  select type, entries, newest from ledger.series where person_id = $1 order by type for update)"};
constexpr Query begin_series{"ledger_begin_series", R"(
  insert into ledger.series (person_id, type, entries) values ($1, $2, 0) on conflict do nothing)"};
constexpr Query extend_series{"ledger_extend_series", R"(
  update ledger.series set entries = $3, newest = $4 where person_id = $1 and type = $2)"};
constexpr Query length_of_series{"ledger_length_of_series", R"(
  select entries from ledger.series where person_id = $1 and type = $2)"};
constexpr Query part_of_series{"ledger_part_of_series", R"(
  select subject_id, id, about_person, type, at, salt, digest, log_index, log_number, number, after
  from ledger.entry where subject_id = $1 and type = $2 and number >= $3
  order by number limit $4)"};
constexpr Query find_positions{"ledger_find_positions", R"(
  select id, log_index, log_number from ledger.entry where id = any($1::text[]::uuid[]) and log_index is not null)"};
constexpr Query entries_of_person{"ledger_entries_of_person", R"(
  select subject_id, id, about_person, type, at, salt, digest, log_index, log_number, number, after
  from ledger.entry where subject_id = $1 and about_person
    and ($2::uuid is null or (at, id) < (select at, id from ledger.entry where subject_id = $1 and id = $2))
  order by at desc, id desc limit $3)"};
constexpr Query erase_of_person{"ledger_erase_of_person", R"(
  update ledger.entry set salt = null where subject_id = $1 and about_person and salt is not null)"};
constexpr Query erase_entry{"ledger_erase_entry",
                            "update ledger.entry set salt = null where id = $1"};

std::optional<Position> position_of(const store::Row& row) {
  if (row.is_null("log_index")) return std::nullopt;
  return Position{static_cast<int>(row.integer("log_number")),
                  static_cast<std::uint64_t>(row.integer("log_index"))};
}

Entry entry_of(const store::Row& row) {
  Entry entry;
  entry.id = row.id<EntryId>("id");
  if (row.boolean("about_person")) entry.person = row.id<PersonId>("subject_id");
  entry.type = row.text("type");
  entry.at = row.instant("at");
  entry.position = position_of(row);
  entry.erased = row.is_null("salt");
  if (!row.is_null("number")) entry.number = static_cast<std::uint64_t>(row.integer("number"));
  return entry;
}

std::optional<Hash> link_in(const store::Row& row, std::string_view column) {
  if (row.is_null(column)) return std::nullopt;
  const Bytes bytes = row.bytes(column);
  Hash link;
  MINBEN_ASSERT(bytes.size() == link.size());
  std::ranges::copy(bytes, link.begin());
  return link;
}

std::optional<std::span<const std::uint8_t>> octets_of(const std::optional<Hash>& link) {
  if (!link) return std::nullopt;
  return std::span<const std::uint8_t>(*link);
}

/// Nothing when the series has not begun.
Result<std::optional<Place>> find_place(store::Transaction& tx, PersonId person,
                                        std::string_view type) {
  MINBEN_TRY(rows, tx.run(lock_series, person));
  for (const store::Row row : rows)
    if (row.text("type") == type)
      return Place{static_cast<std::uint64_t>(row.integer("entries")) + 1, link_in(row, "newest")};
  return std::nullopt;
}

/// The next place of the series, which nobody else gets before this transaction has ended.
Result<Place> next_place(store::Transaction& tx, PersonId person, std::string_view type) {
  MINBEN_TRY(known, find_place(tx, person, type));
  if (known) return *known;
  MINBEN_CHECK(tx.run(begin_series, person, type));
  MINBEN_TRY(begun, find_place(tx, person, type));  // by us, or by somebody who was faster
  MINBEN_ASSERT(begun.has_value());
  return *begun;
}

/// The content that was committed: what the caller kept, with the entry's place.
Result<Json> whole_content(const store::Row& row, const Json& content) {
  if (row.is_null("number")) return content;
  return placed(content,
                {static_cast<std::uint64_t>(row.integer("number")), link_in(row, "after")});
}

Result<store::Rows> find_row(store::Transaction& tx, EntryId id) {
  MINBEN_TRY(rows, tx.run(find_entry, id));
  if (rows.empty()) return fail(Kind::not_found, "entry_not_found", "no such ledger entry");
  return rows;
}

}  // namespace

Commitments::Commitments(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

Result<EntryId> Commitments::commit(store::Transaction& tx, std::string_view type, PersonId person,
                                    const Json& content) const {
  if (!is_code(type))
    return fail(Kind::invalid, "not_a_code", "the type of a commitment is a code", "type");
  const bool about_person = !person.is_nil();
  Place place;
  Claim claim{std::string(type), {}, content};
  if (about_person) {
    MINBEN_TRY(next, next_place(tx, person, type));
    place = next;
    MINBEN_TRY(whole, placed(content, place));
    claim.content = std::move(whole);
  }
  claim.at = clock_.now();  // now that nobody else is before us in the series
  Bytes salt(salt_bytes);
  random_.fill(salt);
  MINBEN_TRY(digest, commitment_digest(claim, salt));
  const EntryId id = EntryId::make(clock_, random_);
  const auto number = about_person ? std::optional(place.number) : std::nullopt;
  tx.queue(insert_entry, to_string(about_person ? person.value : id.value), id, about_person, type,
           claim.at, salt, std::span<const std::uint8_t>(digest), number, octets_of(place.after));
  if (about_person) {
    const Hash link = series_link(salt, digest);
    tx.queue(extend_series, person, type, place.number, std::span<const std::uint8_t>(link));
  }
  return id;
}

Result<Entry> Commitments::find(store::Transaction& tx, EntryId id) const {
  MINBEN_TRY(rows, find_row(tx, id));
  return entry_of(rows.front());
}

Result<std::map<EntryId, Position>> Commitments::positions_of(store::Transaction& tx,
                                                              std::span<const EntryId> ids) const {
  std::vector<std::string> texts;
  for (const EntryId& id : ids) texts.push_back(to_string(id));
  MINBEN_TRY(rows, tx.run(find_positions, texts));
  std::map<EntryId, Position> positions;
  for (const store::Row row : rows) {
    positions[row.id<EntryId>("id")] = *position_of(row);
  }
  return positions;
}

Result<std::vector<Entry>> Commitments::entries_of(store::Transaction& tx, PersonId person,
                                                   int limit, std::optional<EntryId> before) const {
  MINBEN_TRY(rows, tx.run(entries_of_person, person, before, std::clamp(limit, 1, max_page)));
  std::vector<Entry> entries;
  for (const store::Row row : rows) entries.push_back(entry_of(row));
  return entries;
}

Result<std::string> Commitments::receipt(store::Transaction& tx, const Logs& logs, EntryId id,
                                         const Json& content) const {
  MINBEN_TRY(rows, find_row(tx, id));
  const store::Row row = rows.front();
  const Entry entry = entry_of(row);
  if (entry.erased)
    return fail(Kind::not_found, "erased", "the salt of this entry was dropped for good");
  if (!entry.position)
    return fail(Kind::unavailable, "not_yet_sequenced", "the log has it in a moment");
  MINBEN_TRY(whole, whole_content(row, content));
  const Claim claim{entry.type, entry.at, std::move(whole)};
  const Bytes salt = row.bytes("salt");
  MINBEN_TRY(digest, commitment_digest(claim, salt));
  if (!std::ranges::equal(digest, row.bytes("digest"))) {
    return fail(Kind::internal, "content_mismatch", "the content kept is not what was committed");
  }
  MINBEN_TRY(log, logs.log(entry.position->log));
  MINBEN_TRY(proof, log->proof(entry.position->index));
  return write_receipt({claim, salt, std::move(proof)});
}

Result<Commitments::Series> Commitments::series(store::Transaction& tx, PersonId person,
                                                std::string_view type, std::uint64_t from) const {
  Series series;
  MINBEN_TRY(length, tx.run(length_of_series, person, type));
  if (!length.empty())
    series.entries = static_cast<std::uint64_t>(length.front().integer("entries"));
  MINBEN_TRY(rows,
             tx.run(part_of_series, person, type, std::max<std::uint64_t>(from, 1), most_receipts));
  for (const store::Row row : rows) series.part.push_back(entry_of(row));
  return series;
}

Result<std::string> Commitments::receipts(store::Transaction& tx, const Logs& logs,
                                          const Series& series, std::string_view type,
                                          const std::map<EntryId, Json>& contents) const {
  std::vector<SeriesItem> items;
  for (const Entry& entry : series.part) {
    if (!entry.position) break;  // the newest are there in a moment
    if (entry.erased) {
      MINBEN_TRY(rows, find_row(tx, entry.id));
      items.push_back({{entry.number, link_in(rows.front(), "after")}, {}});
      continue;
    }
    const auto content = contents.find(entry.id);
    if (content == contents.end())
      return fail(Kind::not_found, "entry_not_found", "the content of an entry was not kept",
                  to_string(entry.id));
    MINBEN_TRY(receipt, this->receipt(tx, logs, entry.id, content->second));
    items.push_back({{entry.number, {}}, std::move(receipt)});
  }
  return write_receipts(type, series.entries, items);
}

Result<std::int64_t> Commitments::erase_person(store::Transaction& tx, PersonId person) const {
  MINBEN_TRY(rows, tx.run(erase_of_person, person));
  return rows.affected();
}

Result<void> Commitments::erase(store::Transaction& tx, EntryId id) const {
  MINBEN_TRY(rows, tx.run(erase_entry, id));
  if (rows.affected() == 0) return fail(Kind::not_found, "entry_not_found", "no such ledger entry");
  return {};
}

}  // namespace minben::ledger
