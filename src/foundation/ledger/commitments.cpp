#include "ledger/commitments.hpp"

namespace minben::ledger {

namespace {

using store::Query;

constexpr int max_page = 1000;

constexpr Query insert_entry{"ledger_insert_entry", R"(
  insert into ledger.entry (subject_id, id, about_person, type, at, salt, digest)
  values ($1, $2, $3, $4, $5, $6, $7))"};
constexpr Query find_entry{"ledger_find_entry", R"(
  select subject_id, id, about_person, type, at, salt, digest, log_index, log_number from ledger.entry where id = $1)"};
constexpr Query find_indexes{"ledger_find_indexes", R"(
  select id, log_index from ledger.entry where id = any($1::text[]::uuid[]) and log_index is not null)"};
constexpr Query entries_of_person{"ledger_entries_of_person", R"(
  select subject_id, id, about_person, type, at, salt, digest, log_index, log_number from ledger.entry
  where subject_id = $1 and about_person
    and ($2::uuid is null or (at, id) < (select at, id from ledger.entry where subject_id = $1 and id = $2))
  order by at desc, id desc limit $3)"};
constexpr Query erase_of_person{"ledger_erase_of_person", R"(
  update ledger.entry set salt = null where subject_id = $1 and about_person and salt is not null)"};
constexpr Query erase_entry{"ledger_erase_entry",
                            "update ledger.entry set salt = null where id = $1"};

Entry entry_of(const store::Row& row) {
  Entry entry;
  entry.id = row.id<EntryId>("id");
  if (row.boolean("about_person")) entry.person = row.id<PersonId>("subject_id");
  entry.type = row.text("type");
  entry.at = row.instant("at");
  if (!row.is_null("log_index")) entry.index = static_cast<std::uint64_t>(row.integer("log_index"));
  entry.log = static_cast<int>(row.integer("log_number"));
  entry.erased = row.is_null("salt");
  return entry;
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
  Bytes salt(salt_bytes);
  random_.fill(salt);
  const Claim claim{std::string(type), clock_.now(), content};
  MINBEN_TRY(digest, commitment_digest(claim, salt));
  const EntryId id = EntryId::make(clock_, random_);
  const bool about_person = !person.is_nil();
  MINBEN_TRY(done,
             tx.run(insert_entry, to_string(about_person ? person.value : id.value), id,
                    about_person, type, claim.at, salt, std::span<const std::uint8_t>(digest)));
  return id;
}

Result<Entry> Commitments::find(store::Transaction& tx, EntryId id) const {
  MINBEN_TRY(rows, find_row(tx, id));
  return entry_of(rows.front());
}

Result<std::map<EntryId, std::uint64_t>> Commitments::indexes_of(
    store::Transaction& tx, std::span<const EntryId> ids) const {
  std::vector<std::string> texts;
  for (const EntryId& id : ids) texts.push_back(to_string(id));
  MINBEN_TRY(rows, tx.run(find_indexes, texts));
  std::map<EntryId, std::uint64_t> indexes;
  for (const store::Row row : rows) {
    indexes[row.id<EntryId>("id")] = static_cast<std::uint64_t>(row.integer("log_index"));
  }
  return indexes;
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
  if (!entry.index)
    return fail(Kind::unavailable, "not_yet_sequenced", "the log has it in a moment");
  const Claim claim{entry.type, entry.at, content};
  const Bytes salt = row.bytes("salt");
  MINBEN_TRY(digest, commitment_digest(claim, salt));
  if (!std::ranges::equal(digest, row.bytes("digest"))) {
    return fail(Kind::internal, "content_mismatch", "the content kept is not what was committed");
  }
  MINBEN_TRY(log, logs.log(entry.log));
  MINBEN_TRY(proof, log->proof(*entry.index));
  return write_receipt({claim, salt, std::move(proof)});
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
